"""Derives the practice world's validation table from botocore's service models.

Usage: python tests/interop/service_model.py > src-tauri/practice/content/service.json
A test compares the committed table with what this makes of the botocore in the virtual environment.
Only facts are taken: names, types, required members, enums, patterns, lengths, where a member travels.
"""

import json
import re
import sys

import botocore.loaders

OPERATIONS = {
    "iam": (
        "AddClientIDToOpenIDConnectProvider AttachRolePolicy CreateOpenIDConnectProvider CreatePolicy "
        "CreatePolicyVersion CreateRole CreateSAMLProvider CreateServiceLinkedRole DeleteOpenIDConnectProvider "
        "DeletePolicy DeletePolicyVersion DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy "
        "DeleteSAMLProvider DetachRolePolicy GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole "
        "GetRolePolicy GetSAMLProvider ListAccountAliases ListAttachedRolePolicies ListEntitiesForPolicy "
        "ListOpenIDConnectProviderTags ListOpenIDConnectProviders ListPolicies ListPolicyTags ListPolicyVersions "
        "ListRolePolicies ListRoleTags ListRoles ListSAMLProviderTags ListSAMLProviders "
        "PutRolePermissionsBoundary PutRolePolicy RemoveClientIDFromOpenIDConnectProvider "
        "SimulatePrincipalPolicy TagOpenIDConnectProvider TagPolicy TagRole TagSAMLProvider "
        "UntagOpenIDConnectProvider UntagPolicy UntagRole UntagSAMLProvider UpdateAssumeRolePolicy UpdateRole "
        "UpdateSAMLProvider"
    ),
    "sts": "AssumeRoleWithSAML AssumeRoleWithWebIdentity GetCallerIdentity",
    "secretsmanager": (
        "CreateSecret DeleteSecret DescribeSecret GetSecretValue ListSecretVersionIds ListSecrets PutSecretValue "
        "RestoreSecret TagResource UpdateSecret"
    ),
    "kms": "CreateGrant DescribeKey ListGrants RetireGrant",
    "kendra": "DescribeIndex ListIndices",
    "cloudtrail": "LookupEvents",
    "s3": "DeleteObject HeadBucket PutObject",
    "qbusiness": (
        "BatchDeleteDocument BatchPutDocument CancelSubscription ChatSync CheckDocumentAccess CreateApplication "
        "CreateDataSource CreateIndex CreateRetriever CreateUser CreateWebExperience DeleteApplication "
        "DeleteDataSource DeleteGroup DeleteIndex DeleteRetriever DeleteUser DeleteWebExperience GetApplication "
        "GetChatControlsConfiguration GetDataSource GetGroup GetIndex GetRetriever GetUser GetWebExperience "
        "ListApplications ListDataSourceSyncJobs ListDataSources ListDocuments ListGroups ListIndices ListPlugins "
        "ListRetrievers ListSubscriptions ListTagsForResource ListWebExperiences PutGroup StartDataSourceSyncJob "
        "TagResource UntagResource UpdateApplication UpdateIndex UpdateSubscription UpdateWebExperience"
    ),
}


def rust_pattern(pattern):
    """The same language in the syntax of Rust's regex crate."""
    pattern = pattern.replace(r"\u10000-\u10FFFF", r"\x{10000}-\x{10FFFF}")
    pattern = re.sub(r"\\u([0-9A-Fa-f]{4})", r"\\x{\1}", pattern)
    pattern = pattern.replace(r"\xD7FF\xE000", r"\x{D7FF}\x{E000}")
    pattern = pattern.replace(r"0-9-\.", r"0-9\-.").replace("0-9-_", r"0-9\-_")
    # Java's \w is ASCII; Rust's is not.
    return pattern.replace(r"[\w", "[A-Za-z0-9_")


def shape_of(model, name, out):
    if name in out:
        return
    shape = model["shapes"][name]
    # A document is any JSON: its structure has no members.
    entry = {"type": "document" if shape.get("document") else shape["type"]}
    out[name] = entry
    for limit in ("min", "max", "enum"):
        if limit in shape:
            entry[limit] = shape[limit]
    if "pattern" in shape:
        entry["pattern"] = rust_pattern(shape["pattern"])
    if entry["type"] == "structure":
        entry["members"] = {}
        for member, ref in shape["members"].items():
            known = {"shape": ref["shape"]}
            if ref.get("location"):
                known["location"] = ref["location"]
                known["name"] = ref.get("locationName", member)
            entry["members"][member] = known
            shape_of(model, ref["shape"], out)
        if shape.get("required"):
            entry["required"] = shape["required"]
        if shape.get("union"):
            entry["union"] = True
    elif shape["type"] == "list":
        entry["member"] = shape["member"]["shape"]
        shape_of(model, shape["member"]["shape"], out)
    elif shape["type"] == "map":
        for part in ("key", "value"):
            entry[part] = shape[part]["shape"]
            shape_of(model, shape[part]["shape"], out)


def table():
    loader = botocore.loaders.Loader()
    services = {}
    for service, names in OPERATIONS.items():
        model = loader.load_service_model(service, "service-2")
        operations, shapes = {}, {}
        for name in names.split():
            operation = model["operations"][name]
            entry = {"method": operation["http"]["method"], "uri": operation["http"]["requestUri"].split("?")[0]}
            # Of S3 only the path is read: its members are headers, and its body is no JSON.
            if "input" in operation and model["metadata"]["protocol"] != "rest-xml":
                entry["input"] = operation["input"]["shape"]
                shape_of(model, entry["input"], shapes)
            if operation.get("authtype") == "none":
                entry["unsigned"] = True
            operations[name] = entry
        services[service] = {
            "target": model["metadata"].get("targetPrefix", ""),
            "version": model["metadata"]["apiVersion"],
            "operations": dict(sorted(operations.items())),
            "shapes": dict(sorted(shapes.items())),
        }
    return services


def text():
    rows = []
    for service, content in table().items():
        inner = []
        for part in ("operations", "shapes"):
            lines = ",\n".join(
                f"    {json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in content[part].items()
            )
            inner.append(f'   "{part}": {{\n{lines}\n   }}')
        named = f'"version": "{content["version"]}", "target": "{content["target"]}"'
        rows.append(f'  "{service}": {{\n   {named},\n' + ",\n".join(inner) + "\n  }")
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    sys.stdout.write(text())

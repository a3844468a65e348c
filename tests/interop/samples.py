"""What others build: AWS's sample scripts, call by call, and the hand of somebody who read the newest documents."""

import contextlib
import html
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from conftest import ACCOUNT, REGION, client

SERVICE_LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness"
SIGN_IN = "https://signin.aws.amazon.com/saml"
SAMPLE_ACS = "http://localhost:8000/saml"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
PERSON = "alice@example.com"
ISSUER = "https://contoso.okta.com/oauth2/aus1"
CLIENT = "0oaClient1"


def application_arn(application, service="qbusiness"):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:application/{application}"


def allow(sid, actions, resource, condition=None):
    statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


OLD_ACTIONS = [f"qbusiness:{a}" for a in (
    "Chat", "ChatSync", "ListMessages", "ListConversations", "DeleteConversation", "PutFeedback", "GetWebExperience",
    "GetApplication", "ListPlugins", "GetChatControlsConfiguration")]
NEW_ACTIONS = [f"qbusiness:{a}" for a in (
    "ListRetrievers", "ListPluginActions", "ListAttachments", "GetMedia", "DeleteAttachment")]


def retriever_statement(application):
    app = application_arn(application)
    return allow("QBusinessRetrieverPermission", ["qbusiness:GetRetriever"], [app, app + "/retriever/*"])


def subscription_statement():
    return allow("QBusinessAutoSubscriptionPermission", ["user-subscriptions:CreateClaim"], ["*"], {
        "Bool": {"user-subscriptions:CreateForSelf": "true"},
        "StringEquals": {"aws:CalledViaLast": "qbusiness.amazonaws.com"}})


def discovery_statement():
    return allow("QBusinessPluginDiscoveryPermissions",
                 ["qbusiness:ListPluginTypeMetadata", "qbusiness:ListPluginTypeActions"], "*")


def sample_permissions(application):
    """Older than the documents, with statements for a key and for Q Apps that nobody has."""
    app = application_arn(application)
    return document(
        allow("QBusinessConversationPermission", [*OLD_ACTIONS, "qbusiness:ListRetrievers"], app),
        retriever_statement(application),
        subscription_statement(),
        # The key's id without “key/”: what the environment variable holds goes in as it is.
        allow("QBusinessKMSDecryptPermissions", ["kms:Decrypt"], [f"arn:aws:kms:{REGION}:{ACCOUNT}:{KEY}"], {
            "StringLike": {"kms:ViaService": [f"qbusiness.{REGION}.amazonaws.com", f"qapps.{REGION}.amazonaws.com"]}}),
        allow("QAppsResourceAgnosticPermissions", ["qapps:CreateQApp", "qapps:ListQApps"], app),
    )


def documented_permissions(application):
    return document(
        allow("QBusinessConversationPermissions", [*OLD_ACTIONS, *NEW_ACTIONS], application_arn(application)),
        discovery_statement(),
        retriever_statement(application),
        subscription_statement(),
    )


def federated(provider, action, condition):
    return {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action, "Condition": condition}


def trust(provider, action, key, values):
    return document(
        federated(provider, action, {"StringEquals": {key: values}}),
        federated(provider, "sts:TagSession", {"StringLike": {"aws:RequestTag/Email": "*"}}))


class Built:
    """The ids of what was built."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.iam, self.q = client("iam", endpoint), client("qbusiness", endpoint)

    def into_application(self, prefix, policy, trust_policy, sign_in, **identity):
        """Both scripts from the application on: index, retriever, policy, role, web experience, and at the end
        the automatic subscription."""
        self.prefix = prefix
        # The script names the service-linked role itself, so it has to be there: of an earlier application.
        with contextlib.suppress(self.iam.exceptions.InvalidInputException):
            self.iam.create_service_linked_role(AWSServiceName="qbusiness.amazonaws.com")
        self.application = self.q.create_application(
            displayName=prefix, description=f"Application {prefix} created using API", roleArn=SERVICE_LINKED,
            iamIdentityProviderArn=self.provider, clientToken="4711", **identity)["applicationId"]
        self.index = self.q.create_index(
            applicationId=self.application, displayName=f"{prefix}-index", description="index", type="ENTERPRISE",
            clientToken="4712")["indexId"]
        self.retriever = self.q.create_retriever(
            applicationId=self.application, displayName=f"{prefix}-retriever", type="NATIVE_INDEX",
            configuration={"nativeIndexConfiguration": {"indexId": self.index}}, clientToken="4713")["retrieverId"]
        self.role = self.managed_role(
            f"{prefix}-web-experience", trust_policy, policy(self.application))
        self.web_experience = self.q.create_web_experience(
            applicationId=self.application, title=f"{prefix}-web-experience", roleArn=self.role,
            identityProviderConfiguration=sign_in(), clientToken="4714")["webExperienceId"]
        self.q.get_web_experience(applicationId=self.application, webExperienceId=self.web_experience)
        assert self.q.get_application(applicationId=self.application)["status"] == "ACTIVE"
        self.q.update_application(applicationId=self.application, autoSubscriptionConfiguration={
            "autoSubscribe": "ENABLED", "defaultSubscriptionType": "Q_BUSINESS"})
        return self

    def managed_role(self, name, trust_policy, permissions):
        policy = self.iam.create_policy(PolicyName=f"{name}-policy", PolicyDocument=json.dumps(permissions))
        role = self.iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=json.dumps(trust_policy))
        self.iam.attach_role_policy(RoleName=f"{name}-role", PolicyArn=policy["Policy"]["Arn"])
        return role["Role"]["Arn"]


def saml_sample(endpoint, metadata, authentication_url):
    """create-iam-saml-qbiz-app: two values of SAML:aud, so that the sample application may assume the role too."""
    built, prefix = Built(endpoint), "qbiz-saml-4711"
    built.provider = built.iam.create_saml_provider(
        SAMLMetadataDocument=metadata, Name=f"{prefix}-id-provider")["SAMLProviderArn"]
    return built.into_application(
        prefix, sample_permissions,
        trust(built.provider, "sts:AssumeRoleWithSAML", "SAML:aud", [SIGN_IN, SAMPLE_ACS]),
        lambda: {"samlConfiguration": {"authenticationUrl": authentication_url}},
        identityType="AWS_IAM_IDP_SAML")


def secrets_trust(application):
    return document({
        "Sid": "AllowsAmazonQToAssumeRoleForServicePrincipal", "Effect": "Allow",
        "Principal": {"Service": "application.qbusiness.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT},
                      "ArnLike": {"aws:SourceArn": application_arn(application)}}})


def secrets_permissions(secret):
    return document(
        allow("AllowsAmazonQToGetSecret", ["secretsmanager:GetSecretValue"], [secret]),
        allow("AllowsAmazonQToDecryptSecret", ["kms:Decrypt"], [f"arn:aws:kms:{REGION}:{ACCOUNT}:{KEY}"], {
            "StringLike": {"kms:ViaService": ["secretsmanager.*.amazonaws.com"]}}))


def oidc_sample(endpoint):
    """create-iam-oidc-qbiz-app: no thumbprints, and a second role that reads the secret."""
    built, prefix = Built(endpoint), "qbiz-contoso-4711"
    built.secret = client("secretsmanager", endpoint).create_secret(
        Name="QBusiness-contoso", SecretString=json.dumps({"client_secret": "not-a-real-one"}))["ARN"]
    built.provider = built.iam.create_open_id_connect_provider(
        Url=ISSUER, ClientIDList=[CLIENT])["OpenIDConnectProviderArn"]

    def sign_in():
        role = built.managed_role(
            f"{prefix}-secrets-manager", secrets_trust(built.application), secrets_permissions(built.secret))
        return {"openIDConnectConfiguration": {"secretsArn": built.secret, "secretsRole": role}}

    issuer = ISSUER.removeprefix("https://")
    return built.into_application(
        prefix, sample_permissions,
        trust(built.provider, "sts:AssumeRoleWithWebIdentity", f"{issuer}:aud", CLIENT),
        sign_in, identityType="AWS_IAM_IDP_OIDC", clientIdsForOIDC=[CLIENT])


def by_hand(endpoint, metadata, authentication_url, recipient=None, permissions=documented_permissions,
            name="acme-q", provider="acme.idp", role="acme.web"):
    """In the console, by the newest documents: the role is inline, the web experience comes first. Without a
    recipient it is the web experience's own address."""
    built = Built(endpoint)
    built.provider = built.iam.create_saml_provider(
        SAMLMetadataDocument=metadata, Name=provider)["SAMLProviderArn"]
    built.application = built.q.create_application(
        displayName=name, identityType="AWS_IAM_IDP_SAML", iamIdentityProviderArn=built.provider)["applicationId"]
    built.q.update_application(applicationId=built.application, autoSubscriptionConfiguration={
        "autoSubscribe": "ENABLED", "defaultSubscriptionType": "Q_LITE"})
    built.index = built.q.create_index(applicationId=built.application, displayName="docs", type="STARTER")["indexId"]
    built.retriever = built.q.create_retriever(
        applicationId=built.application, displayName="reader", type="NATIVE_INDEX",
        configuration={"nativeIndexConfiguration": {"indexId": built.index}})["retrieverId"]
    sign_in = {"samlConfiguration": {"authenticationUrl": authentication_url}}
    built.web_experience = built.q.create_web_experience(
        applicationId=built.application, title="Ask ACME", welcomeMessage="Welcome",
        identityProviderConfiguration=sign_in)["webExperienceId"]
    ids = {"applicationId": built.application, "webExperienceId": built.web_experience}
    built.acs = built.q.get_web_experience(**ids)["defaultEndpoint"].rstrip("/") + "/saml"
    admits = trust(built.provider, "sts:AssumeRoleWithSAML", "SAML:aud", recipient or built.acs)
    built.role = built.iam.create_role(
        RoleName=role, Path="/people/", AssumeRolePolicyDocument=json.dumps(admits))["Role"]["Arn"]
    built.role_name = role
    built.iam.put_role_policy(
        RoleName=role, PolicyName="q", PolicyDocument=json.dumps(permissions(built.application)))
    built.q.update_web_experience(**ids, roleArn=built.role, identityProviderConfiguration=sign_in)
    return built


class Okta:
    """The practice world's portal like Okta's, by its forms: an application with SAML, and people who sign in."""

    def __init__(self, endpoint, name="Amazon Q Business"):
        self.endpoint = endpoint
        made = self.post("/okta/-/create-saml", form=0, name=name)
        self.id = re.search(r"/okta/([^/]+)/", made.url).group(1)
        self.metadata = self.get(f"/okta/{self.id}/metadata.xml").read().decode()
        self.sign_on = re.search(r'Location="([^"]+)"', self.metadata).group(1)

    def get(self, path):
        return urllib.request.urlopen(self.endpoint + path, timeout=10)

    def post(self, path, **fields):
        data = urllib.parse.urlencode(fields).encode()
        return urllib.request.urlopen(self.endpoint + path, data=data, timeout=10)

    def configure(self, acs, role, provider):
        """By AWS's guide for Okta: Recipient and Audience are AWS's sign-in address."""
        page = f"/okta/{self.id}/configure"
        persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
        self.post(page, **{"form": 0, "acs": acs, "recipient": SIGN_IN, "destination": acs, "audience": SIGN_IN,
                           "name-id-format": persistent, "name-id": "user.login", "sign-response": "on",
                           "sign-assertion": "on"})
        attributes = {"PrincipalTag:Email": "user.email", "Role": f"{role},{provider}", "RoleSessionName": "user.email"}
        for name, value in attributes.items():
            self.post(page, form=2, name=f"https://aws.amazon.com/SAML/Attributes/{name}", value=value)
        self.post("/entra/users", userprincipalname=PERSON, displayname="Alice", mail=PERSON)
        self.post(f"/okta/{self.id}/assignments", form=1, name=PERSON)

    def response(self):
        """A fresh response for the person, base64 as the browser would post it."""
        page = self.post(urllib.parse.urlsplit(self.sign_on).path, login=PERSON).read().decode()
        return html.unescape(re.search(r'name="SAMLResponse" value="([^"]+)"', page).group(1))

//! Amazon Kendra: two indices that are there from the start, one in each of two regions.

use crate::state::ACCOUNT;
use crate::wire::{Answer, AwsError, Caller};
use serde_json::{Value as Json, json};

/// An index in us-east-1, ACTIVE.
pub const KENDRA_INDEX: &str = "0a1b2c3d-0000-4000-8000-000000000001";
/// An index in us-west-2, ACTIVE.
pub const KENDRA_INDEX_WEST: &str = "0a1b2c3d-0000-4000-8000-000000000002";

const INDICES: [(&str, &str, &str); 2] = [
    (KENDRA_INDEX, "us-east-1", "intranet"),
    (KENDRA_INDEX_WEST, "us-west-2", "intranet-west"),
];

/// Whether an index exists in a region.
pub(crate) fn exists(id: &str, region: &str) -> bool {
    INDICES.iter().any(|(i, r, _)| *i == id && *r == region)
}

pub(crate) fn call(action: &str, input: &Json, caller: &Caller) -> Answer {
    let here = INDICES.iter().filter(|(_, region, _)| *region == caller.region);
    match action {
        "DescribeIndex" => {
            let id = input.get("Id").and_then(Json::as_str).unwrap_or_default();
            let (id, _, name) = here.into_iter().find(|(i, _, _)| *i == id).ok_or_else(|| {
                AwsError::new(
                    400,
                    "ResourceNotFoundException",
                    format!("The index {id} does not exist in {}.", caller.region),
                )
            })?;
            Ok(json!({
                "Id": id,
                "Name": name,
                "Edition": "ENTERPRISE_EDITION",
                "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/kendra-{name}"),
                "Status": "ACTIVE",
            }))
        }
        "ListIndices" => {
            let items: Vec<Json> = here
                .map(|(id, _, name)| {
                    json!({
                        "Id": id,
                        "Name": name,
                        "Edition": "ENTERPRISE_EDITION",
                        "Status": "ACTIVE",
                        "CreatedAt": 1_767_225_600,
                        "UpdatedAt": 1_767_225_600,
                    })
                })
                .collect();
            Ok(json!({ "IndexConfigurationSummaryItems": items }))
        }
        other => Err(AwsError::new(
            400,
            "UnknownOperationException",
            format!("{other} is not practised"),
        )),
    }
}

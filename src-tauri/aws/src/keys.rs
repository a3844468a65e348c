//! What a set-up names and did not make: a KMS key, an Amazon Kendra index. Looked at before anything
//! is created, because neither can be changed afterwards.

use crate::Aws;
use claimbridge_core::resource::{CloudError, CloudErrorKind};

/// Why a key or an index cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What it should be.
    pub expected: &'static str,
    /// What it is.
    pub found: String,
}

/// A key as an ARN: the services also take and return its id alone. `near` is an ARN of the key's own
/// region and account.
pub(crate) fn whole_arn(key: &str, near: &str) -> String {
    let mut parts = near.split(':');
    match (parts.nth(1), parts.nth(1), parts.next()) {
        (Some(partition), Some(region), Some(account)) if !key.contains([':', '/']) => {
            format!("arn:{partition}:kms:{region}:{account}:key/{key}")
        }
        _ => key.to_owned(),
    }
}

impl Aws {
    /// Whether a KMS key can encrypt an application: enabled, symmetric, for encryption (Q Business: encryption).
    ///
    /// # Errors
    /// [`CloudError`] when it could not be asked.
    pub async fn kms_key(&self, arn: &str) -> Result<Option<Unusable>, CloudError> {
        let sent = self.kms.describe_key().key_id(arn).send().await;
        let held = match sent.map_err(self.error("DescribeKey")) {
            Ok(answer) => answer.key_metadata,
            Err(error)
                if error.kind == CloudErrorKind::Gone
                    || error.code.as_deref() == Some("NotFoundException") =>
            {
                None
            }
            Err(error) => return Err(error),
        };
        let unusable = |expected, found: String| Ok(Some(Unusable { expected, found }));
        let Some(key) = held else {
            return unusable("a key of this region", "no such key".into());
        };
        let state = key.key_state().map(|s| s.as_str()).unwrap_or_default();
        if state != "Enabled" {
            return unusable("Enabled", state.to_owned());
        }
        let spec = key.key_spec().map(|s| s.as_str()).unwrap_or_default();
        if spec != "SYMMETRIC_DEFAULT" {
            return unusable("a symmetric key", spec.to_owned());
        }
        Ok(None)
    }

    /// Whether an Amazon Kendra index of this region is there and ACTIVE.
    ///
    /// # Errors
    /// [`CloudError`] when it could not be asked.
    pub async fn kendra_index(&self, id: &str) -> Result<Option<Unusable>, CloudError> {
        let sent = self.kendra.describe_index().id(id).send().await;
        let unusable = |found: &str| {
            Ok(Some(Unusable {
                expected: "an ACTIVE index of the application's own region",
                found: found.to_owned(),
            }))
        };
        match sent.map_err(self.error("DescribeIndex")) {
            Ok(answer) => match answer.status().map(|s| s.as_str()) {
                Some("ACTIVE") => Ok(None),
                status => unusable(status.unwrap_or_default()),
            },
            Err(error) if error.kind == CloudErrorKind::Gone => unusable("no such index here"),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_s_id_becomes_its_arn_and_the_rest_stays() {
        let near = "arn:aws:qbusiness:eu-west-1:123456789012:application/a";
        let whole = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        for (given, expected) in [
            ("1234abcd-12ab-34cd-56ef-1234567890ab", whole),
            (whole, whole),
            ("alias/mine", "alias/mine"),
        ] {
            assert_eq!(whole_arn(given, near), expected);
        }
        assert_eq!(whole_arn("k", "no-arn"), "k");
    }
}

//! The profiles of the AWS config files, with the kind of each, for a person to pick from.

use aws_types::os_shim_internal::{Env, Fs};
use std::fmt;

/// One profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// As in the file.
    pub name: String,
    /// Where its credentials come from.
    pub kind: ProfileKind,
    /// Its region, if it names one.
    pub region: Option<String>,
}

/// Where credentials come from, in the SDK's order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileKind {
    /// Another role, assumed with a source profile.
    AssumeRole,
    /// None that could be told.
    None,
    /// A program that prints them.
    Process,
    /// IAM Identity Center.
    Sso,
    /// Keys in the file.
    Static,
    /// A token file.
    WebIdentity,
}

impl ProfileKind {
    /// For a list.
    pub fn label(self) -> &'static str {
        match self {
            ProfileKind::AssumeRole => "assume role",
            ProfileKind::None => "no credentials",
            ProfileKind::Process => "process",
            ProfileKind::Sso => "SSO",
            ProfileKind::Static => "access key",
            ProfileKind::WebIdentity => "web identity",
        }
    }
}

/// The config files cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfilesError(String);

impl fmt::Display for ProfilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "The AWS config files cannot be read: {}. Correct ~/.aws/config or ~/.aws/credentials.",
            self.0
        )
    }
}

impl std::error::Error for ProfilesError {}

/// Every profile, by name; the environment's own credentials are no profile.
///
/// # Errors
/// [`ProfilesError`]: one syntax error makes the whole files unreadable.
pub async fn profiles() -> Result<Vec<Profile>, ProfilesError> {
    let files = aws_runtime::env_config::file::EnvConfigFiles::default();
    let set = aws_config::profile::load(&Fs::real(), &Env::real(), &files, None)
        .await
        .map_err(|e| ProfilesError(e.to_string()))?;
    let mut found: Vec<Profile> = set
        .profiles()
        .filter_map(|name| set.get_profile(name).map(|p| (name, p)))
        .map(|(name, profile)| {
            let has = |key: &str| profile.get(key).is_some();
            let sso = ["sso_session", "sso_start_url", "sso_account_id"]
                .iter()
                .any(|k| has(k));
            let kind = match () {
                () if has("role_arn") && has("web_identity_token_file") => ProfileKind::WebIdentity,
                () if has("role_arn") => ProfileKind::AssumeRole,
                () if sso => ProfileKind::Sso,
                () if has("credential_process") => ProfileKind::Process,
                () if has("aws_access_key_id") => ProfileKind::Static,
                () => ProfileKind::None,
            };
            Profile {
                name: name.to_owned(),
                kind,
                region: profile.get("region").map(str::to_owned),
            }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

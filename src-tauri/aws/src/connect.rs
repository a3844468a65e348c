//! Clients for one profile, region and endpoint, over one HTTP connector that honours the system's
//! proxy variables and `AWS_CA_BUNDLE`.

use crate::profiles::{ProfilesError, profiles};
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_types::service_config::ServiceConfigKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use url::Url;

/// Where to connect and as whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// A profile of the config files; None follows the SDK's own chain.
    pub profile: Option<String>,
    /// Region code; None follows the SDK's own chain.
    pub region: Option<String>,
    /// Stands above `AWS_ENDPOINT_URL` and its kind.
    pub endpoint_url: Option<String>,
    /// Fixed credentials for the practice world, which takes any.
    pub practice: bool,
}

/// Clients for one target.
pub struct Aws {
    pub(crate) cloudtrail: aws_sdk_cloudtrail::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) kendra: aws_sdk_kendra::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) qbusiness: aws_sdk_qbusiness::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    /// Without credentials: AssumeRoleWithSAML and AssumeRoleWithWebIdentity are not signed.
    pub(crate) anonymous: aws_sdk_sts::Client,
    pub(crate) date: ServerDate,
    pub(crate) profile: Option<String>,
    pub(crate) endpoint: Option<String>,
    /// Stand-ins of other makers forget a provider's tags, so there a missing one says nothing.
    pub(crate) tags_are_kept: bool,
}

/// Why no client could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// `AWS_CA_BUNDLE` names a file that cannot be used.
    CaBundle {
        /// The path.
        path: String,
        /// Why.
        why: String,
    },
    /// The connector could not be set up.
    Connector(String),
    /// An endpoint that is no address.
    Endpoint {
        /// As it was given.
        found: String,
        /// By what: an argument, the environment, a profile.
        by: &'static str,
    },
    /// A profile that is in no config file.
    Profile {
        /// As asked.
        name: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// The config files cannot be read.
    Profiles(ProfilesError),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::CaBundle { path, why } => write!(
                f,
                "AWS_CA_BUNDLE names “{path}”, which cannot be used: {why}. Correct the variable, or unset it."
            ),
            ConnectError::Endpoint { found, by } => write!(
                f,
                "The endpoint “{found}” of {by} is no address; expected http://127.0.0.1:PORT or https://HOST. Leave it out for AWS itself."
            ),
            ConnectError::Profile { name, known } if known.is_empty() => write!(
                f,
                "There is no profile “{name}”: the AWS config files hold none. Make one with: aws configure sso"
            ),
            ConnectError::Profile { name, known } => write!(
                f,
                "There is no profile “{name}” in the AWS config files; there are: {}.",
                known.join(", ")
            ),
            ConnectError::Profiles(error) => error.fmt(f),
            ConnectError::Connector(why) => write!(f, "The network connection could not be set up: {why}."),
        }
    }
}

impl std::error::Error for ConnectError {}

impl Aws {
    /// Makes the clients; no call is made yet.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(target: &Target) -> Result<Aws, ConnectError> {
        // A stand-in on this machine is never behind the company's proxy.
        let near = target
            .endpoint_url
            .as_deref()
            .is_some_and(|u| u.starts_with("http://127.0.0.1"));
        if !target.practice {
            check_configuration(target).await?;
        }
        let http = http_client(near)?;
        let version = BehaviorVersion::v2026_01_12();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(20))
            .operation_timeout(Duration::from_secs(75))
            .build();
        let mut loader = aws_config::defaults(version)
            .http_client(http.clone())
            .sleep_impl(TokioSleep::new())
            // Not adaptive: its rate limiter slows every later call for one throttled one, and the engine
            // has a patience of its own.
            .retry_config(aws_config::retry::RetryConfig::standard().with_max_attempts(4))
            .timeout_config(timeouts)
            // A wrong clock is to be seen and said, not worked around.
            .disable_clock_skew_correction(true);
        if let Some(region) = &target.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = &target.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if target.practice {
            loader = loader.credentials_provider(aws_sdk_sts::config::Credentials::new(
                "AKIAPRACTICE00000000",
                "practice",
                None,
                None,
                "practice",
            ));
        } else if let Some(profile) = &target.profile {
            // `profile_name` alone would lose to AWS_ACCESS_KEY_ID, and fall through to an instance role.
            let provider = aws_config::provider_config::ProviderConfig::without_region()
                .with_region(target.region.clone().map(Region::new))
                .with_http_client(http)
                .with_sleep_impl(TokioSleep::new());
            loader = loader.profile_name(profile).credentials_provider(
                aws_config::profile::ProfileFileCredentialsProvider::builder()
                    .configure(&provider)
                    .profile_name(profile)
                    .build(),
            );
        }
        let sdk = loader.load().await;
        let endpoint = match &target.endpoint_url {
            Some(given) => Some(address(given, "the argument")?),
            None => configured_endpoint(&sdk)
                .map(|found| address(&found, "the environment or the profile"))
                .transpose()?,
        };
        let date = ServerDate::default();
        let mut anonymous = sdk.to_builder();
        anonymous.set_credentials_provider(None);
        anonymous.set_token_provider(None);
        Ok(Aws {
            cloudtrail: aws_sdk_cloudtrail::Client::new(&sdk),
            iam: iam_client(&sdk, &date),
            kendra: aws_sdk_kendra::Client::new(&sdk),
            kms: aws_sdk_kms::Client::new(&sdk),
            secrets: aws_sdk_secretsmanager::Client::new(&sdk),
            qbusiness: aws_sdk_qbusiness::Client::from_conf(
                aws_sdk_qbusiness::config::Builder::from(&sdk)
                    .interceptor(date.clone())
                    .build(),
            ),
            sts: aws_sdk_sts::Client::from_conf(
                aws_sdk_sts::config::Builder::from(&sdk)
                    .interceptor(date.clone())
                    .build(),
            ),
            anonymous: aws_sdk_sts::Client::new(&anonymous.build()),
            date,
            profile: target.profile.clone(),
            tags_are_kept: target.practice || endpoint.as_deref().is_none_or(is_of_aws),
            endpoint,
        })
    }

    /// Where the calls go instead of AWS, whether an argument, the environment or a profile says so.
    /// An endpoint of AWS's own, in a VPC for example, is AWS.
    pub fn stand_in(&self) -> Option<&str> {
        self.endpoint.as_deref().filter(|e| !is_of_aws(e))
    }
}

/// What the SDK would answer with a panic or with the wrong words.
async fn check_configuration(target: &Target) -> Result<(), ConnectError> {
    if let Some(given) = &target.endpoint_url {
        address(given, "the argument")?;
    }
    for (name, value) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_ENDPOINT_URL") {
            address(&value.to_string_lossy(), "the environment")?;
        }
    }
    if let Some(name) = &target.profile {
        let known: Vec<String> = profiles()
            .await
            .map_err(ConnectError::Profiles)?
            .into_iter()
            .map(|p| p.name)
            .collect();
        if !known.contains(name) {
            return Err(ConnectError::Profile {
                name: name.clone(),
                known,
            });
        }
    }
    Ok(())
}

/// An endpoint in one spelling, so that two of the same place are equal.
fn address(found: &str, by: &'static str) -> Result<String, ConnectError> {
    Url::parse(found)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| ConnectError::Endpoint {
            found: found.to_owned(),
            by,
        })
}

/// As the SDK itself looks: for one service first, then for all.
fn configured_endpoint(sdk: &SdkConfig) -> Option<String> {
    let of_service = |service| {
        let key = ServiceConfigKey::builder()
            .service_id(service)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        sdk.service_config()?.load_config(key)
    };
    [
        "IAM",
        "QBusiness",
        "STS",
        "Secrets Manager",
        "KMS",
        "kendra",
        "CloudTrail",
    ]
    .into_iter()
    .find_map(of_service)
    .or_else(|| sdk.endpoint_url().map(str::to_owned))
}

fn is_of_aws(endpoint: &str) -> bool {
    let host = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest)
        .split(['/', ':', '?'])
        .next()
        .unwrap_or_default();
    [".amazonaws.com", ".api.aws"].iter().any(|d| host.ends_with(d))
}

/// IAM is one global service that signs for us-east-1, whichever endpoint answers.
fn iam_client(sdk: &SdkConfig, date: &ServerDate) -> aws_sdk_iam::Client {
    aws_sdk_iam::Client::from_conf(
        aws_sdk_iam::config::Builder::from(sdk)
            .region(aws_sdk_iam::config::Region::new("us-east-1"))
            .interceptor(date.clone())
            .build(),
    )
}

/// The certificates of `AWS_CA_BUNDLE` as PEM, each of them looked at; None where the variable is not set.
///
/// # Errors
/// [`ConnectError::CaBundle`].
pub fn ca_bundle() -> Result<Option<Vec<u8>>, ConnectError> {
    let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|p| !p.is_empty()) else {
        return Ok(None);
    };
    let bad = |why: String| ConnectError::CaBundle {
        path: path.to_string_lossy().into_owned(),
        why,
    };
    let pem = std::fs::read(&path).map_err(|e| bad(e.to_string()))?;
    // The connector itself panics on a bad bundle and takes an empty one.
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| bad(format!("{e:?}")))?;
    if certificates.is_empty() {
        return Err(bad("it contains no certificate".into()));
    }
    let mut roots = rustls::RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(|e| bad(e.to_string()))?;
    }
    Ok(Some(pem))
}

fn http_client(direct: bool) -> Result<SharedHttpClient, ConnectError> {
    let store = match ca_bundle()? {
        Some(pem) => tls::TrustStore::empty().with_pem_certificate(pem),
        None => tls::TrustStore::default(),
    };
    let context = tls::TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|e| ConnectError::Connector(e.to_string()))?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder()
                .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
                .tls_context(context.clone())
                .proxy_config(if direct {
                    ProxyConfig::disabled()
                } else {
                    ProxyConfig::from_env()
                });
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.build()
        }),
    )
}

/// AWS's clock beside ours, from the Date header of the last answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerDate(Arc<Mutex<Option<(SystemTime, SystemTime)>>>);

impl ServerDate {
    /// Seconds by which our clock is ahead of AWS's; negative when it is behind.
    pub(crate) fn skew_seconds(&self) -> Option<i64> {
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (server, local) = seen?;
        Some(match local.duration_since(server) {
            Ok(ahead) => i64::try_from(ahead.as_secs()).unwrap_or(i64::MAX),
            Err(behind) => -i64::try_from(behind.duration().as_secs()).unwrap_or(i64::MAX),
        })
    }
}

#[dyn_dispatch_hint]
impl Intercept for ServerDate {
    fn name(&self) -> &'static str {
        "ServerDate"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let server = context
            .response()
            .headers()
            .get("date")
            .and_then(|d| DateTime::from_str(d, Format::HttpDate).ok())
            .and_then(|d| SystemTime::try_from(d).ok());
        if let Some(server) = server {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((server, SystemTime::now()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_aws_are_aws() {
        for (endpoint, expected) in [
            ("https://iam.amazonaws.com", true),
            ("https://vpce-1.qbusiness.us-east-1.vpce.amazonaws.com/", true),
            ("https://qbusiness.us-east-1.api.aws", true),
            ("http://127.0.0.1:4566", false),
            ("https://aws.stand-in.example", false),
            ("https://amazonaws.com.stand-in.example", false),
            ("https://stand-in.example/.amazonaws.com", false),
            ("https://x.amazonaws.com@stand-in.example", false),
        ] {
            assert_eq!(is_of_aws(endpoint), expected, "{endpoint}");
        }
    }
}

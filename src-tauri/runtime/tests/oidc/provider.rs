//! An OpenID provider for tests: right unless it is told to be wrong.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Form, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claimbridge_core::value::Issuer;
use futures::stream::unfold;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

pub const CLIENT: &str = "0oa1client";
pub const SECRET: &str = "s3cret & more: +/%";

static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// How it behaves.
#[derive(Clone)]
pub struct Ways {
    /// Authentication that it names.
    pub offers: &'static [&'static str],
    /// Authentication that it takes.
    pub takes: &'static [&'static str],
    /// Path of the issuer that its document names.
    pub issuer_path: &'static str,
    /// Whether the person is not assigned.
    pub deny: bool,
    /// Whether it gives an ID token.
    pub id_token: bool,
}

impl Default for Ways {
    fn default() -> Ways {
        Ways {
            offers: &["client_secret_basic"],
            takes: &["client_secret_basic"],
            issuer_path: "/oauth2/default",
            deny: false,
            id_token: true,
        }
    }
}

struct Inner {
    ways: Ways,
    origin: String,
    asked: Mutex<Vec<String>>,
    /// Codes with what they were asked for.
    codes: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
}

/// A provider on this machine, served until it is dropped.
pub struct Provider {
    inner: Arc<Inner>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    pub async fn serve(ways: Ways) -> Provider {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            ways,
            origin,
            asked: Mutex::default(),
            codes: Mutex::default(),
        });
        let app = Router::new()
            .route("/oauth2/default/.well-known/openid-configuration", get(document))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route(
                "/redirect",
                get(|| async { (StatusCode::FOUND, [(header::LOCATION, "http://169.254.169.254/")]) }),
            )
            .route("/long", get(|| async { "x".repeat(5_000_000) }))
            .route(
                "/long-without-a-length",
                get(|| async { stream(0, vec![b'x'; 100_000]) }),
            )
            .route("/drip", get(|| async { stream(300, vec![b'x']) }))
            .route("/slow", get(std::future::pending::<()>))
            .layer(axum::middleware::from_fn_with_state(inner.clone(), note))
            .with_state(inner.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Provider { inner, task }
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.inner.origin)
    }

    pub fn issuer(&self) -> Issuer {
        Issuer::practice(&self.at("/oauth2/default")).unwrap()
    }

    pub fn port(&self) -> u16 {
        self.inner.origin.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// What it publishes at its `jwks_uri`.
    pub fn key_set(&self) -> String {
        key_set()
    }

    /// A token for the person.
    pub fn id_token(&self, nonce: &str) -> String {
        id_token(&self.inner, nonce)
    }

    pub fn connections(&self) -> usize {
        self.inner.asked.lock().unwrap().len()
    }

    pub fn asked(&self, path: &str) -> usize {
        self.inner
            .asked
            .lock()
            .unwrap()
            .iter()
            .filter(|p| *p == path)
            .count()
    }
}

async fn note(State(inner): State<Arc<Inner>>, request: Request, next: axum::middleware::Next) -> Response {
    inner.asked.lock().unwrap().push(request.uri().path().to_owned());
    next.run(request).await
}

/// Pieces without end, `pause` milliseconds apart.
fn stream(pause: u64, piece: Vec<u8>) -> Body {
    Body::from_stream(unfold(piece, move |piece| async move {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        Some((Ok::<Bytes, std::io::Error>(piece.clone().into()), piece))
    }))
}

async fn document(State(inner): State<Arc<Inner>>) -> String {
    let at = |path: &str| format!("{}{path}", inner.origin);
    json!({
        "issuer": at(inner.ways.issuer_path), "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"), "jwks_uri": at("/keys"), "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": inner.ways.offers,
    })
    .to_string()
}

async fn keys() -> String {
    key_set()
}

fn key_set() -> String {
    let public = PublicKeyComponents::<Vec<u8>>::from(KEY.public_key());
    let part = |bytes| URL_SAFE_NO_PAD.encode::<Vec<u8>>(bytes);
    json!({"keys": [{"kty": "RSA", "kid": "k1", "n": part(public.n), "e": part(public.e)}]}).to_string()
}

async fn authorize(
    State(inner): State<Arc<Inner>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let back = if inner.ways.deny {
        "error=access_denied&error_description=User+is+not+assigned+to+the+client+application."
    } else {
        inner.codes.lock().unwrap().insert("code-1".into(), query.clone());
        "code=code-1"
    };
    let to = format!("{}?{back}&state={}", query["redirect_uri"], query["state"]);
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

fn refused(error: &str) -> Response {
    let body = json!({"error": error, "error_description": "No."}).to_string();
    (StatusCode::BAD_REQUEST, body).into_response()
}

async fn token(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let field = |name: &str| form.get(name).map(String::as_str);
    let basic = headers.get(header::AUTHORIZATION).map(|h| {
        let text = h.to_str().unwrap().strip_prefix("Basic ").unwrap();
        String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
    });
    let way = match (&basic, field("client_secret")) {
        (Some(_), None) => "client_secret_basic",
        (None, Some(_)) => "client_secret_post",
        (None, None) => "none",
        (Some(_), Some(_)) => return refused("invalid_request"),
    };
    let proved = match &basic {
        Some(pair) => {
            let (id, secret) = pair.split_once(':').unwrap();
            let whole = format!("a={id}&b={secret}");
            let read: Vec<(String, String)> = url::form_urlencoded::parse(whole.as_bytes())
                .into_owned()
                .collect();
            read[0].1 == CLIENT && read[1].1 == SECRET
        }
        None => field("client_id") == Some(CLIENT) && field("client_secret").is_none_or(|s| s == SECRET),
    };
    if !proved || !inner.ways.takes.contains(&way) {
        return refused("invalid_client");
    }
    // A code is good once.
    let Some(asked) = inner
        .codes
        .lock()
        .unwrap()
        .remove(field("code").unwrap_or_default())
    else {
        return refused("invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier").unwrap_or_default()));
    if asked["code_challenge"] != challenge || field("redirect_uri") != Some(asked["redirect_uri"].as_str()) {
        return refused("invalid_grant");
    }
    let mut answer = json!({"access_token": "opaque", "token_type": "Bearer"});
    if inner.ways.id_token {
        answer["id_token"] = json!(id_token(&inner, &asked["nonce"]));
    }
    answer.to_string().into_response()
}

fn id_token(inner: &Inner, nonce: &str) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = json!({
        "iss": format!("{}/oauth2/default", inner.origin), "sub": "00u1subject", "aud": CLIENT, "iat": now,
        "exp": now + 600, "nonce": nonce,
        "https://aws.amazon.com/tags": {"principal_tags": {"Email": ["alice@acme.example"]}},
    });
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!(
        "{}.{}",
        part("{\"alg\":\"RS256\",\"kid\":\"k1\"}"),
        part(&claims.to_string())
    );
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

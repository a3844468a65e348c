//! A sign-in by the system's browser comes back here: one response on one port of this machine, and the
//! door closes. The address is registered at the identity provider, so the port is fixed.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The port of AWS's own sample, which guides register (Q Business: IAM federation, test application).
pub const PORT: u16 = 8000;
/// Path for OpenID Connect, of the same sample.
pub const OIDC_PATH: &str = "/auth/oidc/callback";
/// Path for SAML, of the same sample.
pub const SAML_PATH: &str = "/saml";

/// How long the browser may take to fetch the last page.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// What is to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The code of OpenID Connect, in the query.
    Code,
    /// A SAML response, as a form.
    SamlResponse,
}

/// What arrived with the right state.
pub enum Arrived {
    /// A code, to be exchanged.
    Code(String),
    /// The form value as it was posted.
    SamlResponse(String),
    /// The identity provider refused (RFC 6749 §4.1.2.1).
    Error {
        /// Its code: `access_denied`.
        error: String,
        /// Its words.
        description: String,
    },
}

/// Why nobody listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenError {
    /// Another program has the port.
    PortInUse {
        /// Which.
        port: u16,
    },
    /// The system does not let us.
    Refused {
        /// Which.
        port: u16,
        /// The system's words.
        why: String,
    },
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenError::PortInUse { port } => write!(
                f,
                "Port {port} of this computer is in use by another program. Close that program and sign in again; the port cannot be another one, because its address is registered at the identity provider."
            ),
            ListenError::Refused { port, why } => write!(
                f,
                "This computer does not let the program listen on port {port}: {why}. Allow it, or judge a response that you paste."
            ),
        }
    }
}

impl std::error::Error for ListenError {}

/// The address of a door, before it is opened: what is registered at the identity provider, byte for byte.
pub fn address(port: u16, path: &str) -> String {
    format!("http://localhost:{port}{path}")
}

/// An open door. Dropping it closes it.
pub struct Listening {
    socket: TcpListener,
    port: u16,
    path: String,
    expect: Expect,
    state: String,
}

/// Opens the door on 127.0.0.1; port 0 takes a free one. `state` is what has to come back: `state` of
/// OpenID Connect, `RelayState` of SAML.
///
/// # Errors
/// [`ListenError`].
pub async fn listen(port: u16, path: &str, expect: Expect, state: &str) -> Result<Listening, ListenError> {
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::AddrInUse => ListenError::PortInUse { port },
        _ => ListenError::Refused {
            port,
            why: error.to_string(),
        },
    };
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(refused)?;
    let port = socket.local_addr().map_err(refused)?.port();
    Ok(Listening {
        socket,
        port,
        path: path.to_owned(),
        expect,
        state: state.to_owned(),
    })
}

impl Listening {
    /// The address to register and to send: `http://localhost:PORT/path`.
    pub fn address(&self) -> String {
        address(self.port, &self.path)
    }

    /// Waits for one response with the right state; others get 400 and change nothing. There is no end to
    /// this wait but the response: dropping the future ends it and closes the door.
    pub async fn wait(self) -> Option<Arrived> {
        let (send, mut receive) = oneshot::channel();
        let (close, closed) = oneshot::channel::<()>();
        let door = Arc::new(Door {
            port: self.port,
            path: self.path,
            expect: self.expect,
            state: self.state,
            send: Mutex::new(Some(send)),
        });
        let app = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(400_000))
            .with_state(door);
        let serve = axum::serve(self.socket, app).with_graceful_shutdown(async {
            // An error means that the future was dropped, which is the same wish.
            let _ = closed.await;
        });
        let mut serve = std::pin::pin!(serve.into_future());
        let arrived = tokio::select! {
            arrived = &mut receive => arrived.ok(),
            _ = &mut serve => None,
        };
        // Nobody waits for it when the server has ended by itself.
        let _ = close.send(());
        // The page is on its way; a browser that keeps the connection open does not keep us.
        let _ = tokio::time::timeout(LAST_PAGE, serve).await;
        arrived
    }
}

struct Door {
    port: u16,
    path: String,
    expect: Expect,
    state: String,
    send: Mutex<Option<oneshot::Sender<Arrived>>>,
}

async fn answer(
    State(door): State<Arc<Door>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A name that was made to point here is not ours (DNS rebinding).
    let host = headers
        .get(header::HOST)
        .and_then(|h| h.to_str().ok())
        .unwrap_or_default();
    let ours = [
        format!("localhost:{}", door.port),
        format!("127.0.0.1:{}", door.port),
    ];
    if !ours.iter().any(|o| o == host) || uri.path() != door.path {
        return page(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    match read(&door, &method, &uri, &body) {
        Ok(arrived) => {
            let waiting = door.send.lock().unwrap_or_else(PoisonError::into_inner).take();
            // Nobody waits any more when the sign-in was cancelled just now.
            if waiting.is_some_and(|send| send.send(arrived).is_ok()) {
                page(
                    StatusCode::OK,
                    "You can close this window and go back to Claimbridge.",
                )
            } else {
                page(
                    StatusCode::GONE,
                    "This sign-in is over. Start it again in Claimbridge.",
                )
            }
        }
        Err(why) => page(StatusCode::BAD_REQUEST, why),
    }
}

fn read(door: &Door, method: &Method, uri: &Uri, body: &[u8]) -> Result<Arrived, &'static str> {
    let (wanted, bytes) = match door.expect {
        Expect::Code => (Method::GET, uri.query().unwrap_or_default().as_bytes()),
        Expect::SamlResponse => (Method::POST, body),
    };
    if method != wanted {
        return Err("This address expects another kind of request.");
    }
    fields(door.expect, bytes, &door.state)
}

/// What a query says that came back with the right state.
pub(crate) fn read_code(query: &[u8], state: &str) -> Result<Arrived, &'static str> {
    fields(Expect::Code, query, state)
}

fn fields(expect: Expect, bytes: &[u8], expected: &str) -> Result<Arrived, &'static str> {
    let state = match expect {
        Expect::Code => "state",
        Expect::SamlResponse => "RelayState",
    };
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err("A value stands twice in this response.");
        }
    }
    if fields.get(state).map(String::as_str) != Some(expected) {
        return Err("This response is not of the sign-in that is under way. Use the newest window.");
    }
    let mut take = |name: &str| fields.remove(name).filter(|v| !v.is_empty());
    match expect {
        Expect::SamlResponse => take("SAMLResponse")
            .map(Arrived::SamlResponse)
            .ok_or("The response has no SAMLResponse."),
        Expect::Code => match (take("error"), take("code")) {
            (Some(error), _) => Ok(Arrived::Error {
                error: error.chars().take(100).collect(),
                description: take("error_description")
                    .unwrap_or_default()
                    .chars()
                    .take(1000)
                    .collect(),
            }),
            (None, Some(code)) => Ok(Arrived::Code(code)),
            (None, None) => Err("The response has neither a code nor an error."),
        },
    }
}

fn page(status: StatusCode, text: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Claimbridge</title><style>body{{font:1.1rem/1.5 system-ui,sans-serif;margin:20vh auto;max-width:32rem;padding:0 1rem;color:#1b1f24;background:#fff}}@media(prefers-color-scheme:dark){{body{{color:#e8eaed;background:#16181c}}}}</style><main><p>{text}</p></main></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONNECTION, "close"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
    ];
    (status, headers, html).into_response()
}

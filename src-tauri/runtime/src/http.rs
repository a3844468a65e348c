//! HTTP to an identity provider, guarded: an address comes from a form field or from a document, so it
//! may lead anywhere. Only public addresses are asked, and the practice world on this machine where the
//! set-up belongs to it; no redirect is followed; an answer has a limit in time and in length.

use claimbridge_aws::{ConnectError, ca_bundle};
use claimbridge_core::oidc::{NotFetched, Why};
use claimbridge_core::setup::World;
use reqwest::{Certificate, Client, RequestBuilder, Response, redirect};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use url::{Host, Url};

/// AWS waits this long for a discovery document and for keys (AWS re:Post: InvalidIdentityToken).
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of an answer that are read.
pub const LONGEST: usize = 512 * 1024;

/// HTTP for one world. Proxy variables and `AWS_CA_BUNDLE` are honoured.
#[derive(Debug, Clone)]
pub struct Http {
    world: World,
    roots: Vec<Certificate>,
}

impl Http {
    /// For set-ups of this world.
    ///
    /// # Errors
    /// [`ConnectError::CaBundle`].
    pub fn new(world: World) -> Result<Http, ConnectError> {
        let trusted = |pem: Vec<u8>| {
            Certificate::from_pem_bundle(&pem).map_err(|e| ConnectError::CaBundle {
                path: std::env::var("AWS_CA_BUNDLE").unwrap_or_default(),
                why: cause(&e),
            })
        };
        let roots = ca_bundle()?.map(trusted).transpose()?.unwrap_or_default();
        Ok(Http { world, roots })
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`NotFetched`] says which address, and what happened.
    pub async fn get(&self, address: &str) -> Result<Vec<u8>, NotFetched> {
        let (status, body) = self.send(address, |client, url| client.get(url)).await?;
        if status == 200 {
            Ok(body)
        } else {
            Err(not_fetched(address, Why::Status { found: status }))
        }
    }

    /// Asks, and reads whatever is answered but a redirect: status and body.
    pub(crate) async fn send(
        &self,
        address: &str,
        ask: impl FnOnce(&Client, Url) -> RequestBuilder,
    ) -> Result<(u16, Vec<u8>), NotFetched> {
        let fail = |why| not_fetched(address, why);
        let all = async {
            let (client, url) = self.client(address).await?;
            let request = ask(&client, url).header("accept", "application/json");
            let answer = request
                .send()
                .await
                .map_err(|e| Why::Unreachable { said: cause(&e) })?;
            body(answer).await
        };
        match tokio::time::timeout(PATIENCE, all).await {
            Ok(result) => result.map_err(fail),
            Err(_) => Err(fail(Why::Slow {
                seconds: PATIENCE.as_secs(),
            })),
        }
    }

    /// A client that can connect to nothing but the addresses that were looked at.
    async fn client(&self, address: &str) -> Result<(Client, Url), Why> {
        let url = Url::parse(address).map_err(|_| Why::Scheme {
            expected: "an https address",
        })?;
        let practice = self.world == World::Practice;
        if !(url.scheme() == "https" || (practice && url.scheme() == "http")) {
            return Err(Why::Scheme { expected: "https" });
        }
        let port = url.port_or_known_default().unwrap_or(443);
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(PATIENCE)
            .user_agent(concat!("claimbridge/", env!("CARGO_PKG_VERSION")));
        let found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
            Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
            Some(Host::Domain(name)) => match tokio::net::lookup_host((name, port)).await {
                Ok(found) => found.collect(),
                // In some companies the proxy alone knows the names outside.
                Err(_) if behind_proxy() => Vec::new(),
                Err(error) => {
                    return Err(Why::Unreachable {
                        said: error.to_string(),
                    });
                }
            },
            None => {
                return Err(Why::Scheme {
                    expected: "an https address",
                });
            }
        };
        let near = practice && !found.is_empty() && found.iter().all(|a| a.ip().is_loopback());
        if let Some(bad) = found.iter().find(|a| !near && !is_public(a.ip())) {
            return Err(Why::Private {
                address: bad.ip().to_string(),
            });
        }
        if url.scheme() != "https" && !near {
            return Err(Why::Scheme { expected: "https" });
        }
        if near {
            // What is on this machine is never behind the company's proxy.
            builder = builder.no_proxy();
        }
        if let (Some(Host::Domain(name)), false) = (url.host(), found.is_empty()) {
            builder = builder.resolve_to_addrs(name, &found);
        }
        if !self.roots.is_empty() {
            builder = builder.tls_certs_only(self.roots.iter().cloned());
        }
        let client = builder
            .build()
            .map_err(|e| Why::Unreachable { said: cause(&e) })?;
        Ok((client, url))
    }
}

fn not_fetched(url: &str, why: Why) -> NotFetched {
    NotFetched {
        url: url.chars().take(2048).collect(),
        why,
    }
}

async fn body(mut answer: Response) -> Result<(u16, Vec<u8>), Why> {
    let status = answer.status();
    if status.is_redirection() {
        let to = answer.headers().get("location").and_then(|l| l.to_str().ok());
        return Err(Why::Redirected {
            to: to.unwrap_or_default().chars().take(300).collect(),
        });
    }
    let too_long = Why::TooLong { limit: LONGEST };
    if answer
        .content_length()
        .is_some_and(|length| length > LONGEST as u64)
    {
        return Err(too_long);
    }
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > LONGEST => return Err(too_long),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok((status.as_u16(), bytes)),
            Err(e) => return Err(Why::Unreachable { said: cause(&e) }),
        }
    }
}

fn behind_proxy() -> bool {
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
}

/// The innermost cause: what the connection itself said, without the address, which may hold a code.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut at = error;
    while let Some(next) = at.source() {
        at = next;
    }
    at.to_string().chars().take(300).collect()
}

/// Whether an address is of the public internet (IANA: special-purpose address registries).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let inner = |high: u16, low: u16| {
        let ([w, x], [y, z]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(w, x, y, z))
    };
    match (a, b, c, d, e, f) {
        // IPv4 in another coat: mapped, translated, 6to4.
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => inner(g, h),
        (0x2002, ..) => inner(b, c),
        // Teredo, documentation, and what else is not given to anybody below 2000::/3.
        (0x2001, 0 | 0xdb8, ..) | (0x3fff, ..) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers one request on this machine with a certificate that nobody knows.
    async fn serve_tls(key: rcgen::CertifiedKey<rcgen::KeyPair>) -> u16 {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs::default_provider};
        let config = ServerConfig::builder_with_provider(std::sync::Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![key.cert.der().clone()],
                key.signing_key.serialize_der().try_into().expect("a key"),
            )
            .expect("a certificate");
        let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.expect("a connection");
                // A client that does not trust us ends the handshake.
                if let Ok(mut stream) = acceptor.accept(socket).await {
                    let mut request = [0; 1024];
                    let _ = stream.read(&mut request).await;
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                    let _ = stream.write_all(answer).await;
                    let _ = stream.shutdown().await;
                }
            }
        });
        port
    }

    #[tokio::test]
    async fn a_company_authority_is_trusted_where_it_is_named_and_nowhere_else() {
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let pem = key.cert.pem();
        let url = format!("https://localhost:{}/", serve_tls(key).await);
        let stranger = Http {
            world: World::Practice,
            roots: Vec::new(),
        };
        let refused = stranger.get(&url).await.expect_err("refused");
        assert!(
            matches!(&refused.why, Why::Unreachable { said } if said.contains("certificate")),
            "{refused}"
        );
        let friend = Http {
            world: World::Practice,
            roots: Certificate::from_pem_bundle(pem.as_bytes()).expect("a bundle"),
        };
        assert_eq!(friend.get(&url).await, Ok(b"{}".to_vec()));
    }

    #[test]
    fn public_addresses() {
        for (text, expected) in [
            ("8.8.8.8", true),
            ("100.63.0.1", true),
            ("172.32.0.1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("192.0.2.1", false),
            ("2606:4700::1111", true),
            ("::1", false),
            ("::", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
            ("fec0::1", false),
            ("fd00:ec2::254", false),
            ("2001:db8::1", false),
        ] {
            let ip = text.parse().expect("an address");
            assert_eq!(is_public(ip), expected, "{text}");
        }
    }
}

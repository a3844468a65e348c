//! ARNs, compared part by part (IAM: ARN condition operators; JSON policy elements, Resource).

use super::Request;
use super::compare::{Compared, like};

/// The six parts between colons; the last has the other colons.
fn parts(arn: &str) -> Vec<&str> {
    arn.splitn(6, ':').collect()
}

/// `ArnLike`: each part for itself, with wildcards and variables. What is no ARN in a policy is unknown,
/// since IAM does not take it; what is no ARN in a request matches none.
pub(super) fn arn_like(pattern: &str, arn: &str, request: &Request) -> Compared {
    let (wanted, found) = (parts(pattern), parts(arn));
    if wanted.len() < 6 {
        return Compared::Unknown;
    }
    if found.len() < 6 {
        return Compared::No;
    }
    wanted
        .iter()
        .zip(&found)
        .map(|(pattern, part)| like(pattern, part, request))
        .fold(Compared::Yes, Compared::and)
}

/// `Resource`: an ARN that ends early stands for all that begin so; `*` for everything.
pub(super) fn resource_like(pattern: &str, resource: &str, request: &Request) -> Compared {
    let (mut wanted, found) = (parts(pattern), parts(resource));
    if pattern == "*" || found.len() < 6 {
        return like(pattern, resource, request);
    }
    wanted.resize(6, "*");
    wanted
        .iter()
        .zip(&found)
        .map(|(pattern, part)| like(pattern, part, request))
        .fold(Compared::Yes, Compared::and)
}

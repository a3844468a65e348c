//! How the values of a resource are put in: one function for each shape that a field may have.

use super::{Permissions, RetrieverSource, SignIn, Trust};

type Put<'a, S, T, E> = &'a mut dyn FnMut(&S) -> Result<T, E>;

/// No value of another resource in it.
pub(super) fn keep<A: Clone, S, T, E>(field: &A, _: Put<'_, S, T, E>) -> Result<A, E> {
    Ok(field.clone())
}

pub(super) fn one<S, T, E>(field: &S, f: Put<'_, S, T, E>) -> Result<T, E> {
    f(field)
}

pub(super) fn maybe<S, T, E>(field: &Option<S>, f: Put<'_, S, T, E>) -> Result<Option<T>, E> {
    field.as_ref().map(f).transpose()
}

pub(super) fn trust<S, T, E>(field: &Trust<S>, f: Put<'_, S, T, E>) -> Result<Trust<T>, E> {
    Ok(match field {
        Trust::Saml { provider, recipients } => Trust::Saml {
            provider: f(provider)?,
            recipients: recipients.iter().map(f).collect::<Result<_, _>>()?,
        },
        Trust::Oidc {
            provider,
            issuer,
            client_ids,
        } => Trust::Oidc {
            provider: f(provider)?,
            issuer: issuer.clone(),
            client_ids: client_ids.clone(),
        },
        Trust::Service {
            purpose,
            region,
            account,
            application,
        } => Trust::Service {
            purpose: *purpose,
            region: *region,
            account: account.clone(),
            application: maybe(application, f)?,
        },
    })
}

pub(super) fn permissions<S, T, E>(field: &Permissions<S>, f: Put<'_, S, T, E>) -> Result<Permissions<T>, E> {
    Ok(match field {
        Permissions::Application { region, account } => Permissions::Application {
            region: *region,
            account: account.clone(),
        },
        Permissions::Retriever {
            region,
            account,
            kendra_index,
        } => Permissions::Retriever {
            region: *region,
            account: account.clone(),
            kendra_index: kendra_index.clone(),
        },
        Permissions::Secrets { secret, kms_key } => Permissions::Secrets {
            secret: f(secret)?,
            kms_key: kms_key.clone(),
        },
        Permissions::WebExperience {
            document_content,
            region,
            account,
            application,
            q_apps,
            kms_key,
        } => Permissions::WebExperience {
            document_content: *document_content,
            region: *region,
            account: account.clone(),
            application: f(application)?,
            q_apps: *q_apps,
            kms_key: kms_key.clone(),
        },
    })
}

pub(super) fn source<S, T, E>(
    field: &RetrieverSource<S>,
    f: Put<'_, S, T, E>,
) -> Result<RetrieverSource<T>, E> {
    Ok(match field {
        RetrieverSource::Kendra { index, role } => RetrieverSource::Kendra {
            index: index.clone(),
            role: f(role)?,
        },
        RetrieverSource::Native { index } => RetrieverSource::Native { index: f(index)? },
    })
}

pub(super) fn sign_in<S, T, E>(field: &SignIn<S>, f: Put<'_, S, T, E>) -> Result<SignIn<T>, E> {
    Ok(match field {
        SignIn::Oidc { secret, role } => SignIn::Oidc {
            secret: f(secret)?,
            role: f(role)?,
        },
        SignIn::Saml { authentication_url } => SignIn::Saml {
            authentication_url: authentication_url.clone(),
        },
    })
}

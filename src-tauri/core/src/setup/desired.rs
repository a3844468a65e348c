//! The desired state: the resources that follow from the answers, each after what it needs.

use super::{Federation, Order, PLACEHOLDER_AUDIENCE, PolicyKind, Setup, SetupError};
use crate::resource::{
    Address, Output, Permissions, Purpose, Resource, RetrieverSource, SignIn, Trust, Value,
};

type Desired = Vec<(Address, Resource)>;

fn application() -> Value {
    Value::From(Address::Application, Output::Id)
}

fn arn(address: Address) -> Value {
    Value::From(address, Output::Arn)
}

/// How the circle between web experience and role is opened; there is none where the Recipient does
/// not follow the web experience.
enum Circle {
    EndpointFirst,
    None,
    RoleFirst,
}

impl Setup {
    /// The desired state: resources in an order in which each stands after what it needs.
    ///
    /// # Errors
    /// [`SetupError`] when an answer is still missing or would be refused.
    pub fn desired(&self) -> Result<Desired, SetupError> {
        self.check()?;
        let mut desired = Vec::new();
        let (provider, client_ids) = self.provider(&mut desired)?;
        if self.application.own_service_role {
            self.service_role(
                &mut desired,
                Purpose::Application,
                Permissions::Application {
                    region: self.region,
                    account: self.account.clone(),
                },
            );
        }
        desired.push((
            Address::Application,
            Resource::Application {
                name: self.names.application.clone(),
                provider: arn(provider),
                client_ids: client_ids.clone(),
                role: self
                    .application
                    .own_service_role
                    .then(|| arn(Address::ApplicationRole)),
                q_apps: self.application.q_apps,
                personalization: !self.application.personalization.is_empty(),
                kms_key: self.application.kms_key.clone(),
                tags: self.all_tags(),
            },
        ));
        let sign_in = self.sign_in(&mut desired)?;
        self.web_experience_and_role(&mut desired, provider, &client_ids, sign_in)?;
        self.index_and_retriever(&mut desired);
        desired.push((
            Address::AutoSubscription,
            Resource::AutoSubscription {
                application: application(),
                tier: self.application.tier,
            },
        ));
        Ok(desired)
    }

    /// The IAM provider, and the clients whose tokens the application takes; none for SAML.
    fn provider(&self, desired: &mut Desired) -> Result<(Address, Vec<String>), SetupError> {
        match &self.federation {
            Federation::Saml { .. } => {
                let metadata = self.metadata().ok_or(SetupError::MetadataMissing)?;
                self.federation_metadata()?;
                desired.push((
                    Address::SamlProvider,
                    Resource::SamlProvider {
                        name: self.names.provider.clone(),
                        metadata: metadata.to_owned(),
                        tags: self.all_tags(),
                    },
                ));
                Ok((Address::SamlProvider, Vec::new()))
            }
            Federation::Oidc {
                issuer, client_id, ..
            } => {
                let issuer = issuer.as_ref().ok_or(SetupError::IssuerMissing)?.to_string();
                let client_id = client_id.as_ref().ok_or(SetupError::ClientIdMissing)?.to_string();
                let clients = std::iter::once(client_id.clone()).chain(self.adopted.client_ids.clone());
                desired.push((
                    Address::OidcProvider,
                    Resource::OidcProvider {
                        issuer,
                        client_id: client_id.clone(),
                        tags: self.all_tags(),
                    },
                ));
                // A provider that was there before gets the client beside those of others.
                desired.push((
                    Address::OidcClient,
                    Resource::OidcClient {
                        provider: arn(Address::OidcProvider),
                        client_id,
                    },
                ));
                Ok((Address::OidcProvider, clients.collect()))
            }
        }
    }

    /// How the web experience sends people on; for OIDC with the secret and the role that reads it.
    fn sign_in(&self, desired: &mut Desired) -> Result<SignIn, SetupError> {
        match &self.federation {
            Federation::Saml { .. } => Ok(SignIn::Saml {
                authentication_url: self.authentication_url()?.0.to_string(),
            }),
            Federation::Oidc {
                secret_version,
                secret_kms_key,
                ..
            } => {
                desired.push((
                    Address::Secret,
                    Resource::Secret {
                        name: self.secret_name(),
                        version: secret_version.clone().ok_or(SetupError::SecretMissing)?,
                        kms_key: secret_kms_key.clone(),
                        // Whose it is by its tag, and an adopted one is never tagged.
                        tags: if self.adopted.has(Address::Secret) {
                            self.tags.clone()
                        } else {
                            self.all_tags()
                        },
                    },
                ));
                self.service_role(
                    desired,
                    Purpose::Secrets,
                    Permissions::Secrets {
                        secret: arn(Address::Secret),
                        kms_key: secret_kms_key.clone(),
                    },
                );
                Ok(SignIn::Oidc {
                    secret: arn(Address::Secret),
                    role: arn(Address::SecretsRole),
                })
            }
        }
    }

    /// A role of Amazon Q Business's own with its policy.
    fn service_role(&self, desired: &mut Desired, purpose: Purpose, permissions: Permissions) {
        let (role, policy, admitted) = match purpose {
            Purpose::Application => (Address::ApplicationRole, Address::ApplicationRolePolicy, None),
            Purpose::Retriever => (
                Address::RetrieverRole,
                Address::RetrieverRolePolicy,
                Some(application()),
            ),
            Purpose::Secrets => (
                Address::SecretsRole,
                Address::SecretsRolePolicy,
                Some(application()),
            ),
        };
        let (name, policy_name) = self.service_role_names(purpose);
        let (path, boundary) = self.placed(role);
        desired.push((
            role,
            Resource::Role {
                name,
                path,
                boundary,
                trust: Trust::Service {
                    purpose,
                    region: self.region,
                    account: self.account.clone(),
                    application: admitted,
                },
                trust_is_temporary: false,
                tags: self.all_tags(),
            },
        ));
        desired.push((
            policy,
            Resource::RolePolicy {
                role: Value::From(role, Output::Id),
                name: policy_name,
                permissions,
            },
        ));
    }

    fn circle(&self) -> Circle {
        match (&self.federation, self.sign_in_recipient(), self.order) {
            (Federation::Oidc { .. }, ..) | (_, Some(_), _) => Circle::None,
            (_, None, Order::EndpointFirst) => Circle::EndpointFirst,
            (_, None, Order::RoleFirst) => Circle::RoleFirst,
        }
    }

    fn web_experience_and_role(
        &self,
        desired: &mut Desired,
        provider: Address,
        client_ids: &[String],
        sign_in: SignIn,
    ) -> Result<(), SetupError> {
        let custom = self
            .custom_application
            .as_ref()
            .map(|c| Value::Known(c.url.clone()));
        let trust = |recipient: Value| match &self.federation {
            Federation::Saml { .. } => Trust::Saml {
                provider: arn(provider),
                recipients: std::iter::once(recipient)
                    .chain(custom.clone())
                    .chain(self.adopted.audiences.iter().cloned().map(Value::Known))
                    .collect(),
            },
            Federation::Oidc { issuer, .. } => Trust::Oidc {
                provider: arn(provider),
                issuer: issuer
                    .as_ref()
                    .map(|i| i.without_scheme().to_owned())
                    .unwrap_or_default(),
                client_ids: client_ids
                    .iter()
                    .chain(&self.adopted.audiences)
                    .cloned()
                    .collect(),
            },
        };
        let web_experience = |role: Option<Value>| {
            (
                Address::WebExperience,
                Resource::WebExperience {
                    application: application(),
                    title: self.names.title.clone(),
                    sign_in: sign_in.clone(),
                    role,
                    look: self.look.clone(),
                    tags: self.all_tags(),
                },
            )
        };
        let circle = self.circle();
        let role = |recipient: Value| {
            let (path, boundary) = self.placed(Address::Role);
            (
                Address::Role,
                Resource::Role {
                    name: self.names.role.clone(),
                    path,
                    boundary,
                    trust: trust(recipient),
                    trust_is_temporary: matches!(circle, Circle::RoleFirst),
                    tags: self.all_tags(),
                },
            )
        };
        let acs = Value::From(Address::WebExperience, Output::Acs);
        let recipient = self.sign_in_recipient().map(Value::Known);
        match circle {
            Circle::EndpointFirst => {
                desired.push(web_experience(None));
                desired.push(role(acs));
                self.permissions(desired);
                desired.push((
                    Address::WebExperienceRole,
                    Resource::WebExperienceRole {
                        web_experience: Value::From(Address::WebExperience, Output::Physical),
                        role: arn(Address::Role),
                        // Written again with the role, because a PUT may clear what is left out.
                        title: self.names.title.clone(),
                        sign_in,
                        look: self.look.clone(),
                    },
                ));
            }
            Circle::None => {
                desired.push(role(recipient.unwrap_or(acs)));
                self.permissions(desired);
                desired.push(web_experience(Some(arn(Address::Role))));
            }
            Circle::RoleFirst => {
                desired.push(role(Value::Known(PLACEHOLDER_AUDIENCE.to_owned())));
                self.permissions(desired);
                desired.push(web_experience(Some(arn(Address::Role))));
                desired.push((
                    Address::RoleTrust,
                    Resource::RoleTrust {
                        role: Value::From(Address::Role, Output::Id),
                        trust: trust(acs),
                    },
                ));
            }
        }
        Ok(())
    }

    /// What signed-in people may do: inline, or as a managed policy that is attached.
    fn permissions(&self, desired: &mut Desired) {
        let permissions = Permissions::WebExperience {
            region: self.region,
            account: self.account.clone(),
            application: application(),
            q_apps: self.application.q_apps,
            kms_key: self.application.kms_key.clone(),
            document_content: self.adopted.document_content,
        };
        let role = Value::From(Address::Role, Output::Id);
        match self.role.policy {
            PolicyKind::Inline => desired.push((
                Address::RolePolicy,
                Resource::RolePolicy {
                    role,
                    name: self.names.policy.clone(),
                    permissions,
                },
            )),
            PolicyKind::Managed => {
                desired.push((
                    Address::ManagedPolicy,
                    Resource::ManagedPolicy {
                        name: self.names.policy.clone(),
                        path: self.placed(Address::ManagedPolicy).0,
                        permissions,
                        tags: self.all_tags(),
                    },
                ));
                desired.push((
                    Address::PolicyAttachment,
                    Resource::PolicyAttachment {
                        role,
                        policy: arn(Address::ManagedPolicy),
                    },
                ));
            }
        }
    }

    fn index_and_retriever(&self, desired: &mut Desired) {
        let tags = self.all_tags();
        let source = match (self.application.index, &self.application.kendra_index) {
            (Some(index), _) => {
                desired.push((
                    Address::Index,
                    Resource::Index {
                        application: application(),
                        name: self.names.index.clone(),
                        kind: index.kind,
                        units: index.units,
                        tags: tags.clone(),
                    },
                ));
                RetrieverSource::Native {
                    index: Value::From(Address::Index, Output::Id),
                }
            }
            (None, Some(kendra)) => {
                self.service_role(
                    desired,
                    Purpose::Retriever,
                    Permissions::Retriever {
                        region: self.region,
                        account: self.account.clone(),
                        kendra_index: kendra.clone(),
                    },
                );
                RetrieverSource::Kendra {
                    index: kendra.clone(),
                    role: arn(Address::RetrieverRole),
                }
            }
            (None, None) => return,
        };
        desired.push((
            Address::Retriever,
            Resource::Retriever {
                application: application(),
                source,
                name: self.names.retriever.clone(),
                tags,
            },
        ));
    }
}

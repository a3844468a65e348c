//! The way through Entra's portal, step by step of its guides.

use super::page::{between, field_named, option_value, unescape};
use super::{Administrator, PortalError, missing};
use crate::mistake::Mistake;

impl Administrator {
    /// Creates an enterprise application and returns its application id.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn create_app(
        &self,
        name: &str,
        gallery: bool,
        mistake: Option<Mistake>,
    ) -> Result<String, PortalError> {
        let kind = if gallery { "gallery" } else { "own" };
        let page = self.post("/entra", &[("name", name), ("kind", kind)]).await?;
        if mistake.is_some_and(Mistake::has_twin) {
            let other = [
                ("name", name),
                ("kind", kind),
                ("tenant", "7e4a4700-0000-4000-8000-000000000002"),
            ];
            self.post("/entra", &other).await?;
        }
        between(&page, "/entra/applications/", "/")
            .map(str::to_owned)
            .ok_or_else(|| missing("application id", "the new application's page"))
    }

    /// Fills in one form by its labels, as a person reads them, and saves it.
    ///
    /// # Errors
    /// [`PortalError::Missing`] for a label that the page does not have.
    pub async fn fill(
        &self,
        app: &str,
        blade: &str,
        action: &str,
        values: &[(String, String)],
    ) -> Result<(), PortalError> {
        let path = format!("/entra/applications/{app}/{blade}");
        let page = self.get(&path).await?;
        let mut fields: Vec<(String, String)> = vec![("action".into(), action.into())];
        for (label, value) in values {
            let name =
                field_named(&page, label).ok_or_else(|| missing(&format!("field “{label}”"), blade))?;
            let value = option_value(&page, &name, value).unwrap_or_else(|| value.clone());
            fields.push((name, value));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.post(&path, &fields).await.map(|_| ())
    }

    /// Does one step of the guide: the values are the guide's, the mistake is the administrator's.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn follow(
        &self,
        app: &str,
        step: &str,
        values: &[(String, String)],
        mistake: Option<Mistake>,
    ) -> Result<(), PortalError> {
        if mistake.is_some_and(|m| m.skips(step)) {
            return Ok(());
        }
        let typed: Vec<(String, String)> = values
            .iter()
            .map(|(label, value)| {
                let value = mistake
                    .and_then(|m| m.typed(step, label, value))
                    .unwrap_or_else(|| value.clone());
                (label.clone(), value)
            })
            .collect();
        let claim = |name: &str, source: &str| {
            vec![
                ("Name".to_owned(), name.to_owned()),
                ("Namespace".to_owned(), crate::portal::AWS_NAMESPACE.to_owned()),
                ("Source attribute".to_owned(), source.to_owned()),
            ]
        };
        let added = mistake.and_then(|m| m.adds(step));
        let added = added.map(|(label, text)| (label.to_owned(), text.to_owned()));
        let shown: Vec<(String, String)> = typed.iter().filter(|(_, v)| !v.is_empty()).cloned().collect();
        match step {
            "placeholder" | "basic-saml" => {
                let known: Vec<(String, String)> = shown
                    .into_iter()
                    .filter(|(l, _)| !l.starts_with("Relay State") && !l.starts_with("Logout"))
                    .chain(added)
                    .collect();
                self.fill(app, "basic-saml", "", &known).await
            }
            "custom-app" => {
                let added: Vec<(String, String)> = shown
                    .into_iter()
                    .map(|(_, url)| ("Add reply URL".to_owned(), url))
                    .collect();
                self.fill(app, "basic-saml", "add-reply-url", &added).await
            }
            "name-id" => self.fill(app, "claims", "name-id", &shown).await,
            "email-claim" | "role-claim" | "session-name-claim" => {
                self.fill(app, "claims", "save", &shown).await
            }
            "gallery-claims" => {
                for (name, source) in &shown {
                    self.fill(app, "claims", "save", &claim(name, source)).await?;
                }
                Ok(())
            }
            "app-role" => self.fill(app, "roles", "", &shown).await,
            "assign" => {
                let role = shown.first().map(|(_, v)| v.clone()).unwrap_or_default();
                for user in [
                    "alice@contoso.example",
                    "bob@contoso.example",
                    "gina_partner.example#EXT#@contoso.example",
                    "conor@contoso.example",
                    "dora@contoso.example",
                ] {
                    let fields = [
                        ("Users".to_owned(), user.to_owned()),
                        ("Select a role".to_owned(), role.clone()),
                    ];
                    self.fill(app, "users", "", &fields).await?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whatever goes wrong at the identity provider after everything was set up.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn spoil(&self, app: &str, mistake: Mistake) -> Result<(), PortalError> {
        for (blade, fields) in mistake.afterwards() {
            self.post(&format!("/entra/applications/{app}/{blade}"), &fields)
                .await?;
        }
        Ok(())
    }

    /// Deletes a claim by its whole name.
    pub(super) async fn remove_claim(&self, app: &str, name: &str) -> Result<(), PortalError> {
        let path = format!("/entra/applications/{app}/claims");
        let page = self.get(&path).await?;
        let rows = page
            .split("<tbody>")
            .nth(1)
            .unwrap_or_default()
            .split("<tr><td>")
            .skip(1);
        let at = rows
            .map(|row| {
                let mut cells = row.split("</td><td>");
                let short = unescape(cells.next().unwrap_or_default());
                let space = unescape(cells.next().unwrap_or_default());
                format!("{space}/{short}")
            })
            .position(|whole| whole == name || whole.ends_with(&format!("/{name}")));
        match at {
            Some(at) => {
                let at = at.to_string();
                let fields = [("action", "delete"), ("claim", at.as_str())];
                self.post(&path, &fields).await.map(|_| ())
            }
            None => Ok(()),
        }
    }

    /// Fills in the mail address of a person, who had none or one that AWS does not take.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn fill_in_mail(&self, upn: &str) -> Result<(), PortalError> {
        let fields = [("userprincipalname", upn), ("mail", upn)];
        self.post("/entra/users", &fields).await.map(|_| ())
    }

    /// Downloads the federation metadata.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn metadata(&self, app: &str) -> Result<Vec<u8>, PortalError> {
        let page = self
            .get(&format!("/entra/applications/{app}/certificates"))
            .await?;
        let link = between(&page, "id=\"download\" href=\"", "\"")
            .ok_or_else(|| missing("download link", "SAML Certificates"))?;
        Ok(self.get(link).await?.into_bytes())
    }

    /// The metadata of an application of the same name in another directory.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn metadata_of_other_tenant(&self, app: &str) -> Result<Vec<u8>, PortalError> {
        let other = self.other_app(app).await?;
        self.metadata(&other).await
    }

    /// The metadata of the application's whole directory: the same address, without the application.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn metadata_of_whole_tenant(&self, app: &str) -> Result<Vec<u8>, PortalError> {
        let page = self
            .get(&format!("/entra/applications/{app}/certificates"))
            .await?;
        let link = between(&page, "id=\"download\" href=\"", "\"")
            .ok_or_else(|| missing("download link", "SAML Certificates"))?;
        let address = link.split('?').next().unwrap_or(link);
        Ok(self.get(address).await?.into_bytes())
    }

    /// Id of another application.
    pub(super) async fn other_app(&self, app: &str) -> Result<String, PortalError> {
        let home = self.get("/entra").await?;
        let other = home
            .split("/entra/applications/")
            .skip(1)
            .filter_map(|rest| rest.split('/').next())
            .find(|id| *id != app)
            .ok_or_else(|| missing("second application", "Enterprise apps"))?;
        Ok(other.to_owned())
    }

    /// Copies the User access URL.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn access_url(&self, app: &str) -> Result<String, PortalError> {
        let page = self.get(&format!("/entra/applications/{app}/properties")).await?;
        between(&page, "id=\"user-access-url\">", "<")
            .map(str::to_owned)
            .ok_or_else(|| missing("User access URL", "Properties"))
    }

    /// Signs a person in and returns the value of the form field `SAMLResponse`.
    ///
    /// # Errors
    /// [`PortalError::Refused`] with Entra's code when the sign-in page refuses.
    pub async fn sign_in(&self, app: &str, login: &str) -> Result<String, PortalError> {
        let address = self.access_url(app).await?;
        self.sign_in_at(&address, login).await
    }
}

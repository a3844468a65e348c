//! An administrator without a screen: types into the portal's own forms over HTTP, finds fields by
//! their labels, downloads, copies, and signs people in. The demo and the tests work through it.

use crate::mistake::Mistake;
use std::fmt;

/// Works with one practice portal.
pub struct Administrator {
    origin: String,
    http: reqwest::Client,
}

/// What the portal or the sign-in page answered instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortalError {
    /// A page without what should be on it.
    Missing {
        /// What was looked for.
        what: String,
        /// On which page.
        page: String,
    },
    /// The portal or the sign-in page refused, with its own words.
    Refused(String),
    /// No answer.
    Unreachable(String),
}

impl fmt::Display for PortalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortalError::Missing { what, page } => write!(f, "{page} has no {what}"),
            PortalError::Refused(words) => write!(f, "the identity provider refused: {words}"),
            PortalError::Unreachable(why) => write!(f, "the identity provider did not answer: {why}"),
        }
    }
}

impl std::error::Error for PortalError {}

impl From<reqwest::Error> for PortalError {
    fn from(error: reqwest::Error) -> Self {
        PortalError::Unreachable(error.to_string())
    }
}

impl Administrator {
    /// At a portal's origin, `http://127.0.0.1:PORT`.
    pub fn new(origin: &str) -> Administrator {
        Administrator {
            origin: origin.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap_or_default(),
        }
    }

    async fn get(&self, path: &str) -> Result<String, PortalError> {
        let response = self.http.get(format!("{}{path}", self.origin)).send().await?;
        self.page(response).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<String, PortalError> {
        let response = self
            .http
            .post(format!("{}{path}", self.origin))
            .form(fields)
            .send()
            .await?;
        self.page(response).await
    }

    async fn page(&self, response: reqwest::Response) -> Result<String, PortalError> {
        let ok = response.status().is_success();
        let text = response.text().await?;
        if ok {
            return Ok(text);
        }
        let words = between(&text, "role=\"alert\">", "</p>").unwrap_or_default();
        Err(PortalError::Refused(strip(words)))
    }

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
        if mistake.is_some_and(|m| m.other_tenant()) {
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
        let shown: Vec<(String, String)> = typed.iter().filter(|(_, v)| !v.is_empty()).cloned().collect();
        match step {
            "placeholder" | "basic-saml" => {
                let known: Vec<(String, String)> = shown
                    .into_iter()
                    .filter(|(l, _)| !l.starts_with("Relay State") && !l.starts_with("Logout"))
                    .collect();
                self.fill(app, "basic-saml", "", &known).await
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
        let home = self.get("/entra").await?;
        let other = home
            .split("/entra/applications/")
            .skip(1)
            .filter_map(|rest| rest.split('/').next())
            .find(|id| *id != app)
            .ok_or_else(|| missing("second application", "Enterprise apps"))?
            .to_owned();
        self.metadata(&other).await
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
        self.get(&format!("/api/signin/{app}")).await?;
        let page = self
            .post(&format!("/api/signin/{app}"), &[("login", login)])
            .await?;
        between(&page, "name=\"SAMLResponse\" value=\"", "\"")
            .map(str::to_owned)
            .ok_or_else(|| missing("SAMLResponse", "the sign-in page"))
    }

    /// Delivers a response to the web experience; true when the person is let in.
    ///
    /// # Errors
    /// [`PortalError::Unreachable`].
    pub async fn deliver(&self, host: &str, response: &str) -> Result<bool, PortalError> {
        let label = host.split('.').next().unwrap_or_default();
        match self
            .post(
                &format!("/web-experience/{label}/saml"),
                &[("SAMLResponse", response)],
            )
            .await
        {
            Ok(_) => Ok(true),
            Err(PortalError::Refused(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }
}

fn missing(what: &str, page: &str) -> PortalError {
    PortalError::Missing {
        what: what.to_owned(),
        page: page.to_owned(),
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = text.split_once(start)?.1;
    rest.split_once(end).map(|(found, _)| found)
}

fn strip(html: &str) -> String {
    html.replace("<b>", "").replace("</b>", "")
}

/// The `name` of the field under a label.
fn field_named(page: &str, label: &str) -> Option<String> {
    let marker = format!("<label><span>{}</span>", crate::wire::escape(label));
    let rest = page.split_once(&marker)?.1;
    between(rest, "name=\"", "\"").map(str::to_owned)
}

/// The value behind an option's text, where the field is a choice.
fn option_value(page: &str, name: &str, text: &str) -> Option<String> {
    let rest = page.split_once(&format!("<select name=\"{name}\">"))?.1;
    let list = rest.split_once("</select>")?.0;
    let option = list
        .split("<option ")
        .find(|o| between(o, ">", "</option>") == Some(&crate::wire::escape(text)))?;
    between(option, "value=\"", "\"").map(str::to_owned)
}

//! A way through one portal, by the words of its guide: every label of a step's path is looked for on
//! the page where the administrator stands, and its values are typed under their labels.

use super::page::{FormOnPage, Found, Page, between, unescape};
use super::{Administrator, PortalError, missing};
use crate::mistake::Mistake;
use crate::portal::portal_home;
use claimbridge_core::idp::{GuideStep, IdentityProvider, Values, fill, guide};
use std::collections::BTreeMap;

/// An administrator in the portal of a provider.
#[derive(Clone)]
pub struct Visit<'a> {
    admin: &'a Administrator,
    idp: IdentityProvider,
    app_name: String,
    /// Id of the application, once it was made.
    app: String,
    /// Where the administrator stands.
    at: Option<Page>,
    /// The authorization server that is used instead of `default`.
    server: Option<String>,
}

/// What a client of OpenID Connect is known by. No `Debug`: the secret is in it.
pub struct Client {
    /// Client ID.
    pub id: String,
    /// Client secret.
    pub secret: String,
}

impl<'a> Visit<'a> {
    pub(super) fn new(admin: &'a Administrator, idp: IdentityProvider, app_name: &str) -> Visit<'a> {
        Visit {
            admin,
            idp,
            app_name: app_name.to_owned(),
            app: String::new(),
            at: None,
            server: None,
        }
    }

    /// Id of the application at the identity provider; empty before it was made.
    pub fn app(&self) -> &str {
        &self.app
    }

    fn is_entra(&self) -> bool {
        matches!(
            self.idp,
            IdentityProvider::EntraGallery | IdentityProvider::EntraOwn
        )
    }

    /// Does one step; the values are the guide's, the mistake is the administrator's. An optional step is
    /// left out while one of its values is not known.
    ///
    /// # Errors
    /// [`PortalError::Missing`] where a label of the guide is not in the portal, or a value is not known.
    pub async fn follow(
        &mut self,
        step: &GuideStep,
        values: &Values,
        mistake: Option<Mistake>,
    ) -> Result<(), PortalError> {
        let entra = self.is_entra();
        let forgotten = |m: Mistake| {
            if entra {
                m.skips(&step.id)
            } else {
                m.skips_elsewhere(&step.id)
            }
        };
        if mistake.is_some_and(forgotten) {
            return Ok(());
        }
        let mut typed = Vec::new();
        for value in &step.values {
            let Some(text) = value.value.as_ref().or(value.choose.as_ref()) else {
                continue;
            };
            let Some(text) = fill(text, values) else {
                if step.optional {
                    return Ok(());
                }
                return Err(missing(&format!("value for “{}”", value.label), &step.title));
            };
            typed.push((value.label.clone(), text));
        }
        if entra {
            return self.follow_entra(step, &typed, mistake).await;
        }
        for (label, text) in &mut typed {
            if let Some(wrong) = mistake.and_then(|m| m.typed_elsewhere(&step.id, label, text)) {
                *text = wrong;
            }
        }
        let (page, _) = self.walk(&step.path).await?;
        if step.id == "assign" {
            return self.assign(&page).await;
        }
        if typed.is_empty() {
            return Ok(());
        }
        let mut form = page.form(typed.iter().map(|(l, _)| l.as_str()))?;
        for (label, text) in &typed {
            form.enter(label, text)?;
        }
        self.submit(&page, &form).await?;
        match step.id.as_str() {
            "create-app" => self.app = self.standing_on().to_owned(),
            "authorization-server" => self.server = Some(self.app_name.clone()),
            _ => {}
        }
        Ok(())
    }

    async fn follow_entra(
        &mut self,
        step: &GuideStep,
        typed: &[(String, String)],
        mistake: Option<Mistake>,
    ) -> Result<(), PortalError> {
        if step.id == "create-app" {
            let gallery = self.idp == IdentityProvider::EntraGallery;
            self.app = self.admin.create_app(&self.app_name, gallery, mistake).await?;
            return Ok(());
        }
        self.admin.follow(&self.app, &step.id, typed, mistake).await
    }

    /// Id of the thing whose page this is: the second part of its path.
    fn standing_on(&self) -> &str {
        let path = self.at.as_ref().map_or("", |p| p.path.as_str());
        path.split('/').nth(2).unwrap_or_default()
    }

    /// Goes where a path leads, from here or else from the portal's first page, and says where on that
    /// page its last label ends.
    async fn walk(&mut self, path: &[String]) -> Result<(Page, usize), PortalError> {
        let known = BTreeMap::from([("app_name", self.app_name.clone())]);
        let labels: Vec<String> = path
            .iter()
            .map(|label| match (label.as_str(), &self.server) {
                ("default", Some(own)) => own.clone(),
                _ => fill(label, &known).unwrap_or_else(|| label.clone()),
            })
            .collect();
        let here = match (&self.at, labels.first()) {
            (Some(page), Some(first)) => page.find(first, 0).map(|_| page.clone()),
            _ => None,
        };
        let mut page = match here {
            Some(page) => page,
            None => self.open(portal_home(self.idp)).await?,
        };
        let mut after = 0;
        for label in &labels {
            match page.find(label, after) {
                Some(Found::Link(to)) => {
                    page = self.open(&to).await?;
                    after = 0;
                }
                Some(Found::Words(end)) => after = end,
                None => return Err(missing(&format!("“{label}”"), &page.path)),
            }
        }
        if page.html.starts_with("<!doctype html>") {
            self.at = Some(page.clone());
        }
        Ok((page, after))
    }

    async fn open(&self, path: &str) -> Result<Page, PortalError> {
        Ok(Page {
            path: path.to_owned(),
            html: self.admin.get(path).await?,
        })
    }

    async fn submit(&mut self, page: &Page, form: &FormOnPage) -> Result<(), PortalError> {
        let address = format!("{}{}", self.admin.origin, page.path);
        let answer = self.admin.http.post(address).form(&form.body()).send().await?;
        let path = answer.url().path().to_owned();
        let html = self.admin.page(answer).await?;
        self.at = Some(Page { path, html });
        Ok(())
    }

    /// Whatever goes wrong at the identity provider after everything was set up.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn spoil(&mut self, mistake: Mistake) -> Result<(), PortalError> {
        if self.is_entra() {
            return self.admin.spoil(&self.app, mistake).await;
        }
        if let Some((step, fields)) = mistake.afterwards_elsewhere(self.idp) {
            let (page, _) = self.walk(&self.step(step)?.path).await?;
            let mut form = page.form(fields.iter().map(|(l, _)| *l))?;
            for (label, text) in &fields {
                form.enter(label, text)?;
            }
            self.submit(&page, &form).await?;
        }
        if mistake.rolls_over() {
            // The certificates are on the page from which the metadata is downloaded.
            self.renew_certificate().await?;
        }
        Ok(())
    }

    /// Assigns everybody whom the list offers; where there is no list, everybody has access.
    async fn assign(&mut self, page: &Page) -> Result<(), PortalError> {
        const PERSON: &str = "Person";
        let mut form = page.form([PERSON].into_iter())?;
        for person in form.offers(PERSON) {
            form.enter(PERSON, &person)?;
            self.submit(page, &form).await?;
        }
        Ok(())
    }

    /// Another signing certificate takes over, before anybody took the metadata.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn renew_certificate(&mut self) -> Result<(), PortalError> {
        let path = &self.step("metadata")?.path;
        let (page, _) = self
            .walk(path.split_last().map_or(&[], |(_, before)| before))
            .await?;
        for legend in ["Signing certificate", "New certificate"] {
            self.submit(&page, &page.form_under(legend)?).await?;
        }
        Ok(())
    }

    /// Whether a text is on a page of Entra's application.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn sees(&self, blade: &str, text: &str) -> Result<bool, PortalError> {
        Ok(self.blade(blade).await?.contains(text))
    }

    /// What stands in a field of a page of Entra's application.
    ///
    /// # Errors
    /// [`PortalError::Missing`].
    pub async fn typed_in(&self, blade: &str, label: &str) -> Result<String, PortalError> {
        let html = self.blade(blade).await?;
        let marker = format!("<label><span>{label}</span>");
        let field = html.split_once(&marker).map(|(_, rest)| rest);
        field
            .and_then(|rest| between(rest, "value=\"", "\""))
            .map(unescape)
            .ok_or_else(|| missing(label, blade))
    }

    /// The notices at the top of a page of Entra's application.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn notices(&self, blade: &str) -> Result<Vec<String>, PortalError> {
        let html = self.blade(blade).await?;
        let all = html.split("<p role=\"status\">").skip(1);
        Ok(all
            .filter_map(|rest| rest.split("</p>").next())
            .map(unescape)
            .collect())
    }

    async fn blade(&self, blade: &str) -> Result<String, PortalError> {
        let path = format!("/entra/applications/{}/{blade}", self.app);
        self.admin.get(&path).await
    }

    /// Whether anybody is assigned to the application.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn has_people(&mut self) -> Result<bool, PortalError> {
        let (page, _) = self.walk(&self.step("assign")?.path).await?;
        Ok(page.html.contains("<td>alice@contoso.example</td>"))
    }

    /// Takes a claim or an attribute away, by its whole name; one that is not there is none that is wrong.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn remove_claim(&mut self, name: &str) -> Result<(), PortalError> {
        if self.is_entra() {
            return self.admin.remove_claim(&self.app, name).await;
        }
        let (page, _) = self.walk(&self.step("email-claim")?.path).await?;
        let Some(mut form) = page.form_beginning("Remove an attribute") else {
            return Ok(());
        };
        form.first(name);
        self.submit(&page, &form).await
    }

    /// Whether nothing is at an address of this world.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn is_dead(&self, address: &str) -> Result<bool, PortalError> {
        let path = self.admin.here(address)?;
        let answer = self
            .admin
            .http
            .get(format!("{}{path}", self.admin.origin))
            .send()
            .await?;
        Ok(answer.status() == reqwest::StatusCode::NOT_FOUND)
    }

    /// Where people sign in at the application of the same name in another directory.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn address_of_twin(&self) -> Result<String, PortalError> {
        let twin = self.admin.other_app(&self.app).await?;
        self.admin.access_url(&twin).await
    }

    /// Makes a second application in the same directory, and copies its address.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn address_of_second(&self) -> Result<String, PortalError> {
        let second = self.admin.create_app("another", true, None).await?;
        self.admin.access_url(&second).await
    }

    fn step(&self, id: &str) -> Result<&'static GuideStep, PortalError> {
        let found = guide(self.idp).step.iter().find(|s| s.id == id);
        found.ok_or_else(|| missing(&format!("step {id}"), "the guide"))
    }

    /// Downloads the metadata where the guide says.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn metadata(&mut self) -> Result<Vec<u8>, PortalError> {
        if self.is_entra() {
            return self.admin.metadata(&self.app).await;
        }
        let (page, _) = self.walk(&self.step("metadata")?.path).await?;
        Ok(page.html.into_bytes())
    }

    /// Copies the address that the portal yields: where people sign in (SAML), or the issuer (OIDC).
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn address(&mut self) -> Result<String, PortalError> {
        if self.is_entra() {
            return self.admin.access_url(&self.app).await;
        }
        let address = &guide(self.idp).address;
        let (page, _) = self.walk(&address.path).await?;
        // In a list of servers the value is behind the server's name.
        let after = match self
            .server
            .as_ref()
            .map(|own| page.html.find(&format!(">{own}</a>")))
        {
            Some(Some(at)) => at,
            _ => 0,
        };
        page.shown(&address.label, after)
            .ok_or_else(|| missing(&address.label, &page.path))
    }

    /// Copies the client's id and secret.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn client(&mut self) -> Result<Client, PortalError> {
        let (page, _) = self.walk(&self.step("client")?.path).await?;
        let copy = |label: &str| page.shown(label, 0).ok_or_else(|| missing(label, &page.path));
        Ok(Client {
            id: copy("Client ID")?,
            secret: copy("Client secret")?,
        })
    }

    /// Signs a person in where people sign in, and returns the value of the form field `SAMLResponse`.
    ///
    /// # Errors
    /// [`PortalError::Refused`] with the vendor's words when the sign-in page refuses.
    pub async fn sign_in(&mut self, login: &str) -> Result<String, PortalError> {
        let address = self.address().await?;
        self.admin.sign_in_at(&address, login).await
    }
}

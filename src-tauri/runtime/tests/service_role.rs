//! An application with a service role of its own, whichever way AWS takes what a PUT leaves out.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::engine::Stop;
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::plan::Action;
use claimbridge_core::setup::{Federation, Setup, World as Kind};
use claimbridge_core::value::{AccountId, AuthenticationUrl, Region};
use claimbridge_runtime::practice::config::{Config, Switches};
use claimbridge_runtime::practice::{ACCOUNT, World};
use claimbridge_runtime::store::SetupFiles;
use claimbridge_runtime::{Approval, Connection, apply, drift, plan_setup};

const METADATA: &str = include_str!("../../core/tests/common/metadata.xml");

#[tokio::test]
async fn the_automatic_subscription_leaves_the_service_role_alone() {
    for value in ["keeps", "clears"] {
        let mut switches = Switches::default();
        switches.set(&format!("put={value}")).unwrap();
        let config = Config {
            switches,
            ..Config::default()
        };
        let world = World::new(config).serve(0).await.unwrap();
        let mut setup = Setup::new(
            "service-role".into(),
            "q-role",
            AccountId::parse(ACCOUNT).unwrap(),
            Region::UsEast1,
            Kind::Practice,
            IdentityProvider::EntraGallery,
        );
        setup.application.index = None;
        setup.application.own_service_role = true;
        if let Federation::Saml {
            metadata,
            authentication_url,
            ..
        } = &mut setup.federation
        {
            *metadata = Some(METADATA.into());
            let url = "https://launcher.myapps.microsoft.com/api/signin/1?tenantId=2";
            *authentication_url = Some(AuthenticationUrl::parse(url).unwrap());
        }
        let out = tempfile::tempdir().unwrap();
        let files = SetupFiles::at(out.path().join("setup.json"));
        files.save(&setup).unwrap();
        let connection = Connection::practice(&world.origin(), setup.region, 0.0)
            .await
            .unwrap();
        let plan = plan_setup(&files, &connection).await.unwrap();
        let digest = plan.digest();
        let approval = Approval {
            digest: &digest,
            secret: None,
            stop: &Stop::default(),
        };
        let outcome = apply(&files, &connection, plan, approval, &mut |_| {})
            .await
            .unwrap();
        assert!(outcome.finished, "{value}: {:?}", outcome.failed);
        let again = drift(&files, &connection).await.unwrap();
        let left: Vec<_> = again.steps.iter().filter(|s| s.action != Action::Keep).collect();
        assert!(left.is_empty(), "{value}: {left:?}");
    }
}

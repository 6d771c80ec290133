//! What does not fit together is an error that says where to look.

use mls_trellis_hooks::{
    Component, ComponentId, CredentialKind, CredentialType, Draft, Hooks, Identity, Kinds, Plugin,
    PluginError, Profile, Reject, SignatureKey, Unverified, Verified, VerifyView,
};
use mls_trellis_registry::Registry;

use crate::fixtures::{self, KIND, LEAF, LEAF_AGAIN, Leaf, Named, discover, refused};

#[test]
fn cid_4_one_number_for_two_components() {
    // A component of the bundle comes from another crate than ours.
    let bundle = Registry::empty().with_all(mls_trellis_bundle::ALL);
    let bundle = bundle.build().unwrap();
    let mut theirs = bundle.components();
    let theirs = theirs.find(|entry| entry.id.is_private()).unwrap();
    assert_ne!(theirs.origin.crate_name, LEAF.origin().crate_name);

    let profile = Profile::new("clash").assign(Leaf::NAME, theirs.id);
    let errors = refused(discover().profile(profile));

    let [PluginError::Duplicate { id, first, second }] = &errors.0[..] else {
        panic!("{errors}");
    };
    assert_eq!(*id, theirs.id);
    let mut found = [*first, *second];
    let mut expected = [(theirs.name, theirs.origin), (Leaf::NAME, LEAF.origin())];
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);

    let text = errors.to_string();
    for (name, origin) in expected {
        assert!(
            text.contains(name) && text.contains(&origin.to_string()),
            "{text}"
        );
        let place = format!("{}:{}", origin.file, origin.line);
        assert!(
            text.contains(origin.crate_name) && text.contains(&place),
            "{text}"
        );
    }
}

#[test]
fn one_type_for_two_kinds_of_credentials() {
    struct Rival;
    impl CredentialKind for Rival {
        const NAME: &'static str = "fixture-rival";
        const TYPE: CredentialType = fixtures::Kind::TYPE;
        const DRAFT: Draft = Draft::private("fixture-rival", "1");

        fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
            Ok(content.into())
        }

        fn verify(
            &self,
            content: &[u8],
            _: &SignatureKey<'_>,
            cx: &VerifyView<'_>,
        ) -> Result<Verified, Unverified> {
            Ok(Verified::new(self.identify(content, &cx.kinds)?))
        }
    }
    impl Plugin for Rival {
        fn install(self: std::sync::Arc<Self>, hooks: &mut Hooks<'_>) {
            hooks.credential(self);
        }
    }

    let errors = refused(discover().with(Rival));
    let [PluginError::DuplicateCredential { first, second, .. }] = &errors.0[..] else {
        panic!("{errors}");
    };
    assert!([first.1, second.1].contains(&KIND.origin()), "{errors}");
    assert!(["fixture-kind", "fixture-rival"].contains(&first.0) && first.0 != second.0);
}

#[test]
fn one_type_registered_in_two_places() {
    let errors = refused(Registry::empty().with_all(&[&LEAF_AGAIN, &LEAF]));
    let [PluginError::SameName { first, second, .. }] = &errors.0[..] else {
        panic!("{errors}");
    };
    assert_eq!((*first, *second), (LEAF.origin(), LEAF_AGAIN.origin()));

    // One that the application configured settles it.
    let registry = Registry::empty().with_all(&[&LEAF_AGAIN, &LEAF]);
    assert!(registry.with(Leaf(7)).build().is_ok());
}

#[test]
fn required_but_absent() {
    let absent = ComponentId(0x8fff);
    let errors = refused(discover().require([Leaf::DEFAULT_ID, absent]));
    assert_eq!(errors.0, [PluginError::Missing { id: absent }]);
    assert!(
        errors.to_string().contains("use the_crate as _;"),
        "{errors}"
    );
}

#[test]
fn a_profile_names_what_is_absent() {
    let profile = Profile::new("typo").assign("fixture-laef", ComponentId(0x8f02));
    let errors = refused(discover().profile(profile));
    assert!(
        matches!(&errors.0[..], [PluginError::NotLinked { name, .. }] if name == "fixture-laef"),
        "{errors}"
    );
}

#[test]
fn a_profile_settles_one_type_for_two_kinds_of_credentials() {
    let moved = CredentialType(0xf0f2);
    let profile = Profile::new("settled").assign_credential("fixture-kind", moved);
    let plugins = discover().profile(profile).build().unwrap();
    assert_eq!(plugins.credential(moved).unwrap().name, "fixture-kind");
    assert!(plugins.credential(fixtures::Kind::TYPE).is_none());
    assert_eq!(plugins.ids().credential::<fixtures::Kind>(), moved);
}

#[test]
fn a_profile_names_what_kind_of_credential_is_absent() {
    let profile = Profile::new("typo").assign_credential("fixture-knid", CredentialType(0xf0f1));
    let errors = refused(discover().profile(profile));
    assert!(
        matches!(&errors.0[..], [PluginError::CredentialNotLinked { name, .. }] if name == "fixture-knid"),
        "{errors}"
    );
}

#[test]
fn cid_3_the_reserved_number() {
    misplaced(Registry::empty().with(Named::<0x0000, true>));
}

#[test]
fn cid_s3_a_grease_number() {
    misplaced(Registry::empty().with(Named::<0x1a1a, true>));
}

#[test]
fn a_private_component_among_the_registered_ones() {
    misplaced(Registry::empty().with(Named::<0x7f00, false>));
    assert!(
        Registry::empty()
            .with(Named::<0x7f00, true>)
            .build()
            .is_ok()
    );
    assert!(
        Registry::empty()
            .with(Named::<0x8000, false>)
            .build()
            .is_ok()
    );
}

#[test]
fn a_number_of_the_engine() {
    let ours = [ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD];
    for id in ours {
        let profile = Profile::new("taken").assign(Leaf::NAME, id);
        misplaced(Registry::empty().with(Leaf(0)).profile(profile));
    }
}

#[test]
fn all_errors_are_told_at_once() {
    let profile = Profile::new("typo").assign("fixture-laef", ComponentId(0x8f02));
    let registry = Registry::empty()
        .with_all(&[&LEAF, &LEAF_AGAIN])
        .with(Named::<0x8f01, false>)
        .require([ComponentId(0x8fff)])
        .profile(profile);
    let kinds: Vec<_> = refused(registry)
        .0
        .iter()
        .map(std::mem::discriminant)
        .collect();
    let distinct = kinds.iter().enumerate();
    let distinct = distinct.filter(|(i, kind)| !kinds[..*i].contains(kind));
    assert_eq!((kinds.len(), distinct.count()), (4, 4));
}

#[track_caller]
fn misplaced(registry: Registry) {
    let line = registry.build().expect_err("misplaced");
    let [PluginError::Misplaced { name, origin, .. }] = &line.0[..] else {
        panic!("{line}");
    };
    assert!(name.starts_with("fixture-"));
    assert!(origin.file.ends_with("errors.rs"), "{origin}");
}

//! An instance that the application made takes the place of the default one.

use mls_trellis_hooks::{Component, ComponentId, CredentialKind, Kinds, PluginError, Profile};
use mls_trellis_registry::Registry;

use crate::fixtures::{self, Kind, LEAF, Leaf, Rule, discover, leaf_number, refused};

#[test]
fn a_configured_component_replaces_the_default() {
    let default = discover().build().unwrap();
    assert_eq!(leaf_number(&default), Some(0));

    let configured = discover().with(Leaf(7)).build().unwrap();
    assert_eq!(leaf_number(&configured), Some(7));
    assert_eq!(default.report().len(), configured.report().len());
}

#[test]
fn whether_configured_before_or_after_does_not_matter() {
    let after = Registry::empty().with_all(fixtures::ALL).with(Leaf(7));
    let before = Registry::empty().with(Leaf(7)).with_all(fixtures::ALL);
    assert_eq!(leaf_number(&after.build().unwrap()), Some(7));
    assert_eq!(leaf_number(&before.build().unwrap()), Some(7));
}

#[test]
fn two_configured_components_of_one_type_are_an_error() {
    let errors = refused(discover().with(Leaf(7)).with(Leaf(8)));
    assert!(
        matches!(&errors.0[..], [PluginError::SameName { .. }]),
        "{errors}"
    );
}

#[test]
fn a_configured_credential_kind_replaces_the_default() {
    let plugins = discover().with(Kind("configured")).build().unwrap();
    let kind = &plugins.credential(Kind::TYPE).unwrap().kind;
    assert_eq!(
        kind.identify(&[], &Kinds::none()).unwrap(),
        b"configured"[..].into()
    );
}

#[test]
fn configured_rules_replace_the_default_and_add_up() {
    let registry = discover().with(Rule("one")).with(Rule("two"));
    let plugins = registry.build().unwrap();
    let names: Vec<_> = plugins.judges().iter().map(|rule| rule.name).collect();
    let ours = ["fixture-rule", "one", "two"];
    let names: Vec<_> = names.into_iter().filter(|n| ours.contains(n)).collect();
    assert_eq!(names, ["one", "two"]);
}

#[test]
fn the_origin_is_the_line_of_the_application() {
    let line = line!() + 1;
    let plugins = Registry::empty().with(Leaf(7)).build().unwrap();
    let origin = plugins.component(Leaf::DEFAULT_ID).unwrap().origin;
    assert_eq!((origin.crate_name, origin.line), ("application", line));
    assert!(origin.file.ends_with("configured.rs"), "{}", origin.file);
}

#[test]
fn two_clients_of_one_program_may_differ() {
    let one = discover().with(Leaf(1)).build().unwrap();
    let two = discover().without(&LEAF).build().unwrap();
    assert_eq!((leaf_number(&one), leaf_number(&two)), (Some(1), None));
}

#[test]
fn a_profile_moves_a_component() {
    let moved = ComponentId(0x8f77);
    let profile = Profile::new("moved").assign(Leaf::NAME, moved);
    let plugins = discover().profile(profile).build().unwrap();
    assert_eq!(plugins.profile(), "moved");
    assert_eq!(plugins.ids().of::<Leaf>(), moved);
    assert!(plugins.component(Leaf::DEFAULT_ID).is_none());
    assert_eq!(
        plugins.component(moved).unwrap().default_id,
        Leaf::DEFAULT_ID
    );
}

#[test]
fn what_is_required_is_looked_up_under_the_profile() {
    let moved = ComponentId(0x8f77);
    let profile = Profile::new("moved").assign(Leaf::NAME, moved);
    let registry = discover().profile(profile);
    assert!(registry.clone().require([moved]).build().is_ok());
    assert!(registry.require([Leaf::DEFAULT_ID]).build().is_err());
}

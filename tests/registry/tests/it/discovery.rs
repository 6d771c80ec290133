//! What is linked is found, once, in a stable order, and no differently than from a table.

use mls_trellis_hooks::{Component, ComponentId, ReportLine};
use mls_trellis_registry::{Registration, Registry};

use crate::{
    fixtures::{self, LEAF, LINE_BEFORE_LEAF, Leaf, discover},
    hygiene,
};

/// Every registration that this program should contain.
fn listed() -> Vec<&'static Registration> {
    [mls_trellis_bundle::ALL, fixtures::ALL, hygiene::ALL].concat()
}

fn report(registry: Registry) -> Vec<ReportLine> {
    registry.build().unwrap().report()
}

#[test]
fn discovery_and_the_table_agree() {
    let found = report(discover());
    let table = report(Registry::empty().with_all(&listed()));
    assert_eq!(found, table);
    assert!(found.iter().any(|line| line.name == Leaf::NAME));
}

#[test]
fn the_bundle_registers_every_plugin_crate() {
    let bundle = report(Registry::empty().with_all(mls_trellis_bundle::ALL));
    for registration in mls_trellis_bundle::ALL {
        let origin = registration.origin();
        // It installs itself once an application names anchors; other packages of the workspace link it.
        if origin.crate_name == "mls-trellis-x509" {
            continue;
        }
        assert!(
            bundle.iter().any(|line| line.origin == origin),
            "{origin} installs nothing"
        );
    }
}

#[test]
fn found_and_listed_counts_once() {
    let once = report(discover());
    let thrice = report(discover().with_all(&listed()).with_all(&listed()));
    assert_eq!(once, thrice);
}

#[test]
fn the_order_of_the_table_does_not_matter() {
    let mut list = listed();
    let first = report(Registry::empty().with_all(&list));
    for _ in 0..list.len() {
        list.rotate_left(1);
        assert_eq!(report(Registry::empty().with_all(&list)), first);
    }
    list.reverse();
    assert_eq!(report(Registry::empty().with_all(&list)), first);
}

#[test]
fn components_are_sorted_by_id() {
    let plugins = discover().build().unwrap();
    let ids: Vec<ComponentId> = plugins.components().map(|entry| entry.id).collect();
    assert!(ids.len() > 1 && ids.is_sorted());
}

#[test]
fn an_empty_registry_is_empty() {
    assert_eq!(report(Registry::empty()), []);
}

#[test]
fn without_leaves_one_out() {
    let with = report(discover());
    let without = report(discover().with_all(&[&LEAF]).without(&LEAF));
    assert_eq!(with.len(), without.len() + 1);
    assert!(without.iter().all(|line| line.name != Leaf::NAME));
}

#[test]
fn the_origin_is_the_line_of_the_macro() {
    let origin = LEAF.origin();
    assert_eq!(origin.crate_name, "mls-trellis-tests-registry");
    assert_eq!(origin.crate_version, env!("CARGO_PKG_VERSION"));
    assert!(origin.file.ends_with("fixtures.rs"), "{}", origin.file);
    assert_eq!(origin.line, LINE_BEFORE_LEAF + 1);
    assert_eq!(LEAF.name(), "it::fixtures::LEAF");
}

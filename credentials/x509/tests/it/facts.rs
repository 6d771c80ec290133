//! What rules learn of a certificate.

use mls_trellis_hooks::{Claim, CredentialKind, Identity, Kinds, StatusRef, Validity, Voucher};
use mls_trellis_issuer::{IM_URI, Kind, Template, name};

use crate::{Keys, USER, credential, verify, x509};

#[test]
fn a_genuine_certificate_says_what_rules_are_about() {
    let keys = Keys::of(Kind::Ed25519);
    let leaf = Template {
        subject: name("Alice"),
        not_before: "250101000000Z",
        not_after: "250601000000Z",
        ..keys.leaf()
    };
    let chain = [leaf.issue(), keys.middle().issue()];
    let facts = verify(&x509(&keys.root()), &chain, keys.leaf)
        .unwrap()
        .facts;
    assert_eq!(facts.issuer.as_deref(), Some("CN=middle"));
    let validity = Validity {
        not_before: 1_735_689_600,
        not_after: 1_748_736_000,
    };
    assert_eq!(facts.validity, Some(validity));
    let text = |text: &str| Claim::Text(text.to_owned());
    assert_eq!(facts.claims["algorithm"], text("1.3.101.112"));
    assert_eq!(facts.claims["purposes"], Claim::texts([IM_URI]));
    assert_eq!(facts.claims["certificate_policies"], Claim::List(vec![]));
    let subject = &facts.claims["subject"];
    assert_eq!(subject.get("common_name"), Some(&text("Alice")));
    assert_eq!(subject.get("organization"), None);

    // Who is in between and at the end have ends of their own.
    let chain = [
        leaf.issue(),
        keys.middle().valid(1_700_000_000, 1_740_000_000).issue(),
    ];
    let root = keys.root().valid(1_710_000_000, 1_750_000_000);
    let facts = verify(&x509(&root), &chain, keys.leaf).unwrap().facts;
    let until = |name: &str, not_before, not_after| Voucher {
        name: format!("CN={name}"),
        validity: Validity {
            not_before,
            not_after,
        },
    };
    let vouchers = [
        until("middle", 1_700_000_000, 1_740_000_000),
        until("root", 1_710_000_000, 1_750_000_000),
    ];
    assert_eq!(
        (facts.validity, facts.vouchers),
        (Some(validity), vouchers.into())
    );

    // Each certificate of the path may be revoked; the anchor is ours to drop.
    let issuers = facts.status.iter().map(|status| match status {
        StatusRef::Certificate { issuer, .. } => issuer.clone(),
        other => panic!("{other:?}"),
    });
    assert_eq!(issuers.collect::<Vec<_>>(), [name("middle"), name("root")]);
}

/// What a group judges alike must not depend on the path that somebody happens to find.
#[test]
fn the_facts_are_those_of_the_leaf_alone() {
    let keys = Keys::of(Kind::P256);
    let long = [keys.low_leaf(), keys.lower(), keys.middle()].map(|c| c.issue());
    let short = [keys.leaf(), keys.middle()].map(|c| c.issue());
    let x509 = x509(&keys.root());
    let read = |chain: &[Vec<u8>]| x509.read(&credential(chain).content).unwrap().facts;
    for chain in [&long[..], &short] {
        let mut facts = verify(&x509, chain, keys.leaf).unwrap().facts;
        (facts.status, facts.vouchers) = (Vec::new(), Vec::new());
        assert_eq!(facts, read(chain));
    }
}

#[test]
fn a_certificate_names_its_user() {
    let keys = Keys::of(Kind::Ed25519);
    let content = credential(&[keys.leaf().issue()]).content;
    let user = x509(&keys.root()).user(&content, &Kinds::none());
    assert_eq!(user, Some(Identity::from(USER)));
    assert_eq!(x509(&keys.root()).user(b"", &Kinds::none()), None);
}

//! From a leaf to an anchor.

use mls_trellis_hooks::{CipherSuite, SignatureKey, Unverified};
use mls_trellis_issuer::{
    AUTHORITY_KEY, BASIC, CERT_SIGN, Ext, IM_URI, KEY_USAGE, Key, Kind, SUBJECT_KEY, Template,
    authority_key, basic, key_usage, name, names, purposes, subject_key, tlv, uri,
};
use mls_trellis_x509::{MAX_INTERMEDIATES, Policy, X509};

use crate::{
    CLIENT, Keys, NOW, USER, credential, detail, leaf_rule, middle_rule, root_rule, rule, verify,
    verify_content, x509,
};

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";

fn keys() -> Keys {
    Keys::of(Kind::Ed25519)
}

fn dns(name: &str) -> Vec<u8> {
    tlv(0x82, name.as_bytes())
}

fn directory(cn: &str) -> Vec<u8> {
    tlv(0xa4, &name(cn))
}

#[test]
fn x5_4_a_missing_intermediate_is_asked_for_by_name() {
    let keys = keys();
    let x509 = x509(&keys.root());
    let alone = [keys.low_leaf().issue()];
    let Err(Unverified::Missing(needs)) = verify(&x509, &alone, keys.leaf) else {
        panic!("not missing");
    };
    let key = "000d07070707070707070707070707070707070707";
    let key = &key[..40];
    assert_eq!(needs.len(), 1);
    assert!(
        needs[0].contains("CN=lower") && needs[0].contains(key),
        "{needs:?}"
    );

    x509.supply(&keys.lower().issue()).unwrap();
    let verdict = verify(&x509, &alone, keys.leaf);
    assert!(detail(&verdict).contains("CN=middle"), "{verdict:?}");
    // Clones share what was supplied, and supplying twice is as once.
    let clone = x509.clone();
    clone.supply(&keys.middle().issue()).unwrap();
    clone.supply(&keys.middle().issue()).unwrap();
    assert_eq!(rule(&verify(&x509, &alone, keys.leaf)), "fine");
}

#[test]
fn x5_4_what_is_supplied_is_found_and_not_believed() {
    let keys = keys();
    let x509 = x509(&keys.root());
    let stranger = Key {
        kind: Kind::P256,
        seed: 50,
    };
    let false_middle = Template::authority("middle", keys.middle, "root", stranger);
    x509.supply(&false_middle.with(authority_key(keys.root)).issue())
        .unwrap();
    let verdict = verify(&x509, &[keys.leaf().issue()], keys.leaf);
    assert_eq!(rule(&verdict), "X5-21");
    x509.supply(&keys.middle().issue()).unwrap();
    assert_eq!(
        rule(&verify(&x509, &[keys.leaf().issue()], keys.leaf)),
        "fine"
    );

    assert_eq!(
        x509.supply(&keys.leaf().issue()).unwrap_err().rule(),
        "X5-21"
    );
    assert_eq!(x509.supply(b"no certificate").unwrap_err().rule(), "X5-14");
}

#[test]
fn x5_4_what_is_supplied_is_bounded() {
    let keys = keys();
    let x509 = x509(&keys.root());
    let nth =
        |n: usize| Template::authority(&format!("authority {n}"), keys.middle, "root", keys.root);
    for n in 0..MAX_INTERMEDIATES {
        x509.supply(&nth(n).issue()).unwrap();
    }
    assert_eq!(x509.supply(&nth(99).issue()).unwrap_err().rule(), "X5-4");
    x509.supply(&nth(0).issue()).unwrap();
}

#[test]
fn x5_18_authorities_that_name_purposes_name_this_one() {
    assert_eq!(
        middle_rule(|middle| middle.with(purposes(&[IM_URI, SERVER_AUTH]))),
        "fine"
    );
    assert_eq!(
        middle_rule(|middle| middle.with(purposes(&["2.5.29.37.0"]))),
        "X5-21"
    );
    assert_eq!(
        middle_rule(|middle| middle.with(purposes(&[SERVER_AUTH]))),
        "X5-21"
    );
}

#[test]
fn x5_21_signatures_are_verified() {
    let keys = keys();
    let other = Key {
        kind: Kind::Ed25519,
        seed: 60,
    };
    let forged = |template: Template| Template {
        signer: other,
        ..template
    };
    assert_eq!(
        leaf_rule(|leaf| forged(leaf).with(authority_key(keys.middle))),
        "X5-21"
    );
    assert_eq!(
        middle_rule(|middle| forged(middle).with(authority_key(keys.root))),
        "X5-21"
    );
    let mut leaf = keys.leaf().issue();
    *leaf.last_mut().unwrap() ^= 1;
    let verdict = verify(
        &x509(&keys.root()),
        &[leaf, keys.middle().issue()],
        keys.leaf,
    );
    assert_eq!(rule(&verdict), "X5-21");
}

#[test]
fn x5_21_issuers_are_authorities() {
    assert_eq!(middle_rule(|middle| middle), "fine");
    assert_eq!(middle_rule(|middle| middle.without(BASIC)), "X5-21");
    assert_eq!(
        middle_rule(|middle| middle.with(basic(false, None))),
        "X5-21"
    );
    let plain = Ext {
        critical: false,
        ..basic(true, None)
    };
    assert_eq!(middle_rule(|middle| middle.with(plain)), "X5-21");
    assert_eq!(middle_rule(|middle| middle.without(KEY_USAGE)), "X5-21");
    assert_eq!(middle_rule(|middle| middle.with(key_usage(0x80))), "X5-21");
    assert_eq!(
        middle_rule(|middle| middle.with(key_usage(0x80 | CERT_SIGN))),
        "fine"
    );
    assert_eq!(middle_rule(|middle| middle.without(SUBJECT_KEY)), "X5-21");
    assert_eq!(middle_rule(|middle| middle.without(AUTHORITY_KEY)), "X5-21");
    assert_eq!(leaf_rule(|leaf| leaf.without(AUTHORITY_KEY)), "X5-21");
    let critical = Ext {
        critical: true,
        ..authority_key(keys().middle)
    };
    assert_eq!(leaf_rule(|leaf| leaf.with(critical)), "X5-21");
}

#[test]
fn x5_21_a_client_issues_nothing() {
    let keys = keys();
    let own = Key {
        kind: Kind::Ed25519,
        seed: 70,
    };
    let client = keys.leaf().with(subject_key(keys.leaf));
    let under = Template::leaf(own.spki(), &[CLIENT], "a client", keys.leaf);
    let chain = [under.issue(), client.issue(), keys.middle().issue()];
    assert_eq!(rule(&verify(&x509(&keys.root()), &chain, own)), "X5-21");
}

#[test]
fn x5_21_the_length_of_the_path_is_constrained() {
    let keys = keys();
    let x509 = x509(&keys.root());
    for (length, verdict) in [(None, "fine"), (Some(1), "fine"), (Some(0), "X5-21")] {
        let middle = keys.middle().with(basic(true, length));
        let chain = [
            keys.low_leaf().issue(),
            keys.lower().issue(),
            middle.issue(),
        ];
        assert_eq!(
            rule(&verify(&x509, &chain, keys.leaf)),
            verdict,
            "{length:?}"
        );
    }
    assert_eq!(
        middle_rule(|middle| middle.with(basic(true, Some(0)))),
        "fine"
    );
}

#[test]
fn x5_21_constraints_on_uris_hold() {
    let middle = |ext: Ext| middle_rule(|middle| middle.with(ext));
    let (here, there, below) = (uri("a.example"), uri("b.example"), uri(".example"));
    let list = |names: &[&Vec<u8>]| names.iter().map(|n| n.to_vec()).collect::<Vec<_>>();
    let only = |allowed: &[&Vec<u8>]| middle(names(&list(allowed), &[]));
    let but = |excluded: &[&Vec<u8>]| middle(names(&[], &list(excluded)));
    assert_eq!(only(&[&here]), "fine");
    assert_eq!(only(&[&there, &here]), "fine");
    assert_eq!(only(&[&below]), "fine");
    assert_eq!(only(&[&there]), "X5-21");
    assert_eq!(only(&[&uri(".a.example")]), "X5-21");
    assert_eq!(but(&[&there]), "fine");
    assert_eq!(but(&[&here]), "X5-21");
    assert_eq!(but(&[&below]), "X5-21");
    let both = names(&list(&[&here]), &list(&[&here]));
    assert_eq!(middle(both), "X5-21");
}

#[test]
fn x5_21_constraints_on_other_names_hold() {
    let middle = |ext: Ext| middle_rule(|middle| middle.with(ext));
    assert_eq!(middle(names(&[directory("a client")], &[])), "fine");
    assert_eq!(middle(names(&[directory("a server")], &[])), "X5-21");
    assert_eq!(middle(names(&[], &[directory("a client")])), "X5-21");
    assert_eq!(middle(names(&[dns("a.example")], &[])), "fine");
    let with_dns = |host: &str| {
        let sans = [uri(CLIENT), dns(host)].concat();
        let keys = keys();
        let leaf = keys
            .leaf()
            .with(Ext::new("2.5.29.17", false, tlv(0x30, &sans)));
        let middle = keys.middle().with(names(&[dns("a.example")], &[]));
        let verdict = verify(
            &x509(&keys.root()),
            &[leaf.issue(), middle.issue()],
            keys.leaf,
        );
        rule(&verdict).to_owned()
    };
    assert_eq!(with_dns("host.a.example"), "fine");
    assert_eq!(with_dns("host.b.example"), "X5-21");
}

#[test]
fn x5_21_constraints_that_cannot_be_matched_are_refused() {
    let middle = |ext: Ext| middle_rule(|middle| middle.with(ext));
    let plain = Ext {
        critical: false,
        ..names(&[uri("a.example")], &[])
    };
    assert_eq!(middle(plain), "X5-21");
    assert_eq!(middle(names(&[], &[])), "X5-21");
    let registered = tlv(0x88, &[0x2a, 3]);
    assert_eq!(middle(names(&[registered], &[])), "X5-21");
}

#[test]
fn x5_21_unknown_critical_extensions_are_refused() {
    let unknown = |critical| Ext::new("1.2.3.4", critical, vec![5, 0]);
    assert_eq!(leaf_rule(|leaf| leaf.with(unknown(false))), "fine");
    assert_eq!(leaf_rule(|leaf| leaf.with(unknown(true))), "X5-21");
    assert_eq!(middle_rule(|middle| middle.with(unknown(false))), "fine");
    assert_eq!(middle_rule(|middle| middle.with(unknown(true))), "X5-21");
}

#[test]
fn x5_21_the_two_signature_algorithms_agree() {
    let keys = keys();
    let tbs = keys.leaf().tbs();
    let leaf = mls_trellis_issuer::assemble(&tbs, Kind::P256, &[0; 64]);
    let verdict = verify(
        &x509(&keys.root()),
        &[leaf, keys.middle().issue()],
        keys.leaf,
    );
    assert_eq!(rule(&verdict), "X5-21");
}

#[test]
fn x5_21_a_self_signed_leaf_is_refused() {
    let keys = keys();
    let own = Template::leaf(keys.leaf.spki(), &[CLIENT], "a client", keys.leaf);
    let verdict = verify(&x509(&keys.root()), &[own.issue()], keys.leaf);
    assert_eq!(rule(&verdict), "X5-21");
}

#[test]
fn x5_21_another_root_is_not_believed() {
    let keys = keys();
    let other = Template::root(Key {
        kind: Kind::Ed25519,
        seed: 80,
    });
    let x509 = x509(&other);
    let chain = [
        keys.leaf().issue(),
        keys.middle().issue(),
        keys.root().issue(),
    ];
    assert_eq!(rule(&verify(&x509, &chain, keys.leaf)), "X5-21");
}

#[test]
fn x5_22_the_anchors_own_constraints_hold() {
    assert_eq!(root_rule(|root| root), "fine");
    assert_eq!(root_rule(|root| root.with(basic(true, Some(1)))), "fine");
    assert_eq!(root_rule(|root| root.with(basic(true, Some(0)))), "X5-21");
    assert_eq!(
        root_rule(|root| root.with(names(&[uri("a.example")], &[]))),
        "fine"
    );
    assert_eq!(
        root_rule(|root| root.with(names(&[uri("b.example")], &[]))),
        "X5-21"
    );
    assert_eq!(
        root_rule(|root| root.with(names(&[], &[uri("a.example")]))),
        "X5-21"
    );
    let unknown = Ext::new("1.2.3.4", true, vec![5, 0]);
    assert_eq!(root_rule(|root| root.with(unknown)), "X5-22");
}

#[test]
fn x5_22_an_anchor_is_an_authority() {
    assert_eq!(root_rule(|root| root.without(BASIC)), "no anchor by X5-21");
    assert_eq!(
        root_rule(|root| root.with(basic(false, None))),
        "no anchor by X5-21"
    );
    assert_eq!(
        root_rule(|root| root.with(key_usage(0x80))),
        "no anchor by X5-21"
    );
    assert_eq!(
        root_rule(|root| root.with(purposes(&[IM_URI]))),
        "no anchor by X5-22"
    );
    let keys = keys();
    assert_eq!(
        root_rule(|root| root.with(authority_key(keys.root))),
        "fine"
    );
    assert_eq!(
        root_rule(|root| root.with(authority_key(keys.leaf))),
        "no anchor by X5-22"
    );
    assert_eq!(
        root_rule(|root| Template { version: 0, ..root }),
        "no anchor by X5-14"
    );
    let policy = Policy::default().anchor(&keys.root().issue(), ["A.example"]);
    assert_eq!(policy.err().unwrap().rule(), "X5-24");
}

#[test]
fn x5_22_an_expired_anchor_counts_by_the_clock_only() {
    let keys = keys();
    let root = Template {
        not_after: "250101000000Z",
        ..keys.root()
    };
    let x509 = x509(&root);
    let chain = [keys.leaf().issue(), keys.middle().issue()];
    assert_eq!(rule(&verify(&x509, &chain, keys.leaf)), "fine");
    let public = keys.leaf.public();
    let key = SignatureKey {
        cipher_suite: CipherSuite(1),
        bytes: &public,
    };
    let content = credential(&chain).content;
    assert!(x509.check_at(&content, &key, NOW).is_err());
    let middle = Template {
        not_after: "250101000000Z",
        ..keys.middle()
    };
    let content = credential(&[keys.leaf().issue(), middle.issue()]).content;
    assert!(
        crate::x509(&keys.root())
            .check_at(&content, &key, NOW)
            .is_err()
    );
}

#[test]
fn x5_23_paths_are_bounded() {
    // root -> 0 -> 1 -> ... -> leaf
    let key = |seed| Key {
        kind: Kind::Ed25519,
        seed,
    };
    let chain = |authorities: u8| {
        let mut chain = Vec::new();
        for n in 0..authorities {
            let (issuer, signer) = match n {
                0 => ("root".to_owned(), key(11)),
                n => (format!("authority {}", n - 1), key(100 + n - 1)),
            };
            let template =
                Template::authority(&format!("authority {n}"), key(100 + n), &issuer, signer);
            chain.push(template.issue());
        }
        let (issuer, signer) = (
            format!("authority {}", authorities - 1),
            key(100 + authorities - 1),
        );
        let leaf = Template::leaf(key(14).spki(), &[CLIENT], &issuer, signer);
        chain.insert(0, leaf.issue());
        rule(&verify(&x509(&keys().root()), &chain, key(14))).to_owned()
    };
    assert_eq!(chain(1), "fine");
    assert_eq!(chain(3), "fine");
    assert_eq!(chain(4), "X5-23");
}

#[test]
fn x5_23_not_every_path_is_tried() {
    // Authorities that all have one name and one key issue each other, and none is the root's.
    let keys = keys();
    let x509 = x509(&keys.root());
    let twin = |serial: u8| Template {
        serial: vec![serial],
        issuer: name("root"),
        ..Template::authority("middle", keys.middle, "root", keys.root)
    };
    let mut bad = Vec::new();
    for serial in 1..=60 {
        let key = Key {
            kind: Kind::Ed25519,
            seed: 60,
        };
        let forged = Template {
            signer: key,
            ..twin(serial)
        };
        bad.push(forged.with(authority_key(keys.root)).issue());
    }
    for authority in &bad {
        x509.supply(authority).unwrap();
    }
    let verdict = verify(&x509, &[keys.leaf().issue()], keys.leaf);
    assert_eq!(rule(&verdict), "X5-21");
    // The one in the credential itself is found first.
    let chain = [keys.leaf().issue(), keys.middle().issue()];
    assert_eq!(rule(&verify(&x509, &chain, keys.leaf)), "fine");
}

#[test]
fn x5_26_an_anchor_speaks_for_its_domains_only() {
    let keys = keys();
    let chain = [keys.leaf().issue(), keys.middle().issue()];
    let verdict = |domains: &[&str]| {
        let policy = Policy::default().anchor(&keys.root().issue(), domains.iter().copied());
        rule(&verify(&X509::new(policy.unwrap()), &chain, keys.leaf)).to_owned()
    };
    assert_eq!(verdict(&["b.example", "a.example"]), "fine");
    for others in [&[][..], &["b.example"], &["example"], &["sub.a.example"]] {
        assert_eq!(verdict(others), "X5-26", "{others:?}");
    }
    // Another domain's anchor is of no help, though it is believed about its own.
    let other = Key {
        kind: Kind::P256,
        seed: 81,
    };
    let policy = Policy::default()
        .anchor(&keys.root().issue(), ["b.example"])
        .unwrap();
    let policy = policy
        .anchor(&Template::root(other).issue(), ["a.example"])
        .unwrap();
    assert_eq!(
        rule(&verify(&X509::new(policy), &chain, keys.leaf)),
        "missing"
    );
}

#[test]
fn two_anchors_of_one_domain_are_both_believed() {
    let keys = keys();
    let other = Key {
        kind: Kind::P256,
        seed: 81,
    };
    let policy = Policy::default().anchor(&Template::root(other).issue(), ["a.example"]);
    let policy = policy
        .unwrap()
        .anchor(&keys.root().issue(), ["a.example"])
        .unwrap();
    let x509 = X509::new(policy);
    let chain = [keys.leaf().issue(), keys.middle().issue()];
    assert_eq!(rule(&verify(&x509, &chain, keys.leaf)), "fine");
    let middle = Template::authority("middle", keys.middle, "root", other);
    assert_eq!(
        rule(&verify(
            &x509,
            &[keys.leaf().issue(), middle.issue()],
            keys.leaf
        )),
        "fine"
    );
}

#[test]
fn a_leaf_may_stand_directly_under_the_anchor() {
    let keys = keys();
    let leaf = Template::leaf(keys.leaf.spki(), &[CLIENT, USER], "root", keys.root);
    assert_eq!(
        rule(&verify(&x509(&keys.root()), &[leaf.issue()], keys.leaf)),
        "fine"
    );
}

#[test]
fn a_verdict_is_the_same_the_second_time() {
    let keys = keys();
    let x509 = x509(&keys.root());
    let good = credential(&[keys.leaf().issue(), keys.middle().issue()]).content;
    let mut bad = good.to_vec();
    let at = good.len() - keys.middle().issue().len() - 10;
    bad[at] ^= 1;
    let public = keys.leaf.public();
    for _ in 0..3 {
        assert_eq!(rule(&verify_content(&x509, &good, 1, &public)), "fine");
        assert_eq!(rule(&verify_content(&x509, &bad, 1, &public)), "X5-21");
    }
}

//! What a leaf's certificate must be.

use mls_trellis_hooks::{CipherSuite, CredentialKind, Identity, Kinds, SignatureKey};
use mls_trellis_issuer::{
    ALT_NAME, BASIC, CERT_SIGN, DIGITAL_SIGNATURE, EMPTY_NAME, Ext, IM_URI, KEY_USAGE, KINDS, Key,
    Kind, PURPOSES, Template, alt_name, basic, key_usage, name, names, oid, purposes, seq, tlv,
    uri,
};
use mls_trellis_x509::{Chain, MAX_CERTIFICATE_LEN, MAX_CERTIFICATES, Policy, X509};

use crate::{CLIENT, Keys, NOW, USER, credential, leaf_rule, rule, verify, verify_bytes, x509};

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const ANY_PURPOSE: &str = "2.5.29.37.0";

fn keys() -> Keys {
    Keys::of(Kind::Ed25519)
}

fn chain() -> [Vec<u8>; 2] {
    [keys().leaf().issue(), keys().middle().issue()]
}

#[test]
fn a_good_chain_of_every_kind_is_accepted() {
    for kind in KINDS {
        let keys = Keys::of(kind);
        let chain = [keys.leaf().issue(), keys.middle().issue()];
        let verdict = verify(&x509(&keys.root()), &chain, keys.leaf);
        assert_eq!(
            verdict.unwrap().identity,
            Identity::from(CLIENT),
            "{kind:?}"
        );
    }
}

#[test]
fn x5_1_the_content_is_a_vector_of_certificates() {
    let x509 = x509(&keys().root());
    let content = credential(&chain()).content;
    assert!(x509.read(&content).is_ok());
    let truncated = &content[..content.len() - 1];
    let trailing = [&content[..], &[0x41]].concat();
    let mut long = content.to_vec();
    long.splice(..2, [0x80, 0, content[0] & 0x3f, content[1]]);
    for bad in [&[][..], truncated, &trailing, &long] {
        assert_eq!(x509.read(bad).unwrap_err().rule(), "X5-1");
        let identity = CredentialKind::identify(&x509, bad, &Kinds::none());
        assert_eq!(identity.unwrap_err().rule(), "X5-1");
    }
    assert_eq!(Chain::new::<&[u8]>([]).unwrap_err().rule(), "X5-1");
}

#[test]
fn x5_2_the_first_certificate_is_the_leafs_and_the_others_in_any_order() {
    let keys = keys();
    let (leaf, lower, middle) = (
        keys.low_leaf().issue(),
        keys.lower().issue(),
        keys.middle().issue(),
    );
    let x509 = x509(&keys.root());
    let stranger = Template::root(Key {
        kind: Kind::P256,
        seed: 99,
    })
    .issue();
    for others in [
        vec![&lower, &middle],
        vec![&middle, &lower],
        vec![&stranger, &middle, &lower, &leaf],
        vec![&middle, &middle, &lower],
    ] {
        let chain: Vec<_> = [&leaf].into_iter().chain(others).cloned().collect();
        assert_eq!(rule(&verify(&x509, &chain, keys.leaf)), "fine");
    }
    let upside_down = [middle, lower, leaf];
    assert_eq!(rule(&verify(&x509, &upside_down, keys.leaf)), "X5-3");
}

#[test]
fn x5_3_the_certified_key_is_the_leafs() {
    for kind in KINDS {
        let keys = Keys::of(kind);
        let chain = [keys.leaf().issue(), keys.middle().issue()];
        let other = Key { kind, seed: 77 };
        assert_eq!(rule(&verify(&x509(&keys.root()), &chain, other)), "X5-3");
    }
    let mut short = keys().leaf.public();
    short.pop();
    let verdict = verify_bytes(&x509(&keys().root()), &chain(), 1, &short);
    assert_eq!(rule(&verdict), "X5-3");
}

#[test]
fn x5_5_the_key_is_of_the_suites_kind() {
    let keys = keys();
    let x509 = x509(&keys.root());
    for suite in [0x0002, 0x0004, 0x0005, 0x0007, 0x0000, 0x0a0a, 0xf001] {
        let verdict = verify_bytes(&x509, &chain(), suite, &keys.leaf.public());
        assert_eq!(rule(&verdict), "X5-5", "{suite:#06x}");
    }
    let verdict = verify_bytes(&x509, &chain(), 0x0003, &keys.leaf.public());
    assert_eq!(rule(&verdict), "fine");
}

#[test]
fn x5_5_issuers_may_have_keys_of_another_kind() {
    for above in KINDS {
        for below in KINDS {
            let (upper, lower) = (Keys::of(above), Keys::of(below));
            let middle = Template::authority("middle", lower.middle, "root", upper.root);
            let chain = [lower.leaf().issue(), middle.issue()];
            let verdict = verify(&x509(&upper.root()), &chain, lower.leaf);
            assert_eq!(rule(&verdict), "fine", "{below:?} under {above:?}");
        }
    }
}

#[test]
fn x5_12_a_key_for_agreement_is_not_one_for_signatures() {
    let x25519 = seq(&[
        &seq(&[&oid("1.3.101.110")]),
        &tlv(3, &[&[0], &keys().leaf.public()[..]].concat()),
    ]);
    assert_eq!(
        leaf_rule(|leaf| Template {
            spki: x25519,
            ..leaf
        }),
        "X5-5"
    );
    let with_null = seq(&[
        &seq(&[&oid("1.3.101.112"), &[5, 0]]),
        &tlv(3, &[&[0], &keys().leaf.public()[..]].concat()),
    ]);
    assert_eq!(
        leaf_rule(|leaf| Template {
            spki: with_null,
            ..leaf
        }),
        "X5-5"
    );
}

#[test]
fn x5_13_points_are_whole_and_curves_are_named() {
    let keys = Keys::of(Kind::P256);
    let x509 = x509(&keys.root());
    let point = keys.leaf.public();
    let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
    let spki =
        |algorithm: Vec<u8>, point: &[u8]| seq(&[&algorithm, &tlv(3, &[&[0], point].concat())]);
    let verdict = |spki: Vec<u8>, key: &[u8]| {
        let leaf = Template {
            spki,
            ..keys.leaf()
        };
        let verdict = verify_bytes(&x509, &[leaf.issue(), keys.middle().issue()], 2, key);
        rule(&verdict).to_owned()
    };
    let named = Kind::P256.key_algorithm();
    assert_eq!(verdict(spki(named.clone(), &point), &point), "fine");
    assert_eq!(
        verdict(spki(named.clone(), &compressed), &compressed),
        "X5-13"
    );
    assert_eq!(verdict(spki(named, &compressed), &point), "X5-13");
    let explicit = seq(&[&oid("1.2.840.10045.2.1"), &seq(&[&[2, 1, 1]])]);
    assert_eq!(verdict(spki(explicit, &point), &point), "X5-5");
    let nothing = seq(&[&oid("1.2.840.10045.2.1")]);
    assert_eq!(verdict(spki(nothing, &point), &point), "X5-5");
}

#[test]
fn x5_14_certificates_are_der_of_version_3() {
    let version = |version| leaf_rule(|leaf| Template { version, ..leaf });
    assert_eq!(version(2), "fine");
    for bad in [0, 1, 3] {
        assert_eq!(version(bad), "X5-14", "{bad}");
    }
    for serial in [vec![0], vec![0xff], vec![0, 1], vec![1; 21]] {
        assert_eq!(leaf_rule(|leaf| Template { serial, ..leaf }), "X5-14");
    }
    let anonymous = |leaf| Template {
        issuer: EMPTY_NAME.to_vec(),
        ..leaf
    };
    assert_eq!(leaf_rule(anonymous), "X5-14");
    let x509 = x509(&keys().root());
    let [leaf, middle] = chain();
    let trailing = [&leaf[..], &[0]].concat();
    let mut indefinite = leaf.clone();
    indefinite.splice(1..4, [0x80]);
    indefinite.extend([0, 0]);
    for bad in [
        vec![],
        trailing,
        indefinite,
        leaf[..leaf.len() - 1].to_vec(),
    ] {
        let verdict = verify(&x509, &[bad.clone(), middle.clone()], keys().leaf);
        assert_eq!(rule(&verdict), "X5-14");
        // Wherever it stands, and though it is of no use.
        let verdict = verify(&x509, &[leaf.clone(), middle.clone(), bad], keys().leaf);
        assert_eq!(rule(&verdict), "X5-14");
    }
}

#[test]
fn x5_14_no_extension_stands_twice() {
    let twice = |mut leaf: Template, ext: Ext| {
        leaf.extensions.push(ext);
        leaf
    };
    let same = alt_name(&[CLIENT, USER]);
    assert_eq!(leaf_rule(|leaf| twice(leaf, same)), "X5-14");
    let unknown = |critical| Ext::new("1.2.3.4", critical, vec![5, 0]);
    assert_eq!(leaf_rule(|leaf| twice(leaf, unknown(false))), "fine");
    let both = |leaf| twice(twice(leaf, unknown(false)), unknown(false));
    assert_eq!(leaf_rule(both), "X5-14");
}

#[test]
fn x5_14_known_extensions_decode() {
    for known in [
        BASIC,
        KEY_USAGE,
        PURPOSES,
        ALT_NAME,
        "2.5.29.30",
        "2.5.29.14",
        "2.5.29.35",
        "2.5.29.36",
        "1.3.6.1.5.5.7.1.1",
    ] {
        let bad = Ext::new(known, false, vec![0x30, 1]);
        assert_eq!(leaf_rule(|leaf| leaf.with(bad)), "X5-14", "{known}");
    }
}

#[test]
fn x5_15_a_leaf_is_no_authority() {
    assert_eq!(leaf_rule(|leaf| leaf.without(BASIC)), "fine");
    assert_eq!(leaf_rule(|leaf| leaf.with(basic(true, None))), "X5-15");
    assert_eq!(leaf_rule(|leaf| leaf.with(basic(false, Some(0)))), "X5-15");
    let constraints = names(&[uri("a.example")], &[]);
    assert_eq!(leaf_rule(|leaf| leaf.with(constraints)), "X5-15");
}

#[test]
fn x5_15_a_leaf_has_no_anchors_key() {
    let keys = keys();
    let own = Template::leaf(keys.root.spki(), &[CLIENT], "middle", keys.middle);
    let chain = [own.issue(), keys.middle().issue()];
    let verdict = verify(&x509(&keys.root()), &chain, keys.root);
    assert_eq!(rule(&verdict), "X5-15");
    let root = keys.root().issue();
    let verdict = verify(&x509(&keys.root()), &[root], keys.root);
    assert_ne!(rule(&verdict), "fine");
}

#[test]
fn x5_16_the_key_is_for_signatures_alone() {
    assert_eq!(leaf_rule(|leaf| leaf.without(KEY_USAGE)), "X5-16");
    for (bits, verdict) in [
        (DIGITAL_SIGNATURE, "fine"),
        (DIGITAL_SIGNATURE | 0x40, "fine"),
        (DIGITAL_SIGNATURE | 0x08, "fine"), // keyAgreement, as draft-mahy-mimi-identity has it
        (0x40, "X5-16"),
        (0x08, "X5-16"),
        (DIGITAL_SIGNATURE | CERT_SIGN, "X5-16"),
        (DIGITAL_SIGNATURE | 0x02, "X5-16"),
    ] {
        assert_eq!(
            leaf_rule(|leaf| leaf.with(key_usage(bits))),
            verdict,
            "{bits:#04x}"
        );
    }
}

#[test]
fn x5_17_a_leaf_is_for_messaging() {
    assert_eq!(leaf_rule(|leaf| leaf.without(PURPOSES)), "X5-17");
    for (oids, verdict) in [
        (&[IM_URI][..], "fine"),
        (&[IM_URI, CLIENT_AUTH], "fine"),
        (&[CLIENT_AUTH], "X5-17"),
        (&[SERVER_AUTH], "X5-17"),
        (&[IM_URI, SERVER_AUTH], "X5-17"),
        (&[ANY_PURPOSE], "X5-17"),
        (&[IM_URI, ANY_PURPOSE], "X5-17"),
    ] {
        assert_eq!(
            leaf_rule(|leaf| leaf.with(purposes(oids))),
            verdict,
            "{oids:?}"
        );
    }
}

#[test]
fn x5_17_a_policy_may_allow_another_purpose() {
    let keys = keys();
    let leaf = keys.leaf().with(purposes(&[CLIENT_AUTH]));
    let chain = [leaf.issue(), keys.middle().issue()];
    let policy = Policy::default().anchor(&keys.root().issue(), ["a.example"]);
    let policy = policy.unwrap().purpose(CLIENT_AUTH).unwrap();
    assert_eq!(rule(&verify(&X509::new(policy), &chain, keys.leaf)), "fine");
    assert_eq!(
        Policy::default().purpose("no oid").err().unwrap().rule(),
        "X5-17"
    );
}

#[test]
fn x5_19_the_certificate_names_one_client_and_at_most_one_user() {
    for (uris, verdict) in [
        (&[CLIENT][..], "fine"),
        (&[CLIENT, USER], "fine"),
        (&[USER, CLIENT, "https://a.example/about"], "fine"),
        (&[CLIENT, "mimi://a.example/r/room"], "fine"),
        (&[], "X5-19"),
        (&[USER], "X5-19"),
        (&["https://a.example/d/alice"], "X5-19"),
        (&[CLIENT, CLIENT], "X5-19"),
        (&[CLIENT, "mimi://a.example/d/bob"], "X5-19"),
        (&[CLIENT, USER, "mimi://a.example/u/bob"], "X5-19"),
    ] {
        let found = leaf_rule(|leaf| match uris {
            [] => leaf.without(ALT_NAME),
            uris => leaf.with(alt_name(uris)),
        });
        assert_eq!(found, verdict, "{uris:?}");
    }
}

#[test]
fn x5_19_a_common_name_is_no_identity() {
    let named = |leaf: Template| Template {
        subject: name(CLIENT),
        ..leaf.without(ALT_NAME)
    };
    assert_eq!(leaf_rule(named), "X5-19");
    let nameless = |leaf: Template| Template {
        subject: EMPTY_NAME.to_vec(),
        ..leaf
    };
    assert_eq!(leaf_rule(nameless), "X5-19");
    let critical = Ext {
        critical: true,
        ..alt_name(&[CLIENT])
    };
    assert_eq!(leaf_rule(|leaf| nameless(leaf.with(critical))), "fine");
}

#[test]
fn x5_19_other_names_are_plain_hosts() {
    let with_host = |host: &str| {
        let sans = [uri(CLIENT), tlv(0x82, host.as_bytes())].concat();
        leaf_rule(|leaf| leaf.with(Ext::new(ALT_NAME, false, tlv(0x30, &sans))))
    };
    assert_eq!(with_host("Host-1.a.example"), "fine");
    for bad in [
        "*.a.example",
        "a_b.example",
        "10.0.0.1",
        "a.example.",
        "",
        "a..b",
    ] {
        assert_eq!(with_host(bad), "X5-19", "{bad}");
    }
}

#[test]
fn x5_8_a_new_certificate_is_of_the_same_user() {
    let verdict = |users: &[&str], old_users: &[&str]| {
        let keys = keys();
        let x509 = x509(&keys.root());
        let content = |users: &[&str]| {
            let uris: Vec<_> = [&[CLIENT], users].concat();
            let leaf = keys.leaf().with(alt_name(&uris));
            credential(&[leaf.issue(), keys.middle().issue()])
        };
        let [old, new] = [old_users, users].map(|users| content(users).content);
        match x509.succeeds(&old, &new, &Kinds::none()) {
            Ok(()) => "fine".to_owned(),
            Err(reject) => reject.rule().to_owned(),
        }
    };
    assert_eq!(verdict(&[USER], &[USER]), "fine");
    assert_eq!(verdict(&[], &[]), "fine");
    for other in [&[][..], &["mimi://a.example/u/mallory"]] {
        assert_eq!(verdict(other, &[USER]), "X5-8");
    }
}

#[test]
fn x5_20_no_certificate_is_valid_for_too_long() {
    let until = |not_after| leaf_rule(|leaf| Template { not_after, ..leaf });
    assert_eq!(until("260203000000Z"), "fine");
    assert_eq!(until("260205000000Z"), "X5-20");
    let keys = keys();
    let policy = Policy::default().anchor(&keys.root().issue(), ["a.example"]);
    let short = X509::new(policy.unwrap().max_validity(90 * 24 * 60 * 60));
    assert_eq!(rule(&verify(&short, &chain(), keys.leaf)), "X5-20");
}

#[test]
fn x5_23_chains_are_bounded() {
    let [leaf, middle] = chain();
    let many = |count: usize| Chain::new(std::iter::repeat_n(leaf.as_slice(), count));
    assert!(many(MAX_CERTIFICATES).is_ok());
    assert_eq!(many(MAX_CERTIFICATES + 1).unwrap_err().rule(), "X5-23");
    let long = |len: usize| Chain::new([vec![0; len].as_slice()]);
    assert!(long(MAX_CERTIFICATE_LEN).is_ok());
    assert_eq!(long(MAX_CERTIFICATE_LEN + 1).unwrap_err().rule(), "X5-23");
    let whole = X509::default().read(&vec![0; 40_000]);
    assert_eq!(whole.unwrap_err().rule(), "X5-23");
    drop(middle);
}

#[test]
fn x5_24_uris_have_one_spelling() {
    for bad in [
        "MIMI://a.example/d/alice",
        "mimi:a.example/d/alice",
        "mimi://A.example/d/alice",
        "mimi://a.example:443/d/alice",
        "mimi://alice@a.example/d/alice",
        "mimi://[::1]/d/alice",
        "mimi://a..example/d/alice",
        "mimi://-a.example/d/alice",
        "mimi:///d/alice",
        "mimi://a.example",
        "mimi://a.example/",
        "mimi://a.example/d/",
        "mimi://a.example/d//alice",
        "mimi://a.example/d/./alice",
        "mimi://a.example/d/../alice",
        "mimi://a.example/d/alice?x",
        "mimi://a.example/d/alice#x",
        "mimi://a.example/d/al%69ce",
        "mimi://a.example/d/al%2fce",
        "mimi://a.example/d/al%2",
        "mimi://a.example/d/al%",
        "mimi://a.example/d/al ice",
        "mimi://a.example/d/al\"ice",
    ] {
        assert_eq!(
            leaf_rule(|leaf| leaf.with(alt_name(&[bad]))),
            "X5-24",
            "{bad}"
        );
    }
    for good in [
        "mimi://a.example/d/ClientA1",
        "mimi://a.example/d/al%2Fce",
        "mimi://a.example/d/alice/phone:1@home",
    ] {
        assert_eq!(
            leaf_rule(|leaf| leaf.with(alt_name(&[good]))),
            "fine",
            "{good}"
        );
    }
}

#[test]
fn x5_25_user_and_client_are_of_one_domain() {
    let other = alt_name(&[CLIENT, "mimi://b.example/u/alice"]);
    assert_eq!(leaf_rule(|leaf| leaf.with(other)), "X5-25");
}

#[test]
fn what_a_certificate_says_can_be_read() {
    let x509 = x509(&keys().root());
    let certified = x509.read(&credential(&chain()).content).unwrap();
    assert_eq!(certified.subject.client, CLIENT);
    assert_eq!(certified.subject.user.as_deref(), Some(USER));
    assert_eq!(certified.subject.domain, "a.example");
    assert_eq!(certified.not_before, 1_735_689_600);
    assert_eq!(certified.not_after, 1_767_139_200);
}

#[test]
fn x5_9_a_clock_is_asked_only_where_it_is_handed_in() {
    let x509 = x509(&keys().root());
    let public = keys().leaf.public();
    let key = SignatureKey {
        cipher_suite: CipherSuite(1),
        bytes: &public,
    };
    let content = credential(&chain()).content;
    assert!(x509.check_at(&content, &key, NOW).is_ok());
    for then in [1_700_000_000, 1_800_000_000, 0, u64::MAX] {
        assert!(x509.check_at(&content, &key, then).is_err(), "{then}");
    }
    // The same chain, which expired long ago, for the members of the group.
    assert_eq!(rule(&verify(&x509, &chain(), keys().leaf)), "fine");
}

#[test]
fn without_anchors_nothing_is_installed() {
    use mls_trellis_hooks::{Origin, Plugins};
    use mls_trellis_x509::X509_CREDENTIALS;
    use std::sync::Arc;

    let plugins = Plugins::builder().add(X509_CREDENTIALS.make(), Origin::here());
    assert_eq!(plugins.build().unwrap().report(), []);
    let plugins = Plugins::builder().add(Arc::new(x509(&keys().root())), Origin::here());
    assert_eq!(plugins.build().unwrap().report().len(), 3);
}

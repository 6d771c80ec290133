//! Lists of revoked certificates, as somebody hands them in.

use mls_trellis_hooks::{Evidence, Standing, StatusRef, StatusSource};
use mls_trellis_issuer::{
    CERT_SIGN, CRL_SIGN, Ext, KINDS, Kind, RevocationList, Template, key_usage, name, reason,
};
use mls_trellis_x509::{Crls, MAX_CRL_LEN};

use crate::{Keys, verify, x509};

const DAY: u64 = 86_400;
/// The 15th of June 2025.
const NOON: u64 = 1_749_945_600;

fn keys() -> Keys {
    Keys::of(Kind::P256)
}

/// The authority, whose key is for lists, too.
fn authority(keys: Keys) -> Template {
    keys.middle().with(key_usage(CERT_SIGN | CRL_SIGN))
}

fn list() -> RevocationList {
    RevocationList::of("middle", keys().middle)
}

fn status(crls: &Crls, serial: &[u8]) -> Option<Evidence> {
    crls.status(&StatusRef::Certificate {
        issuer: name("middle"),
        issuer_key: keys().middle.spki(),
        serial: serial.to_vec(),
    })
}

fn standing(crls: &Crls, serial: &[u8]) -> Option<Standing> {
    status(crls, serial).map(|evidence| evidence.standing)
}

/// By which rule a list is not kept; then nothing is known.
fn rule(list: &[u8], issuer: &Template) -> String {
    let crls = Crls::default();
    let refused = crls.supply(list, &issuer.issue()).unwrap_err();
    assert_eq!(status(&crls, &[3]), None);
    refused.rule().to_owned()
}

#[test]
fn a_list_says_who_was_revoked_and_until_when_it_is_good_for() {
    for kind in KINDS {
        let keys = Keys::of(kind);
        let status = |crls: &Crls, serial: &[u8]| {
            crls.status(&StatusRef::Certificate {
                issuer: name("middle"),
                issuer_key: keys.middle.spki(),
                serial: serial.to_vec(),
            })
        };
        let standing =
            |crls: &Crls, serial: &[u8]| status(crls, serial).map(|evidence| evidence.standing);
        let list = RevocationList::of("middle", keys.middle)
            .revoke(&[3], vec![])
            .revoke(&[4], vec![reason(1)])
            .revoke(&[5], vec![reason(6)]);
        let crls = Crls::default();
        crls.supply(&list.issue(), &authority(keys).issue())
            .unwrap();
        let evidence = status(&crls, &[3]).unwrap();
        assert_eq!(evidence.standing, Standing::Revoked);
        assert_eq!((evidence.as_of, evidence.until), (NOON, Some(NOON + DAY)));
        assert_eq!(evidence.source, "list of CN=middle of 2025-06-15T00:00:00Z");
        assert_eq!(standing(&crls, &[4]), Some(Standing::Revoked));
        assert_eq!(standing(&crls, &[5]), Some(Standing::Suspended));
        assert_eq!(standing(&crls, &[6]), Some(Standing::Good));
    }
}

#[test]
fn the_certificates_of_a_path_are_looked_up_as_they_are() {
    let keys = keys();
    let chain = [keys.leaf().issue(), authority(keys).issue()];
    let verified = verify(&x509(&keys.root()), &chain, keys.leaf).unwrap();
    let crls = Crls::default();
    let list = list().revoke(&[3], vec![]);
    crls.supply(&list.issue(), &authority(keys).issue())
        .unwrap();
    let known: Vec<_> = verified
        .facts
        .status
        .iter()
        .map(|of| crls.status(of))
        .collect();
    // The leaf is of that authority; of the authority's own issuer there is no list.
    assert_eq!(known[0].as_ref().unwrap().standing, Standing::Revoked);
    assert_eq!(known[1], None);
}

#[test]
fn rev_1_a_namesake_says_nothing() {
    let keys = keys();
    let chain = [keys.leaf().issue(), authority(keys).issue()];
    let verified = verify(&x509(&keys.root()), &chain, keys.leaf).unwrap();
    let of_leaf = &verified.facts.status[0];
    // Another authority of the same name, wherever its certificate may be from.
    let namesake = Template::authority("middle", keys.lower, "root", keys.root);
    let namesake = namesake.with(key_usage(CERT_SIGN | CRL_SIGN)).issue();
    let revokes = RevocationList {
        signer: keys.lower,
        ..list()
    };
    let revokes = revokes.revoke(&[3], vec![]).issue();
    let crls = Crls::default();
    crls.supply(&revokes, &namesake).unwrap();
    assert_eq!(crls.status(of_leaf), None);
    // Nor does it take the place of the authority's own.
    crls.supply(&list().issue(), &authority(keys).issue())
        .unwrap();
    assert_eq!(crls.status(of_leaf).unwrap().standing, Standing::Good);
}

#[test]
fn rev_1_a_list_is_signed_by_whom_it_is_of() {
    let authority = authority(keys());
    let forged = RevocationList {
        signer: keys().lower,
        ..list()
    };
    assert_eq!(rule(&forged.issue(), &authority), "REV-1");
    let of_another = RevocationList {
        issuer: name("other"),
        ..list()
    };
    assert_eq!(rule(&of_another.issue(), &authority), "REV-1");
    assert_eq!(rule(&list().issue(), &keys().middle()), "REV-1"); // Not for lists.
}

#[test]
fn rev_2_what_is_not_understood_is_not_kept() {
    let authority = authority(keys());
    let with = |ext: Ext| RevocationList {
        extensions: vec![ext],
        ..list()
    };
    let distribution_point = Ext::new("2.5.29.28", true, vec![0x30, 0]);
    let delta = Ext::new("2.5.29.27", true, vec![2, 1, 1]);
    for list in [
        with(distribution_point),
        with(delta),
        list().revoke(&[3], vec![Ext::new("2.5.29.29", true, vec![0x30, 0])]),
        list().revoke(&[3], vec![reason(8)]),
        list().revoke(&[3], vec![reason(7)]),
    ] {
        assert_eq!(rule(&list.issue(), &authority), "REV-2");
    }
    assert_eq!(rule(b"", &authority), "REV-2");
    let number = Ext::new("2.5.29.20", false, vec![2, 1, 1]);
    let crls = Crls::default();
    crls.supply(&with(number).issue(), &authority.issue())
        .unwrap();
}

#[test]
fn rev_3_a_list_is_not_endless() {
    assert_eq!(rule(&vec![0; MAX_CRL_LEN + 1], &authority(keys())), "REV-3");
}

#[test]
fn rev_4_an_earlier_list_does_not_come_back() {
    let crls = Crls::default();
    let issuer = authority(keys()).issue();
    let supply = |list: &RevocationList| {
        let kept = crls.supply(&list.issue(), &issuer);
        kept.map_err(|reject| reject.rule().to_owned())
    };
    let revoked = list().revoke(&[3], vec![]);
    supply(&revoked).unwrap();
    let earlier = RevocationList {
        this_update: "250614000000Z",
        ..list()
    };
    assert_eq!(supply(&earlier), Err("REV-4".to_owned()));
    assert_eq!(standing(&crls, &[3]), Some(Standing::Revoked));
    let later = RevocationList {
        this_update: "250615000001Z",
        ..list()
    };
    supply(&later).unwrap();
    assert_eq!(standing(&crls, &[3]), Some(Standing::Good));
}

/// Whatever byte is changed, the list is another's word, or none.
#[test]
fn no_mutant_of_a_list_is_kept() {
    let authority = authority(keys()).issue();
    let list = list()
        .revoke(&[3], vec![reason(1)])
        .revoke(&[4], vec![reason(6)])
        .issue();
    let mut tried = 0;
    for at in 0..list.len() {
        for change in (0..8).map(|bit| 1 << bit).chain([0x55, 0xaa, 0xff]) {
            let mut mutant = list.clone();
            mutant[at] ^= change;
            assert!(
                Crls::default().supply(&mutant, &authority).is_err(),
                "{at} {change}"
            );
            tried += 1;
        }
        for mutant in [
            list[..at].to_vec(),
            [&list[..at], &[0], &list[at..]].concat(),
        ] {
            assert!(Crls::default().supply(&mutant, &authority).is_err(), "{at}");
        }
    }
    assert!(tried > 1000);
}

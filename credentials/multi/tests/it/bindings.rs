//! One credential at a time.

use mls_trellis_hooks::{Credential, CredentialType, Identity, Profile, Unverified, wire};
use mls_trellis_multi::{Bindings, CredentialBinding, MANY, Multi, WeakMulti};

use crate::{
    LEAF_KEY, MULTI, OTHER_SUITE, SUITE, UNKNOWN_SUITE, WEAK, bind, bind_as, entry, foreign,
    identify, multi, plugins, refused, verify, weak, with_profile,
};

fn alice() -> CredentialBinding {
    bind(&entry("alice"))
}

/// Signed by the leaf's own key, as one could misread the draft.
fn signed_by_the_leaf() -> CredentialBinding {
    let mut binding = alice();
    let theirs = binding.signature.0.clone();
    let own = [LEAF_KEY, &theirs[b"alice's key".len()..]].concat();
    binding.signature = own.into();
    binding
}

#[test]
fn both_kinds_are_linked_under_the_numbers_of_the_draft() {
    let ids = plugins().ids().clone();
    assert_eq!(ids.credential::<Multi>(), CredentialType(0x0003));
    assert_eq!(ids.credential::<WeakMulti>(), CredentialType(0x0004));
}

#[test]
fn a_profile_moves_either() {
    let moved = CredentialType(0xf003);
    let plugins = with_profile(Profile::new("moved").assign_credential("multi", moved));
    assert_eq!(plugins.ids().credential::<Multi>(), moved);
    assert_eq!(plugins.credential(moved).unwrap().name, "multi");
    assert!(plugins.credential(MULTI).is_none());
    let bindings = Bindings::new([alice()]).unwrap();
    let credential = bindings.multi(plugins.ids()).unwrap();
    assert_eq!(credential.credential_type, moved);
}

#[test]
fn mc_s1_a_binding_signs_the_bytes_of_the_draft() {
    let binding = bind(&Credential::basic("al"));
    let content = multi([binding]).content;
    let signature = [
        b"al's key signs \x1cMLS 1.0 CredentialBindingTBS".as_slice(),
        b"\x29\x00\x01\x00\x01\x02al\x08al's key\x18the leaf's signature key",
    ]
    .concat();
    let length = [0x40, signature.len() as u8]; // two bytes from 64 on
    let expected = [
        b"\x00\x01\x00\x01\x02al\x08al's key",
        &length[..],
        &signature,
    ]
    .concat();
    assert_eq!(content[..], expected);
}

#[test]
fn mc_2_a_multi_of_a_kind_that_is_not_linked_is_refused() {
    let reject = refused(&multi([alice(), bind(&foreign("alice"))]));
    assert_eq!((reject.rule(), reject.plugin()), ("MC-2", "multi"));
}

#[test]
fn mc_2_a_multi_with_an_unknown_suite_is_refused() {
    let strange = bind_as(&entry("alice"), UNKNOWN_SUITE, LEAF_KEY);
    assert_eq!(refused(&multi([alice(), strange])).rule(), "MC-2");
}

#[test]
fn mc_3_every_binding_of_a_multi_is_verified() {
    let mut bad = bind(&entry("work"));
    bad.signature.0[0] ^= 1;
    for bindings in [[alice(), bad.clone()], [bad, alice()]] {
        assert_eq!(refused(&multi(bindings)).rule(), "MC-7");
    }
    let work = bind_as(&entry("work"), OTHER_SUITE, LEAF_KEY);
    let verified = verify(&multi([alice(), work])).unwrap();
    assert_eq!(verified.identity, Identity::from("alice"));
    assert_eq!(verified.concerns, []);
}

#[test]
fn mc_6_a_weak_multi_is_verified_as_far_as_it_is_understood() {
    let strange = bind_as(&entry("alice"), UNKNOWN_SUITE, LEAF_KEY);
    for unread in [bind(&foreign("alice")), strange] {
        let verified = verify(&weak([alice(), unread])).unwrap();
        assert_eq!(verified.identity, Identity::from("alice"));
        assert_eq!(verified.concerns, []);
    }
    let mut bad = bind(&entry("alice"));
    bad.signature.0[0] ^= 1;
    assert_eq!(refused(&weak([alice(), bad])).rule(), "MC-7");
}

#[test]
fn mc_5_a_weak_multi_that_nobody_here_can_read_is_an_alarm() {
    let unread = weak([bind(&foreign("alice"))]);
    let verified = verify(&unread).unwrap();
    let [concern] = verified.concerns.as_slice() else {
        panic!("{verified:?}");
    };
    assert_eq!((concern.rule(), concern.plugin()), ("MC-5", "weak_multi"));
    assert_eq!(identify(&unread).unwrap(), verified.identity);
    assert_ne!(verified.identity, Identity::from("alice"));
}

#[test]
fn mc_5_a_name_that_could_be_read_is_not_believed_unchecked() {
    let strange = bind_as(&entry("alice"), UNKNOWN_SUITE, LEAF_KEY);
    let unchecked = weak([strange]);
    assert_eq!(identify(&unchecked).unwrap(), Identity::from("alice"));
    assert_eq!(refused(&unchecked).rule(), "MC-5");
}

#[test]
fn mc_7_the_credential_belongs_to_its_key() {
    let mut stolen = bind(&entry("mallory"));
    stolen.credential = alice().credential;
    let tbs = stolen.tbs(LEAF_KEY).unwrap();
    let payload = mls_trellis_hooks::signatures::sign_content("CredentialBindingTBS", &tbs);
    stolen.signature = crate::toy_signature(b"mallory's key", &payload.unwrap()).into();
    assert_eq!(refused(&multi([stolen.clone()])).rule(), "DIR-1");
    assert_eq!(refused(&weak([stolen])).rule(), "DIR-1");
}

#[test]
fn mc_7_the_signature_covers_everything() {
    let good = alice();
    let mut changed = Vec::new();
    for change in [
        (|b: &mut CredentialBinding| b.cipher_suite = OTHER_SUITE) as fn(&mut _),
        |b| b.credential.credential_type = CredentialType::BASIC,
        |b| b.credential.content.0.push(b'x'),
        |b| b.credential_key.0.push(b'x'),
        |b| b.signature.0.push(b'x'),
        |b| b.signature.0.clear(),
    ] {
        let mut binding = good.clone();
        change(&mut binding);
        changed.push(binding);
    }
    assert!(verify(&multi([good])).is_ok());
    for binding in changed {
        assert_eq!(
            refused(&multi([binding.clone()])).rule(),
            "MC-7",
            "{binding:?}"
        );
        assert_eq!(refused(&weak([binding])).rule(), "MC-7");
    }
}

#[test]
fn mc_7_bytes_that_are_no_bindings_are_refused() {
    let content = multi([alice()]).content;
    for bad in [
        &content[..content.len() - 1],
        &[&content[..], &[0]].concat(),
    ] {
        for credential_type in [MULTI, WEAK] {
            let credential = Credential {
                credential_type,
                content: bad.into(),
            };
            assert_eq!(refused(&credential).rule(), "MC-7");
            assert_eq!(identify(&credential).unwrap_err().rule(), "MC-7");
        }
    }
}

#[test]
fn mc_8_a_signature_of_the_leafs_own_key_proves_nothing() {
    assert_eq!(refused(&multi([signed_by_the_leaf()])).rule(), "MC-7");
    assert_eq!(refused(&weak([signed_by_the_leaf()])).rule(), "MC-7");
}

#[test]
fn mc_9_a_credential_without_bindings_is_refused() {
    assert_eq!(Bindings::new([]).unwrap_err().rule(), "MC-9");
    for credential_type in [MULTI, WEAK] {
        let empty = Credential {
            credential_type,
            content: [].into(),
        };
        assert_eq!(refused(&empty).rule(), "MC-9");
        assert_eq!(identify(&empty).unwrap_err().rule(), "MC-9");
    }
}

#[test]
fn mc_10_no_multi_credential_stands_in_another() {
    for inner in [
        multi([alice()]),
        weak([alice()]),
        weak([bind(&foreign("x"))]),
    ] {
        let nested = bind(&inner);
        for credential in [multi([nested.clone()]), weak([alice(), nested.clone()])] {
            let reject = refused(&credential);
            assert_eq!(reject.rule(), "MC-10", "{reject}");
        }
        assert_eq!(identify(&multi([nested])).unwrap_err().rule(), "MC-10");
    }
}

#[test]
fn mc_11_many_bindings_are_an_alarm() {
    let many = |count| std::iter::repeat_with(alice).take(count);
    assert_eq!(verify(&multi(many(MANY))).unwrap().concerns, []);
    for credential in [multi(many(MANY + 1)), weak(many(MANY + 1))] {
        let concerns = verify(&credential).unwrap().concerns;
        assert_eq!(concerns[0].rule(), "MC-11");
    }
}

#[test]
fn mc_14_bindings_of_an_earlier_key_are_refused() {
    let old = bind_as(&entry("alice"), SUITE, b"the key before");
    assert_eq!(refused(&multi([old.clone()])).rule(), "MC-7");
    assert_eq!(refused(&weak([old])).rule(), "MC-7");
}

#[test]
fn mc_15_bindings_of_different_clients_in_a_weak_multi_are_an_alarm() {
    let both = || [alice(), bind(&entry("mallory"))];
    let verified = verify(&weak(both())).unwrap();
    assert_eq!(verified.identity, Identity::from("alice"));
    assert_eq!(verified.concerns[0].rule(), "MC-15");
    // Everybody reads the same one of a multi.
    assert_eq!(verify(&multi(both())).unwrap().concerns, []);
    let same = weak([alice(), bind(&entry("alice"))]);
    assert_eq!(verify(&same).unwrap().concerns, []);
}

#[test]
fn what_is_missing_is_told_for_all_bindings_at_once() {
    let needs = ["the entry of absent".to_owned(), "the entry of away".into()];
    for credential in [
        multi([bind(&entry("absent")), alice(), bind(&entry("away"))]),
        weak([bind(&entry("absent")), alice(), bind(&entry("away"))]),
    ] {
        assert_eq!(
            verify(&credential),
            Err(Unverified::Missing(needs.to_vec()))
        );
    }
    let mut bad = alice();
    bad.signature.0[0] ^= 1;
    assert_eq!(
        refused(&multi([bind(&entry("absent")), bad])).rule(),
        "MC-7"
    );
}

#[test]
fn concerns_of_inner_kinds_come_out() {
    for credential in [
        multi([alice(), bind(&entry("doubtful"))]),
        weak([bind(&entry("doubtful"))]),
    ] {
        let concerns = verify(&credential).unwrap().concerns;
        assert_eq!(concerns[0].rule(), "DIR-2");
        assert_eq!(concerns[0].plugin(), "directory");
    }
}

#[test]
fn a_binding_has_one_encoding() {
    let binding = alice();
    let bytes = wire::encode(&binding).unwrap();
    assert_eq!(wire::decode::<CredentialBinding>(&bytes).unwrap(), binding);
    let long = [&bytes[..4], &[0x40], &bytes[4..]].concat(); // a length in two bytes
    assert!(wire::decode::<CredentialBinding>(&long).is_err());
}

#[test]
fn a_multi_says_what_is_inside_and_a_weak_one_nothing() {
    let both = [alice(), bind(&entry("al"))];
    let facts = verify(&multi(both.clone())).unwrap().facts;
    let inside: Vec<_> = facts
        .inside
        .iter()
        .map(|(kind, facts)| (kind.as_str(), facts.claims["name"].as_text().unwrap()))
        .collect();
    assert_eq!(inside, [("directory", "alice"), ("directory", "al")]);
    // It is valid while both are.
    assert_eq!(facts.validity.unwrap().not_after, 950);
    // Whoever vouches for either vouches for it.
    assert_eq!(facts.vouchers.len(), 2);
    assert_eq!(verify(&weak(both)).unwrap().facts, Default::default());
}

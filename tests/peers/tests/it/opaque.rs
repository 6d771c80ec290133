//! What mls-rs carries without knowing it, and what it cannot read.

use mls_rs::MlsMessage;
use mls_trellis_engine::{GroupConfig, KeyPackageOptions};

use crate::{
    mls_rs_peer,
    peer::{Peer, Trellis, agree},
    sample::{NOTE, Note},
};

/// Leaves of Trellis have a dictionary, which mls-rs carries, hashes and signs as bytes.
pub(crate) fn dictionaries_in_leaves() {
    let (mut alice, mut bob) = (Trellis::named("alice"), mls_rs_peer::named("bob"));
    alice.found();
    let (_, welcome) = alice.add(&bob.key_package());
    bob.join(&welcome);
    for leaf in bob.group().roster().members_iter() {
        let dictionary = leaf.extensions.has_extension(6.into());
        assert_eq!(dictionary, leaf.index == 0);
    }
    // It must come through a path that mls-rs hashes, too.
    let commit = alice.commit();
    bob.receive(&commit);
    agree(&mut alice, &mut bob);
}

/// A group of mls-rs with a dictionary in the GroupContext: it keeps what it does not know.
pub(crate) fn dictionary_in_the_group_context() {
    let (mut alice, mut bob) = (mls_rs_peer::named("alice"), Trellis::named("bob"));
    let [high, low] = NOTE.0.to_be_bytes();
    alice.found_with(6, vec![8, high, low, 5, 4, b'n', b'o', b't', b'e']);
    let (_, welcome) = alice.add(&bob.key_package());
    bob.join(&welcome);
    let state = |bob: &mut Trellis| bob.group().state::<Note>().unwrap();
    assert_eq!(state(&mut bob).unwrap().0, b"note");
    agree(&mut alice, &mut bob);
    let commit = bob.commit();
    alice.receive(&commit);
    let commit = alice.commit();
    bob.receive(&commit);
    assert_eq!(state(&mut bob).unwrap().0, b"note");
    agree(&mut alice, &mut bob);
}

/// A group that requires the draft's proposals has no place for a stock client of RFC 9420.
pub(crate) fn required_capabilities_keep_it_out() {
    let (mut alice, mut bob) = (Trellis::named("alice"), mls_rs_peer::named("bob"));
    alice.found_with(GroupConfig::new(b"room"));
    let package = bob.key_package();
    assert!(alice.group().commit().add(&package).seal().is_err());
    assert_eq!(alice.group().epoch().epoch, 0);
}

/// mls-rs reads the body of a proposal it does not know as one `opaque<V>`.
pub(crate) fn proposals_of_the_draft_are_unreadable() {
    let (mut alice, bob) = (Trellis::named("alice"), Trellis::named("bob"));
    alice.found_with(GroupConfig::new(b"room").require::<Note>());
    let update = mls_trellis_hooks::wire::Opaque(b"note".to_vec());
    let sealed = alice
        .group()
        .commit()
        .update::<Note>(&update)
        .seal()
        .unwrap();
    assert!(MlsMessage::from_bytes(&sealed.commit).is_err());
    alice.group().discard(&sealed).unwrap();
    let sealed = alice
        .group()
        .commit()
        .ephemeral::<Note>(&update)
        .seal()
        .unwrap();
    assert!(MlsMessage::from_bytes(&sealed.commit).is_err());
    alice.group().accept(&sealed).unwrap();

    let package = bob
        .client
        .key_package(&KeyPackageOptions::default())
        .unwrap();
    let sealed = alice.group().commit().add(&package.message).seal().unwrap();
    alice.group().accept(&sealed).unwrap();
    let mut bob = bob.client.join(&sealed.welcome.unwrap()).unwrap();
    let leaving = bob.propose_leave().unwrap();
    assert!(MlsMessage::from_bytes(&leaving.message).is_err());
}

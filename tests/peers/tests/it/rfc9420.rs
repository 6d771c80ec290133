//! RFC 9420, with whichever peer.

use mls_trellis_engine::Framing;

use crate::peer::{PSK_ID, Peer, Trellis, agree};

pub(crate) fn welcome_from_trellis<P: Peer>(named: impl Fn(&str) -> P) {
    for framing in [Framing::Public, Framing::Private] {
        let mut peer = named("bob");
        let mut alice = Trellis::named("alice");
        alice.found_framed(framing);
        let (_, welcome) = alice.add(&peer.key_package());
        peer.join(&welcome);
        agree(&mut alice, &mut peer);
    }
}

pub(crate) fn welcome_from_the_peer<P: Peer>(named: impl Fn(&str) -> P) {
    let mut peer = named("alice");
    let mut bob = Trellis::named("bob");
    peer.found();
    let (_, welcome) = peer.add(&bob.key_package());
    bob.join(&welcome);
    agree(&mut bob, &mut peer);
}

/// Two of Trellis and the peer; every one of them commits.
pub(crate) fn commits_by_each<P: Peer>(named: impl Fn(&str) -> P) {
    for framing in [Framing::Public, Framing::Private] {
        let mut peer = named("bob");
        let (mut alice, mut carol) = (Trellis::named("alice"), Trellis::named("carol"));
        alice.found_framed(framing);
        let (_, welcome) = alice.add(&peer.key_package());
        peer.join(&welcome);
        let (commit, welcome) = peer.add(&carol.key_package());
        alice.receive(&commit);
        carol.join(&welcome);
        agree(&mut alice, &mut peer);
        agree(&mut carol, &mut alice);

        let commit = alice.commit();
        peer.receive(&commit);
        carol.receive(&commit);
        agree(&mut alice, &mut peer);
        let commit = peer.commit();
        alice.receive(&commit);
        carol.receive(&commit);
        agree(&mut carol, &mut alice);
        let commit = carol.commit();
        alice.receive(&commit);
        peer.receive(&commit);
        agree(&mut carol, &mut peer);
    }
}

pub(crate) fn removed_by_the_peer<P: Peer>(named: impl Fn(&str) -> P) {
    let mut peer = named("bob");
    let (mut alice, mut carol) = (Trellis::named("alice"), Trellis::named("carol"));
    alice.found();
    let (_, welcome) = alice.add(&peer.key_package());
    peer.join(&welcome);
    let (commit, welcome) = alice.add(&carol.key_package());
    peer.receive(&commit);
    carol.join(&welcome);
    let commit = peer.remove(2);
    alice.receive(&commit);
    agree(&mut alice, &mut peer);
}

/// A proposal of each, committed by the other.
pub(crate) fn updates_by_reference<P: Peer>(named: impl Fn(&str) -> P) {
    let mut peer = named("bob");
    let mut alice = Trellis::named("alice");
    alice.found();
    let (_, welcome) = alice.add(&peer.key_package());
    peer.join(&welcome);

    let proposal = peer.propose_renewal();
    alice.receive(&proposal);
    let commit = alice.commit();
    peer.receive(&commit);
    agree(&mut alice, &mut peer);

    let proposal = alice.propose_renewal();
    peer.receive(&proposal);
    let commit = peer.commit();
    alice.receive(&commit);
    agree(&mut alice, &mut peer);
}

pub(crate) fn external_join_by_the_peer<P: Peer>(named: impl Fn(&str) -> P) {
    let mut peer = named("bob");
    let mut alice = Trellis::named("alice");
    alice.found();
    let commit = peer.join_external(&alice.group_info());
    alice.receive(&commit);
    agree(&mut alice, &mut peer);
}

pub(crate) fn external_join_by_trellis<P: Peer>(named: impl Fn(&str) -> P) {
    let mut peer = named("alice");
    let mut bob = Trellis::named("bob");
    peer.found();
    let commit = bob.join_external(&peer.group_info());
    peer.receive(&commit);
    agree(&mut bob, &mut peer);
}

pub(crate) fn removed_by_trellis<P: Peer>(named: impl Fn(&str) -> P) {
    let mut peer = named("bob");
    let (mut alice, mut carol) = (Trellis::named("alice"), Trellis::named("carol"));
    alice.found();
    let (_, welcome) = alice.add(&carol.key_package());
    carol.join(&welcome);
    let (commit, welcome) = alice.add(&peer.key_package());
    carol.receive(&commit);
    peer.join(&welcome);
    let commit = alice.remove(1);
    peer.receive(&commit);
    agree(&mut alice, &mut peer);
}

/// A key that was agreed elsewhere goes into the next epoch, by a commit of each.
pub(crate) fn external_psks<P: Peer>(named: impl Fn(&str) -> P) {
    let mut peer = named("bob");
    let mut alice = Trellis::named("alice");
    alice.found();
    let (_, welcome) = alice.add(&peer.key_package());
    peer.join(&welcome);
    let commit = alice.commit_psk();
    peer.receive(&commit);
    agree(&mut alice, &mut peer);
    let commit = peer.commit_psk();
    alice.receive(&commit);
    agree(&mut alice, &mut peer);

    // Who does not have it cannot follow, and nothing has changed.
    alice.client.delete_external_psk(PSK_ID).unwrap();
    let before = alice.secrets();
    let commit = peer.commit_psk();
    assert!(alice.group().receive(&commit).is_err());
    assert_eq!(alice.secrets(), before);
}

//! The mechanisms of draft-ietf-mls-extensions-10, with OpenMLS, which has them too.

use mls_trellis_bundle::targeted_messages::{Revision, TargetedMessages};
use mls_trellis_engine::{Framing, GroupConfig, Received};
use mls_trellis_hooks::{
    ComponentHandle as _, LeafIndex, Payload,
    wire::{self, Opaque},
};
use openmls::{
    framing::SafeAadItem,
    messages::proposals::{
        AppDataUpdateProposal, AppEphemeralProposal, PreSharedKeyProposal, Proposal,
    },
    prelude::OpenMlsProvider as _,
    schedule::PreSharedKeyId,
};

use crate::{
    openmls_peer::OpenMls,
    peer::{Peer, Trellis, agree},
    sample::{NOTE, Note, client_of},
};

fn note(text: &str) -> Opaque {
    Opaque(text.as_bytes().to_vec())
}

/// Alice of Trellis and bob of OpenMLS in a group with a note.
fn room(config: GroupConfig) -> (Trellis, OpenMls) {
    let (mut alice, mut bob) = (Trellis::named("alice"), crate::openmls_peer::named("bob"));
    alice.found_with(config.with::<Note>(&note("first")));
    let (_, welcome) = alice.add(&bob.key_package());
    bob.join(&welcome);
    (alice, bob)
}

fn config() -> GroupConfig {
    GroupConfig::new(b"room")
}

fn state(alice: &mut Trellis) -> Option<Opaque> {
    alice.group().state::<Note>().unwrap()
}

pub(crate) fn app_data_updates() {
    for framing in [Framing::Public, Framing::Private] {
        let (mut alice, mut bob) = room(config().framing(framing));
        assert_eq!(bob.note(), Some(wire::encode(&note("first")).unwrap()));

        let commit = alice.group().commit().update::<Note>(&note("second"));
        let sealed = commit.seal().unwrap();
        alice.group().accept(&sealed).unwrap();
        bob.receive(&sealed.commit);
        assert_eq!(bob.note(), Some(wire::encode(&note("second")).unwrap()));
        agree(&mut alice, &mut bob);

        let update = wire::encode(&note("third")).unwrap();
        let update = AppDataUpdateProposal::update(NOTE.0, update);
        let update = Proposal::AppDataUpdate(Box::new(update));
        let (commit, _) = bob.commit_of(Vec::new(), vec![update], false);
        alice.receive(&commit);
        assert_eq!(state(&mut alice), Some(note("third")));
        agree(&mut alice, &mut bob);

        let remove = Proposal::AppDataUpdate(Box::new(AppDataUpdateProposal::remove(NOTE.0)));
        let (commit, _) = bob.commit_of(Vec::new(), vec![remove], true);
        let received = alice.group().receive(&commit).unwrap();
        assert!(matches!(received, Received::Epoch(..)));
        assert_eq!(state(&mut alice), None);
        agree(&mut alice, &mut bob);
    }
}

pub(crate) fn app_data_update_by_reference() {
    let (mut alice, mut bob) = room(config());
    let proposed = alice
        .group()
        .propose_update::<Note>(&note("second"))
        .unwrap();
    bob.receive(&proposed.message);
    let commit = bob.commit();
    alice.receive(&commit);
    assert_eq!(state(&mut alice), Some(note("second")));
    assert_eq!(bob.note(), Some(wire::encode(&note("second")).unwrap()));
    agree(&mut alice, &mut bob);
}

pub(crate) fn app_ephemerals() {
    let (mut alice, mut bob) = room(config());
    let notice = wire::encode(&note("notice")).unwrap();
    let ephemeral = AppEphemeralProposal::new(NOTE.0, notice.clone());
    let ephemeral = Proposal::AppEphemeral(Box::new(ephemeral));
    let (commit, _) = bob.commit_of(Vec::new(), vec![ephemeral], false);
    let Received::Epoch(_, change) = alice.group().receive(&commit).unwrap() else {
        panic!("not a commit");
    };
    let notices = change.notices.iter();
    assert_eq!(
        notices.map(|n| (n.component, &n.data)).collect::<Vec<_>>(),
        [(NOTE.0, &notice)]
    );

    let sealed = alice.group().commit().ephemeral::<Note>(&note("notice"));
    let sealed = sealed.seal().unwrap();
    alice.group().accept(&sealed).unwrap();
    let processed = bob.process(&sealed.commit);
    let openmls::prelude::ProcessedMessageContent::StagedCommitMessage(staged) =
        processed.content()
    else {
        panic!("not a commit");
    };
    let seen = staged.queued_app_ephemeral_proposals();
    let seen: Vec<_> = seen
        .map(|queued| queued.app_ephemeral_proposal().data().to_vec())
        .collect();
    assert_eq!(seen, [notice]);
    bob.take(processed);
    agree(&mut alice, &mut bob);
}

pub(crate) fn safe_aad() {
    let (mut alice, mut bob) = room(config().safe_aad([NOTE]));
    let item = |epoch: u64| SafeAadItem::new(NOTE.0, epoch.to_be_bytes().to_vec());

    let message = alice
        .group()
        .send(&Payload::plain("hello"))
        .unwrap()
        .message;
    let processed = bob.process(&message);
    assert_eq!(
        processed.safe_aad_item(NOTE.0),
        Some(&1u64.to_be_bytes()[..])
    );
    assert!(processed.tail_aad().is_empty());

    bob.group().set_safe_aad(vec![item(1)]).unwrap();
    let message = bob.send(b"hello");
    let Received::Message(_, message) = alice.group().receive(&message).unwrap() else {
        panic!("not a message");
    };
    assert_eq!(message.aad, [(NOTE.0, 1u64.to_be_bytes().to_vec())]);

    // Another epoch's item is what the component refuses; no item at all is fine.
    bob.group().set_safe_aad(vec![item(7)]).unwrap();
    let message = bob.send(b"hello");
    let refused = alice.group().receive(&message).unwrap_err().to_string();
    assert!(refused.contains("NOTE-2"), "{refused}");
    bob.group().set_safe_aad(Vec::new()).unwrap();
    let message = bob.send(b"hello");
    assert_eq!(alice.open(&message), b"hello");

    let sealed = alice.group().commit().path().seal().unwrap();
    alice.group().accept(&sealed).unwrap();
    bob.receive(&sealed.commit);
    assert_eq!(alice.secrets(), bob.secrets());
}

pub(crate) fn safe_export() {
    let (mut alice, mut bob) = room(config());
    let sealed = alice.group().commit().path().seal().unwrap();
    let pending = alice
        .group()
        .component::<Note>()
        .export_pending_secret()
        .unwrap();
    alice.group().accept(&sealed).unwrap();
    bob.receive(&sealed.commit);
    let theirs = |bob: &mut OpenMls| {
        let OpenMls {
            provider, group, ..
        } = bob;
        let (crypto, storage) = (provider.crypto(), provider.storage());
        group
            .as_mut()
            .unwrap()
            .safe_export_secret(crypto, storage, NOTE.0)
    };
    assert_eq!(theirs(&mut bob).unwrap(), pending.as_slice());
    assert!(theirs(&mut bob).is_err());

    let commit = bob.commit();
    alice.receive(&commit);
    let ours = alice.group().component::<Note>().export_secret().unwrap();
    assert_eq!(theirs(&mut bob).unwrap(), ours.as_slice());
}

pub(crate) fn application_psk() {
    let (mut alice, mut bob) = room(config());
    let id = |nonce: u8| PreSharedKeyId::application(NOTE.0, b"key".to_vec(), vec![nonce; 32]);
    id(0).store(&bob.provider, b"a shared secret").unwrap();
    let secret = b"a shared secret".to_vec().into();
    alice.client.put_psk::<Note>(b"key", &secret).unwrap();

    let sealed = alice.group().commit().psk::<Note>(b"key").seal().unwrap();
    alice.group().accept(&sealed).unwrap();
    bob.receive(&sealed.commit);
    agree(&mut alice, &mut bob);

    let psk = Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(id(7))));
    let (commit, _) = bob.commit_of(Vec::new(), vec![psk], false);
    alice.receive(&commit);
    agree(&mut alice, &mut bob);

    // A newcomer who has the key joins in a commit that uses it.
    let mut carol = crate::openmls_peer::named("carol");
    id(0).store(&carol.provider, b"a shared secret").unwrap();
    let package = carol.key_package();
    let commit = alice.group().commit().add(&package).psk::<Note>(b"key");
    let sealed = commit.seal().unwrap();
    alice.group().accept(&sealed).unwrap();
    bob.receive(&sealed.commit);
    carol.join(&sealed.welcome.unwrap());
    agree(&mut alice, &mut carol);
}

pub(crate) fn self_remove() {
    let (mut alice, mut bob) = room(config());
    let mut carol = Trellis::named("carol");
    let (commit, welcome) = alice.add(&carol.key_package());
    bob.receive(&commit);
    carol.join(&welcome);

    let leaving = carol.group().propose_leave().unwrap().message;
    alice.receive(&leaving);
    bob.receive(&leaving);
    let commit = bob.commit();
    alice.receive(&commit);
    assert_eq!(alice.group().members().count(), 2);
    agree(&mut alice, &mut bob);

    let OpenMls {
        provider,
        signer,
        group,
        ..
    } = &mut bob;
    let group = group.as_mut().unwrap();
    let leaving = group.leave_group_via_self_remove(provider, signer).unwrap();
    let leaving = tls_codec::Serialize::tls_serialize_detached(&leaving).unwrap();
    alice.receive(&leaving);
    let commit = alice.commit();
    bob.receive(&commit);
    assert_eq!(alice.group().members().count(), 1);
    assert!(!bob.group().is_active());
}

pub(crate) fn targeted_messages() {
    let (mut alice, mut bob) = room(config());
    let group = alice.group();
    let sealed = group.seal_as::<TargetedMessages>(LeafIndex(1), b"for bob", b"in the clear");
    let opened = bob.open_targeted(&sealed.unwrap().message);
    let expected = (0, b"for bob".to_vec(), b"in the clear".to_vec());
    assert_eq!(opened, Some(expected));

    let message = bob.send_to(0, b"for alice");
    let Received::Direct(_, direct) = alice.group().receive(&message).unwrap() else {
        panic!("not a targeted message");
    };
    assert_eq!(
        (direct.from.leaf, direct.body.as_slice()),
        (Some(1), &b"for alice"[..])
    );
    agree(&mut alice, &mut bob);
}

/// OpenMLS 0.9.2 speaks revision 01; nothing on the wire tells the two apart.
pub(crate) fn targeted_messages_of_revision_02() {
    let mut alice = Trellis {
        client: client_of("alice", Revision::V02),
        group: None,
    };
    let mut bob = crate::openmls_peer::named("bob");
    alice.found_with(config());
    let (_, welcome) = alice.add(&bob.key_package());
    bob.join(&welcome);

    let sealed = alice
        .group()
        .seal_as::<TargetedMessages>(LeafIndex(1), b"for bob", b"");
    assert_eq!(bob.open_targeted(&sealed.unwrap().message), None);
    let message = bob.send_to(0, b"for alice");
    assert!(alice.group().receive(&message).is_err());
    agree(&mut alice, &mut bob);
}

/// OpenMLS 0.9.2 has the label of an earlier revision, so what one seals the other does not open.
pub(crate) fn safe_encrypt_differs() {
    use openmls::ciphersuite::{SafeEncryptionContext, safe_encrypt_with_label};
    let (mut alice, bob) = room(config());
    let own = alice.group().own_leaf().unwrap();
    let key = alice
        .group()
        .epoch()
        .leaf(own)
        .unwrap()
        .encryption_key
        .to_vec();
    let context = SafeEncryptionContext {
        component_id: NOTE.0,
        context: b"context",
        label: "label",
    };
    let suite = bob.group.as_ref().unwrap().ciphersuite();
    let sealed = safe_encrypt_with_label(&key, b"text", suite, context, bob.provider.crypto());
    let sealed = sealed.unwrap();
    let sealed = mls_trellis_hooks::HpkeCiphertext {
        kem_output: sealed.kem_output.as_slice().into(),
        ciphertext: sealed.ciphertext.as_slice().into(),
    };
    let mut handle = alice.group().component::<Note>();
    assert!(handle.open(b"label", b"context", &sealed).is_err());
    let ours = handle
        .seal(own, NOTE, b"label", b"context", b"text")
        .unwrap();
    assert!(handle.open(b"label", b"context", &ours).is_ok());
}

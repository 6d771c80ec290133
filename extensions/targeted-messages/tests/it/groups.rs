//! Through real groups.

use std::sync::Arc;

use mls_trellis_basic::Basic;
use mls_trellis_engine::{
    Client, Error, Event, GroupConfig, KeyPackageOptions, MemoryStore, Outgoing, PublicGroup,
    Received, SignatureScheme, Signer, SignerError, SoftwareSigner,
};
use mls_trellis_hooks::{
    ComponentId, Credential, LeafIndex, Origin, Plugins, WireFormat, WireFormatId, wire,
};
use mls_trellis_targeted_messages::{MlsMessage, Revision, TargetedMessages};

use super::{
    ALICE, BOB, add, client, client_with, direct, group_of, message_for_bob, next_epoch, plugins,
    refused_by, trio,
};

/// A client that has never heard of targeted messages.
fn plain(name: &str) -> Client {
    let plugins = Plugins::builder().add(Arc::new(Basic), Origin::here());
    client_with(
        name,
        plugins.build().unwrap(),
        Arc::new(MemoryStore::default()),
    )
}

#[test]
fn a_message_reaches_one_member_and_changes_nothing() {
    let mut groups = trio(TargetedMessages::default());
    let authenticator = groups[1].epoch_authenticator().unwrap();
    let message = message_for_bob(&mut groups);
    let direct = direct(groups[1].receive(&message));
    assert_eq!((direct.format, direct.from.name()), (6, "alice".into()));
    assert_eq!(direct.body, b"hello");
    assert_eq!(direct.authenticated_data, b"in the clear");
    assert_eq!(groups[1].epoch_authenticator().unwrap(), authenticator);
    assert_eq!(refused_by(groups[2].receive(&message)), "TM-3");
    assert_eq!(refused_by(groups[0].receive(&message)), "TM-3");
    // And the group goes on.
    next_epoch(&mut groups, 1);
    next_epoch(&mut groups, 2);
}

#[test]
fn it_is_durable_on_both_sides_before_the_call_returns() {
    let mut groups = trio(TargetedMessages::default());
    let packet = groups[0]
        .seal_as::<TargetedMessages>(BOB, b"hello", b"")
        .unwrap();
    let outbox = groups[0].outbox().unwrap();
    let outgoing = (packet.number, Outgoing::Message(packet.message.clone()));
    assert!(outbox.contains(&outgoing));
    groups[0].sent(packet.number).unwrap();
    assert!(!groups[0].outbox().unwrap().contains(&outgoing));

    let Received::Direct(delivered, direct) = groups[1].receive(&packet.message).unwrap() else {
        panic!("not a direct message");
    };
    assert_eq!(delivered.event, Event::Direct(direct));
    let bob = groups[1].client().clone();
    groups.remove(1);
    let mut bob = bob.group(b"room").unwrap();
    assert!(bob.inbox().unwrap().contains(&delivered));
    bob.acknowledge(&delivered).unwrap();
    assert!(!bob.inbox().unwrap().contains(&delivered));
}

#[test]
fn tm_10_tm_15_what_is_wrong_is_said_to_us_only_and_nothing_is_handed_out() {
    let mut groups = trio(TargetedMessages::default());
    let message = message_for_bob(&mut groups);
    let changed = |change: fn(&mut MlsMessage)| {
        let mut decoded = wire::decode(&message).unwrap();
        change(&mut decoded);
        wire::encode(&decoded).unwrap()
    };
    let wrong = [
        (changed(|m| m.message.recipient_leaf_index = 2), "TM-3"),
        (
            changed(|m| m.message.encrypted_sender_auth_data.0[0] ^= 1),
            "TM-4",
        ),
        (changed(|m| m.message.authenticated_data.0[0] ^= 1), "TM-6"),
    ];
    let mut texts = Vec::new();
    let before = groups[1].inbox().unwrap();
    for (message, rule) in &wrong {
        let error = groups[1].receive(message).unwrap_err();
        assert!(
            matches!(&error, Error::Unopened(reject) if reject.rule() == *rule),
            "{error:?}"
        );
        assert_eq!(error.as_reject().unwrap().plugin(), TargetedMessages::NAME);
        texts.push(error.to_string());
    }
    texts.dedup();
    assert_eq!(texts, ["the message cannot be opened"]);
    // TM-10: nothing of them was handed out.
    assert_eq!(groups[1].inbox().unwrap(), before);
    direct(groups[1].receive(&message));
}

#[test]
fn tm_8_a_member_of_the_other_revision_is_not_understood() {
    let clients = [
        client("alice", TargetedMessages::revision(Revision::V01)),
        client("bob", TargetedMessages::default()),
    ];
    let mut groups = group_of(&clients, GroupConfig::new(b"room"));
    let message = message_for_bob(&mut groups);
    assert_eq!(refused_by(groups[1].receive(&message)), "TM-8");
    next_epoch(&mut groups, 0);
}

#[test]
fn tm_14_safe_aad_framing_does_not_apply() {
    let clients = ["alice", "bob"].map(|name| client(name, TargetedMessages::default()));
    let config = GroupConfig::new(b"room").safe_aad([] as [ComponentId; 0]);
    let mut groups = group_of(&clients, config);
    let message = message_for_bob(&mut groups);
    assert_eq!(
        direct(groups[1].receive(&message)).authenticated_data,
        b"in the clear"
    );
}

#[test]
fn tm_s4_it_is_sent_in_the_current_epoch() {
    let mut groups = trio(TargetedMessages::default());
    // Also while a commit of ours waits: that is not in force yet.
    let sealed = groups[0].commit().path().seal().unwrap();
    let epoch = groups[0].epoch().epoch;
    let message = message_for_bob(&mut groups);
    let format = TargetedMessages::default();
    assert_eq!(
        WireFormat::peek(&format, TargetedMessages::FORMAT, &message)
            .unwrap()
            .epoch,
        epoch
    );
    direct(groups[1].receive(&message));
    super::deliver(&mut groups, 0, &sealed);
    let message = message_for_bob(&mut groups);
    assert_eq!(
        WireFormat::peek(&format, TargetedMessages::FORMAT, &message)
            .unwrap()
            .epoch,
        epoch + 1
    );
    direct(groups[1].receive(&message));
}

#[test]
fn a_message_of_an_epoch_that_is_not_reached_can_be_handed_in_again() {
    let mut groups = trio(TargetedMessages::default());
    let sealed = groups[0].commit().path().seal().unwrap();
    groups[0].accept(&sealed).unwrap();
    let message = message_for_bob(&mut groups);
    let epoch = groups[0].epoch().epoch;
    assert_eq!(
        groups[1].receive(&message).unwrap(),
        Received::FutureEpoch { epoch }
    );
    groups[1].receive(&sealed.commit).unwrap();
    direct(groups[1].receive(&message));
}

#[test]
fn a_message_for_another_group_is_not_taken() {
    let mut groups = trio(TargetedMessages::default());
    let other = groups[1].client().create_group(GroupConfig::new(b"other"));
    let message = message_for_bob(&mut groups);
    assert_eq!(refused_by(other.unwrap().receive(&message)), "ENG-17");
}

#[test]
fn wf_s3_tm_s5_it_is_sent_only_to_whom_it_can_reach() {
    let clients = [client("alice", TargetedMessages::default()), plain("bob")];
    let mut groups = group_of(&clients, GroupConfig::new(b"room"));
    let refused = groups[0].seal_as::<TargetedMessages>(BOB, b"hello", b"");
    assert_eq!(refused_by(refused), "WF-S3");
    let refused = groups[0].seal_as::<TargetedMessages>(LeafIndex(5), b"hello", b"");
    assert_eq!(refused_by(refused), "ENG-9");
    let refused = groups[1].seal_as::<TargetedMessages>(ALICE, b"hello", b"");
    assert_eq!(refused_by(refused), "ENG-7");
    add(&mut groups, &client("carol", TargetedMessages::default()));
    let carol = LeafIndex(2);
    let packet = groups[0].seal_as::<TargetedMessages>(carol, b"hello", b"");
    direct(groups[2].receive(&packet.unwrap().message));
}

#[test]
fn wf_9_whoever_does_not_link_the_format_says_so() {
    let clients = [
        client("alice", TargetedMessages::default()),
        client("bob", TargetedMessages::default()),
        plain("carol"),
    ];
    let mut groups = group_of(&clients, GroupConfig::new(b"room"));
    let message = message_for_bob(&mut groups);
    assert_eq!(refused_by(groups[2].receive(&message)), "WF-9");
    next_epoch(&mut groups, 2);
}

#[test]
fn wf_9_a_hub_carries_messages_that_it_cannot_follow() {
    let clients = ["alice", "bob"].map(|name| client(name, TargetedMessages::default()));
    let mut groups = group_of(&clients, GroupConfig::new(b"room"));
    let table = plugins(TargetedMessages::default());
    let (info, store) = (groups[0].group_info().unwrap(), MemoryStore::default());
    let hub = PublicGroup::follow(table.clone(), Arc::new(store), &info, None);
    let mut hub = hub.unwrap();
    let message = message_for_bob(&mut groups);
    assert_eq!(refused_by(hub.receive(&message)), "WF-9");
    // Where it belongs, the table tells.
    let entry = table.wire_format(TargetedMessages::FORMAT).unwrap();
    let envelope = entry.kind.peek(entry.format, &message).unwrap();
    assert_eq!((&envelope.group_id[..], envelope.epoch), (&b"room"[..], 1));
}

#[test]
fn wf_s1_leaves_and_key_packages_list_what_is_linked() {
    let groups = trio(TargetedMessages::default());
    for leaf in groups[0].epoch().leaves.values() {
        assert_eq!(leaf.wire_formats(), [WireFormatId(0x0006)].into());
    }
    let groups = group_of(&[plain("alice")], GroupConfig::new(b"room"));
    let leaf = groups[0].epoch().leaf(ALICE).unwrap();
    assert!(
        leaf.extension(mls_trellis_hooks::ExtensionType::SUPPORTED_WIRE_FORMATS)
            .is_none()
    );
}

#[test]
fn wf_7_wf_2_a_group_that_requires_the_format() {
    let mut groups = trio(TargetedMessages::default());
    let commit = groups[0].commit();
    let sealed = commit
        .require_wire_formats([TargetedMessages::FORMAT])
        .seal()
        .unwrap();
    super::deliver(&mut groups, 0, &sealed);
    let dave = client("dave", TargetedMessages::default());
    add(&mut groups, &dave);
    let package = plain("erin")
        .key_package(&KeyPackageOptions::default())
        .unwrap();
    let refused = groups[0].commit().add(&package.message).seal();
    assert_eq!(refused_by(refused), "WF-2");
    let info = groups[0].group_info().unwrap();
    let joined = plain("erin").join_external(&info).seal().map(|_| ());
    assert_eq!(refused_by(joined), "WF-7");
    let joined = client("frank", TargetedMessages::default())
        .join_external(&info)
        .seal();
    assert!(joined.is_ok());
}

#[test]
fn proposals_in_the_pool_come_first() {
    let mut groups = trio(TargetedMessages::default());
    let proposal = groups[1].propose_renewal().unwrap().message;
    groups[0].receive(&proposal).unwrap();
    let refused = groups[0].seal_as::<TargetedMessages>(BOB, b"hello", b"");
    assert_eq!(refused_by(refused), "ENG-16");
}

/// A keystore that signs only when it is open.
struct Keystore(SoftwareSigner, std::sync::atomic::AtomicBool);

impl Signer for Keystore {
    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }
    fn scheme(&self) -> SignatureScheme {
        self.0.scheme()
    }
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        match self.1.load(std::sync::atomic::Ordering::Relaxed) {
            true => self.0.sign(payload),
            false => Err(SignerError::keystore("locked")),
        }
    }
}

#[test]
fn a_keystore_that_refuses_is_heard_and_nothing_is_sent() {
    let signer = SoftwareSigner::generate(super::SUITE).unwrap();
    let keystore = Arc::new(Keystore(signer, true.into()));
    let alice = Client::builder(plugins(TargetedMessages::default()))
        .identity(Credential::basic("alice"), keystore.clone())
        .build()
        .unwrap();
    let mut groups = group_of(
        &[alice, client("bob", TargetedMessages::default())],
        GroupConfig::new(b"room"),
    );
    keystore
        .1
        .store(false, std::sync::atomic::Ordering::Relaxed);
    let before = groups[0].outbox().unwrap();
    let refused = groups[0]
        .seal_as::<TargetedMessages>(BOB, b"hello", b"")
        .unwrap_err();
    assert!(matches!(refused, Error::Signer(_)), "{refused:?}");
    assert_eq!(groups[0].outbox().unwrap(), before);
    keystore.1.store(true, std::sync::atomic::Ordering::Relaxed);
    let message = message_for_bob(&mut groups);
    direct(groups[1].receive(&message));
}

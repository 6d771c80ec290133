//! Messages in a real group, whose framing names their media type.

use std::sync::Arc;

use mls_trellis_content_media::{ContentMedia, MediaTypeList};
use mls_trellis_engine::{
    Client, Error, Group, GroupConfig, KeyPackageOptions, MemoryStore, Received, SoftwareSigner,
};
use mls_trellis_hooks::{
    CipherSuite, Credential, MediaType, Origin, Payload, PluginError, Plugins,
};
use mls_trellis_mimi_content::{Content, MEDIA_TYPE, MIMI_CONTENT, MimiContent, media_types};

use crate::{ALICE, BOB, ROOM, message};

/// A client that can receive what MIMI demands; `reads` says whether it can read it too.
fn client(name: &str, reads: bool) -> Client {
    let media = ContentMedia::receiving(media_types()).unwrap();
    let mut builder = Plugins::builder()
        .add(mls_trellis_basic::BASIC.make(), Origin::here())
        .add(Arc::new(media), Origin::here());
    if reads {
        builder = builder.add(MIMI_CONTENT.make(), Origin::here());
    }
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(builder.build().unwrap())
        .store(Arc::new(MemoryStore::default()))
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

/// Alice and bob; alice can read, bob perhaps.
fn room(bob_reads: bool) -> (Group, Group) {
    let (alice, bob) = (client(ALICE, true), client(BOB, bob_reads));
    let required = MediaTypeList::new([MediaType::new(MEDIA_TYPE)]).unwrap();
    let config = GroupConfig::new(b"room").with::<ContentMedia>(&required);
    let mut at_alice = alice.create_group(config).unwrap();
    let package = bob.key_package(&KeyPackageOptions::default()).unwrap();
    let sealed = at_alice.commit().add(&package.message).seal().unwrap();
    at_alice.accept(&sealed).unwrap();
    let at_bob = bob.join(&sealed.welcome.unwrap()).unwrap();
    (at_alice, at_bob)
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    match result.unwrap_err() {
        Error::Rejected(reject) => (reject.rule().to_owned(), reject.plugin().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_arrives_as_it_was_sent() {
    let (mut at_alice, mut at_bob) = room(true);
    let content = message(1, "Lunch?").from_to(ALICE, ROOM);
    let packet = at_alice.send(&content.to_payload().unwrap()).unwrap();
    let Received::Message(_, read) = at_bob.receive(&packet.message).unwrap() else {
        panic!("no message")
    };
    assert_eq!(read.media_type.as_deref(), Some(MEDIA_TYPE));
    assert_eq!(Content::decode(&read.body).unwrap(), content);
}

#[test]
fn mct_1_what_is_no_message_is_not_sent() {
    let (mut at_alice, _) = room(true);
    let named = Payload::typed(MediaType::new("Application/MIMI-content"), "hi");
    assert_eq!(
        refused(at_alice.send(&named)),
        ("MCT-1".into(), "mimi_content".into())
    );
    let other = Payload::typed(MediaType::new("text/plain"), "hi");
    assert!(at_alice.send(&other).is_ok());
}

#[test]
fn mct_1_what_is_no_message_is_unusable_and_nothing_is_lost() {
    let (mut at_alice, mut at_bob) = room(false);
    let events = at_alice.inbox().unwrap().len();
    let odd = Payload::typed(MediaType::new(MEDIA_TYPE), "hi");
    let packet = at_bob.send(&odd).unwrap();
    for _ in 0..2 {
        assert_eq!(
            refused(at_alice.receive(&packet.message)),
            ("MCT-1".into(), "mimi_content".into())
        );
    }
    let good = at_bob
        .send(&message(1, "hi").to_payload().unwrap())
        .unwrap();
    assert!(matches!(
        at_alice.receive(&good.message),
        Ok(Received::Message(..))
    ));
    assert_eq!(at_alice.inbox().unwrap().len(), events + 1);
}

#[test]
fn two_formats_of_one_media_type_do_not_build() {
    let twice = Plugins::builder()
        .add(Arc::new(MimiContent), Origin::here())
        .add(Arc::new(MimiContent), Origin::here());
    let errors = twice.build().unwrap_err();
    assert!(matches!(
        errors.0[..],
        [
            PluginError::DuplicateFormat { .. },
            PluginError::DuplicateFormat { .. }
        ]
    ));
}

#[test]
fn the_formats_are_listed() {
    let plugins = Plugins::builder()
        .add(MIMI_CONTENT.make(), Origin::here())
        .build()
        .unwrap();
    let listed: Vec<_> = plugins
        .report()
        .iter()
        .map(|line| (line.kind, line.name))
        .collect();
    assert_eq!(
        listed,
        [
            ("format", "mimi_content"),
            ("format", "mimi_message_status")
        ]
    );
    let payload = message(1, "hi").to_payload().unwrap();
    assert_eq!(plugins.format(&payload).unwrap().name, "mimi_content");
    assert!(plugins.format(&Payload::plain(payload.body)).is_none());
}

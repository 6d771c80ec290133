//! Under another number, which a profile gives.

use std::sync::Arc;

use mls_trellis_basic::Basic;
use mls_trellis_engine::{Client, Error, GroupConfig, MemoryStore, Store};
use mls_trellis_hooks::{
    Origin, PluginError, Plugins, PluginsBuilder, Profile, WireFormat as _, WireFormatId,
};
use mls_trellis_targeted_messages::TargetedMessages;

use super::{client_with, deliver, direct, group_of, message_for_bob, plugins, refused_by};

const MOVED: WireFormatId = WireFormatId(0xf006);

fn builder(name: &str) -> PluginsBuilder {
    Plugins::builder()
        .add(Arc::new(Basic), Origin::here())
        .add(Arc::new(TargetedMessages::default()), Origin::here())
        .profile(Profile::new("moved").assign_wire_format(name, MOVED))
}

fn moved() -> Plugins {
    builder(TargetedMessages::NAME).build().unwrap()
}

fn client(name: &str, store: Arc<dyn Store>) -> Client {
    client_with(name, moved(), store)
}

fn in_memory(name: &str) -> Client {
    client(name, Arc::new(MemoryStore::default()))
}

#[test]
fn a_message_has_the_number_that_the_profile_gives() {
    let clients = ["alice", "bob", "carol"].map(in_memory);
    let mut groups = group_of(&clients, GroupConfig::new(b"room"));
    let message = message_for_bob(&mut groups);
    assert_eq!(message[2..4], MOVED.0.to_be_bytes());
    assert_eq!(direct(groups[1].receive(&message)).format, MOVED.0);
    for leaf in groups[0].epoch().leaves.values() {
        assert_eq!(leaf.wire_formats(), [MOVED].into());
    }

    // The number is signed, so that nobody on the way moves a message back.
    let mut back = message_for_bob(&mut groups);
    back[2..4].copy_from_slice(&TargetedMessages::FORMAT.0.to_be_bytes());
    assert_eq!(refused_by(groups[1].receive(&back)), "WF-9");
}

#[test]
fn a_profile_names_what_wire_format_is_absent() {
    let errors = builder("mls_targeted_massage").build().unwrap_err();
    let [PluginError::WireFormatNotLinked { name, format }] = &errors.0[..] else {
        panic!("{errors}");
    };
    assert_eq!((name.as_str(), *format), ("mls_targeted_massage", MOVED));
}

#[test]
fn cid_4_a_group_that_requires_the_format_is_loaded_under_its_number_only() {
    let store = Arc::new(MemoryStore::default());
    let alice = client("alice", store.clone());
    let mut groups = group_of(&[alice, in_memory("bob")], GroupConfig::new(b"room"));
    let commit = groups[0].commit().require_wire_formats([MOVED]);
    let sealed = commit.seal().unwrap();
    deliver(&mut groups, 0, &sealed);
    drop(groups);

    assert!(client("alice", store.clone()).group(b"room").is_ok());
    let again = client_with("alice", plugins(TargetedMessages::default()), store);
    let refused = again.group(b"room").err().unwrap();
    assert!(
        matches!(&refused, Error::RenumberedWireFormat { name, stored }
            if name == TargetedMessages::NAME && *stored == MOVED),
        "{refused}"
    );
}

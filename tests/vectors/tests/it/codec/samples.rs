//! Encodings that are valid: those published, and what a real group writes.

use std::{env, fs, path::Path};

use mls_trellis_bundle::mimi_room::{Metadata, RoomMetadata};
use mls_trellis_engine::{
    Client, Framing, GroupConfig, KeyPackageOptions, Settings, SoftwareSigner,
};
use mls_trellis_hooks::{
    CipherSuite, ComponentHandle as _, ComponentId, Credential, LeafIndex, Payload, wire,
};
use mls_trellis_vectors::{
    Hex,
    families::{
        app_data_update::AppDataUpdate, app_ephemeral::AppEphemeral,
        application_framing::ApplicationFraming, application_psk::ApplicationPsk,
        safe_aad::SafeAad, wire_formats::WireFormats,
    },
};
use mls_trellis_wire::{Node, ObjectType, decode};

use crate::published::published;

/// The name of a structure, and one encoding of it.
pub(crate) type Sample = (&'static str, Vec<u8>);

/// The published encodings, and those that a group writes just now.
pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = of_files();
    samples.extend(of_a_group());
    samples
}

/// The same, as a group wrote them once: a real group never writes the same bytes twice, and the
/// same mutants are wanted in each run. `TRELLIS_RECORD=1` records them anew.
pub(crate) fn recorded() -> Vec<(String, Hex)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/codec/recorded.json");
    if env::var_os("TRELLIS_RECORD").is_some_and(|value| value == "1") {
        let samples: Vec<_> = samples()
            .into_iter()
            .map(|(name, bytes)| (name, Hex(bytes)))
            .collect();
        fs::write(
            &path,
            serde_json::to_string_pretty(&samples).unwrap() + "\n",
        )
        .unwrap();
    }
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn of_files() -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut add = |name, bytes: &[u8]| samples.push((name, bytes.to_vec()));
    for case in published::<AppDataUpdate>() {
        for update in &case.updates {
            add("Proposal", &update.proposal);
            add("AppDataUpdate", &update.proposal[2..]);
        }
        case.dictionary
            .iter()
            .for_each(|bytes| add("AppDataDictionary", bytes));
    }
    for proposal in published::<AppEphemeral>()
        .iter()
        .flat_map(|case| &case.proposals)
    {
        add("Proposal", proposal);
        add("AppEphemeral", &proposal[2..]);
    }
    for psk in published::<ApplicationPsk>()
        .iter()
        .flat_map(|case| &case.psks)
    {
        add("Psk", &psk.pre_shared_key_id);
    }
    for case in published::<SafeAad>()
        .iter()
        .filter(|case| case.rule.is_none())
    {
        add("SafeAad", &case.authenticated_data);
    }
    for case in published::<WireFormats>()
        .iter()
        .filter(|case| case.rule.is_none())
    {
        let list = wire::encode(&wire::Opaque(case.required.0.clone())).unwrap();
        add("Extensions", &list);
    }
    for case in published::<ApplicationFraming>()
        .iter()
        .filter(|case| case.rule.is_none())
    {
        add("MediaTypeList", &case.media_type_list);
        add("ApplicationFraming", &case.application_data);
    }
    add("ComponentsList", &[6, 0, 1, 0, 2, 0x80, 1]);
    samples
}

fn client(name: &str, framing: Framing) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let settings = Settings {
        framing,
        ..Settings::default()
    };
    Client::builder(mls_trellis_bundle::plugins().unwrap())
        .identity(Credential::basic(name), std::sync::Arc::new(signer))
        .settings(settings)
        .build()
        .unwrap()
}

/// Messages of every kind, and the structures inside them.
fn of_a_group() -> Vec<Sample> {
    let metadata = |name| Metadata::new("mimi://example.com/r/room", name);
    let config = GroupConfig::new(b"room").with::<RoomMetadata>(&metadata("Room"));
    let package = |client: &Client| {
        client
            .key_package(&KeyPackageOptions::default())
            .unwrap()
            .message
    };
    let (bob, carol) = (
        client("bob", Framing::Private),
        client("carol", Framing::Public),
    );
    let mut alice = client("alice", Framing::Public)
        .create_group(config)
        .unwrap();

    let mut messages = vec![package(&bob), package(&carol)];
    let both = (messages[0].clone(), messages[1].clone());
    let sealed = alice.commit().add(&both.0).add(&both.1).seal().unwrap();
    alice.accept(&sealed).unwrap();
    let welcome = sealed.welcome.clone().unwrap();
    let (mut bob, mut carol) = (bob.join(&welcome).unwrap(), carol.join(&welcome).unwrap());
    messages.extend([sealed.commit, welcome, alice.group_info().unwrap()]);

    let proposed = alice
        .propose_update::<RoomMetadata>(&metadata("Other room"))
        .unwrap();
    let renewal = carol.propose_renewal().unwrap();
    for member in [&mut bob, &mut carol] {
        member.receive(&proposed.message).unwrap();
    }
    alice.receive(&renewal.message).unwrap();
    bob.receive(&renewal.message).unwrap();
    let sealed = bob.commit().path().seal().unwrap();
    messages.extend([proposed.message, renewal.message, sealed.commit.clone()]);
    alice.receive(&sealed.commit).unwrap();
    carol.receive(&sealed.commit).unwrap();
    bob.accept(&sealed).unwrap();

    messages.push(alice.send(&Payload::plain("hello")).unwrap().message);
    let leaving = carol.propose_leave().unwrap().message;
    alice.receive(&leaving).unwrap();
    let sealed = alice.commit().seal().unwrap();
    messages.extend([leaving, sealed.commit]);

    let handle = alice.component::<RoomMetadata>();
    let sealed = handle
        .seal(LeafIndex(1), ComponentId(0x8001), b"label", b"", b"text")
        .unwrap();
    let mut samples = vec![("HpkeCiphertext", wire::encode(&sealed).unwrap())];
    for message in messages {
        let node = decode(ObjectType::Message, &message).unwrap();
        samples.extend(inside(&node, &message));
        samples.push(("Message", message));
    }
    samples
}

/// The structures inside a message that have a decoder of their own.
fn inside(node: &Node<'_>, bytes: &[u8]) -> Vec<Sample> {
    let known = |node: &Node<'_>| {
        let name = match node.kind {
            "GroupInfo" => "GroupInfo",
            "KeyPackage" => "KeyPackage",
            "GroupContext" => "GroupContext",
            "LeafNode" => "LeafNode",
            "Proposal" => "Proposal",
            "Commit" => "Commit",
            "Welcome" => "Welcome",
            _ => return None,
        };
        Some((name, bytes[node.span.clone()].to_vec()))
    };
    node.walk().filter_map(known).collect()
}

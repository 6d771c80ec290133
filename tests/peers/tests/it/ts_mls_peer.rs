//! ts-mls as a peer, in a process of Node: `ts-mls/peer.mjs` answers a line of JSON with another.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use mls_trellis_engine::GroupConfig;
use mls_trellis_hooks::wire::Opaque;
use serde_json::{Value, json};

use crate::{
    peer::{CONTEXT, LABEL, PSK, PSK_ID, Peer, Trellis, agree},
    sample::{NOTE, Note},
};

const SUITE: &str = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";
/// The extension `app_data_dictionary`.
const DICTIONARY: u64 = 6;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ts-mls")
}

/// Why the peer cannot be asked: Node or its packages are not there.
pub(crate) fn absent() -> Option<&'static str> {
    if Command::new("node").arg("--version").output().is_err() {
        return Some("no node");
    }
    match folder().join("node_modules/ts-mls").is_dir() {
        true => None,
        false => Some("no packages: npm install --legacy-peer-deps in tests/peers/ts-mls"),
    }
}

/// The version that its `package.json` asks for.
pub(crate) fn version() -> String {
    let package = std::fs::read(folder().join("package.json")).unwrap();
    let package: Value = serde_json::from_slice(&package).unwrap();
    package["dependencies"]["ts-mls"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub(crate) struct TsMls {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A client that sends its handshake messages in the clear.
pub(crate) fn named(name: &str) -> TsMls {
    let mut process = Command::new("node")
        .arg("peer.mjs")
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peer = TsMls {
        requests: process.stdin.take().unwrap(),
        answers: BufReader::new(process.stdout.take().unwrap()),
        process,
    };
    let psk = json!({ "id": hex::encode(PSK_ID), "secret": hex::encode(PSK) });
    peer.ask(&json!({ "do": "new", "name": name, "suite": SUITE, "psk": psk }));
    peer
}

/// A client that encrypts them.
pub(crate) fn private(name: &str) -> TsMls {
    let mut peer = named(name);
    peer.ask(&json!({ "do": "framing", "framing": "private" }));
    peer
}

impl Drop for TsMls {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl TsMls {
    fn try_ask(&mut self, request: &Value) -> Result<Value, String> {
        writeln!(self.requests, "{request}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }

    #[track_caller]
    fn ask(&mut self, request: &Value) -> Value {
        self.try_ask(request).unwrap()
    }

    #[track_caller]
    fn ask_with(&mut self, what: &str, message: &[u8]) -> Value {
        self.ask(&json!({ "do": what, "message": hex::encode(message) }))
    }

    /// The GroupContext's extension of that type, and the types of extensions in each leaf.
    fn carried(&mut self, extension: u64) -> (Option<Vec<u8>>, Vec<Vec<u64>>) {
        let answer = self.ask(&json!({ "do": "carried", "type": extension }));
        let leaves = answer["leaves"].as_array().unwrap().iter().map(|leaf| {
            let types = leaf.as_array().unwrap().iter();
            types.map(|number| number.as_u64().unwrap()).collect()
        });
        (answer["data"].as_str().map(unhex), leaves.collect())
    }
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

#[track_caller]
fn bytes(answer: &Value, name: &str) -> Vec<u8> {
    unhex(answer[name].as_str().unwrap())
}

impl Peer for TsMls {
    fn key_package(&mut self) -> Vec<u8> {
        bytes(&self.ask(&json!({ "do": "key_package" })), "message")
    }

    fn found(&mut self) {
        self.ask(&json!({ "do": "found" }));
    }

    fn join(&mut self, welcome: &[u8]) {
        self.ask_with("join", welcome);
    }

    fn join_external(&mut self, group_info: &[u8]) -> Vec<u8> {
        bytes(&self.ask_with("join_external", group_info), "message")
    }

    fn group_info(&mut self) -> Vec<u8> {
        bytes(&self.ask(&json!({ "do": "group_info" })), "message")
    }

    fn add(&mut self, key_package: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let answer = self.ask_with("add", key_package);
        (bytes(&answer, "message"), bytes(&answer, "welcome"))
    }

    fn remove(&mut self, leaf: u32) -> Vec<u8> {
        bytes(
            &self.ask(&json!({ "do": "remove", "leaf": leaf })),
            "message",
        )
    }

    fn commit(&mut self) -> Vec<u8> {
        bytes(&self.ask(&json!({ "do": "commit" })), "message")
    }

    fn commit_psk(&mut self) -> Vec<u8> {
        let request = json!({ "do": "commit_psk", "id": hex::encode(PSK_ID) });
        bytes(&self.ask(&request), "message")
    }

    /// It has no way to ask for one.
    fn propose_renewal(&mut self) -> Vec<u8> {
        unimplemented!("ts-mls makes no Update proposals")
    }

    fn receive(&mut self, message: &[u8]) {
        self.ask_with("receive", message);
    }

    fn send(&mut self, body: &[u8]) -> Vec<u8> {
        let answer = self.ask(&json!({ "do": "send", "body": hex::encode(body) }));
        bytes(&answer, "message")
    }

    fn open(&mut self, message: &[u8]) -> Vec<u8> {
        bytes(&self.ask_with("open", message), "body")
    }

    fn secrets(&mut self) -> [Vec<u8>; 2] {
        let context = hex::encode(CONTEXT);
        let request = json!({ "do": "secrets", "label": LABEL, "context": context, "length": 40 });
        let answer = self.ask(&request);
        [bytes(&answer, "authenticator"), bytes(&answer, "exported")]
    }
}

/// A commit with an Update or a Remove has a path (RFC 9420, section 12.4). The peer makes one for two of
/// them only; without, nobody takes the commit, and the group is as it was.
pub(crate) fn commits_without_a_path_are_refused() {
    let (mut alice, mut peer) = (Trellis::named("alice"), named("bob"));
    let mut carol = Trellis::named("carol");
    alice.found();
    let (_, welcome) = alice.add(&peer.key_package());
    peer.join(&welcome);
    let (commit, welcome) = alice.add(&carol.key_package());
    peer.receive(&commit);
    carol.join(&welcome);
    let before = alice.secrets();
    let proposal = carol.propose_renewal();
    alice.receive(&proposal);
    peer.receive(&proposal);
    let commit = peer.commit();
    assert!(alice.group().receive(&commit).is_err());
    assert_eq!(alice.secrets(), before);

    let mut peer = named("bob");
    let (_, welcome) = alice.add(&peer.key_package());
    peer.join(&welcome);
    let before = alice.secrets();
    let commit = peer.remove(2);
    assert!(alice.group().receive(&commit).is_err());
    assert_eq!(alice.secrets(), before);
}

/// The extension holds a vector (RFC 9420, section 12.4.3.2); the peer writes and reads the key alone.
pub(crate) fn external_joins_differ() {
    let (mut alice, mut peer) = (Trellis::named("alice"), named("bob"));
    alice.found();
    let info = json!({ "do": "join_external", "message": hex::encode(alice.group_info()) });
    let refused = peer.try_ask(&info).unwrap_err();
    assert!(refused.contains("Invalid public key"), "{refused}");

    peer.found();
    let info = peer.group_info();
    let refused = alice.client.join_external(&info).seal().err().unwrap();
    let refused = refused.to_string();
    assert!(refused.contains("external_pub"), "{refused}");
}

/// Trellis, mls-rs and ts-mls in one group; each of them commits.
pub(crate) fn three_implementations() {
    let mut alice = Trellis::named("alice");
    let mut bob = crate::mls_rs_peer::named("bob");
    let mut carol = named("carol");
    alice.found();
    let (_, welcome) = alice.add(&bob.key_package());
    bob.join(&welcome);
    let (commit, welcome) = bob.add(&carol.key_package());
    alice.receive(&commit);
    carol.join(&welcome);
    agree(&mut alice, &mut carol);
    agree(&mut bob, &mut carol);
    let commit = carol.commit();
    alice.receive(&commit);
    bob.receive(&commit);
    let commit = alice.commit();
    bob.receive(&commit);
    carol.receive(&commit);
    agree(&mut alice, &mut bob);
    agree(&mut alice, &mut carol);
    agree(&mut bob, &mut carol);
}

/// Leaves of Trellis have a dictionary, which the peer carries, hashes and signs as bytes.
pub(crate) fn dictionaries_in_leaves() {
    let (mut alice, mut peer) = (Trellis::named("alice"), named("bob"));
    alice.found();
    let (_, welcome) = alice.add(&peer.key_package());
    peer.join(&welcome);
    let (_, leaves) = peer.carried(DICTIONARY);
    let with: Vec<_> = leaves
        .iter()
        .map(|types| types.contains(&DICTIONARY))
        .collect();
    assert_eq!(with, [true, false]);
    let commit = alice.commit();
    peer.receive(&commit);
    agree(&mut alice, &mut peer);
}

/// A group of the peer with component state in the GroupContext.
pub(crate) fn dictionary_in_the_group_context() {
    let (mut peer, mut bob) = (named("alice"), Trellis::named("bob"));
    let [high, low] = NOTE.0.to_be_bytes();
    let dictionary = [8, high, low, 5, 4, b'n', b'o', b't', b'e'];
    let extension = json!({ "type": DICTIONARY, "data": hex::encode(dictionary) });
    peer.ask(&json!({ "do": "found", "extension": extension }));
    let (_, welcome) = peer.add(&bob.key_package());
    bob.join(&welcome);
    let state = |bob: &mut Trellis| bob.group().state::<Note>().unwrap();
    assert_eq!(state(&mut bob).unwrap().0, b"note");
    let commit = bob.commit();
    peer.receive(&commit);
    let commit = peer.commit();
    bob.receive(&commit);
    assert_eq!(peer.carried(DICTIONARY).0.unwrap(), dictionary);
    assert_eq!(state(&mut bob).unwrap().0, b"note");
    agree(&mut bob, &mut peer);
}

/// The peer reads the body of a proposal it does not know as one `opaque<V>`.
pub(crate) fn proposals_of_the_draft_are_unreadable() {
    let (mut alice, mut peer) = (Trellis::named("alice"), named("bob"));
    alice.found_with(GroupConfig::new(b"room").require::<Note>());
    let update = Opaque(b"note".to_vec());
    let sealed = alice
        .group()
        .commit()
        .update::<Note>(&update)
        .seal()
        .unwrap();
    let request = json!({ "do": "read", "message": hex::encode(&sealed.commit) });
    assert!(peer.try_ask(&request).is_err());
    // One that it knows, it reads.
    alice.group().discard(&sealed).unwrap();
    let sealed = alice.group().commit().path().seal().unwrap();
    peer.ask_with("read", &sealed.commit);
}

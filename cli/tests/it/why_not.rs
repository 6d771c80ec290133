//! Why a client cannot be added, through the binary.

use std::{fs, path::PathBuf, process::Output, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mls_trellis_bundle::{
    ALL,
    content_media::{CONTENT_MEDIA, ContentMedia, MediaTypeList},
    kp_context::{Context, ContextPair, KpContext},
    poll::{POLL, Poll},
    targeted_messages::{TARGETED_MESSAGES, TargetedMessages},
};
use mls_trellis_engine::{Client, Group, GroupConfig, KeyPackageOptions, SoftwareSigner};
use mls_trellis_hooks::{
    CipherSuite, Credential, ExtensionType, MediaType, Plugins, RawExtension, WireFormat as _, wire,
};
use mls_trellis_registry::Registry;
use serde_json::json;
use tempfile::TempDir;

use super::{json_lines, text, trellis};

const SUITE: CipherSuite = CipherSuite(0x0001);

fn client(name: &str, plugins: Plugins, suite: CipherSuite) -> Client {
    let signer = SoftwareSigner::generate(suite).unwrap();
    Client::builder(plugins)
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

fn markdown() -> [MediaType; 2] {
    ["text/plain", "text/markdown"].map(MediaType::new)
}

/// Everything, for people who read Markdown.
fn able() -> Plugins {
    let registry = Registry::empty().with_all(ALL).without(&CONTENT_MEDIA);
    let reads = ContentMedia::receiving(markdown()).unwrap();
    registry.with(reads).build().unwrap()
}

/// Neither polls nor targeted messages nor Markdown.
fn old() -> Plugins {
    let registry = Registry::empty().with_all(ALL);
    let registry = registry.without(&POLL).without(&TARGETED_MESSAGES);
    registry.build().unwrap()
}

fn room() -> Group {
    let formats = vec![TargetedMessages::FORMAT];
    let config = GroupConfig::new(b"room")
        .require::<Poll>()
        .with::<ContentMedia>(&MediaTypeList::new(markdown()).unwrap())
        .extension(RawExtension {
            extension_type: ExtensionType::REQUIRED_WIRE_FORMATS,
            data: wire::encode(&formats).unwrap().into(),
        });
    client("alice", able(), SUITE).create_group(config).unwrap()
}

fn key_package(name: &str, plugins: Plugins) -> Vec<u8> {
    let options = KeyPackageOptions::default();
    let owner = client(name, plugins, SUITE);
    owner.key_package(&options).unwrap().message
}

/// Bob's client is old, and his KeyPackage is meant for another group.
fn bob() -> Vec<u8> {
    let elsewhere = ContextPair::from(&Context::group_id(b"elsewhere").unwrap());
    let options = KeyPackageOptions::default().with_extension::<KpContext>(&elsewhere);
    let owner = client("bob", old(), SUITE);
    owner.key_package(&options).unwrap().message
}

/// Files to name on the command line.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Asks of a client and a group, with further arguments.
    fn ask(&self, add: impl AsRef<[u8]>, group_info: impl AsRef<[u8]>, more: &[&str]) -> Output {
        let add = self.file("kp.bin", add);
        let group_info = self.file("gi.bin", group_info);
        let (add, group_info) = (add.to_str().unwrap(), group_info.to_str().unwrap());
        let arguments = ["why-not", "--add", add, "--group-info", group_info];
        trellis(&[&arguments, more].concat(), b"")
    }
}

fn shown(output: &Output, code: i32) -> &str {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn refused(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    text(&output.stderr)
}

#[test]
fn each_obstacle_has_a_line() {
    let output = Files::new().ask(bob(), room().group_info().unwrap(), &[]);
    insta::assert_snapshot!(shown(&output, 3), @r"
    # group room, epoch 0, if alice commits the Add
    WHO        LACKS        NUMBER  NAME                  RULE   WEIGHT   WORDS
    bob (new)  -            -       -                     KPC-5  avoided  kp_context: the KeyPackage of bob is meant for group 656c73657768657265
    bob (new)  component    0x8042  poll                  NEG-2  avoided  -
    bob (new)  wire format  0x0006  mls_targeted_message  WF-2   avoided  -
    bob (new)  media type   -       text/markdown         CA-11  avoided  -
    ");
}

#[test]
fn json_is_one_document() {
    let output = Files::new().ask(bob(), room().group_info().unwrap(), &["--json"]);
    let documents = json_lines(shown(&output, 3).as_bytes());
    assert_eq!(documents.len(), 1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&documents[0]).unwrap());
}

#[test]
fn that_nothing_is_in_the_way_is_said_in_words() {
    let (files, carol) = (Files::new(), key_package("carol", able()));
    let info = room().group_info().unwrap();
    assert_eq!(
        shown(&files.ask(&carol, &info, &[]), 0),
        "# group room, epoch 0, if alice commits the Add\nNothing stands in the way.\n"
    );
    let output = files.ask(&carol, &info, &["--json"]);
    let documents = json_lines(shown(&output, 0).as_bytes());
    let nothing = json!({
        "committer": { "leaf": 0, "name": "alice" },
        "epoch": 0,
        "group": "room",
        "in_the_way": false,
        "obstacles": [],
    });
    assert_eq!(documents, [nothing]);
}

#[test]
fn files_are_taken_as_inspect_takes_them() {
    let (files, carol) = (Files::new(), key_package("carol", able()));
    let info = room().group_info().unwrap();
    let plain = shown(&files.ask(&carol, &info, &[]), 0).to_owned();
    let written = files.ask(hex::encode(&carol), STANDARD.encode(&info), &[]);
    assert_eq!(shown(&written, 0), plain);

    let group_info = files.file("gi.bin", &info);
    let arguments = ["why-not", "--add", "-", "--group-info"];
    let arguments = [&arguments[..], &[group_info.to_str().unwrap()]].concat();
    assert_eq!(shown(&trellis(&arguments, &carol), 0), plain);

    let forced = files.ask(&carol, &info, &["--encoding", "hex"]);
    assert!(refused(&forced).ends_with("the content is not hex text\n"));
}

#[test]
fn a_tree_that_is_apart_is_handed_in() {
    let (files, carol) = (Files::new(), key_package("carol", able()));
    let mut room = room();
    let info = room.group_info_without_tree().unwrap();
    let without = files.ask(&carol, &info, &[]);
    assert!(refused(&without).contains("ENG-19"), "{without:?}");

    let tree = files.file("tree.bin", room.ratchet_tree().unwrap());
    let tree = ["--ratchet-tree", tree.to_str().unwrap()];
    shown(&files.ask(&carol, &info, &tree), 0);
    let wrong = files.file("wrong.bin", b"no tree");
    let wrong = ["--ratchet-tree", wrong.to_str().unwrap()];
    assert!(refused(&files.ask(&carol, &info, &wrong)).contains("ratchet tree"));
}

#[test]
fn who_would_commit_can_be_said() {
    let files = Files::new();
    let mut room = room();
    let sealed = room.commit().add(&key_package("carol", able())).seal();
    room.accept(&sealed.unwrap()).unwrap();
    let info = room.group_info().unwrap();
    let dave = key_package("dave", able());
    let output = files.ask(&dave, &info, &["--by", "1"]);
    assert!(shown(&output, 0).contains("if carol commits the Add"));
    let output = files.ask(&dave, &info, &["--by", "2"]);
    assert!(refused(&output).contains("ENG-9"), "{output:?}");
}

#[test]
fn another_cipher_suite_is_an_obstacle_like_others() {
    let suite = CipherSuite(0x0003);
    let options = KeyPackageOptions::default().cipher_suite(suite);
    let other = client("other", able(), suite).key_package(&options);
    let output = Files::new().ask(other.unwrap().message, room().group_info().unwrap(), &[]);
    let shown = shown(&output, 3);
    assert!(
        shown.contains("ENG-13  refused  the KeyPackage has another cipher suite"),
        "{shown}"
    );
}

#[test]
fn inputs_that_are_something_else_are_unusable() {
    let files = Files::new();
    let mut room = room();
    let carol = key_package("carol", able());
    let sealed = room.commit().add(&carol).seal().unwrap();
    let welcome = sealed.welcome.unwrap();
    let info = room.group_info().unwrap();
    for (add, group_info, expected) in [
        (&welcome, &info, "the client: the KeyPackage: "),
        (
            &carol[..carol.len() - 1].to_vec(),
            &info,
            "the client: the KeyPackage: ",
        ),
        (
            &carol,
            &info[..info.len() - 1].to_vec(),
            "the group: the GroupInfo: ",
        ),
        (&info, &carol, "the group: the GroupInfo: "),
        (&Vec::new(), &info, "the client: the KeyPackage: "),
    ] {
        let output = files.ask(add, group_info, &[]);
        let said = refused(&output);
        assert!(said.starts_with(&format!("trellis: {expected}")), "{said}");
    }
    let arguments = [
        "why-not",
        "--add",
        "/nowhere/kp",
        "--group-info",
        "/nowhere/gi",
    ];
    assert!(refused(&trellis(&arguments, b"")).starts_with("trellis: /nowhere/gi: "));
}

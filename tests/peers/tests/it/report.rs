//! All scenarios, and the document about them.

use std::{
    env, fs,
    panic::{UnwindSafe, catch_unwind},
    path::Path,
};

use crate::{drafts, mls_rs_peer, opaque, openmls_peer, rfc9420, ts_mls_peer};

/// What is tried with a peer, and what comes of it.
struct Scenario {
    says: &'static str,
    result: &'static str,
    run: fn(),
}

const WORKS: &str = "works";

macro_rules! rfc9420_with {
    ($named:path) => {
        [
            scenario("Trellis adds the peer", WORKS, || {
                rfc9420::welcome_from_trellis($named)
            }),
            scenario("The peer adds Trellis", WORKS, || {
                rfc9420::welcome_from_the_peer($named)
            }),
            scenario("Commits of each, public and private", WORKS, || {
                rfc9420::commits_by_each($named)
            }),
            scenario("Update proposals, committed by the other", WORKS, || {
                rfc9420::updates_by_reference($named)
            }),
            scenario("The peer joins by external commit", WORKS, || {
                rfc9420::external_join_by_the_peer($named)
            }),
            scenario("Trellis joins by external commit", WORKS, || {
                rfc9420::external_join_by_trellis($named)
            }),
            scenario("Trellis removes another member", WORKS, || {
                rfc9420::removed_by_trellis($named)
            }),
            scenario("The peer removes another member", WORKS, || {
                rfc9420::removed_by_the_peer($named)
            }),
            scenario("External PSKs in commits of each", WORKS, || {
                rfc9420::external_psks($named)
            }),
        ]
    };
}

fn scenario(says: &'static str, result: &'static str, run: fn()) -> Scenario {
    Scenario { says, result, run }
}

fn with_openmls() -> Vec<Scenario> {
    let mut scenarios: Vec<_> = rfc9420_with!(openmls_peer::named).into();
    scenarios.extend([
        scenario(
            "AppDataUpdate: updates and removals of each, by value",
            WORKS,
            drafts::app_data_updates,
        ),
        scenario(
            "AppDataUpdate of Trellis by reference, committed by the peer",
            WORKS,
            drafts::app_data_update_by_reference,
        ),
        scenario("AppEphemeral of each", WORKS, drafts::app_ephemerals),
        scenario("SafeAAD in messages and commits", WORKS, drafts::safe_aad),
        scenario(
            "Safe exporter, also before a commit is accepted",
            WORKS,
            drafts::safe_export,
        ),
        scenario(
            "Application PSKs in commits of each, and in a Welcome",
            WORKS,
            drafts::application_psk,
        ),
        scenario("SelfRemove of each", WORKS, drafts::self_remove),
        scenario(
            "Targeted messages of each, revision 01",
            WORKS,
            drafts::targeted_messages,
        ),
        scenario(
            "Targeted messages, revision 02",
            "differs: the peer has revision 01; neither opens the other's",
            drafts::targeted_messages_of_revision_02,
        ),
        scenario(
            "SafeEncryptWithLabel",
            "differs: the peer has the label of an earlier revision",
            drafts::safe_encrypt_differs,
        ),
    ]);
    scenarios
}

fn with_mls_rs() -> Vec<Scenario> {
    let mut scenarios: Vec<_> = rfc9420_with!(mls_rs_peer::named).into();
    scenarios.extend([
        scenario(
            "Dictionaries in leaves of Trellis",
            "works: the peer carries them as bytes",
            opaque::dictionaries_in_leaves,
        ),
        scenario(
            "A group of the peer with component state in the GroupContext",
            "works: the peer carries it as bytes",
            opaque::dictionary_in_the_group_context,
        ),
        scenario(
            "A group that requires the draft's proposals",
            "differs: the peer cannot be added",
            opaque::required_capabilities_keep_it_out,
        ),
        scenario(
            "AppDataUpdate, AppEphemeral and SelfRemove",
            "differs: the peer reads proposals that it does not know as one `opaque<V>`",
            opaque::proposals_of_the_draft_are_unreadable,
        ),
    ]);
    scenarios
}

fn with_ts_mls() -> Vec<Scenario> {
    vec![
        scenario("Trellis adds the peer", WORKS, || {
            rfc9420::welcome_from_trellis(ts_mls_peer::named)
        }),
        scenario("The peer adds Trellis", WORKS, || {
            rfc9420::welcome_from_the_peer(ts_mls_peer::named)
        }),
        scenario("Commits of each, public and private", WORKS, || {
            rfc9420::commits_by_each(ts_mls_peer::named);
            rfc9420::commits_by_each(ts_mls_peer::private);
        }),
        scenario("Trellis removes another member", WORKS, || {
            rfc9420::removed_by_trellis(ts_mls_peer::named)
        }),
        scenario("External PSKs in commits of each", WORKS, || {
            rfc9420::external_psks(ts_mls_peer::named)
        }),
        scenario(
            "One Remove or one Update, committed by the peer",
            "differs: the peer's commit has no path (RFC 9420, 12.4), and Trellis refuses it",
            ts_mls_peer::commits_without_a_path_are_refused,
        ),
        scenario(
            "Joining from outside",
            "differs: the peer's `external_pub` is no vector (RFC 9420, 12.4.3.2), so neither reads the other's",
            ts_mls_peer::external_joins_differ,
        ),
        scenario(
            "Trellis, mls-rs and the peer in one group, commits of each",
            WORKS,
            ts_mls_peer::three_implementations,
        ),
        scenario(
            "Dictionaries in leaves of Trellis",
            "works: the peer carries them as bytes",
            ts_mls_peer::dictionaries_in_leaves,
        ),
        scenario(
            "A group of the peer with component state in the GroupContext",
            "works: the peer carries it as bytes",
            ts_mls_peer::dictionary_in_the_group_context,
        ),
        scenario(
            "AppDataUpdate in a commit",
            "differs: the peer reads proposals that it does not know as one `opaque<V>`",
            ts_mls_peer::proposals_of_the_draft_are_unreadable,
        ),
    ]
}

/// Runs all, and names those that fail.
fn run(scenarios: &[Scenario]) {
    let failed = scenarios.iter().filter(|scenario| {
        let run: Box<dyn Fn() + UnwindSafe> = Box::new(scenario.run);
        catch_unwind(run).is_err()
    });
    let failed: Vec<_> = failed.map(|scenario| scenario.says).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn trellis_and_openmls() {
    run(&with_openmls());
}

#[test]
fn trellis_and_mls_rs() {
    run(&with_mls_rs());
}

#[test]
fn trellis_and_ts_mls() {
    match ts_mls_peer::absent() {
        None => run(&with_ts_mls()),
        Some(why) => println!("SKIPPED ts-mls: {why}"),
    }
}

#[test]
fn the_document_says_what_is_tried() {
    let mut text = String::from(
        "# Interoperability

What was tried with other implementations, in one group, over serialised bytes. After each step the
members compare the epoch's authenticator and an exported secret, and read each other's messages. The
tests in [tests/peers](../tests/peers/tests/it/report.rs) do all of it on each run and write this page; a
difference is asserted too, so that a row which no longer holds fails. The cipher suite is 0x0001.
",
    );
    let peers = [
        (
            "OpenMLS",
            locked("openmls"),
            "As published, with the features `extensions-draft` and `targeted-messages-draft`.",
            with_openmls(),
        ),
        (
            "mls-rs",
            locked("mls-rs"),
            "With `mls-rs-crypto-rustcrypto`, in groups with plain requirements.",
            with_mls_rs(),
        ),
        (
            "ts-mls",
            ts_mls_peer::version(),
            "In Node, where it and its packages are installed (`npm install --legacy-peer-deps` in
[tests/peers/ts-mls](../tests/peers/ts-mls/package.json)); skipped elsewhere. In groups with plain requirements.",
            with_ts_mls(),
        ),
    ];
    for (name, version, how, scenarios) in peers {
        text += &format!("\n## {name} {version}\n\n{how}\n\n| scenario | result |\n|---|---|\n");
        for Scenario { says, result, .. } in scenarios {
            text += &format!("| {says} | {result} |\n");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/INTEROP.md");
    if env::var_os("TRELLIS_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, &text).unwrap();
    }
    let document = fs::read_to_string(path).unwrap();
    assert!(
        document == text,
        "docs/INTEROP.md is out of date; set TRELLIS_BLESS=1 and run this test again"
    );
}

/// The version of a package in `Cargo.lock`.
fn locked(package: &str) -> String {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap();
    let (_, rest) = lock
        .split_once(&format!("\nname = \"{package}\"\nversion = \""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

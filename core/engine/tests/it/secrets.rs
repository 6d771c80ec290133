//! Nothing secret is printed or logged.

use std::{
    cell::RefCell,
    fmt::{Debug, Write as _},
    sync::Arc,
};

use mls_trellis_engine::{
    Client, Error, Group, KeyPackageOptions, MemoryStore, PublicGroup, Settings, SoftwareSigner,
    Store as _,
};
use mls_trellis_hooks::{CipherSuite, ComponentHandle, Credential, Payload, Secret};
use mls_trellis_store::Scope;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::{
    sample::{Tally, plugins},
    world::{client_with, config, key_package, private},
};

const PLAINTEXT: &str = "meet me at the old mill at midnight";
const PSK: &str = "correct horse battery staple psk";

thread_local! {
    /// What this thread has logged, by `tracing` and by `log`.
    static LOGGED: RefCell<[String; 2]> = RefCell::default();
}

fn keep(which: usize, text: &dyn Debug) {
    LOGGED.with_borrow_mut(|logged| writeln!(logged[which], "{text:?}").unwrap());
}

/// Keeps everything that is traced.
struct Everything;

struct Fields;

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        keep(0, &format_args!("{field}: {value:?}"));
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        keep(0, span.metadata());
        span.record(&mut Fields);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Fields);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        keep(0, event.metadata());
        event.record(&mut Fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Keeps everything that OpenMLS logs.
impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        keep(1, record.args());
    }

    fn flush(&self) {}
}

/// Whether some text shows bytes in any of the usual ways.
fn shows(text: &str, secret: &[u8]) -> bool {
    let (text, secret) = (text.to_lowercase(), &secret[..secret.len().min(16)]);
    let spell = |byte: &dyn Fn(&u8) -> String, between: &str| {
        secret.iter().map(byte).collect::<Vec<_>>().join(between)
    };
    let mut spelt = vec![
        spell(&|byte| format!("{byte:02x}"), ""),
        spell(&|byte| format!("{byte:x}"), ", "),
        spell(&|byte| format!("{byte}"), ", "),
        spell(&|byte| format!("{byte:#04x}"), ", "),
    ];
    spelt.extend(str::from_utf8(secret).map(str::to_lowercase));
    spelt.iter().any(|spelt| text.contains(spelt))
}

/// A client, and its private key.
fn client(name: &str, settings: Settings) -> (Client, Vec<u8>) {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    assert!(!shows(
        &format!("{signer:?}"),
        &signer.to_secret().as_slice()[2..34]
    ));
    let secret = signer.to_secret();
    assert!(!shows(&format!("{secret:?}"), secret.as_slice()));
    let client = Client::builder(plugins())
        .identity(Credential::basic(name), Arc::new(signer))
        .settings(settings)
        .store(Arc::new(MemoryStore::default()));
    // The scheme stands before the private key, the public key behind it.
    (client.build().unwrap(), secret.as_slice()[2..34].to_vec())
}

fn group_secrets(group: &mut Group) -> Vec<Vec<u8>> {
    let exported = group.component::<Tally>().export_secret().unwrap();
    assert!(!shows(&format!("{exported:?}"), exported.as_slice()));
    let other = group.export_secret("label", b"", 32).unwrap();
    vec![exported.as_slice().to_vec(), other.as_slice().to_vec()]
}

#[test]
fn a_secret_is_recognised_however_it_is_written() {
    let secret = b"\x01\xab\x03\xff secret";
    for text in [
        format!("{secret:?}"),
        format!("{secret:x?}"),
        format!("{secret:#04x?}").replace(",\n    ", ", "),
        secret.iter().map(|byte| format!("{byte:02X}")).collect(),
    ] {
        assert!(shows(&format!("before {text} after"), secret), "{text}");
    }
    assert!(shows(
        "Meet Me At The Old Mill At Midnight",
        PLAINTEXT.as_bytes()
    ));
    assert!(!shows("nothing of the kind", secret));
}

/// Plays a whole life, with refusals. Returns the secrets there were, and what the values that an
/// application might print look like.
fn live(settings: Settings) -> (Vec<Vec<u8>>, String) {
    let mut printed = String::new();
    let mut print = |value: &dyn Debug| write!(printed, "{value:?}").unwrap();
    let (alice, alice_key) = client("alice", settings.clone());
    let (bob, bob_key) = client("bob", settings.clone());
    let (carol, carol_key) = client("carol", settings);
    let mut secrets = vec![PLAINTEXT.as_bytes().to_vec(), PSK.as_bytes().to_vec()];
    secrets.extend([alice_key, bob_key, carol_key]);

    let mut alice = alice.create_group(config()).unwrap();
    let info = alice.group_info().unwrap();
    let hub = PublicGroup::follow(plugins(), Arc::new(MemoryStore::default()), &info, None);
    let mut hub = hub.unwrap();
    let options = KeyPackageOptions::default();
    let package = bob.key_package(&options).unwrap();
    print(&(&options, &package, config()));
    for client in [alice.client(), &bob, &carol] {
        client
            .put_psk::<Tally>(b"id", &Secret::from(PSK.as_bytes().to_vec()))
            .unwrap();
    }
    let sealed = alice
        .commit()
        .add(&package.message)
        .psk::<Tally>(b"id")
        .seal()
        .unwrap();
    print(&sealed);
    print(&alice.outbox().unwrap());
    let _ = hub.receive(&sealed.commit);
    print(&alice.accept(&sealed).unwrap());
    let mut bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
    let packet = bob.send(&Payload::plain(PLAINTEXT)).unwrap();
    print(&(&packet, bob.outbox().unwrap()));
    alice.receive(&packet.message).unwrap();
    alice.receive(&packet.message).unwrap();
    secrets.extend(group_secrets(&mut bob));
    secrets.extend(group_secrets(&mut alice));
    secrets.push(b"a value of a component".to_vec());
    let value = Some(Secret::from(b"a value of a component".to_vec()));
    alice.component::<Tally>().store(b"key", value).unwrap();

    let info = alice.group_info().unwrap();
    let (joined, sealed) = carol
        .join_external(&info)
        .psk::<Tally>(b"id")
        .seal()
        .unwrap();
    for group in [&mut alice, &mut bob] {
        group.receive(&sealed.commit).unwrap();
    }
    print(&(joined.epoch(), &sealed));

    // What is refused is logged with its reason.
    let mut refused: Vec<Error> = Vec::new();
    let packet = bob.send(&Payload::plain(PLAINTEXT)).unwrap();
    let proposal = bob.propose_update::<Tally>(&3).unwrap();
    let sealed = bob.commit().path().seal().unwrap();
    for message in [&packet.message, &proposal.message, &sealed.commit] {
        for at in (0..message.len()).step_by(message.len() / 20) {
            let mut mutant = message.clone();
            mutant[at] ^= 1;
            refused.extend(alice.receive(&mutant).err());
        }
    }
    refused.extend(alice.commit().update::<Tally>(&13).seal().err());
    refused.extend(alice.commit().psk::<Tally>(b"unknown").seal().err());
    assert!(refused.len() > 30);
    for error in &refused {
        print(&(error, error.to_string()));
    }
    (secrets, printed)
}

#[test]
fn nothing_secret_is_logged_or_printed() {
    log::set_logger(&Everything).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let (mut secrets, mut printed) = (Vec::new(), Vec::new());
    tracing::subscriber::with_default(Everything, || {
        for settings in [Settings::default(), private()] {
            let (more, also) = live(settings);
            secrets.extend(more);
            printed.push(also);
        }
    });
    let logged = LOGGED.take();
    assert!(
        logged.iter().all(|logged| logged.lines().count() > 20),
        "hardly anything was logged"
    );
    for text in logged.iter().chain(&printed) {
        for secret in &secrets {
            let at = String::from_utf8_lossy(secret);
            assert!(!shows(text, secret), "this is shown: {at}");
        }
    }
}

/// The private keys of our pending Updates, which stand beside the groups.
fn loose_keys(store: &MemoryStore) -> usize {
    store
        .list(&Scope::client(), "mls_encryption_key")
        .unwrap()
        .len()
}

#[test]
fn the_keys_of_an_update_do_not_outlive_its_epoch() {
    let store = Arc::new(MemoryStore::default());
    let bob = client_with("bob", plugins(), Settings::default(), store.clone());
    let mut alice = client("alice", Settings::default())
        .0
        .create_group(config())
        .unwrap();
    let sealed = alice.commit().add(&key_package(&bob)).seal().unwrap();
    alice.accept(&sealed).unwrap();
    let mut group = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();

    // Committed, and left behind by a commit of another's or of our own.
    let committed = group.propose_renewal().unwrap();
    alice.receive(&committed.message).unwrap();
    group.propose_renewal().unwrap();
    assert_eq!(loose_keys(&store), 2);
    let sealed = alice.commit().seal().unwrap();
    alice.accept(&sealed).unwrap();
    group.receive(&sealed.commit).unwrap();
    assert_eq!(loose_keys(&store), 0);

    group.propose_renewal().unwrap();
    assert_eq!(loose_keys(&store), 1);
    let sealed = group.commit().path().seal().unwrap();
    group.accept(&sealed).unwrap();
    alice.receive(&sealed.commit).unwrap();
    assert_eq!(loose_keys(&store), 0);

    // A path that uses the key of the Update that was committed.
    let sealed = alice.commit().path().seal().unwrap();
    alice.accept(&sealed).unwrap();
    group.receive(&sealed.commit).unwrap();
    assert_eq!(group.epoch(), alice.epoch());

    group.propose_renewal().unwrap();
    drop(group);
    bob.delete_group(b"room").unwrap();
    assert_eq!(loose_keys(&store), 0);
}

//! Wire formats: one that is nothing like targeted messages, and what the engine holds it to.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use mls_trellis_basic::Basic;
use mls_trellis_engine::{Group, GroupConfig, MemoryStore, Received, Settings};
use mls_trellis_hooks::{
    Draft, Envelope, Export, HandleError, Hooks, HpkePsk, LeafIndex, Letter, MessageCx, Opened,
    Origin, Plugin, PluginError, Plugins, Recipient, Reject, Secret, WireFormat, WireFormatId,
    wire::{self, Opaque},
};

use crate::{
    verdict::rule_of,
    world::{client_with, key_package},
};

/// Signed words for everybody, in the clear. What it does besides when it opens one is for tests.
#[derive(Default)]
struct Billboard {
    mischief: Arc<AtomicU8>,
}

const NONE: u8 = 0;
const SIGNS_ANYTHING: u8 = 1;
const EXPORTS_ANYTHING: u8 = 2;
const DECRYPTS_ANYTHING: u8 = 3;
const VERIFIES_ANYTHING: u8 = 4;
const NAMES_A_STRANGER: u8 = 5;
const SIGNS: u8 = 6;
const LONG_NONCE: u8 = 7;

/// Version and format; group, epoch and sender; text and signature.
type Message = ((u16, u16), (Opaque, u64, u32), (Opaque, Opaque));

impl Plugin for Billboard {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.wire_format(self);
    }
}

impl WireFormat for Billboard {
    const NAME: &'static str = "billboard";
    const FORMAT: WireFormatId = WireFormatId(0xf00d);
    const DRAFT: Draft = Draft::private("billboard", "1");
    const SIGNS: &'static [&'static str] = &["Billboard"];

    fn peek(&self, _: WireFormatId, message: &[u8]) -> Result<Envelope, Reject> {
        let (_, (group_id, epoch, _), _) = decode(message)?;
        Ok(Envelope {
            group_id: group_id.0,
            epoch,
        })
    }

    fn seal(&self, cx: &dyn MessageCx, letter: &Letter<'_>) -> Result<Vec<u8>, HandleError> {
        let epoch = cx.epoch();
        let signature = cx.sign("Billboard", letter.body)?;
        let place = (epoch.group_id[..].into(), epoch.epoch, cx.own().0);
        let text = (letter.body.into(), signature.into());
        let message: Message = ((1, Self::FORMAT.0), place, text);
        Ok(wire::encode(&message).unwrap())
    }

    fn open(&self, cx: &dyn MessageCx, message: &[u8]) -> Result<Opened, HandleError> {
        let (_, (.., from), (body, signature)) = decode(message)?;
        let from = LeafIndex(from);
        cx.verify(from, "Billboard", body.as_slice(), signature.as_slice())?;
        let secret = Secret::from(vec![1; 32]);
        match self.mischief.load(Ordering::Relaxed) {
            SIGNS_ANYTHING => drop(cx.sign("FramedContentTBS", b"")?),
            EXPORTS_ANYTHING => {
                let (label, context) = ("targeted message", &b"psk"[..]);
                cx.export(&Export { label, context })?;
            }
            DECRYPTS_ANYTHING => {
                let psk = HpkePsk {
                    label: "TargetedMessageData",
                    context: b"",
                    psk: &secret,
                    psk_id: b"id",
                };
                cx.seal_psk(cx.own(), &psk, &|_| Ok(Vec::new()), b"")?;
            }
            VERIFIES_ANYTHING => cx.verify(from, "LeafNodeTBS", b"", b"")?,
            NAMES_A_STRANGER => return Ok(Opened::new(LeafIndex(9), body.0)),
            SIGNS => drop(cx.sign("Billboard", b"")?),
            LONG_NONCE => {
                let key = Secret::from(vec![1; cx.lengths().key]);
                cx.aead_seal(&key, &secret, b"", b"")?;
            }
            _ => {}
        }
        Ok(Opened::new(from, body.0))
    }

    fn past_epochs(&self) -> u64 {
        1
    }
}

fn decode(message: &[u8]) -> Result<Message, Reject> {
    wire::decode(message).map_err(|e| Reject::peer("BB-1", e.to_string()))
}

/// A client that knows the format.
pub(crate) fn plugins() -> Plugins {
    with_mischief(&Arc::default())
}

fn with_mischief(mischief: &Arc<AtomicU8>) -> Plugins {
    let billboard = Billboard {
        mischief: mischief.clone(),
    };
    Plugins::builder()
        .add(Arc::new(Basic), Origin::here())
        .add(Arc::new(billboard), Origin::here())
        .build()
        .unwrap()
}

/// Alice and bob, and what bob's plugin does besides.
fn alice_and_bob() -> (Group, Group, Arc<AtomicU8>) {
    let mischief = Arc::<AtomicU8>::default();
    let client = |name, mischief: &Arc<AtomicU8>| {
        let store = Arc::new(MemoryStore::default());
        client_with(name, with_mischief(mischief), Settings::default(), store)
    };
    let (alice, bob) = (client("alice", &Arc::default()), client("bob", &mischief));
    let mut alice = alice.create_group(GroupConfig::new(b"room")).unwrap();
    let sealed = alice.commit().add(&key_package(&bob)).seal().unwrap();
    let bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
    alice.accept(&sealed).unwrap();
    (alice, bob, mischief)
}

fn post(from: &mut Group) -> Vec<u8> {
    let packet = from.seal_as::<Billboard>(Recipient::Group, b"hear, hear", b"");
    packet.unwrap().message
}

#[test]
fn a_format_for_the_whole_group() {
    let (mut alice, mut bob, _) = alice_and_bob();
    let message = post(&mut alice);
    let received = bob.receive(&message).unwrap();
    assert!(
        matches!(&received, Received::Direct(_, direct) if direct.format == 0xf00d && direct.body == b"hear, hear"),
        "{received:?}"
    );
    // Its own messages it reads as any other.
    assert!(matches!(alice.receive(&message), Ok(Received::Direct(..))));
}

#[test]
fn wf_s3_for_the_whole_group_everybody_must_read_it() {
    let (mut alice, _, _) = alice_and_bob();
    let store = Arc::new(MemoryStore::default());
    let carol = client_with(
        "carol",
        crate::sample::basic_only(),
        Settings::default(),
        store,
    );
    let sealed = alice.commit().add(&key_package(&carol)).seal().unwrap();
    alice.accept(&sealed).unwrap();
    let refused = alice.seal_as::<Billboard>(Recipient::Group, b"hear, hear", b"");
    assert_eq!(rule_of(refused), "WF-S3");
}

#[test]
fn msg_1_a_format_uses_its_own_labels_only() {
    let (mut alice, mut bob, mischief) = alice_and_bob();
    let message = post(&mut alice);
    for what in [
        SIGNS_ANYTHING,
        EXPORTS_ANYTHING,
        DECRYPTS_ANYTHING,
        VERIFIES_ANYTHING,
    ] {
        mischief.store(what, Ordering::Relaxed);
        assert_eq!(rule_of(bob.receive(&message)), "MSG-1", "{what}");
    }
    mischief.store(NONE, Ordering::Relaxed);
    assert!(matches!(bob.receive(&message), Ok(Received::Direct(..))));
}

#[test]
fn msg_2_a_message_is_a_members() {
    let (mut alice, mut bob, mischief) = alice_and_bob();
    let message = post(&mut alice);
    mischief.store(NAMES_A_STRANGER, Ordering::Relaxed);
    assert_eq!(rule_of(bob.receive(&message)), "MSG-2");
}

#[test]
fn msg_2_what_a_provider_would_panic_at_is_an_error() {
    let (mut alice, mut bob, mischief) = alice_and_bob();
    let message = post(&mut alice);
    mischief.store(LONG_NONCE, Ordering::Relaxed);
    assert_eq!(rule_of(bob.receive(&message)), "MSG-2");
}

#[test]
fn msg_3_nothing_is_signed_in_an_epoch_that_is_over() {
    let (mut alice, mut bob, mischief) = alice_and_bob();
    mischief.store(SIGNS, Ordering::Relaxed);
    let message = post(&mut alice);
    assert!(matches!(bob.receive(&message), Ok(Received::Direct(..))));
    let sealed = alice.commit().path().seal().unwrap();
    bob.receive(&sealed.commit).unwrap();
    assert_eq!(rule_of(bob.receive(&message)), "MSG-3");
    mischief.store(NONE, Ordering::Relaxed);
    assert!(matches!(bob.receive(&message), Ok(Received::Direct(..))));
}

#[test]
fn wf_s2_leaves_say_that_they_know_both_extensions() {
    let (alice, _, _) = alice_and_bob();
    for leaf in alice.epoch().leaves.values() {
        let known = &leaf.capabilities.extensions;
        for extension in [0x0007, 0x0008].map(mls_trellis_hooks::ExtensionType) {
            assert!(known.contains(&extension));
        }
    }
}

/// A format by a number that the engine has.
struct Private;

impl Plugin for Private {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.wire_format(self);
    }
}

impl WireFormat for Private {
    const NAME: &'static str = "private";
    const FORMAT: WireFormatId = WireFormatId::PRIVATE_MESSAGE;
    const DRAFT: Draft = Draft::private("private", "1");

    fn peek(&self, _: WireFormatId, _: &[u8]) -> Result<Envelope, Reject> {
        Err(Reject::misuse("PRIVATE-1", "never asked"))
    }
    fn seal(&self, _: &dyn MessageCx, _: &Letter<'_>) -> Result<Vec<u8>, HandleError> {
        Err(Reject::misuse("PRIVATE-1", "never asked").into())
    }
    fn open(&self, _: &dyn MessageCx, _: &[u8]) -> Result<Opened, HandleError> {
        Err(Reject::misuse("PRIVATE-1", "never asked").into())
    }
}

#[test]
fn wf_s1_a_format_of_rfc_9420_is_not_to_be_claimed_nor_one_twice() {
    let table = |plugins: [Arc<dyn Plugin>; 2]| {
        let builder = plugins
            .into_iter()
            .fold(Plugins::builder(), |builder, plugin| {
                builder.add(plugin, Origin::here())
            });
        builder.build().unwrap_err().0
    };
    let errors = table([Arc::new(Private), Arc::new(Billboard::default())]);
    assert!(
        matches!(
            errors[..],
            [PluginError::ReservedWireFormat {
                name: "private",
                ..
            }]
        ),
        "{errors:?}"
    );
    let errors = table([
        Arc::new(Billboard::default()),
        Arc::new(Billboard::default()),
    ]);
    assert!(
        matches!(errors[..], [PluginError::DuplicateWireFormat { .. }]),
        "{errors:?}"
    );
}

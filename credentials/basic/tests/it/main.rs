//! Basic credentials as the engine meets them: through the table of plugins.

#![allow(clippy::unwrap_used)]

use mls_trellis_basic::BASIC;
use mls_trellis_hooks::{
    CipherSuite, CredentialEntry, CredentialType, Door, Identity, Kinds, Origin, Plugins,
    SignatureKey, Unverified, Verified, VerifyView,
};

fn basic() -> CredentialEntry {
    let plugins = Plugins::builder()
        .add(BASIC.make(), Origin::here())
        .build()
        .unwrap();
    plugins.credential(CredentialType(0x0001)).unwrap().clone()
}

fn verify(content: &[u8], key: &[u8], door: Door) -> Result<Verified, Unverified> {
    let key = SignatureKey {
        cipher_suite: CipherSuite(0x0001),
        bytes: key,
    };
    basic().kind.verify(content, &key, &VerifyView::new(door))
}

#[test]
fn everyone_is_taken_at_their_word() {
    for door in [Door::Add, Door::Welcome, Door::ExternalCommit] {
        for key in [b"one key".as_slice(), b"another"] {
            let verified = verify(b"alice", key, door).unwrap();
            assert_eq!(verified.identity, Identity::from("alice"));
        }
    }
}

#[test]
fn basic_1_an_empty_identity_is_nobody() {
    let reject = basic().kind.identify(b"", &Kinds::none()).unwrap_err();
    assert_eq!((reject.rule(), reject.plugin()), ("BASIC-1", "basic"));
    let verdict = verify(b"", b"key", Door::Add);
    assert!(matches!(verdict, Err(Unverified::Reject(reject)) if reject.rule() == "BASIC-1"));
}

#[test]
fn an_identity_is_its_bytes() {
    let identify = |content: &[u8]| basic().kind.identify(content, &Kinds::none()).unwrap();
    let composed = "é".as_bytes();
    let decomposed = "e\u{301}".as_bytes();
    let spellings = [
        b"alice".as_slice(),
        b"Alice",
        b"alice ",
        b"\xff\x00",
        composed,
        decomposed,
    ];
    for one in spellings {
        assert_eq!(identify(one).as_bytes(), one);
        for other in spellings {
            assert_eq!(identify(one) == identify(other), one == other);
        }
    }
}

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use mls_trellis_hooks::CipherSuite;
use openmls::prelude::LeafNodeParameters;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{OpenMlsProvider as _, types::HashType};
use tls_codec::SecretVLBytes;

use super::*;
use crate::{
    signer::SoftwareSigner,
    storage::party::{Party, SUITE, accept, two_members},
};

const CID: ComponentId = ComponentId(0x8001);
const OTHER: ComponentId = ComponentId(0x8002);
const LABEL: &[u8] = b"example";

/// TEST 1 of RFC 8032, section 7.1.
const PRIVATE: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

fn signer() -> SoftwareSigner {
    let secret = bytes(&["0807", PRIVATE, PUBLIC].concat());
    SoftwareSigner::from_secret(&secret.into()).unwrap()
}

fn verifies(
    signer: &dyn Signer,
    component: ComponentId,
    label: &[u8],
    content: &[u8],
    signature: &[u8],
) -> bool {
    let (scheme, key) = (signer.scheme(), signer.public_key());
    let crypto = RustCrypto::default();
    verify(&crypto, scheme, key, component, label, content, signature).is_ok()
}

/// A key pair of the suite.
fn key_pair(suite: Ciphersuite) -> (Secret, Vec<u8>) {
    let pair = RustCrypto::default()
        .derive_hpke_keypair(suite.hpke_config(), b"some input key material, 32 bytes")
        .unwrap();
    (pair.private.to_vec().into(), pair.public)
}

#[test]
fn cid_5_cid_s2_the_operation_label_has_minimal_lengths() {
    assert_eq!(
        operation_label(CID, LABEL).unwrap(),
        bytes("0d 4d4c5320436f6d706f6e656e74 8001 07 6578616d706c65")
    );
}

#[test]
fn sign_content_and_encrypt_context_are_the_worked_bytes() {
    let label = "20 4d4c5320312e3020 0d4d4c5320436f6d706f6e656e74 8001 076578616d706c65";
    assert_eq!(
        labelled(CID, LABEL, b"hello").unwrap(),
        bytes(&[label, "05 68656c6c6f"].concat())
    );
    assert_eq!(
        labelled(CID, LABEL, b"").unwrap(),
        bytes(&[label, "00"].concat())
    );
}

#[test]
fn a_signature_is_the_known_answer() {
    let signature = sign(&signer(), CID, LABEL, b"hello").unwrap();
    assert_eq!(
        signature,
        bytes(
            "f237fd4e3d9b25d57e36aaf5631597acad524702185c2fff7be65611a58febae
             4b42a8d9a29311568d786d2d9d35e98fe93564e2a179e4ebbf516aa243021f0e"
        )
    );
    assert!(verifies(&signer(), CID, LABEL, b"hello", &signature));
}

#[test]
fn safe_1_cid_6_a_signature_holds_for_its_component_only() {
    let signature = sign(&signer(), CID, LABEL, b"hello").unwrap();
    assert!(!verifies(&signer(), OTHER, LABEL, b"hello", &signature));
}

#[test]
fn safe_2_cid_6_a_ciphertext_opens_for_its_component_only() {
    let crypto = RustCrypto::default();
    let (private_key, public_key) = key_pair(SUITE);
    let sealed = seal(&crypto, SUITE, &public_key, CID, LABEL, b"", b"text").unwrap();
    let opened = |component| open(&crypto, SUITE, &private_key, component, LABEL, b"", &sealed);
    assert_eq!(opened(CID).unwrap().as_slice(), b"text");
    assert!(opened(OTHER).is_err());
}

#[test]
fn safe_3_no_signature_serves_mls_itself_nor_the_reverse() {
    let signer = signer();
    let crypto = RustCrypto::default();
    for label in [
        &b"FramedContentTBS"[..],
        b"LeafNodeTBS",
        b"KeyPackageTBS",
        b"GroupInfoTBS",
    ] {
        let of_mls = Labelled {
            label: VLByteSlice(&[b"MLS 1.0 ", label].concat()),
            content: VLByteSlice(b"hello"),
        }
        .tls_serialize_detached()
        .unwrap();
        let theirs = signer.sign(&of_mls).unwrap();
        assert!(!verifies(&signer, CID, label, b"hello", &theirs));

        let ours = sign(&signer, CID, label, b"hello").unwrap();
        let scheme = signer.scheme().known().unwrap();
        assert!(
            crypto
                .verify_signature(scheme, &of_mls, signer.public_key(), &ours)
                .is_err()
        );
    }
    // The content alone is not what is signed either.
    let raw = signer.sign(b"hello").unwrap();
    assert!(!verifies(&signer, CID, LABEL, b"hello", &raw));
}

#[test]
fn safe_4_label_and_context_are_bound() {
    let crypto = RustCrypto::default();
    let signature = sign(&signer(), CID, LABEL, b"hello").unwrap();
    assert!(!verifies(&signer(), CID, b"exampl", b"hello", &signature));
    assert!(!verifies(&signer(), CID, LABEL, b"hellp", &signature));
    // Neither field runs into the next.
    assert!(!verifies(&signer(), CID, b"exampleh", b"ello", &signature));

    let (private_key, public_key) = key_pair(SUITE);
    let sealed = seal(&crypto, SUITE, &public_key, CID, LABEL, b"context", b"text").unwrap();
    for (label, context) in [
        (LABEL, &b""[..]),
        (LABEL, b"contexu"),
        (b"exampl", b"context"),
    ] {
        assert!(open(&crypto, SUITE, &private_key, CID, label, context, &sealed).is_err());
    }
}

#[test]
fn safe_5_there_is_no_other_associated_data() {
    let crypto = RustCrypto::default();
    let (private_key, public_key) = key_pair(SUITE);
    let sealed = seal(&crypto, SUITE, &public_key, CID, LABEL, b"", b"text").unwrap();
    let info = bytes("20 4d4c5320312e3020 0d4d4c5320436f6d706f6e656e74 8001 076578616d706c65 00");
    let input = types::HpkeCiphertext {
        kem_output: sealed.kem_output.0.into(),
        ciphertext: sealed.ciphertext.0.into(),
    };
    let opened = |aad: &[u8]| {
        let key = private_key.as_slice();
        crypto.hpke_open(SUITE.hpke_config(), &input, key, &info, aad)
    };
    assert_eq!(opened(b"").unwrap(), b"text");
    assert!(opened(b"aad").is_err());
}

#[test]
fn safe_6_the_algorithms_are_those_of_the_suite() {
    let crypto = RustCrypto::default();
    let suites = crypto.supported_ciphersuites();
    assert_eq!(suites.len(), 3);
    for suite in suites {
        let (private_key, public_key) = key_pair(suite);
        let sealed = seal(&crypto, suite, &public_key, CID, LABEL, b"", b"text").unwrap();
        let opened = open(&crypto, suite, &private_key, CID, LABEL, b"", &sealed);
        assert_eq!(opened.unwrap().as_slice(), b"text");

        let signer = SoftwareSigner::generate(CipherSuite(suite.into())).unwrap();
        let signature = sign(&signer, CID, LABEL, b"hello").unwrap();
        assert!(verifies(&signer, CID, LABEL, b"hello", &signature));
        if signer.scheme() == SignatureScheme::ECDSA_SECP256R1_SHA256 {
            // A DER sequence, not two numbers side by side.
            assert_eq!(signature[0], 0x30);
            assert_eq!(usize::from(signature[1]), signature.len() - 2);
        }
    }
}

#[test]
fn safe_7_a_leaf_key_is_gone_with_the_leaf() {
    let (alice, bob) = two_members();
    let own = |party: &Party| {
        party.in_group(|group, provider, _| {
            let index = group.own_leaf_index();
            let public_key = group.member_at(index).unwrap().encryption_key;
            let found = |epoch, key: &[u8]| {
                leaf_private_key(
                    provider.storage(),
                    group.group_id(),
                    epoch,
                    index.u32(),
                    key,
                )
                .unwrap()
            };
            assert!(found(group.epoch(), &public_key).is_some());
            assert!(found(group.epoch(), b"another key").is_none());
            (group.epoch(), public_key)
        })
    };
    let (epoch, public_key) = own(&alice);
    let commit = alice.in_group(|group, provider, signer| {
        let bundle = group.self_update(provider, signer, LeafNodeParameters::default());
        group.merge_pending_commit(provider).unwrap();
        bundle.unwrap().into_commit()
    });
    bob.in_group(|group, provider, _| accept(group, provider, &commit).unwrap());
    let (next, next_public_key) = own(&alice);
    assert_ne!(public_key, next_public_key);
    alice.in_group(|group, provider, _| {
        for epoch in [epoch, next] {
            let storage = provider.storage();
            let index = group.own_leaf_index().u32();
            let kept = leaf_private_key(storage, group.group_id(), epoch, index, &public_key);
            assert!(kept.unwrap().is_none(), "{epoch:?}");
        }
    });
    // Bob's leaf did not change, so his key serves in the next epoch too.
    let (epoch, _) = own(&bob);
    assert_eq!(epoch, next);
}

#[test]
fn damaged_input_is_an_error_and_does_not_panic() {
    let crypto = RustCrypto::default();
    for suite in crypto.supported_ciphersuites() {
        let (private_key, public_key) = key_pair(suite);
        let sealed = seal(&crypto, suite, &public_key, CID, LABEL, b"", b"text").unwrap();
        let opens = |sealed: &HpkeCiphertext| {
            open(&crypto, suite, &private_key, CID, LABEL, b"", sealed).is_ok()
        };
        assert!(opens(&sealed));
        for len in 0..140 {
            let mut resized = sealed.clone();
            resized.kem_output.0.resize(len, 0);
            assert_eq!(opens(&resized), len == sealed.kem_output.0.len());
            let mut resized = sealed.clone();
            resized.ciphertext.0.resize(len, 0);
            assert_eq!(opens(&resized), len == sealed.ciphertext.0.len());

            let mut key = public_key.clone();
            key.resize(len, 0);
            // What matters is that it returns.
            let _ = seal(&crypto, suite, &key, CID, LABEL, b"", b"text");
            let scheme = suite.signature_algorithm().into();
            let signature = vec![0x30; len];
            for scheme in [scheme, SignatureScheme(0xffff)] {
                let verified = verify(&crypto, scheme, &key, CID, LABEL, b"hello", &signature);
                assert!(verified.is_err());
            }
        }
    }
}

/// ExpandWithLabel (RFC 9420, section 8) over SHA-256, with an output of its length.
fn expand_with_label(secret: &[u8], label: &str, context: &[u8]) -> Vec<u8> {
    #[derive(TlsSize, TlsSerialize)]
    struct KdfLabel<'a> {
        length: u16,
        label: VLByteSlice<'a>,
        context: VLByteSlice<'a>,
    }
    let info = KdfLabel {
        length: 32,
        label: VLByteSlice(format!("MLS 1.0 {label}").as_bytes()),
        context: VLByteSlice(context),
    }
    .tls_serialize_detached()
    .unwrap();
    let expanded: SecretVLBytes = RustCrypto::default()
        .hkdf_expand(HashType::Sha2_256, secret, &info, 32)
        .unwrap();
    expanded.as_slice().to_vec()
}

/// SafeExportSecret (section 4.4), written down once more.
fn leaf_of_export_tree(root: &[u8], component: u16) -> Vec<u8> {
    (0..16).rev().fold(root.to_vec(), |node, bit| {
        let side: &[u8] = match component >> bit & 1 {
            0 => b"left",
            _ => b"right",
        };
        expand_with_label(&node, "tree", side)
    })
}

#[test]
fn exp_1_the_exporter_tree_gives_the_known_answers() {
    let root: Vec<u8> = (0x00..0x20).collect();
    for (component, expected) in [
        (
            0x0000,
            "96a9584baabdf9a7369f1b666ea2e22b259a1a4e60fae371e1bcdf096613ef69",
        ),
        (
            0x0005,
            "99cbd533d78581c9218a5a1075ea552eb7a80d1708b584eb484c4bfb666da29a",
        ),
        (
            0x0a0a,
            "861f4d25838876ea38efec0354a6a16d43850978a2d679d2fc2366eb20ce7c70",
        ),
        (
            0x8001,
            "a7a14a51ba6cf5dc89608df645341f42351aedcfbaa1144447e477b66a493c37",
        ),
        (
            0xffff,
            "84b01372f02d819193fce44a9b3c4467a43ff351de6133c8c08bf44bdc8d41f7",
        ),
    ] {
        assert_eq!(
            leaf_of_export_tree(&root, component),
            bytes(expected),
            "{component:#06x}"
        );
    }
    let epoch_secret: Vec<u8> = (0x20..0x40).collect();
    let root = expand_with_label(&epoch_secret, "application_export", b"");
    assert_eq!(
        root,
        bytes("8d10506953e495decfcafd60fd6984153217b9124c9ba4017d95669472ce5e06")
    );
    assert_eq!(
        leaf_of_export_tree(&root, 0x8001),
        bytes("d0f2f69bb9641e87522149e38885d5ae799a216e18649638a4708bddaf4a76da")
    );
}

#[test]
fn exp_1_exp_3_exp_4_exp_5_the_engine_exports_the_same_once() {
    let (alice, bob) = two_members();
    let root = alice.in_group(|group, provider, _| {
        let tree: serde_json::Value =
            serde_json::from_slice(&export_tree(provider.storage())).unwrap();
        let nodes = tree["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 1, "{}", group.epoch());
        let root = nodes[0][1].as_array().unwrap();
        root.iter()
            .map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap())
            .collect::<Vec<_>>()
    });
    let components = [0x0000, 0x0005, 0x8001, 0xffff];
    for (party, reverse) in [(&alice, false), (&bob, true)] {
        let mut order = components;
        if reverse {
            order.reverse();
        }
        for component in order {
            let export = || {
                party.in_group(|group, provider, _| {
                    group.safe_export_secret(provider.crypto(), provider.storage(), component)
                })
            };
            assert_eq!(export().unwrap(), leaf_of_export_tree(&root, component));
            assert!(export().is_err(), "exported twice");
        }
    }
}

/// The row OpenMLS keeps the exporter tree in.
fn export_tree(storage: &Storage<'_>) -> Vec<u8> {
    let scope = mls_trellis_store::Scope::group(crate::storage::party::GROUP);
    let row = mls_trellis_store::Row::new(scope, "mls_export_tree", b"");
    storage.buffer().get(&row).unwrap().unwrap().to_vec()
}

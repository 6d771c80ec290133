//! The exporter tree and application PSKs, as published.

use mls_spec::{
    Parsable as _, Serializable as _,
    key_schedule::{PreSharedKeyId, PreSharedKeyIdPskType},
};
use mls_trellis_vectors::families::{application_psk::ApplicationPsk, exporter_tree::ExporterTree};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{crypto::OpenMlsCrypto as _, types::HashType};
use tls_codec::SecretVLBytes;

use crate::published::published;

const SHA256: HashType = HashType::Sha2_256;

fn extract(salt: &[u8], ikm: &[u8]) -> Vec<u8> {
    let prk: SecretVLBytes = RustCrypto::default()
        .hkdf_extract(SHA256, salt, ikm)
        .unwrap();
    prk.as_slice().to_vec()
}

/// ExpandWithLabel by OpenMLS's provider and the other codec.
fn expand_with_label(secret: &[u8], label: &str, context: &[u8]) -> Vec<u8> {
    let label = format!("MLS 1.0 {label}").into_bytes();
    let info = [
        vec![0, 32],
        label.to_tls_bytes().unwrap(),
        context.to_vec().to_tls_bytes().unwrap(),
    ];
    let out: SecretVLBytes = RustCrypto::default()
        .hkdf_expand(SHA256, secret, &info.concat(), 32)
        .unwrap();
    out.as_slice().to_vec()
}

/// A node of the tree, by the bits of its path from the root.
fn node(root: &[u8], path: &str) -> Vec<u8> {
    path.chars().fold(root.to_vec(), |node, bit| {
        let side: &[u8] = if bit == '0' { b"left" } else { b"right" };
        expand_with_label(&node, "tree", side)
    })
}

#[test]
fn exp_1_exp_2_exports_are_leaves_and_what_is_kept_does_not_give_them_again() {
    for case in published::<ExporterTree>() {
        let root = expand_with_label(&case.epoch_secret, "application_export", b"");
        assert_eq!(root, *case.application_export_secret);
        let mut exported = Vec::new();
        for export in &case.exports {
            let leaf = format!("{:016b}", export.component_id);
            let again = exported.contains(&leaf);
            let expected = (!again).then(|| node(&root, &leaf));
            assert_eq!(
                export.secret.as_ref().map(|secret| secret.0.clone()),
                expected
            );
            exported.push(leaf);

            for (path, secret) in &export.kept {
                assert_eq!(node(&root, path), secret.0, "{path}");
            }
            // Every leaf but those exported is under exactly one node that is kept.
            for component in 0..=u16::MAX {
                let leaf = format!("{component:016b}");
                let above = export
                    .kept
                    .keys()
                    .filter(|path| leaf.starts_with(*path))
                    .count();
                assert_eq!(
                    above,
                    usize::from(!exported.contains(&leaf)),
                    "{component:#06x}"
                );
            }
        }
    }
}

#[test]
fn a_published_export_is_that_of_the_digest() {
    let case = &published::<ExporterTree>()[0];
    assert_eq!(
        hex::encode(&*case.application_export_secret),
        "8d10506953e495decfcafd60fd6984153217b9124c9ba4017d95669472ce5e06"
    );
    assert_eq!(
        hex::encode(&**case.exports[0].secret.as_ref().unwrap()),
        "d0f2f69bb9641e87522149e38885d5ae799a216e18649638a4708bddaf4a76da"
    );
}

#[test]
fn ids_of_keys_are_those_of_another_codec() {
    for psk in published::<ApplicationPsk>()
        .iter()
        .flat_map(|case| &case.psks)
    {
        let theirs = PreSharedKeyId::from_tls_bytes(&psk.pre_shared_key_id).unwrap();
        assert_eq!(theirs.to_tls_bytes().unwrap(), *psk.pre_shared_key_id);
        let PreSharedKeyIdPskType::Application(name) = &theirs.psktype else {
            panic!("{theirs:?}");
        };
        assert_eq!(
            (name.component_id, &*name.psk_id),
            (psk.component_id, &*psk.psk_id)
        );
        assert_eq!(theirs.psk_nonce.as_slice(), &*psk.psk_nonce);
    }
}

#[test]
fn apsk_5_psk_secrets_come_from_ids_and_keys_in_order() {
    let cases = published::<ApplicationPsk>();
    for case in &cases {
        let count = u16::try_from(case.psks.len()).unwrap().to_be_bytes();
        let mut secret = vec![0; 32];
        for (index, psk) in case.psks.iter().enumerate() {
            let index = u16::try_from(index).unwrap().to_be_bytes();
            let label = [&*psk.pre_shared_key_id, &index, &count].concat();
            let input = expand_with_label(&extract(&[0; 32], &psk.psk), "derived psk", &label);
            secret = extract(&input, &secret);
        }
        assert_eq!(secret, *case.psk_secret);
    }
    assert_eq!(
        hex::encode(&*cases[0].psk_secret),
        "51f4827af7bcc01ac8ef97149ee12f5626705fb1922f7ee5956cb6c2688b50ca"
    );
    // Another component, another order: another secret.
    let mut secrets: Vec<_> = cases.iter().map(|case| &case.psk_secret).collect();
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), cases.len());
}

//! What components sign and encrypt.

use mls_spec::{
    Parsable as _, Serializable as _,
    drafts::mls_extensions::safe_application::{
        ComponentOperationBaseLabel, ComponentOperationLabel,
    },
};
use mls_trellis_bundle::multi;
use mls_trellis_engine::{Group, GroupConfig, MemoryStore, SoftwareSigner};
use mls_trellis_hooks::{
    CipherSuite, ComponentHandle, Credential, LeafIndex, SignatureKey,
    wire::{self, Opaque, WireError},
};
use mls_trellis_vectors::{
    crypto,
    families::{
        component_label::ComponentLabel, credential_binding::CredentialBinding,
        safe_encrypt::SafeEncrypt, safe_sign::SafeSign,
    },
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    crypto::OpenMlsCrypto as _,
    types::{Ciphersuite, HpkeCiphertext, SignatureScheme},
};

use crate::{
    log::{Log, client_with},
    published::published,
};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// SignContent or EncryptContext, as `mls-spec` encodes its parts.
fn labelled(component_id: u16, label: &[u8], content: &[u8]) -> Vec<u8> {
    let operation = ComponentOperationLabel {
        base_label: ComponentOperationBaseLabel::MlsComponent,
        component_id,
        label: label.into(),
    };
    let operation = operation.to_tls_bytes().unwrap();
    let label = [b"MLS 1.0 ".as_slice(), &operation].concat();
    [
        label.to_tls_bytes().unwrap(),
        content.to_vec().to_tls_bytes().unwrap(),
    ]
    .concat()
}

#[test]
fn operation_labels_are_those_of_another_codec() {
    for case in published::<ComponentLabel>() {
        let theirs = ComponentOperationLabel::from_tls_bytes(&case.operation_label).unwrap();
        assert_eq!(theirs.base_label, ComponentOperationBaseLabel::MlsComponent);
        assert_eq!(
            (theirs.component_id, &*theirs.label),
            (case.component_id, &*case.label)
        );
        assert_eq!(theirs.to_tls_bytes().unwrap(), *case.operation_label);
        assert_eq!(
            labelled(case.component_id, &case.label, &case.content),
            *case.labelled_content
        );
    }
}

#[test]
fn the_worked_example_is_among_them() {
    let case = &published::<ComponentLabel>()[0];
    assert_eq!(
        hex::encode(&*case.operation_label),
        "0d4d4c5320436f6d706f6e656e748001076578616d706c65"
    );
    assert_eq!(
        hex::encode(&*case.labelled_content),
        "204d4c5320312e30200d4d4c5320436f6d706f6e656e748001076578616d706c650568656c6c6f"
    );
}

fn handle(group: &mut Group, component_id: u16) -> Box<dyn ComponentHandle + '_> {
    match component_id {
        0x8001 => Box::new(group.component::<Log<0x8001>>()),
        0x8002 => Box::new(group.component::<Log<0x8002>>()),
        _ => Box::new(group.component::<Log<0x8003>>()),
    }
}

#[test]
fn signatures_verify_and_are_the_engines() {
    let crypto = RustCrypto::default();
    for case in published::<SafeSign>() {
        let content = labelled(case.component_id, &case.label, &case.content);
        let verified = crypto.verify_signature(
            SignatureScheme::ED25519,
            &content,
            &case.public_key,
            &case.signature,
        );
        verified.unwrap();

        let secret = [&[0x08, 0x07], &*case.private_key, &*case.public_key].concat();
        let signer = SoftwareSigner::from_secret(&secret.into()).unwrap();
        let client = client_with("alice", signer, MemoryStore::default().into());
        let mut group = client.create_group(GroupConfig::new(b"room")).unwrap();
        let handle = handle(&mut group, case.component_id);
        assert_eq!(
            handle.sign(&case.label, &case.content).unwrap(),
            *case.signature
        );
        let verify = |id, content: &[u8]| {
            let (own, id) = (LeafIndex(0), mls_trellis_hooks::ComponentId(id));
            handle
                .verify(own, id, &case.label, content, &case.signature)
                .is_ok()
        };
        assert!(verify(case.component_id, &case.content));
        assert!(!verify(case.component_id ^ 1, &case.content));
        assert!(!verify(case.component_id, b"something else"));
    }
}

#[test]
fn a_published_signature_is_that_of_the_digest() {
    let signature = hex::encode(&*published::<SafeSign>()[0].signature);
    assert_eq!(
        signature,
        "f237fd4e3d9b25d57e36aaf5631597acad524702185c2fff7be65611a58febae\
         4b42a8d9a29311568d786d2d9d35e98fe93564e2a179e4ebbf516aa243021f0e"
    );
}

#[test]
fn ciphertexts_open_with_another_hpke_and_for_their_component_only() {
    let crypto = RustCrypto::default();
    for case in published::<SafeEncrypt>() {
        let sealed = HpkeCiphertext {
            kem_output: case.kem_output.0.clone().into(),
            ciphertext: case.ciphertext.0.clone().into(),
        };
        let open = |id, context: &[u8]| {
            let info = labelled(id, &case.label, context);
            crypto.hpke_open(SUITE.hpke_config(), &sealed, &case.private_key, &info, b"")
        };
        assert_eq!(
            open(case.component_id, &case.context).unwrap(),
            *case.plaintext
        );
        assert!(open(case.component_id ^ 1, &case.context).is_err());
        assert!(open(case.component_id, b"another context").is_err());
    }
}

#[test]
fn bindings_are_those_of_another_codec_and_verify() {
    use mls_spec::drafts::mls_extensions::multi_credentials::{
        CredentialBinding as Theirs, MultiCredential, WeakMultiCredential,
    };
    let crypto = RustCrypto::default();
    for case in published::<CredentialBinding>() {
        let theirs = Theirs::from_tls_bytes(&case.binding).unwrap();
        assert_eq!(theirs.to_tls_bytes().unwrap(), *case.binding);
        let key = case.signature_key.0.clone().into();
        let tbs = theirs.to_tbs(&key).to_tls_bytes().unwrap();
        assert_eq!(tbs, *case.tbs);
        let label = b"MLS 1.0 CredentialBindingTBS"
            .to_vec()
            .to_tls_bytes()
            .unwrap();
        let content = [label, tbs.to_tls_bytes().unwrap()].concat();
        let verify = |content: &[u8]| {
            let key = &case.credential_key;
            crypto.verify_signature(SignatureScheme::ED25519, content, key, &case.signature)
        };
        verify(&content).unwrap();
        let flipped: Vec<_> = content.iter().map(|byte| byte ^ 1).collect();
        assert!(verify(&flipped).is_err());

        let multi = MultiCredential::from_tls_bytes(&case.multi_credential).unwrap();
        assert_eq!(multi.bindings, [theirs]);
        let weak = WeakMultiCredential::from_tls_bytes(&case.multi_credential).unwrap();
        assert_eq!(weak.to_tls_bytes().unwrap(), *case.multi_credential);
    }
}

#[test]
fn the_plugin_makes_and_reads_bindings_as_published() {
    for case in published::<CredentialBinding>() {
        let identity = std::str::from_utf8(&case.identity).unwrap();
        let credential = Credential::basic(identity);
        let key = SignatureKey {
            cipher_suite: CipherSuite(case.cipher_suite),
            bytes: &case.credential_key,
        };
        let sign = |payload: &[u8]| {
            let private = case.credential_private_key.array();
            Ok::<_, WireError>(crypto::sign(&private, payload))
        };
        let ours = multi::CredentialBinding::sign(&credential, &key, &case.signature_key, sign);
        let ours = ours.unwrap();
        assert_eq!(wire::encode(&ours).unwrap(), *case.binding);
        assert_eq!(ours.tbs(&case.signature_key).unwrap(), *case.tbs);

        let content = wire::decode::<Opaque>(&case.multi_credential).unwrap();
        let bindings = multi::Bindings::parse(content.as_slice()).unwrap();
        assert_eq!(bindings.iter().collect::<Vec<_>>(), [&ours]);
    }
}

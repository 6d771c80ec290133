//! What one writes, the other reads and writes alike.

use std::collections::BTreeSet;

use mls_spec::{
    Parsable as _, Serializable as _,
    drafts::mls_extensions::{
        content_advertisement as theirs,
        safe_application::{
            AppDataUpdate, ApplicationData, ApplicationDataDictionary,
            ApplicationDataUpdateOperation, ComponentsList, SafeAad,
        },
    },
    group::{extensions::Extension, proposals::Proposal},
    key_schedule::{ApplicationPsk, PreSharedKeyId, PreSharedKeyIdPskType},
};
use mls_trellis_bundle::content_media::{
    ApplicationFraming, MediaTypeList, Parameter, RawMediaType,
};
use mls_trellis_hooks::{
    ComponentId, Dictionary, HpkeCiphertext,
    wire::{self, Opaque},
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};

use super::{
    samples::samples,
    subjects::{SUBJECTS, subject},
};

#[test]
fn what_we_write_they_read_and_write_alike() {
    let mut seen = BTreeSet::new();
    for (name, bytes) in &samples() {
        let subject = subject(name);
        assert_eq!(
            (subject.ours)(bytes),
            Ok(()),
            "{name} {}",
            hex::encode(bytes)
        );
        let again = (subject.theirs)(bytes).map(hex::encode);
        assert_eq!(again, Ok(hex::encode(bytes)), "{name}");
        seen.insert(*name);
    }
    assert_eq!(seen, SUBJECTS.iter().map(|subject| subject.name).collect());
}

/// Asserts that both take these bytes of ours, and that they write the same.
fn both_take(name: &str, bytes: &[u8]) {
    let subject = subject(name);
    assert_eq!(
        (subject.ours)(bytes),
        Ok(()),
        "{name} {}",
        hex::encode(bytes)
    );
    assert_eq!((subject.theirs)(bytes).as_deref(), Ok(bytes), "{name}");
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    // Lengths around the one at which a prefix grows.
    prop_oneof![vec(any::<u8>(), 0..9), vec(any::<u8>(), 60..68)]
}

/// Ids of components whose entries may be any bytes: those of the two lists have a form of their own,
/// which we demand and they do not.
fn component() -> impl Strategy<Value = u16> {
    let lists = [ComponentId::APP_COMPONENTS.0, ComponentId::SAFE_AAD.0];
    any::<u16>().prop_filter("a list", move |id| !lists.contains(id))
}

fn text() -> impl Strategy<Value = String> {
    "[a-z]{0,8}"
}

proptest! {
    #[test]
    fn dictionaries_and_safe_aads(entries in btree_map(component(), bytes(), 0..9)) {
        let mut theirs = ApplicationDataDictionary::default();
        for (id, data) in &entries {
            theirs.component_data.insert(*id, data.clone().into());
        }
        let written = theirs.to_tls_bytes().unwrap();
        let ours: Dictionary = entries.iter().map(|(id, data)| (ComponentId(*id), Opaque(data.clone()))).collect();
        prop_assert_eq!(&wire::encode(&ours).unwrap(), &written);
        prop_assert_eq!(wire::decode::<Dictionary>(&written).unwrap(), ours);
        both_take("SafeAad", &SafeAad::from_tls_bytes(&written).unwrap().to_tls_bytes().unwrap());
        let extensions = vec![Extension::ApplicationData(theirs), Extension::Arbitrary(0xf001, b"x"[..].into())];
        both_take("Extensions", &extensions.to_tls_bytes().unwrap());
    }

    #[test]
    fn proposals(component_id: u16, data in bytes(), nonce in bytes()) {
        let ephemeral = ApplicationData { component_id, data: data.clone().into() };
        both_take("AppEphemeral", &ephemeral.to_tls_bytes().unwrap());
        both_take("Proposal", &Proposal::AppEphemeral(ephemeral).to_tls_bytes().unwrap());
        for op in [
            ApplicationDataUpdateOperation::Update { update: data.clone().into() },
            ApplicationDataUpdateOperation::Remove,
        ] {
            let update = AppDataUpdate { component_id, op };
            both_take("AppDataUpdate", &update.to_tls_bytes().unwrap());
            both_take("Proposal", &Proposal::AppDataUpdate(update).to_tls_bytes().unwrap());
        }
        let name = ApplicationPsk { component_id, psk_id: data.into() };
        let id = PreSharedKeyId {
            psktype: PreSharedKeyIdPskType::Application(name),
            psk_nonce: nonce.into(),
        };
        both_take("Psk", &id.to_tls_bytes().unwrap());
    }

    #[test]
    fn lists_of_components(ids in vec(any::<u16>(), 0..40)) {
        let written = ComponentsList { component_ids: ids.clone() }.to_tls_bytes().unwrap();
        let ours: Vec<_> = ids.into_iter().map(ComponentId).collect();
        prop_assert_eq!(wire::encode(&ours).unwrap(), written);
    }

    #[test]
    fn media_types_and_framed_messages(
        list in vec((text(), vec((text(), text()), 0..4)), 0..4),
        content in bytes(),
    ) {
        let media_types: Vec<_> = list.iter().map(|(essence, parameters)| theirs::MediaType {
            media_type: essence.clone().into(),
            parameters: parameters.iter().map(|(name, value)| theirs::Parameter {
                parameter_name: name.clone().into(),
                parameter_value: value.clone().into(),
            }).collect(),
        }).collect();
        let ours: Vec<_> = list.iter().map(|(essence, parameters)| RawMediaType {
            essence: essence.as_bytes().into(),
            parameters: parameters.iter().map(|(name, value)| Parameter {
                name: name.as_bytes().into(),
                value: value.as_bytes().into(),
            }).collect(),
        }).collect();
        let ours = MediaTypeList { media_types: ours };
        let written = theirs::MediaTypeList { media_type_list: media_types.clone() };
        prop_assert_eq!(wire::encode(&ours).unwrap(), written.to_tls_bytes().unwrap());
        if let (Some(media_type), Some(theirs)) = (ours.media_types.first(), media_types.first()) {
            let framed = ApplicationFraming {
                media_type: media_type.clone(),
                content: content.as_slice().into(),
            };
            let theirs = theirs::ApplicationFraming {
                media_type: theirs.clone(),
                inner_application_content: content.into(),
            };
            prop_assert_eq!(wire::encode(&framed).unwrap(), theirs.to_tls_bytes().unwrap());
        }
    }

    #[test]
    fn hpke_ciphertexts(kem_output in bytes(), ciphertext in bytes()) {
        let ours = HpkeCiphertext {
            kem_output: kem_output.clone().into(),
            ciphertext: ciphertext.clone().into(),
        };
        let theirs = mls_spec::crypto::HpkeCiphertext {
            kem_output: kem_output.into(),
            ciphertext: ciphertext.into(),
        };
        let written = theirs.to_tls_bytes().unwrap();
        prop_assert_eq!(&wire::encode(&ours).unwrap(), &written);
        prop_assert_eq!(wire::decode::<HpkeCiphertext>(&written).unwrap(), ours);
    }
}

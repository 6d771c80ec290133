#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod generate;

use generate::{key_package, signed};
use mls_trellis_hooks::{
    ComponentId, ExtensionType, ProposalType,
    wire::{Wire, encode},
};
use openmls::prelude::{LeafNodeParameters, Proposal as MlsProposal};
use proptest::{collection::vec, prelude::*};
use tls_codec::Serialize as _;

use super::*;
use crate::storage::party::{Party, SUITE, two_members};

fn round_trip<T: Wire>(value: &T) {
    let bytes = encode(value).unwrap();
    assert_eq!(bytes.len(), value.tls_serialized_len());
    assert_eq!(decode::<T>(&bytes).as_ref(), Ok(value));
    // Whatever is read from fewer or more bytes is not this value.
    assert_ne!(decode::<T>(&bytes[..bytes.len() - 1]).as_ref(), Ok(value));
    assert!(decode::<T>(&[bytes.as_slice(), &[0]].concat()).is_err());
}

/// What was decoded says no more and no less than the bytes.
fn exact<T: Wire>(bytes: &[u8]) -> T {
    let value = decode::<T>(bytes).unwrap();
    assert_eq!(encode(&value).unwrap(), bytes);
    value
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_was_encoded_decodes(signed in signed(), key_package in key_package()) {
        round_trip(&signed);
        round_trip(&key_package);
    }

    #[test]
    fn mutated_bytes_decode_exactly_or_not_at_all(
        signed in signed(),
        at in any::<prop::sample::Index>(),
        flip in 1u8..,
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encode(&signed).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(value) = decode::<Signed>(&bytes) {
            prop_assert_eq!(encode(&value).unwrap(), bytes.clone());
        }
        bytes.truncate(cut.index(bytes.len()));
        if let Ok(value) = decode::<Signed>(&bytes) {
            prop_assert_eq!(encode(&value).unwrap(), bytes);
        }
    }

    #[test]
    fn noise_does_not_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = decode::<Signed>(&bytes);
        let _ = decode::<KeyPackage>(&bytes);
        let _ = Proposal::decode(&bytes);
    }
}

#[test]
fn an_unknown_operation_is_not_another_proposal() {
    // AppDataUpdate of component 0x8042 with operation 3, then what would be a fine remove.
    assert!(Proposal::decode(&[0, 8, 0x80, 0x42, 3]).is_err());
    assert!(Proposal::decode(&[0, 8, 0x80, 0x42, 2]).is_ok());
}

#[test]
fn a_key_package_of_openmls_is_read_exactly() {
    let bytes = Party::new().key_package().tls_serialize_detached().unwrap();
    let key_package = exact::<KeyPackage>(&bytes);
    assert_eq!(key_package.cipher_suite.0, u16::from(SUITE));
    assert!(matches!(
        key_package.leaf_node.source,
        LeafNodeSource::KeyPackage(_)
    ));
}

#[test]
fn leaves_and_context_of_openmls_are_read_exactly() {
    let (alice, _) = two_members();
    alice.in_group(|group, provider, signer| {
        group
            .self_update(provider, signer, LeafNodeParameters::default())
            .unwrap();
        group.merge_pending_commit(provider).unwrap();
        let tree = group.public_group().treesync();
        let sources: Vec<_> = tree
            .full_leaves()
            .map(|(_, leaf)| exact::<LeafNode>(&leaf.tls_serialize_detached().unwrap()).source)
            .collect();
        assert!(matches!(
            sources[..],
            [LeafNodeSource::Commit(_), LeafNodeSource::KeyPackage(_)]
        ));
        let context = group.public_group().group_context();
        let context = exact::<GroupContext>(&context.tls_serialize_detached().unwrap());
        assert_eq!(context.epoch, group.epoch().as_u64());
        assert_eq!(context.extensions.len(), 1);
    });
}

#[test]
fn proposals_of_openmls_are_read_exactly() {
    use openmls::prelude::{
        AppDataUpdateProposal, AppEphemeralProposal, CustomProposal, PreSharedKeyProposal,
    };
    use openmls::schedule::PreSharedKeyId as MlsPskId;
    let read = |proposal: MlsProposal| exact(&proposal.tls_serialize_detached().unwrap());

    assert_eq!(read(MlsProposal::SelfRemove), Proposal::SelfRemove);

    let update = AppDataUpdateProposal::update(0x8042, b"new".to_vec());
    let expected = AppDataOperation::Update(b"new".into());
    let Proposal::AppDataUpdate(update) = read(MlsProposal::AppDataUpdate(Box::new(update))) else {
        panic!("not an AppDataUpdate");
    };
    assert_eq!(
        (update.component, update.operation),
        (ComponentId(0x8042), expected)
    );

    let remove = MlsProposal::AppDataUpdate(Box::new(AppDataUpdateProposal::remove(0x8042)));
    assert!(matches!(
        read(remove),
        Proposal::AppDataUpdate(update) if update.operation == AppDataOperation::Remove
    ));

    let ephemeral = AppEphemeralProposal::new(0x8042, b"now".to_vec());
    let Proposal::AppEphemeral(read_ephemeral) =
        read(MlsProposal::AppEphemeral(Box::new(ephemeral)))
    else {
        panic!("not an AppEphemeral");
    };
    assert_eq!(read_ephemeral.data, b"now".into());

    let psk = MlsPskId::application(0x8042, b"name".to_vec(), vec![7; 32]);
    let psk = MlsProposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(psk)));
    let Proposal::PreSharedKey(psk) = read(psk) else {
        panic!("not a PSK");
    };
    assert_eq!(psk.nonce.0, vec![7; 32]);
    assert!(matches!(psk.psk, Psk::Application(psk) if psk.component == ComponentId(0x8042)));

    let custom = CustomProposal::new(0xf0ff, b"body".to_vec());
    let custom = read(MlsProposal::Custom(Box::new(custom)));
    assert_eq!(
        custom,
        Proposal::Other(ProposalType(0xf0ff), b"body".into())
    );
}

fn dictionary_of(data: &[u8]) -> Result<usize, String> {
    let extension = |number: u16, data: &[u8]| Extension {
        extension_type: ExtensionType(number),
        data: data.into(),
    };
    let found = dictionary(&[extension(0xf000, b"else"), extension(6, data)]);
    found
        .map(|dictionary| dictionary.unwrap().len())
        .map_err(|reject| reject.rule().to_owned())
}

#[test]
fn a_dictionary_in_order_is_read() {
    assert_eq!(dictionary_of(&[0]), Ok(0));
    assert_eq!(dictionary_of(&[8, 0, 1, 1, 7, 0x80, 0x42, 1, 9]), Ok(2));
    assert_eq!(dictionary(&[]), Ok(None));
}

#[test]
fn add_1_entries_out_of_order() {
    assert_eq!(dictionary_of(&[6, 0, 2, 0, 0, 1, 0]), Err("ADD-1".into()));
    // Nor does a later duplicate hide it.
    assert_eq!(
        dictionary_of(&[9, 0, 2, 0, 0, 1, 0, 0, 2, 0]),
        Err("ADD-1".into())
    );
}

#[test]
fn add_2_two_entries_of_one_component() {
    assert_eq!(dictionary_of(&[6, 0, 1, 0, 0, 1, 0]), Err("ADD-2".into()));
}

#[test]
fn add_3_bytes_that_are_not_one_dictionary() {
    let trailing = [3, 0, 1, 0, 9];
    let ends_inside_an_entry = [4, 0, 1, 5, 0];
    let long_prefix = [0x40, 3, 0, 1, 0];
    assert_eq!(dictionary_of(&trailing), Err("ADD-3".into()));
    assert_eq!(dictionary_of(&ends_inside_an_entry), Err("ADD-3".into()));
    assert_eq!(dictionary_of(&long_prefix), Err("ADD-3".into()));
    assert_eq!(dictionary_of(&[]), Err("ADD-3".into()));
}

#[test]
fn add_4_two_dictionaries_in_one_list() {
    let extension = Extension {
        extension_type: ExtensionType(6),
        data: vec![0].into(),
    };
    let reject = dictionary(&[extension.clone(), extension]).unwrap_err();
    assert_eq!(reject.rule(), "ADD-4");
}

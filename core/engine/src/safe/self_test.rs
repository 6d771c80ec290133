//! What we rely on in OpenMLS beyond its documented interface, checked once per process.

use mls_trellis_hooks::{CipherSuite, ComponentId, Secret};
use mls_trellis_store::MemoryStore;
use openmls::{
    prelude::{
        BasicCredential, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, MlsGroup,
        MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
        ProcessedMessageContent, StagedWelcome,
        tls_codec::{Deserialize as _, Serialize as _},
    },
    schedule::PreSharedKeyId,
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider as _;

use crate::{
    crypto::{Provider, SenderData},
    safe,
    signer::{SoftwareSigner, WitnessingSigner},
    storage::{self, Buffer, Realm, Storage},
    witness::Witness,
};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
const COMPONENT: ComponentId = ComponentId(0x8001);

/// Checks that the linked OpenMLS stores keys in the layout we read, and lets the witness see what
/// is signed and verified. Run it once when the process starts, before any group is touched: a
/// different OpenMLS must be noticed here, not by a lost key.
///
/// # Errors
/// What does not hold, in words.
pub(crate) fn self_test() -> Result<(), String> {
    pre_shared_keys()?;
    two_members()
}

/// Keys that we write are those that OpenMLS writes, byte by byte.
fn pre_shared_keys() -> Result<(), String> {
    let (store, crypto, witness) = <(MemoryStore, RustCrypto, Witness)>::default();
    let ours = Buffer::new(&store);
    let psk = Secret::from(b"psk".to_vec());
    storage::put_psk(&ours, COMPONENT, b"id", &psk).map_err(text)?;
    storage::put_external_psk(&ours, b"id", &psk).map_err(text)?;

    let theirs = Buffer::new(&store);
    let provider = Provider::new(&crypto, &witness, Storage::new(&theirs, Realm::Member, &()));
    for id in [
        PreSharedKeyId::application(COMPONENT.0, b"id".to_vec(), Vec::new()),
        PreSharedKeyId::external(b"id".to_vec(), Vec::new()),
    ] {
        id.store(&provider, psk.as_slice()).map_err(text)?;
    }

    let rows = |buffer: Buffer<'_>| {
        let batch = buffer.into_batch();
        let rows = batch.writes().map(|(row, write)| match write {
            mls_trellis_store::Write::Put(value) => (row.clone(), value.to_vec()),
            mls_trellis_store::Write::Delete => (row.clone(), Vec::new()),
        });
        rows.collect::<Vec<_>>()
    };
    hold(
        rows(ours) == rows(theirs),
        "the layout of pre-shared keys differs",
    )
}

/// Two members, a commit and a message.
fn two_members() -> Result<(), String> {
    let crypto = RustCrypto::default();
    let (store_a, store_b) = <(MemoryStore, MemoryStore)>::default();
    let (buffer_a, buffer_b) = (Buffer::new(&store_a), Buffer::new(&store_b));
    let (witness_a, witness_b) = <(Witness, Witness)>::default();
    let alice = Provider::new(
        &crypto,
        &witness_a,
        Storage::new(&buffer_a, Realm::Member, &()),
    );
    let bob = Provider::new(
        &crypto,
        &witness_b,
        Storage::new(&buffer_b, Realm::Member, &()),
    );
    let (key_a, key_b) = (key()?, key()?);
    let sign_a = WitnessingSigner::new(&key_a, &witness_a);
    let sign_b = WitnessingSigner::new(&key_b, &witness_b);

    let mut group_a = MlsGroup::new_with_group_id(
        &alice,
        &sign_a,
        &MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .use_ratchet_tree_extension(true)
            .build(),
        GroupId::from_slice(b"self-test"),
        credential(&key_a),
    )
    .map_err(text)?;
    let package = KeyPackage::builder()
        .build(SUITE, &bob, &sign_b, credential(&key_b))
        .map_err(text)?;
    let (_, welcome, _) = group_a
        .add_members(&alice, &sign_a, &[package.key_package().clone()])
        .map_err(text)?;
    group_a.merge_pending_commit(&alice).map_err(text)?;
    let MlsMessageBodyIn::Welcome(welcome) = received(&welcome)?.extract() else {
        return Err("a Welcome is not one".into());
    };
    let mut group_b =
        StagedWelcome::new_from_welcome(&bob, &MlsGroupJoinConfig::default(), welcome, None)
            .and_then(|staged| staged.into_group(&bob))
            .map_err(text)?;

    own_key(&group_a, &alice)?;
    own_key(&group_b, &bob)?;

    witness_a.arm();
    witness_b.arm();
    let commit = group_a
        .self_update(
            &alice,
            &sign_a,
            openmls::prelude::LeafNodeParameters::default(),
        )
        .map_err(text)?
        .into_commit();
    let sent = witness_a.take();
    process(&mut group_b, &bob, &commit)?;
    let seen = witness_b.take();
    hold(sent.is_ok(), "the witness does not see what is signed")?;
    hold(seen.is_ok(), "the witness does not see what is verified")?;
    group_a.merge_pending_commit(&alice).map_err(text)?;

    own_key(&group_a, &alice)?;
    own_key(&group_b, &bob)?;

    bob.crypto().take_sender_data();
    for generation in 0..2 {
        let message = group_a
            .create_message(&alice, &sign_a, b"hello, this is text")
            .map_err(text)?;
        process(&mut group_b, &bob, &message)?;
        let expected = SenderData {
            leaf_index: 0,
            generation,
        };
        hold(
            bob.crypto().take_sender_data() == Some(expected),
            "the sender data of a private message is not seen",
        )?;
    }
    Ok(())
}

/// The private key we find for our leaf opens what was sealed to the public one.
fn own_key(group: &MlsGroup, provider: &Provider<'_>) -> Result<(), String> {
    let index = group.own_leaf_index();
    let member = group.member_at(index).ok_or("we are no member")?;
    let private_key = safe::leaf_private_key(
        provider.storage(),
        group.group_id(),
        group.epoch(),
        index.u32(),
        &member.encryption_key,
    )
    .map_err(text)?
    .ok_or("our leaf's private key is not where it was")?;
    let crypto = provider.crypto();
    let to = member.encryption_key.as_slice();
    let sealed = safe::seal(crypto, SUITE, to, COMPONENT, b"", b"", b"text").map_err(text)?;
    let opened =
        safe::open(crypto, SUITE, &private_key, COMPONENT, b"", b"", &sealed).map_err(text)?;
    hold(
        opened.as_slice() == b"text",
        "our leaf's private key is not its public key's",
    )
}

fn process(
    group: &mut MlsGroup,
    provider: &Provider<'_>,
    message: &MlsMessageOut,
) -> Result<(), String> {
    let message = received(message)?
        .try_into_protocol_message()
        .map_err(text)?;
    let processed = group.process_message(provider, message).map_err(text)?;
    match processed.into_content() {
        ProcessedMessageContent::StagedCommitMessage(staged) => {
            group.merge_staged_commit(provider, *staged).map_err(text)
        }
        _ => Ok(()),
    }
}

fn received(message: &MlsMessageOut) -> Result<MlsMessageIn, String> {
    let bytes = message.tls_serialize_detached().map_err(text)?;
    MlsMessageIn::tls_deserialize(&mut bytes.as_slice()).map_err(text)
}

fn key() -> Result<SoftwareSigner, String> {
    SoftwareSigner::generate(CipherSuite(SUITE.into())).map_err(text)
}

fn credential(key: &SoftwareSigner) -> CredentialWithKey {
    use crate::signer::Signer as _;
    CredentialWithKey {
        credential: BasicCredential::new(b"self-test".to_vec()).into(),
        signature_key: key.public_key().into(),
    }
}

fn hold(condition: bool, otherwise: &str) -> Result<(), String> {
    if condition {
        Ok(())
    } else {
        Err(otherwise.to_owned())
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_holds_for_the_linked_openmls() {
        assert_eq!(super::self_test(), Ok(()));
    }
}

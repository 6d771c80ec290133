//! Proposals of those who are not members (RFC 9420, section 12.1.8).
//!
//! OpenMLS takes Add, Remove and GroupContextExtensions from external senders, and a client's own
//! Add; everything else of theirs is refused by its peers as well.

use mls_trellis_hooks::{EpochState, LeafIndex, Reject};
use openmls::{
    extensions::SenderExtensionIndex,
    group::{GroupEpoch, GroupId},
    messages::external_proposals::{ExternalProposal, JoinProposal},
    prelude::{KeyPackage, LeafNodeIndex, MlsMessageBodyIn, MlsMessageOut},
    versions::ProtocolVersion,
};
use openmls_rust_crypto::RustCrypto;
use tls_codec::Serialize as _;

use crate::{
    Client, Error, KeyPackageOptions, PublicGroup, Result, Signer,
    crypto::Provider,
    incoming::{group_info_in, message_in},
    signer::WitnessingSigner,
    storage::Storage,
    witness::Witness,
};

impl Client {
    /// Asks the members of a group to add us: a proposal with a new key package of ours, for a group
    /// whose GroupInfo message we have.
    ///
    /// # Errors
    /// As [`Client::key_package`]; [`Error::Malformed`] when the GroupInfo does not decode.
    pub fn ask_to_join(&self, group_info: &[u8]) -> Result<Vec<u8>> {
        let info = group_info_in(group_info)?;
        let suite = mls_trellis_hooks::CipherSuite(info.ciphersuite().into());
        let options = KeyPackageOptions::default().cipher_suite(suite);
        let own = self.key_package(&options)?;
        let key_package = key_package(&self.inner.crypto, &own.message)?;
        let witness = Witness::default();
        let signer = WitnessingSigner::new(self.inner.signer.as_ref(), &witness);
        let message = JoinProposal::new::<Storage<'_>>(
            key_package,
            info.group_id().clone(),
            info.epoch(),
            &signer,
        );
        encode(message.map_err(Error::mls("asking to join"))?)
    }
}

/// Somebody outside the group whom its GroupContext lists as a sender of proposals, such as a hub.
pub struct Outsider<'a> {
    epoch: &'a EpochState,
    signer: &'a dyn Signer,
    index: u32,
}

impl PublicGroup {
    /// Speaks as the external sender that `signer` signs for.
    ///
    /// # Errors
    /// HUB-2 when the group lists no external sender with that key.
    pub fn speak_as<'a>(&'a self, signer: &'a dyn Signer) -> Result<Outsider<'a>> {
        let mut senders = self.epoch().external_senders.iter();
        let index = senders.position(|sender| *sender.signature_key == *signer.public_key());
        let index = index
            .and_then(|index| u32::try_from(index).ok())
            .ok_or_else(|| {
                Reject::misuse("HUB-2", "the group lists no external sender with this key")
            })?;
        Ok(Outsider {
            epoch: self.epoch(),
            signer,
            index,
        })
    }
}

impl Outsider<'_> {
    /// Proposes to remove the member at this position.
    ///
    /// # Errors
    /// ENG-9 when there is no such member.
    pub fn propose_remove(&self, leaf: LeafIndex) -> Result<Vec<u8>> {
        if self.epoch.leaf(leaf).is_none() {
            return Err(Reject::misuse("ENG-9", format!("{leaf} is not a member")).into());
        }
        let (group_id, epoch) = self.group();
        let witness = Witness::default();
        let message = ExternalProposal::new_remove::<Provider<'_>>(
            LeafNodeIndex::new(leaf.0),
            group_id,
            epoch,
            &WitnessingSigner::new(self.signer, &witness),
            SenderExtensionIndex::new(self.index),
        );
        encode(message.map_err(Error::mls("proposing"))?)
    }

    /// Proposes to add the client of this KeyPackage message.
    ///
    /// # Errors
    /// [`Error::Malformed`] or [`Error::Mls`] when the KeyPackage is none.
    pub fn propose_add(&self, message: &[u8]) -> Result<Vec<u8>> {
        let key_package = key_package(&RustCrypto::default(), message)?;
        let (group_id, epoch) = self.group();
        let witness = Witness::default();
        let message = ExternalProposal::new_add::<Provider<'_>>(
            key_package,
            group_id,
            epoch,
            &WitnessingSigner::new(self.signer, &witness),
            SenderExtensionIndex::new(self.index),
        );
        encode(message.map_err(Error::mls("proposing"))?)
    }

    fn group(&self) -> (GroupId, GroupEpoch) {
        (
            GroupId::from_slice(&self.epoch.group_id),
            GroupEpoch::from(self.epoch.epoch),
        )
    }
}

fn key_package(crypto: &RustCrypto, message: &[u8]) -> Result<KeyPackage> {
    match message_in(message, "the KeyPackage")? {
        MlsMessageBodyIn::KeyPackage(key_package) => key_package
            .validate(crypto, ProtocolVersion::Mls10)
            .map_err(Error::mls("validating the KeyPackage")),
        _ => Err(Error::malformed("the KeyPackage")(
            "the message is something else",
        )),
    }
}

fn encode(message: MlsMessageOut) -> Result<Vec<u8>> {
    message
        .tls_serialize_detached()
        .map_err(Error::mls("encoding the proposal"))
}

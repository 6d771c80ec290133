//! The calls OpenMLS makes. Each is one row or one small table.

use mls_trellis_hooks::ComponentId;
use mls_trellis_store::{Row, Scope};
use openmls::prelude::LeafNode;
use openmls_traits::storage::{CURRENT_VERSION as V, StorageProvider, traits};
use serde::Serialize;

use super::{Storage, StorageError, key_package, layout, psk};

// Tables of a group. Each has a single row, whose key is empty, unless said otherwise.
const JOIN_CONFIG: &str = "mls_join_config";
const TREE: &str = "mls_tree";
const CONTEXT: &str = "mls_context";
const INTERIM_TRANSCRIPT_HASH: &str = "mls_interim_transcript_hash";
const CONFIRMATION_TAG: &str = "mls_confirmation_tag";
const GROUP_STATE: &str = "mls_group_state";
const MESSAGE_SECRETS: &str = "mls_message_secrets";
const RESUMPTION_PSKS: &str = "mls_resumption_psks";
const OWN_LEAF_INDEX: &str = "mls_own_leaf_index";
const EPOCH_SECRETS: &str = "mls_epoch_secrets";
const EXPORT_TREE: &str = "mls_export_tree";
/// By epoch and leaf.
const EPOCH_KEYS: &str = "mls_epoch_keys";
/// By running number.
const OWN_LEAVES: &str = "mls_own_leaf";
/// The pending proposals, by running number: they must be read back in the order they came in,
/// since the later of two Updates wins and commits are built in this order.
const PROPOSALS: &str = "mls_proposal";
/// The reference of the proposal with the same number.
const PROPOSAL_REFS: &str = "mls_proposal_ref";

// Tables of the client.
const ENCRYPTION_KEYS: &str = "mls_encryption_key";
const SIGNATURE_KEYS: &str = "mls_signature_key";

/// Writes, reads and deletes a value that a group has once.
macro_rules! once_per_group {
    ($($table:ident, $entity:ident: $write:ident, $read:ident $(, $delete:ident)?;)*) => {$(
        fn $write<G: traits::GroupId<V>, E: traits::$entity<V>>(
            &self,
            group_id: &G,
            value: &E,
        ) -> Result<(), Self::Error> {
            self.write(self.group_row(group_id, $table, &[])?, value)
        }

        fn $read<G: traits::GroupId<V>, E: traits::$entity<V>>(
            &self,
            group_id: &G,
        ) -> Result<Option<E>, Self::Error> {
            self.read(&self.group_row(group_id, $table, &[])?)
        }

        $(fn $delete<G: traits::GroupId<V>>(&self, group_id: &G) -> Result<(), Self::Error> {
            self.delete(self.group_row(group_id, $table, &[])?)
        })?
    )*};
}

impl StorageProvider<V> for Storage<'_> {
    type Error = StorageError;

    once_per_group! {
        JOIN_CONFIG, MlsGroupJoinConfig:
            write_mls_join_config, mls_group_join_config, delete_group_config;
        TREE, TreeSync: write_tree, tree, delete_tree;
        CONTEXT, GroupContext: write_context, group_context, delete_context;
        INTERIM_TRANSCRIPT_HASH, InterimTranscriptHash:
            write_interim_transcript_hash, interim_transcript_hash, delete_interim_transcript_hash;
        CONFIRMATION_TAG, ConfirmationTag:
            write_confirmation_tag, confirmation_tag, delete_confirmation_tag;
        MESSAGE_SECRETS, MessageSecrets:
            write_message_secrets, message_secrets, delete_message_secrets;
        RESUMPTION_PSKS, ResumptionPskStore:
            write_resumption_psk_store, resumption_psk_store, delete_all_resumption_psk_secrets;
        OWN_LEAF_INDEX, LeafNodeIndex:
            write_own_leaf_index, own_leaf_index, delete_own_leaf_index;
        EPOCH_SECRETS, GroupEpochSecrets:
            write_group_epoch_secrets, group_epoch_secrets, delete_group_epoch_secrets;
        EXPORT_TREE, ApplicationExportTree:
            write_application_export_tree, application_export_tree;
    }

    fn delete_application_export_tree<
        G: traits::GroupId<V>,
        E: traits::ApplicationExportTree<V>,
    >(
        &self,
        group_id: &G,
    ) -> Result<(), Self::Error> {
        self.delete(self.group_row(group_id, EXPORT_TREE, &[])?)
    }

    fn write_group_state<E: traits::GroupState<V>, G: traits::GroupId<V>>(
        &self,
        group_id: &G,
        group_state: &E,
    ) -> Result<(), Self::Error> {
        self.write(self.group_row(group_id, GROUP_STATE, &[])?, group_state)
    }

    fn group_state<E: traits::GroupState<V>, G: traits::GroupId<V>>(
        &self,
        group_id: &G,
    ) -> Result<Option<E>, Self::Error> {
        self.read(&self.group_row(group_id, GROUP_STATE, &[])?)
    }

    fn delete_group_state<G: traits::GroupId<V>>(&self, group_id: &G) -> Result<(), Self::Error> {
        self.delete(self.group_row(group_id, GROUP_STATE, &[])?)
    }

    // Our own leaves in pending Updates.

    fn append_own_leaf_node<G: traits::GroupId<V>, E: traits::LeafNode<V>>(
        &self,
        group_id: &G,
        leaf_node: &E,
    ) -> Result<(), Self::Error> {
        self.append(self.scope(group_id)?, OWN_LEAVES, leaf_node)
    }

    fn own_leaf_nodes<G: traits::GroupId<V>, E: traits::LeafNode<V>>(
        &self,
        group_id: &G,
    ) -> Result<Vec<E>, Self::Error> {
        self.read_all(&self.scope(group_id)?, OWN_LEAVES)
    }

    fn delete_own_leaf_nodes<G: traits::GroupId<V>>(
        &self,
        group_id: &G,
    ) -> Result<(), Self::Error> {
        self.forget_own_leaves(&self.scope(group_id)?)
    }

    // Pending proposals.

    fn queue_proposal<
        G: traits::GroupId<V>,
        R: traits::ProposalRef<V>,
        E: traits::QueuedProposal<V>,
    >(
        &self,
        group_id: &G,
        proposal_ref: &R,
        proposal: &E,
    ) -> Result<(), Self::Error> {
        let scope = self.scope(group_id)?;
        let number = self.next_number(&scope, PROPOSAL_REFS)?;
        self.write(
            Row::new(scope.clone(), PROPOSAL_REFS, &number),
            proposal_ref,
        )?;
        self.write(Row::new(scope, PROPOSALS, &number), proposal)
    }

    fn queued_proposal_refs<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group_id: &G,
    ) -> Result<Vec<R>, Self::Error> {
        self.read_all(&self.scope(group_id)?, PROPOSAL_REFS)
    }

    fn queued_proposals<
        G: traits::GroupId<V>,
        R: traits::ProposalRef<V>,
        E: traits::QueuedProposal<V>,
    >(
        &self,
        group_id: &G,
    ) -> Result<Vec<(R, E)>, Self::Error> {
        let scope = self.scope(group_id)?;
        let refs = self.read_all(&scope, PROPOSAL_REFS)?;
        let proposals = self.read_all(&scope, PROPOSALS)?;
        if refs.len() != proposals.len() {
            return Err(StorageError::Layout(PROPOSALS));
        }
        Ok(refs.into_iter().zip(proposals).collect())
    }

    fn remove_proposal<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group_id: &G,
        proposal_ref: &R,
    ) -> Result<(), Self::Error> {
        let scope = self.scope(group_id)?;
        let wanted = layout::encode(PROPOSAL_REFS, proposal_ref)?;
        let refs = self.noted(self.buffer.list(&scope, PROPOSAL_REFS))?;
        // The first of its kind, as OpenMLS does with its copy in memory.
        let Some((number, _)) = refs.iter().find(|(_, found)| *found == wanted) else {
            return Ok(());
        };
        self.delete(Row::new(scope.clone(), PROPOSAL_REFS, number))?;
        self.delete(Row::new(scope, PROPOSALS, number))
    }

    fn clear_proposal_queue<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group_id: &G,
    ) -> Result<(), Self::Error> {
        let scope = self.scope(group_id)?;
        self.delete_all(&scope, PROPOSAL_REFS)?;
        self.delete_all(&scope, PROPOSALS)
    }

    // The HPKE key pairs of our path in the tree.

    fn write_encryption_epoch_key_pairs<
        G: traits::GroupId<V>,
        K: traits::EpochKey<V>,
        E: traits::HpkeKeyPair<V>,
    >(
        &self,
        group_id: &G,
        epoch: &K,
        leaf_index: u32,
        key_pairs: &[E],
    ) -> Result<(), Self::Error> {
        self.write(
            self.epoch_keys_row(group_id, epoch, leaf_index)?,
            &key_pairs,
        )
    }

    fn encryption_epoch_key_pairs<
        G: traits::GroupId<V>,
        K: traits::EpochKey<V>,
        E: traits::HpkeKeyPair<V>,
    >(
        &self,
        group_id: &G,
        epoch: &K,
        leaf_index: u32,
    ) -> Result<Vec<E>, Self::Error> {
        let row = self.epoch_keys_row(group_id, epoch, leaf_index)?;
        Ok(self.read(&row)?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<G: traits::GroupId<V>, K: traits::EpochKey<V>>(
        &self,
        group_id: &G,
        epoch: &K,
        leaf_index: u32,
    ) -> Result<(), Self::Error> {
        self.delete(self.epoch_keys_row(group_id, epoch, leaf_index)?)
    }

    // Key packages.

    fn write_key_package<R: traits::HashReference<V>, E: traits::KeyPackage<V>>(
        &self,
        hash_ref: &R,
        key_package: &E,
    ) -> Result<(), Self::Error> {
        self.write(key_package::row_of(hash_ref)?, key_package)
    }

    fn key_package<R: traits::HashReference<V>, E: traits::KeyPackage<V>>(
        &self,
        hash_ref: &R,
    ) -> Result<Option<E>, Self::Error> {
        self.read(&key_package::row_of(hash_ref)?)
    }

    fn delete_key_package<R: traits::HashReference<V>>(
        &self,
        hash_ref: &R,
    ) -> Result<(), Self::Error> {
        let row = key_package::row_of(hash_ref)?;
        if self.keeps_key_package(&row)? {
            return Ok(());
        }
        self.delete(row)
    }

    // Pre-shared keys.

    fn write_psk<K: traits::PskId<V>, E: traits::PskBundle<V>>(
        &self,
        psk_id: &K,
        psk: &E,
    ) -> Result<(), Self::Error> {
        match psk::row_of(&layout::Psk::of(psk_id)?) {
            Some(row) => self.write(row, psk),
            None => Ok(()),
        }
    }

    fn psk<E: traits::PskBundle<V>, K: traits::PskId<V>>(
        &self,
        psk_id: &K,
    ) -> Result<Option<E>, Self::Error> {
        let name = layout::Psk::of(psk_id)?;
        let Some(row) = psk::row_of(&name) else {
            return Ok(None);
        };
        if let Some(stored) = self.read(&row)? {
            return Ok(Some(stored));
        }
        let layout::Psk::Application {
            component_id,
            psk_id,
        } = &name
        else {
            return Ok(None);
        };
        let component = ComponentId(*component_id);
        let Some(secret) = self.policy.psk(component, layout::Psk::id(psk_id)) else {
            return Ok(None);
        };
        layout::decode(row.table, &psk::bundle(&secret)?).map(Some)
    }

    fn delete_psk<K: traits::PskId<V>>(&self, psk_id: &K) -> Result<(), Self::Error> {
        match psk::row_of(&layout::Psk::of(psk_id)?) {
            Some(row) => self.delete(row),
            None => Ok(()),
        }
    }

    // Loose key pairs: HPKE keys of pending Updates, and signature keys (which we keep elsewhere).

    fn write_encryption_key_pair<K: traits::EncryptionKey<V>, E: traits::HpkeKeyPair<V>>(
        &self,
        public_key: &K,
        key_pair: &E,
    ) -> Result<(), Self::Error> {
        self.write(client_row(ENCRYPTION_KEYS, public_key)?, key_pair)
    }

    fn encryption_key_pair<E: traits::HpkeKeyPair<V>, K: traits::EncryptionKey<V>>(
        &self,
        public_key: &K,
    ) -> Result<Option<E>, Self::Error> {
        self.read(&client_row(ENCRYPTION_KEYS, public_key)?)
    }

    fn delete_encryption_key_pair<K: traits::EncryptionKey<V>>(
        &self,
        public_key: &K,
    ) -> Result<(), Self::Error> {
        self.delete(client_row(ENCRYPTION_KEYS, public_key)?)
    }

    fn write_signature_key_pair<
        K: traits::SignaturePublicKey<V>,
        E: traits::SignatureKeyPair<V>,
    >(
        &self,
        public_key: &K,
        signature_key_pair: &E,
    ) -> Result<(), Self::Error> {
        self.write(client_row(SIGNATURE_KEYS, public_key)?, signature_key_pair)
    }

    fn signature_key_pair<K: traits::SignaturePublicKey<V>, E: traits::SignatureKeyPair<V>>(
        &self,
        public_key: &K,
    ) -> Result<Option<E>, Self::Error> {
        self.read(&client_row(SIGNATURE_KEYS, public_key)?)
    }

    fn delete_signature_key_pair<K: traits::SignaturePublicKey<V>>(
        &self,
        public_key: &K,
    ) -> Result<(), Self::Error> {
        self.delete(client_row(SIGNATURE_KEYS, public_key)?)
    }
}

impl Storage<'_> {
    /// Forgets our own leaves in pending Updates, with their private keys: OpenMLS deletes the key
    /// of an Update that was committed, and leaves those of all others behind.
    pub(crate) fn forget_own_leaves(&self, scope: &Scope) -> Result<(), StorageError> {
        for leaf in self.read_all::<LeafNode>(scope, OWN_LEAVES)? {
            self.delete(client_row(ENCRYPTION_KEYS, leaf.encryption_key())?)?;
        }
        self.delete_all(scope, OWN_LEAVES)
    }

    fn epoch_keys_row(
        &self,
        group_id: &impl Serialize,
        epoch: &impl Serialize,
        leaf_index: u32,
    ) -> Result<Row, StorageError> {
        let key = layout::encode(EPOCH_KEYS, &(epoch, leaf_index))?;
        self.group_row(group_id, EPOCH_KEYS, &key)
    }
}

fn client_row(table: &'static str, key: &impl Serialize) -> Result<Row, StorageError> {
    let key = layout::encode(table, key)?;
    Ok(Row::new(Scope::client(), table, &key))
}

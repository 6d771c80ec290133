//! One component's access to a group's keys and to a store of its own.

use std::marker::PhantomData;

use mls_trellis_hooks::{
    Component, ComponentHandle, ComponentId, EpochState, HandleError, HpkeCiphertext, LeafIndex,
    Reject, Secret,
};
use mls_trellis_store::Row;
use openmls_traits::OpenMlsProvider as _;

use super::{Failed, Group, Live, linked};
use crate::{
    Error, Result, client::cipher_suite, safe, signer::SignatureScheme, step::Step, storage,
};

/// The table of a component's own rows: two bytes of its id, then its key.
const PLUGIN: &str = "plugin";

/// Component `C`'s access to one group, bound to its id: it cannot sign, decrypt or export as
/// another (draft-ietf-mls-extensions-10, sections 4.2 to 4.5).
///
/// It borrows the group; take a new one for each use.
pub struct Handle<'g, C> {
    group: &'g mut Group,
    component: PhantomData<fn() -> C>,
}

impl<'g, C: Component> Handle<'g, C> {
    pub(super) fn new(group: &'g mut Group) -> Self {
        Self {
            group,
            component: PhantomData,
        }
    }

    /// The component's secret of the epoch that our sealed commit would create, before it is
    /// accepted. It counts as the one hand-out of that epoch.
    ///
    /// # Errors
    /// EXP-3 when it was handed out before; ENG-15 when no commit is sealed.
    pub fn export_pending_secret(&mut self) -> Result<Secret, HandleError> {
        self.export(|live, step, id| {
            let (crypto, storage) = (step.provider.crypto(), step.provider.storage());
            live.mls
                .safe_export_secret_from_pending(crypto, storage, id.0)
                .map_err(|_| consumed())
        })
    }

    fn export(
        &mut self,
        export: impl FnOnce(&mut Live, &Step<'_>, ComponentId) -> Result<Vec<u8>, Reject>,
    ) -> Result<Secret, HandleError> {
        let id = self.linked()?;
        // The puncture is in the batch; the secret is handed out once the batch is durable.
        let secret = self.group.work(|live, step| Ok(export(live, step, id)?));
        secret.map(Secret::from).map_err(failed)
    }

    fn linked(&self) -> Result<ComponentId, HandleError> {
        linked::<C>(&self.group.client).map_err(failed)
    }

    fn row(&self, key: &[u8]) -> Result<Row, HandleError> {
        let key = [&self.linked()?.0.to_be_bytes(), key].concat();
        Ok(Row::new(self.group.scope.clone(), PLUGIN, &key))
    }

    fn suite(&self) -> Result<openmls::prelude::Ciphersuite, HandleError> {
        cipher_suite(self.group.epoch.cipher_suite).map_err(failed)
    }

    fn member(&self, leaf: LeafIndex) -> Result<&mls_trellis_hooks::LeafInfo, HandleError> {
        let member = self.group.epoch.leaf(leaf);
        Ok(member.ok_or_else(|| Reject::misuse("ENG-9", format!("{leaf} is not a member")))?)
    }
}

impl<C: Component> ComponentHandle for Handle<'_, C> {
    fn id(&self) -> ComponentId {
        self.group.client.plugins().ids().of::<C>()
    }

    fn epoch(&self) -> &EpochState {
        &self.group.epoch
    }

    fn export_secret(&mut self) -> Result<Secret, HandleError> {
        self.export(|live, step, id| {
            let (crypto, storage) = (step.provider.crypto(), step.provider.storage());
            live.mls
                .safe_export_secret(crypto, storage, id.0)
                .map_err(|_| consumed())
        })
    }

    fn sign(&self, label: &[u8], content: &[u8]) -> Result<Vec<u8>, HandleError> {
        // The group need not be loaded for this; no two members have the same key (LEAF-1).
        let client = &self.group.client;
        let mut keys = self
            .group
            .epoch
            .leaves
            .values()
            .map(|leaf| &leaf.signature_key);
        let own = keys.find(|key| client.owns(key)).cloned();
        let signer = client.signer_of(&own.unwrap_or_default());
        safe::sign(signer, self.linked()?, label, content)
    }

    fn verify(
        &self,
        signer: LeafIndex,
        component: ComponentId,
        label: &[u8],
        content: &[u8],
        signature: &[u8],
    ) -> Result<(), HandleError> {
        let scheme = SignatureScheme::of(self.group.epoch.cipher_suite)
            .ok_or_else(|| HandleError::Crypto("the suite's signature scheme is unknown".into()))?;
        let key = &self.member(signer)?.signature_key;
        let crypto = &self.group.client.inner.crypto;
        safe::verify(crypto, scheme, key, component, label, content, signature)
    }

    fn seal(
        &self,
        to: LeafIndex,
        component: ComponentId,
        label: &[u8],
        context: &[u8],
        plaintext: &[u8],
    ) -> Result<HpkeCiphertext, HandleError> {
        let key = &self.member(to)?.encryption_key;
        let crypto = &self.group.client.inner.crypto;
        safe::seal(
            crypto,
            self.suite()?,
            key,
            component,
            label,
            context,
            plaintext,
        )
    }

    fn open(
        &mut self,
        label: &[u8],
        context: &[u8],
        ciphertext: &HpkeCiphertext,
    ) -> Result<Secret, HandleError> {
        let (id, suite) = (self.linked()?, self.suite()?);
        let own = self.group.own_leaf().map_err(failed)?;
        let public_key = self.member(own)?.encryption_key.clone();
        let private_key = self.group.read(|live, step| {
            Ok(safe::leaf_private_key(
                step.provider.storage(),
                live.mls.group_id(),
                live.mls.epoch(),
                own.0,
                &public_key,
            )?)
        });
        let private_key = private_key
            .map_err(failed)?
            .ok_or_else(|| HandleError::Crypto("our leaf's private key is not stored".into()))?;
        let crypto = &self.group.client.inner.crypto;
        safe::open(crypto, suite, &private_key, id, label, context, ciphertext)
    }

    fn put_psk(&mut self, psk_id: &[u8], psk: Secret) -> Result<(), HandleError> {
        let id = self.linked()?;
        let stored = self.group.client.step(None, |step| {
            Ok(storage::put_psk(step.buffer, id, psk_id, &psk)?)
        });
        stored.map_err(failed)
    }

    fn delete_psk(&mut self, psk_id: &[u8]) -> Result<(), HandleError> {
        let id = self.linked()?;
        let deleted = self.group.client.step(None, |step| {
            Ok(storage::delete_psk(step.buffer, id, psk_id)?)
        });
        deleted.map_err(failed)
    }

    fn load(&self, key: &[u8]) -> Result<Option<Secret>, HandleError> {
        let row = self.group.client.inner.store.get(&self.row(key)?);
        let row = row.map_err(|e| HandleError::Store(e.to_string()))?;
        Ok(row.map(|value| Secret::from(value.to_vec())))
    }

    fn store(&mut self, key: &[u8], value: Option<Secret>) -> Result<(), HandleError> {
        let row = self.row(key)?;
        let stored = self.group.work(|_, step| {
            match value {
                Some(value) => step.buffer.put(row, value.as_slice().to_vec()),
                None => step.buffer.delete(row),
            }
            .map_err(Failed::intact)
        });
        stored.map_err(failed)
    }
}

/// OpenMLS refuses to export: handed out before, or the group knows no such secrets yet.
fn consumed() -> Reject {
    Reject::misuse(
        "EXP-3",
        "the component's secret of this epoch was handed out before, or the epoch has none",
    )
}

fn failed(error: Error) -> HandleError {
    match error {
        Error::Rejected(reject) => reject.into(),
        Error::Store(error) => HandleError::Store(error.to_string()),
        other => HandleError::Crypto(other.to_string()),
    }
}

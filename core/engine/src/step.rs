//! One step: everything it writes goes into one batch, and nothing leaves before the batch is
//! durable.

use mls_trellis_hooks::{ComponentId, Plugins, PskView, Secret};
use mls_trellis_store::{Scope, Store};
use openmls_rust_crypto::RustCrypto;

use crate::{
    Result,
    crypto::Provider,
    mls,
    signer::{Signer, WitnessingSigner},
    storage::{Buffer, Policy, Realm, Storage},
    witness::Witness,
};

/// What a step works with. It lives as long as the step and is dropped with it; whatever was not
/// committed by then has not happened.
pub(crate) struct Step<'s> {
    pub(crate) plugins: &'s Plugins,
    pub(crate) buffer: &'s Buffer<'s>,
    pub(crate) provider: Provider<'s>,
    pub(crate) witness: &'s Witness,
    /// The signer, observed by the witness.
    pub(crate) signer: WitnessingSigner<'s>,
}

/// What steps of a client or hub share.
pub(crate) struct Ground<'c> {
    pub(crate) plugins: &'c Plugins,
    pub(crate) store: &'c dyn Store,
    pub(crate) crypto: &'c RustCrypto,
    pub(crate) signer: &'c dyn Signer,
}

/// Runs one step. The batch is applied only if `work` succeeds, and only if `scope` is still at
/// `version`; the caller drops whatever it changed in memory if this fails.
pub(crate) fn step<R>(
    ground: &Ground<'_>,
    realm: Realm,
    guard: Option<(Scope, u64)>,
    work: impl FnOnce(&Step<'_>) -> Result<R>,
) -> Result<R> {
    let buffer = Buffer::new(ground.store);
    let witness = Witness::default();
    let policy = PluginPolicy {
        plugins: ground.plugins,
    };
    let storage = Storage::new(&buffer, realm, &policy);
    let step = Step {
        plugins: ground.plugins,
        buffer: &buffer,
        provider: Provider::new(ground.crypto, &witness, storage),
        witness: &witness,
        signer: WitnessingSigner::new(ground.signer, &witness),
    };
    // OpenMLS does not always hand through what the store or the signer said.
    let result = work(&step);
    if let Some(fault) = buffer.take_fault() {
        return Err(fault.into());
    }
    let result = result.map_err(|error| match step.signer.take_fault() {
        Some(fault) => fault.into(),
        None => error,
    })?;
    drop(step);
    let mut batch = buffer.into_batch();
    if let Some((scope, version)) = guard {
        batch.guard(scope, version);
    }
    let changes = !batch.is_empty() || batch.guards().next().is_some();
    if changes {
        ground.store.apply(&batch)?;
    }
    Ok(result)
}

/// What the plugins say where OpenMLS asks its store.
struct PluginPolicy<'p> {
    plugins: &'p Plugins,
}

impl Policy for PluginPolicy<'_> {
    fn keep_key_package(&self, key_package: &[u8]) -> bool {
        let Ok(key_package) = mls::decode::<mls::KeyPackage>(key_package) else {
            return false;
        };
        let Ok(Some(dictionary)) = mls::dictionary(&key_package.extensions) else {
            return false;
        };
        dictionary.iter().any(|(id, mark)| {
            let entry = self.plugins.component(*id);
            let facet = entry.and_then(|entry| entry.key_package_data.as_ref());
            facet.is_some_and(|facet| facet.keep_after_join(mark.as_slice()))
        })
    }

    fn psk(&self, component: ComponentId, psk_id: &[u8]) -> Option<Secret> {
        let source = self.plugins.component(component)?.psk_source.as_ref()?;
        let cx = PskView {
            id: component,
            group_id: None,
        };
        source.psk(&cx, psk_id)
    }
}

//! Contexts of KeyPackages as the engine meets them, and in groups.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod bytes;
mod groups;

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, AddView, AddedKeyPackage, EpochState, ExtensionEntry, ExtensionType, LeafIndex,
    LeafInfo, Origin, Plugins, RawExtension, Reject,
};
use mls_trellis_kp_context::KP_CONTEXT;

const TYPE: ExtensionType = ExtensionType(0xf00b);

/// The kind as it is installed.
fn kp_context() -> ExtensionEntry {
    let plugins = Plugins::builder()
        .add(KP_CONTEXT.make(), Origin::here())
        .build()
        .unwrap();
    plugins.extension(TYPE).unwrap().clone()
}

fn key_package(data: &[u8]) -> AddedKeyPackage {
    AddedKeyPackage {
        leaf: Arc::new(LeafInfo::basic("bob")),
        dictionary: None,
        extensions: vec![RawExtension {
            extension_type: TYPE,
            data: data.into(),
        }],
    }
}

/// What the kind says of a KeyPackage with these bytes that is added to the group `room`.
fn checked(data: &[u8]) -> Result<(), Reject> {
    let (epoch, from) = (EpochState::new(b"room"), Actor::Member(LeafIndex(0)));
    let cx = AddView {
        epoch: &epoch,
        from: &from,
        key_package: &key_package(data),
    };
    let facet = kp_context().key_package.unwrap();
    facet.check_added(&cx, data)?;
    facet.advise(&cx, data)
}

fn rule(result: Result<(), Reject>) -> String {
    result.unwrap_err().rule().to_owned()
}

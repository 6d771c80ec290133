//! Clients that send the ratchet tree beside the Welcome.

use std::sync::Arc;

use mls_trellis_basic::Basic;
use mls_trellis_engine::{
    Client, Error, Framing, KeyPackageOptions, MemoryStore, OwnKeyPackage, PublicGroup, Settings,
    SoftwareSigner,
};
use mls_trellis_hooks::{CipherSuite, Credential, Origin, Plugins};
use mls_trellis_ratchet_tree_options::{RATCHET_TREE_OPTIONS, RatchetTreeOptions};

pub(crate) fn plugins() -> Plugins {
    Plugins::builder()
        .add(Arc::new(Basic), Origin::here())
        .add(RATCHET_TREE_OPTIONS.make(), Origin::here())
        .build()
        .unwrap()
}

/// A client whose Welcomes and GroupInfos have the tree inside, or not.
pub(crate) fn client_with(name: &str, tree_inside: bool, framing: Framing) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins())
        .identity(Credential::basic(name), Arc::new(signer))
        .settings(Settings {
            tree_inside,
            framing,
            ..Settings::default()
        })
        .build()
        .unwrap()
}

pub(crate) fn client(name: &str) -> Client {
    client_with(name, false, Framing::Public)
}

pub(crate) fn key_package(client: &Client) -> OwnKeyPackage {
    client.key_package(&KeyPackageOptions::default()).unwrap()
}

pub(crate) fn follow(group_info: &[u8], ratchet_tree: Option<&[u8]>) -> PublicGroup {
    let store = Arc::new(MemoryStore::default());
    PublicGroup::follow(plugins(), store, group_info, ratchet_tree).unwrap()
}

pub(crate) fn rule_of<T>(result: Result<T, Error>) -> String {
    match result.map(drop).unwrap_err() {
        Error::Rejected(reject) => reject.rule().to_owned(),
        other => panic!("not refused by a rule: {other:?}"),
    }
}

/// Joins by a Welcome with this option beside it.
pub(crate) fn join(
    client: &Client,
    welcome: &[u8],
    option: &[u8],
) -> Result<mls_trellis_engine::Group, Error> {
    client.join_beside::<RatchetTreeOptions>(welcome, option)
}

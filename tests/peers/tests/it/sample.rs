//! A Trellis client with a component that stock peers know by its bytes only.

use std::sync::Arc;

use mls_trellis_bundle::{
    basic::Basic,
    self_remove::SelfRemove,
    targeted_messages::{Revision, TargetedMessages},
};
use mls_trellis_engine::{Client, SoftwareSigner};
use mls_trellis_hooks::{
    AadItem, AadView, Actor, CipherSuite, CommitView, Component, ComponentId, Credential, Draft,
    Ephemeral, FoldView, GroupState, Hooks, Origin, Plugin, Plugins, Reject, Sent, wire::Opaque,
};

pub(crate) const NOTE: ComponentId = ComponentId(0x8160);

/// Bytes that the last update replaces, notices of any bytes, and the epoch in the AAD.
pub(crate) struct Note;

impl Component for Note {
    const NAME: &'static str = "note";
    const DEFAULT_ID: ComponentId = NOTE;
    const DRAFT: Draft = Draft::private("note", "1");
}

impl GroupState for Note {
    type State = Opaque;
    type Update = Opaque;

    fn fold(
        &self,
        _: &FoldView<'_>,
        _: Option<Opaque>,
        updates: &[Sent<Opaque>],
    ) -> Result<Opaque, Reject> {
        let last = updates.last().map(|update| update.body.clone());
        last.ok_or_else(|| Reject::misuse("NOTE-1", "no update"))
    }
}

impl Ephemeral for Note {
    type Notice = Opaque;

    fn check_notice(&self, _: &CommitView<'_>, _: &Actor, _: &Opaque) -> Result<(), Reject> {
        Ok(())
    }
}

impl AadItem for Note {
    type Item = u64;

    fn item(&self, cx: &AadView<'_>) -> Result<Option<u64>, Reject> {
        Ok(Some(cx.epoch.epoch))
    }

    fn check_item(&self, cx: &AadView<'_>, _: &Actor, item: &u64) -> Result<(), Reject> {
        match *item == cx.epoch.epoch {
            true => Ok(()),
            false => Err(Reject::peer("NOTE-2", "the item names another epoch")),
        }
    }
}

impl Plugin for Note {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).group_state().ephemeral().aad_item();
    }
}

fn plugins(revision: Revision) -> Plugins {
    let here = Origin::here();
    Plugins::builder()
        .add(Arc::new(Basic), here)
        .add(Arc::new(Note), here)
        .add(Arc::new(SelfRemove), here)
        .add(Arc::new(TargetedMessages::revision(revision)), here)
        .build()
        .unwrap()
}

/// A client whose targeted messages are of revision 01, as those of OpenMLS.
pub(crate) fn client(name: &str) -> Client {
    client_of(name, Revision::V01)
}

pub(crate) fn client_of(name: &str, revision: Revision) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins(revision))
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

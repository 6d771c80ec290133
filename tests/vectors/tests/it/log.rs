//! A component whose state is all updates, one after the other, and whose notices are any bytes.

use std::sync::Arc;

use mls_trellis_bundle::basic::Basic;
use mls_trellis_engine::{Client, MemoryStore, SoftwareSigner};
use mls_trellis_hooks::{
    Actor, CipherSuite, CommitView, Component, ComponentId, Credential, Draft, Ephemeral, FoldView,
    GroupState, Hooks, Origin, Plugin, Plugins, Reject, Sent,
};
use tls_codec::{Deserialize, Serialize, Size};

/// All bytes that are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Size for Bytes {
    fn tls_serialized_len(&self) -> usize {
        self.0.len()
    }
}

impl Serialize for Bytes {
    fn tls_serialize<W: std::io::Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        writer.write_all(&self.0)?;
        Ok(self.0.len())
    }
}

impl Deserialize for Bytes {
    fn tls_deserialize<R: std::io::Read>(bytes: &mut R) -> Result<Self, tls_codec::Error> {
        let mut all = Vec::new();
        bytes.read_to_end(&mut all)?;
        Ok(Self(all))
    }
}

/// The component with number `ID`.
pub(crate) struct Log<const ID: u16>;

impl<const ID: u16> Component for Log<ID> {
    const NAME: &'static str = match ID {
        0x8001 => "log-1",
        0x8002 => "log-2",
        0x8003 => "log-3",
        0x8101 => "log-101",
        0x8102 => "log-102",
        _ => "log-103",
    };
    const DEFAULT_ID: ComponentId = ComponentId(ID);
    const DRAFT: Draft = Draft::private("log", "1");
}

impl<const ID: u16> GroupState for Log<ID> {
    type State = Bytes;
    type Update = Bytes;

    fn fold(
        &self,
        _: &FoldView<'_>,
        state: Option<Bytes>,
        updates: &[Sent<Bytes>],
    ) -> Result<Bytes, Reject> {
        let updates = updates.iter().map(|update| update.body.0.as_slice());
        let mut log = state.unwrap_or_default();
        updates.for_each(|update| log.0.extend_from_slice(update));
        Ok(log)
    }
}

impl<const ID: u16> Ephemeral for Log<ID> {
    type Notice = Bytes;

    fn check_notice(&self, _: &CommitView<'_>, _: &Actor, _: &Bytes) -> Result<(), Reject> {
        Ok(())
    }
}

impl<const ID: u16> Plugin for Log<ID> {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).group_state().ephemeral();
    }
}

pub(crate) fn plugins() -> Plugins {
    let here = Origin::here();
    Plugins::builder()
        .add(Arc::new(Basic), here)
        .add(Arc::new(Log::<0x8001>), here)
        .add(Arc::new(Log::<0x8002>), here)
        .add(Arc::new(Log::<0x8003>), here)
        .add(Arc::new(Log::<0x8101>), here)
        .add(Arc::new(Log::<0x8102>), here)
        .add(Arc::new(Log::<0x8103>), here)
        .build()
        .unwrap()
}

/// A client with those components.
pub(crate) fn client(name: &str) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    client_with(name, signer, Arc::new(MemoryStore::default()))
}

pub(crate) fn client_with(name: &str, signer: SoftwareSigner, store: Arc<MemoryStore>) -> Client {
    Client::builder(plugins())
        .store(store)
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

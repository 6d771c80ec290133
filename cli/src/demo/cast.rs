//! Who takes part: people with their clients, and the hub between them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use mls_trellis_engine::{
    Client, EpochChange, Event, Followed, Group, KeyPackageOptions, PublicGroup, Received,
    SoftwareSigner,
};
use mls_trellis_hooks::{CipherSuite, Credential, Plugins, Secret};
use mls_trellis_store_sqlite::SqliteStore;

use super::{Error, unexpected};

/// MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519.
const SUITE: CipherSuite = CipherSuite(0x0001);

/// Somebody with a client, and perhaps in the room.
pub(super) struct Person {
    pub(super) name: &'static str,
    /// The room, while they are in it.
    pub(super) room: Option<Group>,
    /// What they learned last.
    pub(super) learned: Option<Event>,
    client: Client,
    plugins: Plugins,
    database: PathBuf,
    /// Where an application keeps the signature key; the client itself never stores it.
    keystore: Secret,
}

impl Person {
    pub(super) fn new(
        name: &'static str,
        plugins: Plugins,
        directory: &Path,
    ) -> Result<Self, Error> {
        let keystore = SoftwareSigner::generate(SUITE)?.to_secret();
        let database = directory.join(format!("{name}.db"));
        Ok(Self {
            name,
            room: None,
            learned: None,
            client: client(name, &plugins, &database, &keystore)?,
            plugins,
            database,
            keystore,
        })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn room(&mut self) -> Result<&mut Group, Error> {
        let missing = || unexpected(format!("{} is not in the room", self.name));
        self.room.as_mut().ok_or_else(missing)
    }

    /// A key package, as it is published for others to add its owner.
    pub(super) fn key_package(&self) -> Result<Vec<u8>, Error> {
        Ok(self
            .client
            .key_package(&KeyPackageOptions::default())?
            .message)
    }

    /// The epoch change they learned of last.
    pub(super) fn change(&self) -> Result<&EpochChange, Error> {
        match &self.learned {
            Some(Event::Epoch(change)) => Ok(change),
            other => Err(unexpected(format!("{} learned {other:?}", self.name))),
        }
    }

    /// Forgets everything that is not on disk, and begins again from there.
    pub(super) fn restart(&mut self) -> Result<(), Error> {
        let group_id = self.room()?.id().to_vec();
        self.room = None;
        self.client = client(self.name, &self.plugins, &self.database, &self.keystore)?;
        self.room = Some(self.client.group(&group_id)?);
        Ok(())
    }

    /// Takes in a message from the hub, and acts on what follows from it.
    pub(super) fn take_in(&mut self, message: &[u8]) -> Result<(), Error> {
        match self.room()?.receive(message)? {
            Received::Message(..) | Received::Epoch(..) | Received::Proposal(..) => self.act(),
            Received::Removed(..) => {
                self.act()?;
                self.room = None;
                Ok(())
            }
            other => {
                let name = self.name;
                Err(unexpected(format!("{name} received {other:?}")))
            }
        }
    }

    /// Acts on every event in the inbox, oldest first. To act is, here, to remember the last. What
    /// is not acknowledged is still there after a crash.
    pub(super) fn act(&mut self) -> Result<(), Error> {
        let room = self.room()?;
        let mut learned = None;
        for delivered in room.inbox()? {
            room.acknowledge(&delivered)?;
            learned = Some(delivered.into_event());
        }
        self.learned = learned;
        Ok(())
    }
}

fn client(
    name: &str,
    plugins: &Plugins,
    database: &Path,
    keystore: &Secret,
) -> Result<Client, Error> {
    let signer = SoftwareSigner::from_secret(keystore)?;
    let client = Client::builder(plugins.clone())
        .store(Arc::new(SqliteStore::open(database)?))
        .identity(Credential::basic(name), Arc::new(signer))
        .build()?;
    Ok(client)
}

/// The Delivery Service: it takes one commit for each epoch, and only what the plugins allow. It
/// has no secret of the room.
pub(super) struct Hub {
    plugins: Plugins,
    database: PathBuf,
    room: Option<PublicGroup>,
    /// With this, others can join from outside.
    group_info: Vec<u8>,
}

impl Hub {
    pub(super) fn new(plugins: Plugins, directory: &Path) -> Self {
        Self {
            plugins,
            database: directory.join("hub.db"),
            room: None,
            group_info: Vec::new(),
        }
    }

    pub(super) fn follow(&mut self, group_info: Vec<u8>) -> Result<(), Error> {
        let store = Arc::new(SqliteStore::open(&self.database)?);
        let room = PublicGroup::follow(self.plugins.clone(), store, &group_info, None)?;
        self.room = Some(room);
        self.group_info = group_info;
        Ok(())
    }

    pub(super) fn room(&mut self) -> Result<&mut PublicGroup, Error> {
        let missing = || unexpected("the hub follows no room");
        self.room.as_mut().ok_or_else(missing)
    }

    /// Takes in a commit or proposal before anybody else sees it.
    pub(super) fn take_in(&mut self, message: &[u8]) -> Result<Followed, Error> {
        Ok(self.room()?.receive(message)?)
    }

    pub(super) fn keep_group_info(&mut self, group_info: Option<&Vec<u8>>) {
        if let Some(group_info) = group_info {
            self.group_info.clone_from(group_info);
        }
    }

    pub(super) fn group_info(&self) -> &[u8] {
        &self.group_info
    }
}

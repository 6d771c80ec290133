//! Who takes part: people with their clients, and the hub between them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use mls_trellis_bundle::mimi_room::franking::FrankingAgent;
use mls_trellis_engine::{
    Admission, Client, EpochChange, Event, Followed, Group, KeyPackageOptions, Message,
    PublicGroup, Received, Signer as _, SoftwareSigner, Stamps, Submission,
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

    /// Takes in a message with what the hub attached to it.
    pub(super) fn take_in_stamped(
        &mut self,
        message: &[u8],
        stamps: &Stamps,
    ) -> Result<Message, Error> {
        match self.room()?.receive_stamped(message, stamps)? {
            Received::Message(_, message) => {
                self.act()?;
                Ok(message)
            }
            other => Err(unexpected(format!("{} received {other:?}", self.name))),
        }
    }

    /// Takes in what somebody wrote to them alone.
    pub(super) fn hear(&mut self, message: &[u8]) -> Result<String, Error> {
        match self.room()?.receive(message)? {
            Received::Direct(_, direct) => {
                self.act()?;
                Ok(String::from_utf8_lossy(&direct.body).into_owned())
            }
            other => Err(unexpected(format!("{} received {other:?}", self.name))),
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
    /// Signs for the hub.
    signer: Arc<SoftwareSigner>,
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| unexpected(format!("no random bytes: {e}")))?;
    Ok(bytes)
}

impl Hub {
    pub(super) fn new(plugins: Plugins, directory: &Path) -> Result<Self, Error> {
        Ok(Self {
            plugins,
            database: directory.join("hub.db"),
            room: None,
            group_info: Vec::new(),
            signer: Arc::new(SoftwareSigner::generate(SUITE)?),
        })
    }

    /// Who franks messages, as the room's members are told.
    pub(super) fn agent(&self) -> FrankingAgent {
        let hub = Credential::basic("mimi://hub.example");
        FrankingAgent::new(self.signer.public_key(), &hub)
    }

    /// What the hub attaches to a message that it cannot read.
    pub(super) fn stamp(&mut self, message: &[u8], sender: &str) -> Result<Stamps, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map(|now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        let signer = self.signer.clone();
        let submission = Submission {
            message,
            sender,
            accepted_at: now.unwrap_or_default(),
            signer: signer.as_ref(),
        };
        match self.room()?.submit(&submission)? {
            Admission::Accepted(stamps) => Ok(stamps),
            other => Err(unexpected(format!("the hub found {other:?}"))),
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

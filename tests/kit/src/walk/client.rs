//! One client of a walk, whose store may fail.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Error, Framing, Group, PublicGroup, Result as Step, Settings, SoftwareSigner, Store,
};
use mls_trellis_hooks::{CipherSuite, EpochState};

use super::ROOM;
use crate::{
    Property, Subject,
    failure::Broken,
    faulty::{FaultyStore, Trouble},
};

/// A client that may or may not be a member.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) client: Client,
    pub(super) store: Arc<FaultyStore>,
    signer: Arc<SoftwareSigner>,
    framing: Framing,
}

impl Person {
    pub(super) fn new(subject: &Subject, name: &str, framing: Framing) -> Result<Self, Broken> {
        let signer = SoftwareSigner::generate(CipherSuite(0x0001));
        let signer = Arc::new(signer.map_err(|e| setup(name, e.into()))?);
        let store = Arc::new(FaultyStore::default());
        let client = client(subject, name, &store, &signer, framing)?;
        Ok(Self {
            name: name.to_owned(),
            client,
            store,
            signer,
            framing,
        })
    }

    /// Builds the client again over the same store, with new instances of the plugins.
    pub(super) fn restart(&mut self, subject: &Subject) -> Result<(), Broken> {
        self.client = client(subject, &self.name, &self.store, &self.signer, self.framing)?;
        Ok(())
    }

    pub(super) fn signature_key(&self) -> &[u8] {
        mls_trellis_engine::Signer::public_key(self.signer.as_ref())
    }
}

fn client(
    subject: &Subject,
    name: &str,
    store: &Arc<FaultyStore>,
    signer: &Arc<SoftwareSigner>,
    framing: Framing,
) -> Result<Client, Broken> {
    let settings = Settings {
        framing,
        ..Settings::default()
    };
    let store: Arc<dyn Store> = store.clone();
    let built = Client::builder(subject.plugins()?)
        .store(store)
        .identity(subject.credential(name), signer.clone())
        .settings(settings)
        .build();
    built.map_err(|e| setup(name, e))
}

fn setup(name: &str, error: Error) -> Broken {
    Broken::new(
        Property::Setup,
        format!("client {name} cannot be built: {error}"),
    )
}

/// A client that is a member.
pub(super) struct Member {
    pub(super) person: Person,
    group: Option<Group>,
}

/// What came of a step that was tried.
pub(super) enum Tried<R> {
    Done(R),
    /// A rule refuses it, and nothing changed.
    Refused(Error),
    /// The store failed after it had written everything: it is done, and nobody saw the result.
    Unseen,
}

/// What must not change when a step fails.
#[derive(PartialEq)]
pub(super) struct Snapshot {
    pub(super) epoch: EpochState,
    authenticator: Vec<u8>,
    sealed: Option<Vec<u8>>,
    // Whoever was removed learns no secrets of the epoch after.
    active: bool,
}

impl Snapshot {
    pub(super) fn same_secrets(&self, other: &Self) -> bool {
        self.authenticator == other.authenticator
    }
}

impl Member {
    pub(super) fn new(person: Person, group: Group) -> Self {
        Self {
            person,
            group: Some(group),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.person.name
    }

    pub(super) fn group(&mut self) -> Result<&mut Group, Broken> {
        if self.group.is_none() {
            let group = self.person.client.group(ROOM);
            self.group = Some(group.map_err(|e| {
                let what = format!("{} cannot load its group again: {e}", self.person.name);
                Broken::new(Property::Atomicity, what)
            })?);
        }
        self.group
            .as_mut()
            .ok_or_else(|| Broken::new(Property::Setup, "no group"))
    }

    /// Takes the client down and builds it again over the same store.
    pub(super) fn restart(&mut self, subject: &Subject) -> Result<(), Broken> {
        self.group = None;
        self.person.restart(subject)?;
        self.group().map(drop)
    }

    pub(super) fn snapshot(&mut self) -> Result<Snapshot, Broken> {
        let name = self.person.name.clone();
        let group = self.group()?;
        let read = |e: Error| {
            Broken::new(
                Property::Atomicity,
                format!("{name} cannot read its group: {e}"),
            )
        };
        let authenticator = group.epoch_authenticator().map_err(read)?;
        let sealed = group.sealed().map_err(read)?.map(|sealed| sealed.commit);
        Ok(Snapshot {
            active: group.is_active().map_err(read)?,
            epoch: group.epoch().clone(),
            authenticator,
            sealed,
        })
    }

    /// Does one step. When the store fails in the middle of it, makes sure that it has not happened,
    /// or that it has as a whole, and does it again.
    pub(super) fn attempt<R>(
        &mut self,
        subject: &Subject,
        trouble: Option<(Trouble, bool)>,
        faults: &mut usize,
        mut work: impl FnMut(&mut Group) -> Step<R>,
    ) -> Result<Tried<R>, Broken> {
        let Some((trouble, restart)) = trouble else {
            return Ok(match work(self.group()?) {
                Ok(done) => Tried::Done(done),
                Err(error) => Tried::Refused(error),
            });
        };
        let before = self.snapshot()?;
        self.person.store.arm(Some(trouble));
        let result = work(self.group()?);
        if !self.person.store.disarm() {
            return Ok(match result {
                Ok(done) => Tried::Done(done),
                Err(error) => Tried::Refused(error),
            });
        }
        *faults += 1;
        let name = self.person.name.clone();
        let torn = |what: &str| {
            Broken::new(
                Property::Atomicity,
                format!("{name}: {trouble}, and {what}"),
            )
        };
        match result {
            Err(Error::Store(_)) => {}
            Err(other) => return Err(torn(&format!("the step says: {other}"))),
            Ok(_) => return Err(torn("the step succeeds all the same")),
        }
        if restart {
            self.restart(subject)?;
        }
        let now = self.snapshot()?;
        if now == before {
            return Ok(match work(self.group()?) {
                Ok(done) => Tried::Done(done),
                Err(error) => Tried::Refused(error),
            });
        }
        if trouble != Trouble::Answer {
            return Err(torn(&format!(
                "the group is not what it was: {}",
                differs(&before, &now)
            )));
        }
        let moved = now.epoch.epoch != before.epoch.epoch;
        if now.active && moved == now.same_secrets(&before) {
            return Err(torn("the group is in neither epoch"));
        }
        Ok(Tried::Unseen)
    }
}

fn differs(before: &Snapshot, now: &Snapshot) -> &'static str {
    match () {
        () if before.epoch.epoch != now.epoch.epoch => "it is in another epoch",
        () if before.epoch != now.epoch => "its members or components differ",
        () if before.authenticator != now.authenticator => "its secrets differ",
        () if before.sealed != now.sealed => "its sealed commit differs",
        () => "nothing differs",
    }
}

/// A hub that follows the group.
pub(super) struct Hub {
    pub(super) group: PublicGroup,
    pub(super) store: Arc<FaultyStore>,
}

impl Hub {
    pub(super) fn follow(subject: &Subject, group_info: &[u8]) -> Result<Self, Broken> {
        let store = Arc::new(FaultyStore::default());
        let dynamic: Arc<dyn Store> = store.clone();
        let group = PublicGroup::follow(subject.plugins()?, dynamic, group_info, None);
        let group = group.map_err(|e| {
            let what = format!("the hub refuses the group that its founder accepts: {e}");
            Broken::new(Property::Agreement, what)
        })?;
        Ok(Self { group, store })
    }

    pub(super) fn restart(&mut self, subject: &Subject) -> Result<(), Broken> {
        let store: Arc<dyn Store> = self.store.clone();
        let group = PublicGroup::load(subject.plugins()?, store, ROOM);
        self.group = group.map_err(|e| {
            Broken::new(
                Property::Atomicity,
                format!("the hub cannot load its group again: {e}"),
            )
        })?;
        Ok(())
    }
}

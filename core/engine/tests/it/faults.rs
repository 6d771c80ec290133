//! A store that fails at every moment of every step: each step happens wholly or not at all.

mod doors;
mod own;
mod received;
mod scene;
mod signer;
mod store;

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Delivered, Error, Framing, Group, Outgoing, Sealed, Settings, Signer, SoftwareSigner,
    Store,
};
use mls_trellis_hooks::{CipherSuite, Credential, EpochState};
use store::{Fault, Faulty};

use crate::sample::plugins;

/// A client whose store fails, and the same client as another process would start it.
struct Subject {
    store: Arc<Faulty>,
    client: Client,
    twin: Client,
}

impl Subject {
    fn new(name: &str, framing: Framing) -> Self {
        let store = Arc::new(Faulty::default());
        let signer = Arc::new(SoftwareSigner::generate(CipherSuite(0x0001)).unwrap());
        let start = || {
            let builder = Client::builder(plugins())
                .store(store.clone() as Arc<dyn Store>)
                .identity(Credential::basic(name), signer.clone() as Arc<dyn Signer>)
                .settings(framed(framing));
            builder.build().unwrap()
        };
        Self {
            client: start(),
            twin: start(),
            store,
        }
    }

    /// What another process finds in the store.
    fn stored(&self) -> State {
        State::of(&mut self.twin.group(b"room").unwrap())
    }
}

fn framed(framing: Framing) -> Settings {
    Settings {
        framing,
        ..Settings::default()
    }
}

/// Everything that can be seen of a group.
#[derive(Debug, PartialEq)]
struct State {
    epoch: EpochState,
    authenticator: Vec<u8>,
    sealed: Option<Sealed>,
    inbox: Vec<Delivered>,
    outbox: Vec<(u64, Outgoing)>,
}

impl State {
    fn of(group: &mut Group) -> Self {
        Self {
            // First, so that a handle cannot catch up before it is asked.
            epoch: group.epoch().clone(),
            authenticator: group.epoch_authenticator().unwrap(),
            sealed: group.sealed().unwrap(),
            inbox: group.inbox().unwrap(),
            outbox: group.outbox().unwrap(),
        }
    }
}

/// Which faults a scene is played with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// At every read, one after the other.
    Reads,
    /// At every write, one after the other, and when the batch is applied.
    Writes,
    /// After the batch was written.
    Written,
}

const KINDS: [Kind; 3] = [Kind::Reads, Kind::Writes, Kind::Written];
const FRAMINGS: [Framing; 2] = [Framing::Public, Framing::Private];

/// Repeats a step under the faults of a kind. After each that leaves no trace, `unchanged` is asked;
/// in the end the step succeeds and its result is returned, with the number of faults. After
/// [`Kind::Written`] there is no result.
fn torture<S, R>(
    store: &Faulty,
    kind: Kind,
    subject: &mut S,
    step: impl Fn(&mut S) -> Result<R, Error>,
    unchanged: impl Fn(&mut S, Fault),
) -> (Option<R>, usize) {
    let attempt = |subject: &mut S, fault| {
        store.arm(fault);
        let result = step(subject);
        let struck = store.disarm();
        match result {
            Ok(_) if struck => panic!("{fault:?} was swallowed"),
            Ok(value) => Some(value),
            Err(error) => {
                assert!(struck, "{fault:?} did not strike, and yet: {error}");
                assert!(matches!(error, Error::Store(_)), "{fault:?}: {error:?}");
                if fault != Fault::UnknownWritten {
                    unchanged(subject, fault);
                }
                None
            }
        }
    };
    let once: &[Fault] = match kind {
        Kind::Reads => &[],
        Kind::Writes => &[Fault::Apply, Fault::UnknownLost],
        Kind::Written => &[Fault::UnknownWritten],
    };
    for fault in once {
        assert!(
            attempt(subject, *fault).is_none(),
            "{fault:?} did not strike"
        );
    }
    let count: fn(usize) -> Fault = match kind {
        Kind::Reads => Fault::Read,
        Kind::Writes => Fault::Write,
        Kind::Written => return (None, 1),
    };
    let mut faults = 0;
    loop {
        match attempt(subject, count(faults)) {
            Some(value) => return (Some(value), faults),
            None => faults += 1,
        }
    }
}

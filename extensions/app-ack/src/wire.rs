//! What acknowledgements look like on the wire, and the log that is kept with the group.

use std::io::Read;

use mls_trellis_hooks::wire::SortedMap;
use tls_codec::{Deserialize, Error as CodecError, TlsDeserialize, TlsSerialize, TlsSize};

/// The data of an AppEphemeral: which messages of the epoch its sender has received.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Acknowledgement {
    /// The messages, as the sender put them: in any order, and maybe more than once.
    pub received_ranges: Vec<MessageRange>,
}

/// Messages of one sender, from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct MessageRange {
    /// The sender's position in the tree.
    pub sender: u32,
    /// The first generation.
    pub first_generation: u32,
    /// The last generation.
    pub last_generation: u32,
}

/// Numbers from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Span {
    /// The first number.
    pub first: u32,
    /// The last number, not below the first.
    pub last: u32,
}

/// A set of generations: spans in ascending order, with something missing between any two.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize)]
pub struct Generations {
    pub(crate) spans: Vec<Span>,
}

impl Deserialize for Generations {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, CodecError> {
        let spans = Vec::<Span>::tls_deserialize(bytes)?;
        let set: Self = spans.iter().copied().collect();
        match set.spans == spans {
            true => Ok(set),
            false => Err(CodecError::DecodingError("spans out of order".into())),
        }
    }
}

/// The messages of several senders, by their positions.
pub type Received = SortedMap<u32, Generations>;

/// What is remembered of one epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Log {
    /// Our own messages.
    pub(crate) sent: Generations,
    /// Others' messages.
    pub(crate) received: Received,
    /// How the epoch ended, once it has.
    pub(crate) end: Option<End>,
}

/// How an epoch ended.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct End {
    /// Our own position.
    pub(crate) own: u32,
    /// All members' positions.
    pub(crate) members: Vec<u32>,
    /// Who acknowledged what, in the order of the commit.
    pub(crate) heard: Vec<Heard>,
}

/// One acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Heard {
    pub(crate) from: u32,
    pub(crate) received: Received,
}

//! What a poll looks like on the wire.

use mls_trellis_hooks::wire::{Opaque, SortedMap, Text};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The state in the GroupContext: the open poll.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Ballot {
    /// What is asked.
    pub question: Text,
    /// What can be answered.
    pub options: Vec<Text>,
    /// The identity of the member who opened the poll.
    pub owner: Opaque,
    /// Which option each voter chose, by identity.
    pub votes: SortedMap<Opaque, u32>,
}

/// What an AppDataUpdate carries.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Update {
    /// Opens a poll of the sender's.
    #[tls_codec(discriminant = 1)]
    Open {
        /// What is asked.
        question: Text,
        /// What can be answered.
        options: Vec<Text>,
    },
    /// Votes, in place of what the sender voted before.
    Vote {
        /// The option's position, from zero.
        option: u32,
    },
}

/// What an AppEphemeral carries: a reminder to vote.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Reminder {
    /// Words for the voters, such as "closes at noon".
    pub text: Text,
}

//! What polls look like on the wire.

use mls_trellis_hooks::wire::{Opaque, SortedMap, Text};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The state in the GroupContext: the group's last poll.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Ballot {
    /// What is asked.
    pub question: Text,
    /// What can be answered.
    pub options: Vec<Text>,
    /// The identity of the member who opened the poll.
    pub owner: Opaque,
    /// Which option each voter chose, by identity: positions in the tree are reused.
    pub votes: SortedMap<Opaque, u32>,
    /// Whether votes are still taken.
    pub phase: Phase,
}

/// Whether votes are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Phase {
    /// They are.
    Open = 1,
    /// No more.
    Closed = 2,
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
    /// Ends the poll.
    Close,
}

impl Update {
    /// Opens a poll.
    pub fn open<'a>(question: &str, options: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Open {
            question: question.into(),
            options: options.into_iter().map(Text::from).collect(),
        }
    }
}

/// What an AppEphemeral carries: a reminder that the poll is open.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Reminder {
    /// Words for the voters, such as "closes at noon".
    pub text: Text,
}

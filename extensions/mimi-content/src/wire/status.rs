//! What became of messages at a receiver (draft-mahy-mimi-message-status).

use mls_trellis_hooks::Reject;

use super::{
    MessageId,
    cbor::{Reader, Writer},
    read::message_id,
};

/// What became of messages at the sender of the report, in the order sent.
///
/// ```
/// use mls_trellis_mimi_content::{Content, MessageId, NestedPart, Salt, Status, StatusReport};
///
/// let bytes = Content::new(Salt::from([7; 16]), NestedPart::text("hi")).encode()?;
/// let id = MessageId::of(&bytes, "mimi://a.example/u/alice", "mimi://a.example/r/garden")?;
/// let report = StatusReport::from_iter([(id, Status::READ)]);
/// assert_eq!(StatusReport::decode(&report.encode())?, report);
/// # Ok::<(), mls_trellis_hooks::Reject>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusReport(pub Vec<(MessageId, Status)>);

/// What became of a message, by its number. Unknown numbers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    /// Not read yet.
    pub const UNREAD: Self = Self(0);
    /// A client received it.
    pub const DELIVERED: Self = Self(1);
    /// It was read.
    pub const READ: Self = Self(2);
    /// It expired.
    pub const EXPIRED: Self = Self(3);
    /// It was deleted, here or by somebody who may.
    pub const DELETED: Self = Self(4);
    /// It was hidden here.
    pub const HIDDEN: Self = Self(5);
    /// It is known of, and could not be received.
    pub const ERROR: Self = Self(6);
}

impl StatusReport {
    /// Reads a report.
    ///
    /// # Errors
    /// MCT-1 when the bytes are no report or not its one encoding; MCT-8 for an id of an unknown
    /// hash algorithm.
    pub fn decode(bytes: &[u8]) -> Result<Self, Reject> {
        let mut reader = Reader::new(bytes);
        let len = reader.array()?;
        let entries = (0..len).map(|_| entry(&mut reader));
        let report = Self(entries.collect::<Result<_, _>>()?);
        reader.end()?;
        Ok(report)
    }

    /// The one encoding of the report.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.array(self.0.len());
        for (id, status) in &self.0 {
            writer.array(2);
            writer.bytes(id.as_bytes());
            writer.uint(status.0);
        }
        writer.0
    }
}

fn entry(reader: &mut Reader<'_>) -> Result<(MessageId, Status), Reject> {
    reader.array_of(2)?;
    let id = message_id(reader)?;
    let status = u8::try_from(reader.uint(u8::MAX.into())?);
    let status = status.map_err(|_| reader.malformed("a status is too large"))?;
    Ok((id, Status(status)))
}

impl FromIterator<(MessageId, Status)> for StatusReport {
    fn from_iter<I: IntoIterator<Item = (MessageId, Status)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

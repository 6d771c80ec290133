//! The messages of a room, with their versions.

use std::collections::{BTreeMap, BTreeSet};

use mls_trellis_hooks::Reject;

use crate::{MessageId, Posted};

/// The messages of a room. Whatever order they came in, the same messages make the same timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    messages: BTreeMap<MessageId, Posted>,
    /// New versions, by what they say they replace.
    versions: BTreeMap<MessageId, BTreeSet<MessageId>>,
    /// New versions that somebody else may make.
    permitted: BTreeSet<MessageId>,
}

impl Timeline {
    /// Takes in a message. Messages that it refers to may be unknown (MCT-9).
    ///
    /// # Errors
    /// MCT-8 when it is there already; MCT-4 when it replaces what is no first version; MCT-5 when it
    /// replaces another's message, or changes more than what it says.
    pub fn add(&mut self, message: Posted) -> Result<(), Reject> {
        self.check(&message, false)?;
        self.insert(message);
        Ok(())
    }

    /// Takes in a message whose sender may change other people's messages, as the room's policy says.
    ///
    /// # Errors
    /// As for [`add`](Self::add), but for another's message.
    pub fn add_permitted(&mut self, message: Posted) -> Result<(), Reject> {
        self.check(&message, true)?;
        self.permitted.insert(message.id);
        self.insert(message);
        Ok(())
    }

    /// A message or a version of one.
    #[must_use]
    pub fn get(&self, id: &MessageId) -> Option<&Posted> {
        self.messages.get(id)
    }

    /// The first versions, in the order of the room: when they were accepted, then by name.
    #[must_use]
    pub fn messages(&self) -> Vec<&Posted> {
        let first = |message: &&Posted| message.content.replaces.is_none();
        in_order(self.messages.values().filter(first))
    }

    /// All versions of a message, in the order of the room; the first of them first, if it is known.
    /// Nothing while the first one is not: nobody could say whose message it is.
    #[must_use]
    pub fn versions(&self, first: &MessageId) -> Vec<&Posted> {
        let Some(original) = self.messages.get(first) else {
            return Vec::new();
        };
        let named = self.versions.get(first).into_iter().flatten();
        let named = named.filter_map(|id| self.messages.get(id));
        let valid = named.filter(|new| {
            let permitted = self.permitted.contains(&new.id);
            may_replace(original, new, permitted).is_ok()
        });
        let mut versions = vec![original];
        versions.extend(in_order(valid));
        versions
    }

    /// The newest version of a message. It may be a [deletion](Posted::is_deletion).
    #[must_use]
    pub fn current(&self, first: &MessageId) -> Option<&Posted> {
        self.versions(first).last().copied()
    }

    fn check(&self, message: &Posted, permitted: bool) -> Result<(), Reject> {
        if self.messages.contains_key(&message.id) {
            let detail = format!("message {} is there already", message.id);
            return Err(Reject::peer("MCT-8", detail));
        }
        let replaces = message.content.replaces;
        match replaces.and_then(|first| self.messages.get(&first)) {
            Some(original) => may_replace(original, message, permitted),
            None => Ok(()),
        }
    }

    fn insert(&mut self, message: Posted) {
        if let Some(first) = message.content.replaces {
            self.versions.entry(first).or_default().insert(message.id);
        }
        self.messages.insert(message.id, message);
    }
}

/// Whether `new` is a version of `original`.
fn may_replace(original: &Posted, new: &Posted, permitted: bool) -> Result<(), Reject> {
    if original.content.replaces.is_some() {
        let detail = format!("message {} is not the first version", original.id);
        return Err(Reject::peer("MCT-4", detail));
    }
    if original.sender_uri != new.sender_uri && !permitted {
        let (own, other) = (&new.sender_uri, &original.sender_uri);
        let detail = format!("{own} changes a message of {other}");
        return Err(Reject::peer("MCT-5", detail));
    }
    match stays(original) == stays(new) {
        true => Ok(()),
        false => Err(Reject::peer(
            "MCT-5",
            "a new version changes more than what the message says",
        )),
    }
}

/// What stays as it is in every version.
fn stays(message: &Posted) -> impl PartialEq + use<'_> {
    let content = &message.content;
    let extensions: Vec<_> = content.extensions.iter().collect();
    (
        &message.room_uri,
        &content.topic_id,
        content.expires,
        content.in_reply_to,
        extensions,
    )
}

fn in_order<'m>(messages: impl Iterator<Item = &'m Posted>) -> Vec<&'m Posted> {
    let mut messages: Vec<_> = messages.collect();
    messages.sort_by_key(|message| (message.accepted_at, message.id));
    messages
}

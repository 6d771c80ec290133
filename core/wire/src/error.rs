//! What is wrong with the bytes, and where.

use std::borrow::Cow;

use thiserror::Error;

/// Bytes that are not what they should be.
///
/// `Display` is one line for a person:
/// `at byte 17 (MLSMessage.public_message.content.sender.sender_type): expected a sender type, 1 to 4, found 9`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "at byte {offset} ({}): {}expected {expected}, found {found}",
    self.place(),
    self.rule.map(|rule| format!("{rule}: ")).unwrap_or_default()
)]
pub struct WireError {
    /// Byte offset into the input, at most its length.
    pub offset: usize,
    /// Field names from the outermost object inwards; list items are `name[index]`.
    pub path: Vec<String>,
    /// What the structure asks for at this offset.
    pub expected: Cow<'static, str>,
    /// What is there instead.
    pub found: Cow<'static, str>,
    /// The numbered rule that is broken, such as `ADD-1`, if it is more than the plain encoding.
    pub rule: Option<&'static str>,
}

impl WireError {
    /// The path as one string: `MLSMessage.welcome.secrets[0].new_member`.
    ///
    /// ```
    /// use mls_trellis_wire::{ObjectType, decode};
    ///
    /// let error = decode(ObjectType::Remove, &[0, 0]).unwrap_err();
    /// assert_eq!(error.place(), "Remove.removed");
    /// assert_eq!(error.offset, 0);
    /// ```
    pub fn place(&self) -> String {
        self.path.join(".")
    }

    /// Names the broken rule, unless a more exact one is already named.
    pub(crate) fn rule(mut self, rule: &'static str) -> Self {
        self.rule.get_or_insert(rule);
        self
    }
}

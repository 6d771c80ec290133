//! The objects that can be decoded by themselves.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use thiserror::Error;

use crate::decode::{extension, group, leaf, message, proposal};
use crate::error::WireError;
use crate::node::{Node, Place};
use crate::reader::{ITEM, Mode, Reader, Result};

/// Decodes one object that fills `input` exactly.
///
/// # Errors
///
/// [`WireError`] if the bytes are not strictly an encoding of the object: a cut or over-long field,
/// a length prefix that is not minimal, an unknown selector, bytes left over, or one of the rules
/// that belong to the encoding: ADD-1, ADD-2, ADD-3, ADD-4, ADU-1, APSK-9, NEG-7, WF-4, WF-9, AAD-1
/// to AAD-5.
///
/// ```
/// use mls_trellis_wire::{ObjectType, decode};
///
/// let node = decode(ObjectType::Proposal, &[0, 3, 0, 0, 0, 7])?;
/// assert_eq!(node.get("remove.removed").and_then(|n| n.as_uint()), Some(7));
/// # Ok::<(), mls_trellis_wire::WireError>(())
/// ```
pub fn decode(object: ObjectType, input: &[u8]) -> Result<Node<'_>, WireError> {
    decode_within(object, input, 0..input.len())
}

/// Decodes one object that fills `range` of `input` exactly, such as a [`Node::content`]. Offsets
/// count from the start of `input`.
///
/// # Errors
///
/// As [`decode()`]; a range beyond the input is cut to it.
///
/// ```
/// use mls_trellis_wire::{ObjectType, Place, decode, decode_within};
///
/// // The authenticated_data of this PrivateMessage is a SafeAAD with one item.
/// let input = [0, 1, 0, 2, 1, 9, 0, 0, 0, 0, 0, 0, 0, 1, 1, 4, 3, 0x80, 1, 0, 0, 0];
/// let message = decode(ObjectType::Message, &input)?;
/// let aad = message.get("private_message.authenticated_data").unwrap();
/// let aad = decode_within(ObjectType::SafeAad, &input, aad.content())?;
/// let item = aad.components().next().unwrap();
/// assert_eq!((item.place, item.component), (Place::AadItem, 0x8001));
/// # Ok::<(), mls_trellis_wire::WireError>(())
/// ```
pub fn decode_within(
    object: ObjectType,
    input: &[u8],
    range: Range<usize>,
) -> Result<Node<'_>, WireError> {
    let mut reader = Reader::new(input, range, object.kind(), Mode::Tree);
    (object.decoder())(&mut reader, ITEM)?;
    let root = reader.finish()?;
    root.ok_or_else(|| reader.error(reader.pos(), "", "an object", "nothing"))
}

/// Checks that `input` is strictly one MLSMessage, without building a tree.
///
/// Made for bytes of peers, before an engine sees them. It refuses what [`decode()`] refuses, except
/// that it leaves opaque what only the draft's extensions or the application may judge: the lists
/// of wire formats, the legacy `last_resort` extension and the data of components. Memory does not
/// grow with the input, but for the set of extension types of one list.
///
/// Look at [`peek()`](crate::peek()) first, and give wire formats that a plugin serves to that plugin:
/// here they are WF-9.
///
/// # Errors
///
/// [`WireError`], as [`decode()`].
///
/// ```
/// use mls_trellis_wire::check_message;
///
/// assert!(check_message(&[0, 1, 0, 3, 0, 1, 0, 0]).is_ok());
/// let error = check_message(&[0, 1, 0, 3, 0, 1, 0, 0, 9]).unwrap_err();
/// assert_eq!(error.to_string(), "at byte 8 (MLSMessage): expected the end, found 1 byte more");
/// ```
pub fn check_message(input: &[u8]) -> Result<(), WireError> {
    let object = ObjectType::Message;
    let mut reader = Reader::new(input, 0..input.len(), object.kind(), Mode::Check);
    (object.decoder())(&mut reader, ITEM)?;
    reader.finish()?;
    Ok(())
}

macro_rules! object_types {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $kind:literal, $decoder:expr;)*) => {
        /// An object that [`decode()`] knows.
        ///
        /// ```
        /// use mls_trellis_wire::ObjectType;
        ///
        /// let object: ObjectType = "group-info".parse()?;
        /// assert_eq!(object, ObjectType::GroupInfo);
        /// assert_eq!(object.to_string(), "group-info");
        /// # Ok::<(), mls_trellis_wire::UnknownObjectType>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ObjectType {
            $($(#[$doc])* $variant,)*
        }

        impl ObjectType {
            /// Every object type, in the order of the names in help texts.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name on a command line, such as `key-package`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The name of the structure, such as `KeyPackage`.
            pub fn kind(self) -> &'static str {
                match self {
                    $(Self::$variant => $kind,)*
                }
            }

            fn decoder(self) -> fn(&mut Reader<'_>, &'static str) -> Result {
                match self {
                    $(Self::$variant => $decoder,)*
                }
            }
        }
    };
}

object_types! {
    /// `MLSMessage` of any wire format (RFC 9420 §6).
    Message, "message", "MLSMessage", message::mls_message;
    /// `Welcome` without the MLSMessage around it (RFC 9420 §12.4.3.1).
    Welcome, "welcome", "Welcome", group::welcome;
    /// `GroupInfo` without the MLSMessage around it (RFC 9420 §12.4.3).
    GroupInfo, "group-info", "GroupInfo", group::group_info;
    /// `KeyPackage` without the MLSMessage around it (RFC 9420 §10).
    KeyPackage, "key-package", "KeyPackage", leaf::key_package;
    /// `optional<Node> ratchet_tree<V>` (RFC 9420 §12.4.3.3).
    RatchetTree, "ratchet-tree", "RatchetTree", leaf::ratchet_tree;
    /// `GroupSecrets`, decrypted (RFC 9420 §12.4.3.1). Its secrets are not shown.
    GroupSecrets, "group-secrets", "GroupSecrets", group::group_secrets;
    /// `GroupContext` (RFC 9420 §8.1).
    GroupContext, "group-context", "GroupContext", group::group_context;
    /// `LeafNode` of any source (RFC 9420 §7.2).
    LeafNode, "leaf-node", "LeafNode", leaf::leaf_node;
    /// `Extension extensions<V>`, read as in a GroupContext (RFC 9420 §13.4).
    Extensions, "extensions", "Extensions", |r, name| {
        extension::extensions(r, name, Place::GroupContext)
    };
    /// `Proposal` with its type (RFC 9420 §12.1); one of an unknown type takes all bytes as its
    /// body.
    Proposal, "proposal", "Proposal", proposal::standalone_proposal;
    /// `Commit` (RFC 9420 §12.4).
    Commit, "commit", "Commit", proposal::commit;
    /// `Add`, the body of a proposal (RFC 9420 §12.1.1).
    Add, "add", "Add", proposal::add;
    /// `Update`, the body of a proposal (RFC 9420 §12.1.2).
    Update, "update", "Update", proposal::update;
    /// `Remove`, the body of a proposal (RFC 9420 §12.1.3).
    Remove, "remove", "Remove", proposal::remove;
    /// `PreSharedKey`, the body of a proposal (RFC 9420 §12.1.4, draft §4.5).
    Psk, "psk", "PreSharedKey", proposal::psk;
    /// `ReInit`, the body of a proposal (RFC 9420 §12.1.5).
    ReInit, "re-init", "ReInit", proposal::re_init;
    /// `ExternalInit`, the body of a proposal (RFC 9420 §12.1.6).
    ExternalInit, "external-init", "ExternalInit", proposal::external_init;
    /// `GroupContextExtensions`, the body of a proposal (RFC 9420 §12.1.7).
    GroupContextExtensions, "group-context-extensions", "GroupContextExtensions",
        proposal::group_context_extensions;
    /// `AppDataUpdate`, the body of a proposal (draft §4.7).
    AppDataUpdate, "app-data-update", "AppDataUpdate", proposal::app_data_update;
    /// `AppEphemeral`, the body of a proposal (draft §4.8).
    AppEphemeral, "app-ephemeral", "AppEphemeral", proposal::app_ephemeral;
    /// `SafeAAD`, the authenticated data of a message where the group frames it (draft §4.9).
    SafeAad, "safe-aad", "SafeAAD", extension::safe_aad;
}

impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ObjectType {
    type Err = UnknownObjectType;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|object| object.name() == name);
        known
            .copied()
            .ok_or_else(|| UnknownObjectType(name.to_owned()))
    }
}

/// A name that is not the name of an [`ObjectType`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an object type; choose one of: {list}", list = names())]
pub struct UnknownObjectType(pub String);

fn names() -> String {
    let names: Vec<_> = ObjectType::ALL.iter().map(|object| object.name()).collect();
    names.join(", ")
}

//! The tree that decoding yields.

use std::fmt;
use std::ops::Range;

/// One field, list item or object, with the place in the input that it came from.
///
/// The first [`header`](Self::header) bytes of [`span`](Self::span) are the length prefix or
/// presence octet; what follows is the value. Header and children of a node together cover its span
/// without gaps, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'a> {
    /// The field's name in its structure; empty for a list item and for the outermost object.
    pub name: &'static str,
    /// The type's name in RFC 9420 or the draft, such as `LeafNode` or `uint32`; of a list, the
    /// type of its items.
    pub kind: &'static str,
    /// The bytes of the input that this node covers, header included.
    pub span: Range<usize>,
    /// Length in bytes of the length prefix or presence octet at the start of the span; 0 if there
    /// is none.
    pub header: usize,
    /// What was decoded.
    pub value: Value<'a>,
    /// Set if this node is the data of an application component.
    pub component: Option<ComponentBytes<'a>>,
    /// A remark for a person. Decoding sets few; callers may add their own.
    pub note: Option<String>,
}

/// The content of a [`Node`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Named fields in wire order.
    Struct(Vec<Node<'a>>),
    /// The items of a vector in wire order.
    List(Vec<Node<'a>>),
    /// Bytes with no structure known here.
    Bytes(&'a [u8]),
    /// Bytes that must not be shown or logged.
    Secret(Secret<'a>),
    /// A number or code point of `width` bytes, with its symbolic name if it has one.
    Uint {
        /// The number.
        value: u64,
        /// Its width on the wire in bytes: 1, 2, 4 or 8.
        width: u8,
        /// The code point's name, such as `X25519...` for a cipher suite; `None` if it is unknown
        /// or a plain number.
        label: Option<&'static str>,
    },
    /// An optional value that is not there.
    Absent,
}

/// Secret bytes of the input. `Debug` shows only how many there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<'a>(pub(crate) &'a [u8]);

impl<'a> Secret<'a> {
    /// The bytes themselves; keep them out of logs.
    pub fn expose(&self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// Where component data was found (draft-ietf-mls-extensions-10 §4.6 to §4.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// `app_data_dictionary` of the GroupContext.
    GroupContext,
    /// `app_data_dictionary` of a LeafNode.
    LeafNode,
    /// `app_data_dictionary` of a KeyPackage.
    KeyPackage,
    /// `app_data_dictionary` of a GroupInfo.
    GroupInfo,
    /// `AppDataUpdate.update`.
    Update,
    /// `AppEphemeral.data`.
    Ephemeral,
    /// An item of `SafeAAD`.
    AadItem,
}

/// The data of one application component, as it stands on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentBytes<'a> {
    /// Where it was found.
    pub place: Place,
    /// The component id.
    pub component: u16,
    /// The data, without its length prefix.
    pub data: &'a [u8],
    /// Where `data` lies in the input, without its length prefix.
    pub span: Range<usize>,
}

impl<'a> Node<'a> {
    /// Fields or items; empty for everything else.
    pub fn children(&self) -> &[Node<'a>] {
        match &self.value {
            Value::Struct(children) | Value::List(children) => children,
            _ => &[],
        }
    }

    /// The node at a dotted path below this one; list items are named by their index.
    ///
    /// ```
    /// use mls_trellis_wire::{ObjectType, decode};
    ///
    /// let commit = decode(ObjectType::Commit, &[7, 1, 0, 3, 0, 0, 0, 7, 0])?;
    /// let removed = commit.get("proposals.0.proposal.remove.removed");
    /// assert_eq!(removed.and_then(|n| n.as_uint()), Some(7));
    /// # Ok::<(), mls_trellis_wire::WireError>(())
    /// ```
    pub fn get(&self, path: &str) -> Option<&Node<'a>> {
        path.split('.')
            .try_fold(self, |node, step| match &node.value {
                Value::List(items) => items.get(step.parse::<usize>().ok()?),
                _ => node.children().iter().find(|child| child.name == step),
            })
    }

    /// The number, if this is one.
    pub fn as_uint(&self) -> Option<u64> {
        match self.value {
            Value::Uint { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The bytes, if this node is bytes without structure.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match self.value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The place of the value in the input: the span without its header.
    pub fn content(&self) -> Range<usize> {
        self.span
            .start
            .saturating_add(self.header)
            .min(self.span.end)..self.span.end
    }

    /// This node and everything below it, in wire order.
    pub fn walk(&self) -> Walk<'_, 'a> {
        Walk {
            pending: vec![self],
        }
    }

    /// All component data in this object, in wire order.
    ///
    /// ```
    /// use mls_trellis_wire::{ObjectType, Place, decode};
    ///
    /// // AppEphemeral of component 0x8001.
    /// let node = decode(ObjectType::AppEphemeral, &[0x80, 0x01, 2, 0xaa, 0xbb])?;
    /// let found: Vec<_> = node.components().collect();
    /// assert_eq!((found[0].place, found[0].component), (Place::Ephemeral, 0x8001));
    /// assert_eq!((found[0].data, found[0].span.clone()), (&[0xaa, 0xbb][..], 3..5));
    /// # Ok::<(), mls_trellis_wire::WireError>(())
    /// ```
    pub fn components(&self) -> impl Iterator<Item = &ComponentBytes<'a>> {
        self.walk().filter_map(|node| node.component.as_ref())
    }

    /// Calls `visit` on this node and everything below it, so that notes or children can be added.
    ///
    /// A parent is visited before its children.
    pub fn visit_mut(&mut self, visit: &mut impl FnMut(&mut Node<'a>)) {
        visit(self);
        if let Value::Struct(children) | Value::List(children) = &mut self.value {
            for child in children {
                child.visit_mut(visit);
            }
        }
    }
}

/// Iterator of [`Node::walk`].
#[derive(Debug)]
pub struct Walk<'n, 'a> {
    pending: Vec<&'n Node<'a>>,
}

impl<'n, 'a> Iterator for Walk<'n, 'a> {
    type Item = &'n Node<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let node = self.pending.pop()?;
        self.pending.extend(node.children().iter().rev());
        Some(node)
    }
}

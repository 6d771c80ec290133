//! Kinds of extensions that are no components: raw extensions of KeyPackages, leaves and the
//! GroupContext (RFC 9420, section 13).
//!
//! A kind names its facets in [`Plugin::install`](crate::Plugin::install), as a component does. The
//! engine lists the type among the capabilities of our leaves (RFC 9420, section 7.2).
//!
//! A group has **agreed** on a kind when its `required_capabilities` name the type or its GroupContext
//! has the extension: then all members support it. Where a group has agreed, what a kind rejects is
//! refused; elsewhere it keeps us from causing it and is an alarm when others do, because they need
//! not know the extension.
//!
//! ```
//! use std::sync::Arc;
//! use mls_trellis_hooks::{
//!     ContextExtension, Draft, EpochState, ExtensionKind, ExtensionType, Hooks, Origin, Plugin,
//!     Plugins, Reject, wire::Text,
//! };
//!
//! /// Says in the GroupContext where help is to be had.
//! struct Help;
//!
//! impl ExtensionKind for Help {
//!     const NAME: &'static str = "help";
//!     const DEFAULT_TYPE: ExtensionType = ExtensionType(0xf101);
//!     const DRAFT: Draft = Draft::private("help", "1");
//!     const MALFORMED: &'static str = "HELP-1";
//!     type Content = Text;
//! }
//! impl ContextExtension for Help {
//!     fn check_context(&self, _: &EpochState, address: &Text) -> Result<(), Reject> {
//!         match address.0.is_empty() {
//!             true => Err(Reject::peer("HELP-2", "no address")),
//!             false => Ok(()),
//!         }
//!     }
//! }
//! impl Plugin for Help {
//!     fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
//!         hooks.extension(self).group_context();
//!     }
//! }
//!
//! let plugins = Plugins::builder().add(Arc::new(Help), Origin::here()).build()?;
//! assert_eq!(plugins.ids().extension::<Help>(), ExtensionType(0xf101));
//! # Ok::<(), mls_trellis_hooks::PluginErrors>(())
//! ```

use crate::{
    Actor, AddedKeyPackage, Draft, EpochState, ExtensionType, LeafIndex, LeafInfo, Reject,
    wire::{self, Wire},
};

/// A kind of extension with a type of its own.
///
/// Its facets are separate traits: [`KeyPackageExtension`], [`LeafExtension`] and
/// [`ContextExtension`] for the places where it may stand, and [`Invariant`](crate::Invariant) and
/// [`Judge`](crate::Judge), which are asked in groups that have agreed on it.
pub trait ExtensionKind: Send + Sync + 'static {
    /// A short name in lower case, unique among the kinds of extensions of a client.
    const NAME: &'static str;
    /// The type the draft suggests, or one of the private range `0xF000..=0xFFFF`. The type *in
    /// force* comes from [`Ids`](crate::Ids), because a profile may move it.
    const DEFAULT_TYPE: ExtensionType;
    /// Where it is specified.
    const DRAFT: Draft;
    /// The rule that is broken by bytes which are not the one encoding of a [`Content`](Self::Content).
    const MALFORMED: &'static str;

    /// What stands in `extension_data`.
    type Content: Wire;
}

/// An extension of KeyPackages, which does not enter the tree.
pub trait KeyPackageExtension: ExtensionKind {
    /// Whether the KeyPackage may be added, as everybody can tell from the group and the KeyPackage.
    ///
    /// # Errors
    /// A rejection keeps us from adding it. Another's commit is refused where the group has agreed on
    /// the extension; elsewhere it is an alarm.
    fn check_added(&self, cx: &AddView<'_>, content: &Self::Content) -> Result<(), Reject>;

    /// Whether the KeyPackage should be added, as far as this client alone can tell.
    ///
    /// # Errors
    /// A rejection keeps us from adding it, and is an alarm when another does.
    fn advise(&self, _cx: &AddView<'_>, _content: &Self::Content) -> Result<(), Reject> {
        Ok(())
    }

    /// Whether we join a group by a Welcome that was made for this KeyPackage of ours.
    ///
    /// # Errors
    /// A rejection refuses the Welcome. The KeyPackage is still there then.
    fn check_invitation(
        &self,
        _cx: &InvitationView<'_>,
        _content: &Self::Content,
    ) -> Result<(), Reject> {
        Ok(())
    }
}

/// An extension of leaves.
pub trait LeafExtension: ExtensionKind {
    /// What our own leaves say, if anything.
    fn publish(&self) -> Option<Self::Content>;

    /// Whether a leaf with this extension is valid by itself.
    ///
    /// # Errors
    /// A rejection refuses our own leaf. Another's is refused where the group has agreed on the
    /// extension; elsewhere it is an alarm.
    fn check_leaf(&self, _leaf: &LeafInfo, _content: &Self::Content) -> Result<(), Reject> {
        Ok(())
    }
}

/// An extension of the GroupContext.
pub trait ContextExtension: ExtensionKind {
    /// Whether an epoch with this extension is valid.
    ///
    /// # Errors
    /// A rejection refuses the epoch, and so the commit or join that leads to it.
    fn check_context(&self, _epoch: &EpochState, _content: &Self::Content) -> Result<(), Reject> {
        Ok(())
    }
}

/// A KeyPackage that is about to be added.
#[derive(Clone, Debug)]
pub struct AddView<'a> {
    /// The epoch it is added to.
    pub epoch: &'a EpochState,
    /// Who proposes to add it.
    pub from: &'a Actor,
    /// The KeyPackage.
    pub key_package: &'a AddedKeyPackage,
}

/// A Welcome that we are about to follow.
#[derive(Clone, Debug)]
pub struct InvitationView<'a> {
    /// The epoch that we would join.
    pub epoch: &'a EpochState,
    /// Who welcomes us.
    pub inviter: LeafIndex,
    /// Our KeyPackage that was used.
    pub key_package: &'a AddedKeyPackage,
}

/// Decodes the content of a kind, or rejects by the rule of the kind.
pub(crate) fn content<E: ExtensionKind>(data: &[u8]) -> Result<E::Content, Reject> {
    wire::decode(data).map_err(|e| Reject::peer(E::MALFORMED, e.to_string()).in_plugin(E::NAME))
}

fn name<E: ExtensionKind>(result: Result<(), Reject>) -> Result<(), Reject> {
    result.map_err(|reject| reject.in_plugin(E::NAME))
}

/// [`ExtensionKind`] over bytes.
pub trait ErasedExtension: Send + Sync {
    /// The content in words, for people; `None` when the bytes are none.
    fn show(&self, data: &[u8]) -> Option<String>;
}

impl<E: ExtensionKind> ErasedExtension for E {
    fn show(&self, data: &[u8]) -> Option<String> {
        content::<E>(data)
            .ok()
            .map(|content| format!("{content:?}"))
    }
}

/// [`KeyPackageExtension`] over bytes.
pub trait ErasedKeyPackageExtension: Send + Sync {
    /// As [`KeyPackageExtension::check_added`].
    ///
    /// # Errors
    /// When the bytes are no content, or what the kind rejects.
    fn check_added(&self, cx: &AddView<'_>, data: &[u8]) -> Result<(), Reject>;

    /// As [`KeyPackageExtension::advise`]. Bytes that are no content are
    /// [`check_added`](Self::check_added)'s to reject.
    ///
    /// # Errors
    /// What the kind rejects.
    fn advise(&self, cx: &AddView<'_>, data: &[u8]) -> Result<(), Reject>;

    /// As [`KeyPackageExtension::check_invitation`].
    ///
    /// # Errors
    /// When the bytes are no content, or what the kind rejects.
    fn check_invitation(&self, cx: &InvitationView<'_>, data: &[u8]) -> Result<(), Reject>;
}

impl<E: KeyPackageExtension> ErasedKeyPackageExtension for E {
    fn check_added(&self, cx: &AddView<'_>, data: &[u8]) -> Result<(), Reject> {
        name::<E>(KeyPackageExtension::check_added(
            self,
            cx,
            &content::<E>(data)?,
        ))
    }

    fn advise(&self, cx: &AddView<'_>, data: &[u8]) -> Result<(), Reject> {
        match content::<E>(data) {
            Ok(content) => name::<E>(KeyPackageExtension::advise(self, cx, &content)),
            Err(_) => Ok(()),
        }
    }

    fn check_invitation(&self, cx: &InvitationView<'_>, data: &[u8]) -> Result<(), Reject> {
        let content = content::<E>(data)?;
        name::<E>(KeyPackageExtension::check_invitation(self, cx, &content))
    }
}

/// [`LeafExtension`] over bytes.
pub trait ErasedLeafExtension: Send + Sync {
    /// What our own leaves say, if anything.
    fn publish(&self) -> Option<Vec<u8>>;

    /// As [`LeafExtension::check_leaf`].
    ///
    /// # Errors
    /// When the bytes are no content, or what the kind rejects.
    fn check_leaf(&self, leaf: &LeafInfo, data: &[u8]) -> Result<(), Reject>;
}

impl<E: LeafExtension> ErasedLeafExtension for E {
    fn publish(&self) -> Option<Vec<u8>> {
        LeafExtension::publish(self).and_then(|content| wire::encode(&content).ok())
    }

    fn check_leaf(&self, leaf: &LeafInfo, data: &[u8]) -> Result<(), Reject> {
        name::<E>(LeafExtension::check_leaf(self, leaf, &content::<E>(data)?))
    }
}

/// [`ContextExtension`] over bytes.
pub trait ErasedContextExtension: Send + Sync {
    /// As [`ContextExtension::check_context`].
    ///
    /// # Errors
    /// When the bytes are no content, or what the kind rejects.
    fn check_context(&self, epoch: &EpochState, data: &[u8]) -> Result<(), Reject>;
}

impl<E: ContextExtension> ErasedContextExtension for E {
    fn check_context(&self, epoch: &EpochState, data: &[u8]) -> Result<(), Reject> {
        name::<E>(ContextExtension::check_context(
            self,
            epoch,
            &content::<E>(data)?,
        ))
    }
}

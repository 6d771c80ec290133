//! What can be wrong with a set of plugins.

use super::Origin;
use crate::{ComponentId, CredentialType, ExtensionType, ProposalType, WireFormatId};

/// What can be wrong with a set of plugins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// Two components go by one id (CID-4).
    #[error("component id {id} is claimed twice: by {} in {} and by {} in {}; move one with a profile", first.0, first.1, second.0, second.1)]
    Duplicate {
        /// The id.
        id: ComponentId,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// Two kinds of credentials go by one type.
    #[error("credential type {credential_type} is claimed twice: by {} in {} and by {} in {}; link one of them, or move one with a profile", first.0, first.1, second.0, second.1)]
    DuplicateCredential {
        /// The type.
        credential_type: CredentialType,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// Two formats have one media type.
    #[error("media type {media_type} is claimed twice: by {} in {} and by {} in {}; link one of them", first.0, first.1, second.0, second.1)]
    DuplicateFormat {
        /// The media type.
        media_type: &'static str,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// Two wire formats go by one code point.
    #[error("wire format {format} is claimed twice: by {} in {} and by {} in {}; link one of them", first.0, first.1, second.0, second.1)]
    DuplicateWireFormat {
        /// The code point.
        format: WireFormatId,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// Two kinds of proposals go by one type.
    #[error("proposal type {proposal_type} is claimed twice: by {} in {} and by {} in {}; link one of them", first.0, first.1, second.0, second.1)]
    DuplicateProposal {
        /// The type.
        proposal_type: ProposalType,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// A wire format goes by a code point of RFC 9420, which the engine itself reads.
    #[error("wire format {name} in {origin} goes by {format}, which is RFC 9420's own")]
    ReservedWireFormat {
        /// The code point.
        format: WireFormatId,
        /// The format's name.
        name: &'static str,
        /// Where it was registered.
        origin: Origin,
    },
    /// A kind of proposal goes by a type that it must not have.
    #[error("proposal {name} in {origin} goes by {proposal_type}: {reason}")]
    ReservedProposal {
        /// The type.
        proposal_type: ProposalType,
        /// The kind's name.
        name: &'static str,
        /// Where it was registered.
        origin: Origin,
        /// Why not.
        reason: &'static str,
    },
    /// Two kinds of extensions go by one type.
    #[error("extension type {extension_type} is claimed twice: by {} in {} and by {} in {}; move one with a profile", first.0, first.1, second.0, second.1)]
    DuplicateExtension {
        /// The type.
        extension_type: ExtensionType,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// A kind of extension goes by a type that it must not have.
    #[error("extension {name} in {origin} goes by {extension_type}: {reason}")]
    MisplacedExtension {
        /// The type.
        extension_type: ExtensionType,
        /// The kind of extension.
        name: &'static str,
        /// Where it was registered.
        origin: Origin,
        /// Why not.
        reason: &'static str,
    },
    /// The profile moves a kind of extension that is not linked.
    #[error(
        "the profile gives extension type {extension_type} to {name}, which is not linked; is its crate referenced? add `use the_crate as _;`"
    )]
    ExtensionNotLinked {
        /// The name of the kind.
        name: String,
        /// The type it was to have.
        extension_type: ExtensionType,
    },
    /// Two plugins of one kind have one name, or one is there twice.
    #[error("{name} is there twice: from {first} and from {second}; leave one out, or rename it")]
    SameName {
        /// The name.
        name: &'static str,
        /// Where one is.
        first: Origin,
        /// Where the other is.
        second: Origin,
    },
    /// A component goes by an id that it must not have.
    #[error("component {name} in {origin} goes by {id}: {reason}")]
    Misplaced {
        /// The id.
        id: ComponentId,
        /// The component.
        name: &'static str,
        /// Where it was registered.
        origin: Origin,
        /// Why not.
        reason: &'static str,
    },
    /// An id is demanded and no component has it.
    #[error("no component goes by {id}; is its crate referenced? add `use the_crate as _;`")]
    Missing {
        /// The id.
        id: ComponentId,
    },
    /// The profile moves a component that is not linked.
    #[error(
        "the profile gives {id} to {name}, which is not linked; is its crate referenced? add `use the_crate as _;`"
    )]
    NotLinked {
        /// The component's name.
        name: String,
        /// The id it was to have.
        id: ComponentId,
    },
    /// The profile moves a kind of credential that is not linked.
    #[error(
        "the profile gives credential type {credential_type} to {name}, which is not linked; is its crate referenced? add `use the_crate as _;`"
    )]
    CredentialNotLinked {
        /// The name of the kind.
        name: String,
        /// The type it was to have.
        credential_type: CredentialType,
    },
    /// The profile moves a wire format that is not linked.
    #[error(
        "the profile gives wire format {format} to {name}, which is not linked; is its crate referenced? add `use the_crate as _;`"
    )]
    WireFormatNotLinked {
        /// The format's name.
        name: String,
        /// The code point it was to have.
        format: WireFormatId,
    },
}

/// Everything that is wrong with a set of plugins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plugins do not fit together:{}", .0.iter().map(|e| format!("\n  {e}")).collect::<String>())]
pub struct PluginErrors(pub Vec<PluginError>);

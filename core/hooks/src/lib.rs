//! Typed extension hooks for MLS groups (RFC 9420).
//!
//! This is the crate that every Trellis plugin depends on, and the only one it needs besides the
//! registry's macro. It holds no engine, does no I/O, reads no clock, and changes slowly.
//!
//! What a plugin implements:
//!
//! - [`Component`] and its facets: those of [`facet`], and [`Authority`] (who may do what, for
//!   others), [`Traffic`] (messages, counted) and [`HubStamp`] (what a hub attaches to messages);
//! - [`ExtensionKind`]: a kind of raw extension, with a facet for each place ([`extension`]);
//! - [`ProposalKind`]: a type of proposal, and whether it is [`Owed`] ([`proposal`]);
//! - [`CredentialKind`]: a kind of credential, which may ask other [`Kinds`] ([`credential`]);
//! - [`PayloadFormat`]: a format of application data ([`mod@format`]);
//! - [`WireFormat`]: a framing of messages beyond RFC 9420 ([`wire_format`]);
//! - [`TreeSource`]: where ratchet trees are ([`tree`]).
//!
//! What it is given, and answers with:
//!
//! - [`Plugin`], [`Hooks`], [`Plugins`]: how it is found ([`plugin`]);
//! - [`EpochState`], [`FoldView`], [`CommitView`], ...: what it sees ([`view`]);
//! - [`Reject`]: how it refuses ([`reject`]). [`wire`]: how it encodes;
//! - [`Signatures`]: verifies what others signed ([`signatures`]);
//! - [`ComponentHandle`]: the safe interface to a group's keys ([`handle`]);
//! - [`Last`]: what need not be made anew for every member ([`last`]).
//!
//! A whole plugin is about fifty lines; `mls-trellis-poll` is the one to read.

pub mod answering;
pub mod authority;
pub mod code_point;
pub mod component;
pub mod credential;
pub mod erased;
pub mod extension;
pub mod facet;
pub mod format;
pub mod handle;
pub mod lack;
pub mod last;
pub mod names;
pub mod plugin;
pub mod proposal;
pub mod reject;
mod secret;
pub mod signatures;
pub mod stamp;
pub mod traffic;
pub mod tree;
pub mod view;
pub mod wire;
pub mod wire_format;

pub use answering::{AnchorSources, Answering, Authorities};
pub use authority::{Action, Authority};
pub use code_point::{
    CipherSuite, ComponentId, CredentialType, ExtensionType, ProposalType, WireFormatId,
};
pub use component::{Component, Draft, Place};
pub use credential::{
    AnchorSource, Anchors, Assessment, Assessor, Candidate, Claim, CredentialKind, Door,
    Eligibility, Evidence, Facts, Gate, Kinds, PreparedAnchors, SignatureKey, Standing, StatusRef,
    StatusSource, Unverified, Validity, Verified, VerifyView, Voucher,
};
pub use extension::{
    AddView, ContextExtension, ExtensionKind, InvitationView, KeyPackageExtension, LeafExtension,
};
pub use facet::{
    AadItem, Contribution, Contributor, Ephemeral, GroupState, Invariant, Judge, KeyPackageData,
    LeafData, MediaType, Observer, Payload, PayloadFraming, PskSource,
};
pub use format::{Claims, PayloadFormat};
pub use handle::{ComponentHandle, HandleError, HpkeCiphertext};
pub use lack::{Lack, Lacking};
pub use last::Last;
pub use plugin::{
    ComponentEntry, CredentialEntry, ExtensionEntry, ExtensionFacets, Facets, FormatEntry, Hooks,
    Origin, Plugin, PluginError, PluginErrors, Plugins, PluginsBuilder, Profile, ProposalEntry,
    ProposalFacets, ReportLine, RuleEntry, TreeSourceEntry, WireFormatEntry,
};
pub use proposal::{Owed, ProposalKind, ProposalView};
pub use reject::{Blame, Reject};
pub use secret::Secret;
pub use signatures::{Signatures, Verifier};
pub use stamp::{AcceptView, CredentialVerifier, HubStamp, LabelSigner, StampView};
pub use traffic::{EndView, Traffic, TrafficView};
pub use tree::{GroupInfoParts, TreeAt, TreeSource, TreeView};
pub use view::{
    AadView, Actor, AddedKeyPackage, BuildView, Capabilities, Change, CommitView, ContentType,
    Credential, DataChange, Dictionary, EpochState, ExternalSender, FoldView, Identity, Ids,
    LeafIndex, LeafInfo, Lifetime, PskId, PskView, RawExtension, RequiredCapabilities, Sent,
};
pub use wire_format::{
    Envelope, Export, HpkeAad, HpkePsk, Lengths, Letter, MessageCx, Opened, Recipient, WireFormat,
};

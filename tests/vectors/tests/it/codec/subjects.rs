//! The structures that both codecs know.

use mls_spec::{
    Parsable as _, Serializable as _,
    crypto::HpkeCiphertext as TheirHpkeCiphertext,
    drafts::mls_extensions::{
        content_advertisement,
        safe_application::{
            AppDataUpdate, AppEphemeral, ApplicationDataDictionary, ComponentsList, SafeAad,
        },
    },
    group::{
        commits::Commit,
        extensions::Extension,
        group_info::GroupInfo,
        proposals::{PreSharedKeyProposal, Proposal},
        welcome::Welcome,
    },
    key_package::KeyPackage,
    key_schedule::GroupContext,
    messages::MlsMessage,
    tree::leaf_node::LeafNode,
};
use mls_trellis_bundle::content_media::{ApplicationFraming, MediaTypeList};
use mls_trellis_hooks::{ComponentId, Dictionary, HpkeCiphertext, wire};
use mls_trellis_wire::{ObjectType, decode};

/// A structure, as both codecs read it.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Whether we take the bytes, and why not: a rule, or what is expected.
    pub(crate) ours: fn(&[u8]) -> Result<(), String>,
    /// What they would write after reading a value off the front of the bytes, or why they do not.
    pub(crate) theirs: fn(&[u8]) -> Result<Vec<u8>, String>,
}

macro_rules! theirs {
    ($type:ty) => {
        |bytes| {
            let value = <$type>::from_tls_bytes(bytes).map_err(|error| error.to_string())?;
            value.to_tls_bytes().map_err(|error| error.to_string())
        }
    };
}

macro_rules! object {
    ($object:ident, $theirs:ty) => {
        Subject {
            name: stringify!($object),
            ours: |bytes| match decode(ObjectType::$object, bytes) {
                Ok(_) => Ok(()),
                Err(error) => Err(error.rule.map_or(error.expected.to_string(), str::to_owned)),
            },
            theirs: theirs!($theirs),
        }
    };
}

macro_rules! typed {
    ($name:literal, $ours:ty, $theirs:ty) => {
        Subject {
            name: $name,
            ours: |bytes| match wire::decode::<$ours>(bytes) {
                Ok(_) => Ok(()),
                Err(error) => Err(error.to_string()),
            },
            theirs: theirs!($theirs),
        }
    };
}

pub(crate) const SUBJECTS: &[Subject] = &[
    object!(Message, MlsMessage<'_>),
    object!(Welcome, Welcome<'_>),
    object!(GroupInfo, GroupInfo<'_>),
    object!(KeyPackage, KeyPackage<'_>),
    object!(GroupContext, GroupContext<'_>),
    object!(LeafNode, LeafNode<'_>),
    object!(Extensions, Vec<Extension<'_>>),
    object!(Proposal, Proposal<'_>),
    object!(Commit, Commit<'_>),
    object!(Psk, PreSharedKeyProposal<'_>),
    object!(AppDataUpdate, AppDataUpdate<'_>),
    object!(AppEphemeral, AppEphemeral<'_>),
    object!(SafeAad, SafeAad<'_>),
    typed!(
        "AppDataDictionary",
        Dictionary,
        ApplicationDataDictionary<'_>
    ),
    typed!("ComponentsList", Vec<ComponentId>, ComponentsList),
    typed!(
        "MediaTypeList",
        MediaTypeList,
        content_advertisement::MediaTypeList<'_>
    ),
    typed!(
        "ApplicationFraming",
        ApplicationFraming,
        content_advertisement::ApplicationFraming<'_>
    ),
    typed!("HpkeCiphertext", HpkeCiphertext, TheirHpkeCiphertext<'_>),
];

pub(crate) fn subject(name: &str) -> &'static Subject {
    let subject = SUBJECTS.iter().find(|subject| subject.name == name);
    subject.unwrap_or_else(|| panic!("{name}"))
}

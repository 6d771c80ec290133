//! What an application chooses: per client, per group, per key package.
//!
//! ```
//! use mls_trellis_engine::{Framing, GroupConfig, Requirements};
//!
//! let config = GroupConfig::new(b"room 1")
//!     .framing(Framing::Public)
//!     .requirements(Requirements::Draft);
//! ```

use mls_trellis_hooks::{
    CipherSuite, Component, ComponentId, ContextExtension, ExtensionKind, ExtensionType,
    ExternalSender, GroupState, Ids, RawExtension, Reject,
    wire::{self, WireError},
};
use serde::{Deserialize, Serialize};

use crate::Result;

/// How a client's groups behave. The numbers are those of OpenMLS unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How handshake messages leave the client.
    pub framing: Framing,
    /// Private messages are padded to a multiple of this many bytes; 0 pads nothing.
    pub padding: usize,
    /// How many messages of one sender may arrive out of order.
    pub out_of_order: u32,
    /// How many messages of one sender may be lost in a row.
    pub skipped: u32,
    /// From how many epochs that are over application messages can still be read. The store keeps
    /// the members and keys of each, and OpenMLS writes them anew with every message: 0 is by far
    /// the fastest in large groups.
    pub past_epochs: usize,
    /// The remaining validity that a KeyPackage must have to be added, in seconds.
    pub minimum_lifetime: u64,
    /// How long our own KeyPackages are valid, in seconds.
    pub key_package_lifetime: u64,
    /// Whether random meaningless values are sent where receivers must ignore them (GREASE).
    pub grease: bool,
    /// Whether commits come with a GroupInfo that lets others join from outside.
    pub publish_group_info: bool,
    /// Whether Welcomes, and the GroupInfos of commits, have the ratchet tree inside. In large groups
    /// it is better handed out beside them: [`Group::ratchet_tree`](crate::Group::ratchet_tree),
    /// [`PublicGroup::ratchet_tree`](crate::PublicGroup::ratchet_tree).
    pub tree_inside: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            framing: Framing::Public,
            padding: 0,
            out_of_order: 5,
            skipped: 1000,
            past_epochs: 3,
            minimum_lifetime: 60 * 60,
            key_package_lifetime: 28 * 24 * 60 * 60,
            grease: true,
            publish_group_info: true,
            tree_inside: true,
        }
    }
}

/// How handshake messages leave the client. Either kind is always accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Framing {
    /// As PublicMessage: a hub can follow the group without secrets.
    Public,
    /// As PrivateMessage: whoever carries them learns nothing but group and epoch.
    Private,
}

/// What a group demands of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Requirements {
    /// `app_data_dictionary`, AppDataUpdate and AppEphemeral are required of everyone.
    Draft,
    /// Nothing that a stock RFC 9420 client lacks; so the group has no component state.
    Plain,
}

/// How a group starts.
#[derive(Clone, Debug)]
pub struct GroupConfig {
    pub(crate) group_id: Vec<u8>,
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) requirements: Requirements,
    pub(crate) framing: Option<Framing>,
    pub(crate) states: Vec<InitialState>,
    pub(crate) required: Vec<fn(&Ids) -> ComponentId>,
    pub(crate) safe_aad: Option<Vec<ComponentId>>,
    pub(crate) external_senders: Vec<ExternalSender>,
    pub(crate) extensions: Vec<RawExtension>,
    pub(crate) kinds: Vec<KnownExtension>,
    pub(crate) required_kinds: Vec<Numbering>,
}

/// The type in force of a kind of extension.
pub(crate) type Numbering = fn(&Ids) -> Result<ExtensionType, Reject>;

/// An extension of a kind that is to be linked.
#[derive(Clone, Debug)]
pub(crate) struct KnownExtension {
    extension_type: Numbering,
    data: std::result::Result<Vec<u8>, WireError>,
}

impl KnownExtension {
    pub(crate) fn new<E: ExtensionKind>(content: &E::Content) -> Self {
        Self {
            extension_type: linked_extension::<E>,
            data: wire::encode(content),
        }
    }

    /// The extension under its number in force.
    ///
    /// # Errors
    /// ENG-7 when its kind is not linked.
    pub(crate) fn raw(&self, ids: &Ids) -> Result<RawExtension> {
        Ok(RawExtension {
            extension_type: (self.extension_type)(ids)?,
            data: self.data.clone()?.into(),
        })
    }
}

/// The type in force of `E` when it is linked, or a misuse.
pub(crate) fn linked_extension<E: ExtensionKind>(ids: &Ids) -> Result<ExtensionType, Reject> {
    match ids.contains_extension::<E>() {
        true => Ok(ids.extension::<E>()),
        false => Err(Reject::misuse(
            "ENG-7",
            format!("extension {} is not linked into this client", E::NAME),
        )),
    }
}

/// The state of a component when the group is founded.
#[derive(Clone, Debug)]
pub(crate) struct InitialState {
    pub(crate) id: fn(&Ids) -> ComponentId,
    pub(crate) data: std::result::Result<Vec<u8>, WireError>,
}

impl GroupConfig {
    /// A group with this id, requirements as in [`Requirements::Draft`], and suite 0x0001.
    #[must_use]
    pub fn new(group_id: &[u8]) -> Self {
        Self {
            group_id: group_id.to_vec(),
            cipher_suite: CipherSuite(0x0001),
            requirements: Requirements::Draft,
            framing: None,
            states: Vec::new(),
            required: Vec::new(),
            safe_aad: None,
            external_senders: Vec::new(),
            extensions: Vec::new(),
            kinds: Vec::new(),
            required_kinds: Vec::new(),
        }
    }

    /// Uses this cipher suite.
    #[must_use]
    pub fn cipher_suite(mut self, suite: CipherSuite) -> Self {
        self.cipher_suite = suite;
        self
    }

    /// Demands this of the members.
    #[must_use]
    pub fn requirements(mut self, requirements: Requirements) -> Self {
        self.requirements = requirements;
        self
    }

    /// Frames our handshake messages of this group so, whatever the client's setting.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = Some(framing);
        self
    }

    /// Starts with this state of component `C`, which becomes a required component.
    #[must_use]
    pub fn with<C: GroupState>(mut self, state: &C::State) -> Self {
        self.states.push(InitialState {
            id: |ids| ids.of::<C>(),
            data: wire::encode(state),
        });
        self
    }

    /// Demands that every member supports component `C`, which starts without a state.
    #[must_use]
    pub fn require<C: Component>(mut self) -> Self {
        self.required.push(|ids| ids.of::<C>());
        self
    }

    /// Switches SafeAAD framing on, with these components' items understood by everyone
    /// (draft-ietf-mls-extensions-10, section 4.9).
    #[must_use]
    pub fn safe_aad(mut self, components: impl IntoIterator<Item = ComponentId>) -> Self {
        self.safe_aad = Some(components.into_iter().collect());
        self
    }

    /// Lets somebody outside the group send proposals. OpenMLS takes Add, Remove and
    /// GroupContextExtensions from them.
    #[must_use]
    pub fn external_sender(mut self, sender: ExternalSender) -> Self {
        self.external_senders.push(sender);
        self
    }

    /// Puts an extension into the GroupContext that this engine does not interpret.
    #[must_use]
    pub fn extension(mut self, extension: RawExtension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Puts the extension of kind `E` into the GroupContext.
    #[must_use]
    pub fn with_extension<E: ContextExtension>(mut self, content: &E::Content) -> Self {
        self.kinds.push(KnownExtension::new::<E>(content));
        self
    }

    /// Demands that every member supports the extension of kind `E`, wherever it may stand. The group
    /// has agreed on it then, and its rules refuse instead of raising alarms.
    #[must_use]
    pub fn require_extension<E: ExtensionKind>(mut self) -> Self {
        self.required_kinds.push(linked_extension::<E>);
        self
    }
}

//! Wire formats: framings of messages that OpenMLS does not know (RFC 9420, section 6).
//!
//! A format is an MLSMessage of its own kind. It says where a message belongs, seals what a member
//! sends and opens what another sent, over a narrow view of one epoch's keys. Whoever links one says
//! so in its leaves (`supported_wire_formats`, draft-ietf-mls-extensions-10, section 5).
//!
//! ```
//! use mls_trellis_hooks::{
//!     Draft, Envelope, Export, HandleError, LeafIndex, Letter, MessageCx, Opened, Recipient,
//!     Reject, WireFormat, WireFormatId, wire::{self, Opaque},
//! };
//!
//! /// Signed words for everybody, in the clear.
//! struct Billboard;
//!
//! /// Version and format; group, epoch and sender; text and signature.
//! type Message = ((u16, u16), (Opaque, u64, u32), (Opaque, Opaque));
//!
//! impl WireFormat for Billboard {
//!     const NAME: &'static str = "billboard";
//!     const FORMAT: WireFormatId = WireFormatId(0xf00d);
//!     const DRAFT: Draft = Draft::private("billboard", "1");
//!     const SIGNS: &'static [&'static str] = &["Billboard"];
//!
//!     fn peek(&self, _: WireFormatId, message: &[u8]) -> Result<Envelope, Reject> {
//!         let (_, (group_id, epoch, _), _) = decode(message)?;
//!         Ok(Envelope { group_id: group_id.0, epoch })
//!     }
//!
//!     fn seal(&self, cx: &dyn MessageCx, letter: &Letter<'_>) -> Result<Vec<u8>, HandleError> {
//!         let epoch = cx.epoch();
//!         let signature = cx.sign("Billboard", letter.body)?;
//!         let place = (epoch.group_id[..].into(), epoch.epoch, cx.own().0);
//!         let text = (letter.body.into(), signature.into());
//!         let message: Message = ((1, cx.format().0), place, text);
//!         Ok(wire::encode(&message).map_err(|e| Reject::misuse("BB-1", e.to_string()))?)
//!     }
//!
//!     fn open(&self, cx: &dyn MessageCx, message: &[u8]) -> Result<Opened, HandleError> {
//!         let (_, (.., from), (body, signature)) = decode(message)?;
//!         cx.verify(LeafIndex(from), "Billboard", body.as_slice(), signature.as_slice())?;
//!         Ok(Opened::new(LeafIndex(from), body.0))
//!     }
//! }
//!
//! fn decode(message: &[u8]) -> Result<Message, Reject> {
//!     wire::decode(message).map_err(|e| Reject::peer("BB-2", e.to_string()))
//! }
//! ```

use crate::{
    Draft, EpochState, HandleError, HpkeCiphertext, LeafIndex, Reject, Secret, WireFormatId,
};

/// A framing of messages with a code point of its own.
///
/// Opening is pure but for the keys: no clock, no state of its own. What must be remembered of past
/// messages is said in [`Opened::once`]; what must be kept of past epochs, in
/// [`past_epochs`](Self::past_epochs). The engine does both.
pub trait WireFormat: Send + Sync + 'static {
    /// A short name in lower case.
    const NAME: &'static str;
    /// Its wire format, unless a profile gives it another one: the number in force is what
    /// [`peek`](Self::peek) and [`MessageCx::format`] say.
    const FORMAT: WireFormatId;
    /// Where it is specified.
    const DRAFT: Draft;
    /// The only labels it signs and verifies with.
    const SIGNS: &'static [&'static str] = &[];
    /// The only labels it encrypts to leaf keys with.
    const ENCRYPTS: &'static [&'static str] = &[];
    /// The only secrets of an epoch that it gets.
    const EXPORTS: &'static [Export] = &[];

    /// Where a message belongs, without any key. A Delivery Service can ask this too. `format` is the
    /// number in force.
    ///
    /// # Errors
    /// A rejection when the bytes are no message of this format.
    fn peek(&self, format: WireFormatId, message: &[u8]) -> Result<Envelope, Reject>;

    /// Seals a message of the current epoch. The engine has made sure that the recipients list the
    /// format as supported.
    ///
    /// # Errors
    /// What the format rejects; what fails in `cx`.
    fn seal(&self, cx: &dyn MessageCx, letter: &Letter<'_>) -> Result<Vec<u8>, HandleError>;

    /// Opens a message of the group and epoch of `cx`, which are those that
    /// [`peek`](Self::peek) found.
    ///
    /// # Errors
    /// What the format rejects; what fails in `cx`.
    fn open(&self, cx: &dyn MessageCx, message: &[u8]) -> Result<Opened, HandleError>;

    /// From how many epochs that are over messages can still be opened. The engine keeps the leaf
    /// key, the leaves and the [`EXPORTS`](Self::EXPORTS) of that many, and no longer.
    fn past_epochs(&self) -> u64 {
        0
    }
}

/// A secret that the members of an epoch share: MLS-Exporter with this label and context, as long as
/// the suite's hash (RFC 9420, section 8.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Export {
    /// The label.
    pub label: &'static str,
    /// The context.
    pub context: &'static [u8],
}

/// Where a message belongs. Nothing of it is authenticated yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The group.
    pub group_id: Vec<u8>,
    /// The epoch in which it was sent.
    pub epoch: u64,
}

/// For whom a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipient {
    /// One member.
    Member(LeafIndex),
    /// Every member.
    Group,
}

impl From<LeafIndex> for Recipient {
    fn from(leaf: LeafIndex) -> Self {
        Self::Member(leaf)
    }
}

/// What is to be sent.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// For whom it is.
    pub to: Recipient,
    /// The content.
    pub body: &'a [u8],
    /// What travels along in the clear, authenticated.
    pub authenticated_data: &'a [u8],
}

/// What was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// The member who sent it, authenticated.
    pub from: LeafIndex,
    /// The content.
    pub body: Vec<u8>,
    /// What travelled along in the clear, authenticated.
    pub authenticated_data: Vec<u8>,
    /// A value that no other message of this sender and epoch has. The engine remembers it as long
    /// as the epoch can be opened, and takes a second message that has it for a duplicate.
    pub once: Option<Vec<u8>>,
    /// Rules that the message breaks in a way that we live with.
    pub alarms: Vec<Reject>,
}

impl Opened {
    /// A message without anything besides.
    #[must_use]
    pub fn new(from: LeafIndex, body: Vec<u8>) -> Self {
        Self {
            from,
            body,
            authenticated_data: Vec::new(),
            once: None,
            alarms: Vec::new(),
        }
    }
}

/// A narrow view of one epoch's keys, the current one or one that was retained, bound to the labels
/// of one wire format. Using another label is a misuse (WF-L).
pub trait MessageCx {
    /// The wire format's number in force.
    fn format(&self) -> WireFormatId;

    /// The epoch.
    fn epoch(&self) -> &EpochState;

    /// Our own position in that epoch.
    fn own(&self) -> LeafIndex;

    /// Lengths in bytes, by the group's cipher suite.
    fn lengths(&self) -> Lengths;

    /// Random bytes.
    ///
    /// # Errors
    /// When the system has none.
    fn random(&self, length: usize) -> Result<Vec<u8>, HandleError>;

    /// The suite's hash.
    ///
    /// # Errors
    /// When the provider fails.
    fn hash(&self, data: &[u8]) -> Result<Vec<u8>, HandleError>;

    /// A secret of the epoch, of [`WireFormat::EXPORTS`].
    ///
    /// # Errors
    /// When it is not one of those.
    fn export(&self, export: &Export) -> Result<Secret, HandleError>;

    /// ExpandWithLabel (RFC 9420, section 8).
    ///
    /// # Errors
    /// When the provider fails.
    fn expand(
        &self,
        secret: &Secret,
        label: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Secret, HandleError>;

    /// Encrypts with the suite's AEAD.
    ///
    /// # Errors
    /// When key or nonce have the wrong length.
    fn aead_seal(
        &self,
        key: &Secret,
        nonce: &Secret,
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, HandleError>;

    /// Decrypts with the suite's AEAD.
    ///
    /// # Errors
    /// When the ciphertext is not authentic.
    fn aead_open(
        &self,
        key: &Secret,
        nonce: &Secret,
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, HandleError>;

    /// SignWithLabel with our leaf's signature key (RFC 9420, section 5.1.2); `label` without the
    /// prefix "MLS 1.0 ". Only in the current epoch.
    ///
    /// # Errors
    /// When the signer fails, or the epoch is over.
    fn sign(&self, label: &str, content: &[u8]) -> Result<Vec<u8>, HandleError>;

    /// VerifyWithLabel with the signature key of a member of the epoch.
    ///
    /// # Errors
    /// When there is no such member or the signature is not theirs.
    fn verify(
        &self,
        by: LeafIndex,
        label: &str,
        content: &[u8],
        signature: &[u8],
    ) -> Result<(), HandleError>;

    /// Encrypts to the leaf key of a member of the epoch, with HPKE in PSK mode (RFC 9180,
    /// section 5.1.2).
    ///
    /// # Errors
    /// When there is no such member or encryption fails.
    fn seal_psk(
        &self,
        to: LeafIndex,
        psk: &HpkePsk<'_>,
        aad: HpkeAad<'_>,
        plaintext: &[u8],
    ) -> Result<HpkeCiphertext, HandleError>;

    /// Decrypts what was encrypted to our own leaf key of the epoch, with HPKE in PSK mode.
    ///
    /// # Errors
    /// When it was not meant for this key, label, context or pre-shared key, or was damaged.
    fn open_psk(
        &self,
        psk: &HpkePsk<'_>,
        aad: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Secret, HandleError>;
}

/// Lengths in bytes, by the group's cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// Of a hash, and of secrets: Nh.
    pub hash: usize,
    /// Of a key of the AEAD: Nk.
    pub key: usize,
    /// Of a nonce of the AEAD: Nn.
    pub nonce: usize,
}

/// What HPKE in PSK mode binds a ciphertext to.
#[derive(Clone, Copy)]
pub struct HpkePsk<'a> {
    /// One of [`WireFormat::ENCRYPTS`], without the prefix "MLS 1.0 ". `info` is the prefixed label
    /// as `opaque<V>`, then the context.
    pub label: &'a str,
    /// What follows the label in `info`, byte for byte.
    pub context: &'a [u8],
    /// The pre-shared key.
    pub psk: &'a Secret,
    /// Its name.
    pub psk_id: &'a [u8],
}

/// The associated data of a ciphertext to be made, which may depend on the encapsulated key.
pub type HpkeAad<'a> = &'a dyn Fn(&[u8]) -> Result<Vec<u8>, HandleError>;

/// [`WireFormat`], object-safe.
pub trait ErasedWireFormat: Send + Sync {
    /// Where a message belongs.
    ///
    /// # Errors
    /// What the format rejects.
    fn peek(&self, format: WireFormatId, message: &[u8]) -> Result<Envelope, Reject>;

    /// Seals a message.
    ///
    /// # Errors
    /// What the format rejects; what fails in `cx`.
    fn seal(&self, cx: &dyn MessageCx, letter: &Letter<'_>) -> Result<Vec<u8>, HandleError>;

    /// Opens a message.
    ///
    /// # Errors
    /// What the format rejects; what fails in `cx`.
    fn open(&self, cx: &dyn MessageCx, message: &[u8]) -> Result<Opened, HandleError>;

    /// From how many epochs that are over messages can still be opened.
    fn past_epochs(&self) -> u64;
}

impl<W: WireFormat> ErasedWireFormat for W {
    fn peek(&self, format: WireFormatId, message: &[u8]) -> Result<Envelope, Reject> {
        WireFormat::peek(self, format, message).map_err(|reject| reject.in_plugin(W::NAME))
    }

    fn seal(&self, cx: &dyn MessageCx, letter: &Letter<'_>) -> Result<Vec<u8>, HandleError> {
        WireFormat::seal(self, cx, letter).map_err(named::<W>)
    }

    fn open(&self, cx: &dyn MessageCx, message: &[u8]) -> Result<Opened, HandleError> {
        let mut opened = WireFormat::open(self, cx, message).map_err(named::<W>)?;
        let alarms = opened.alarms.into_iter();
        opened.alarms = alarms.map(|reject| reject.in_plugin(W::NAME)).collect();
        Ok(opened)
    }

    fn past_epochs(&self) -> u64 {
        WireFormat::past_epochs(self)
    }
}

fn named<W: WireFormat>(error: HandleError) -> HandleError {
    match error {
        HandleError::Reject(reject) => reject.in_plugin(W::NAME).into(),
        other => other,
    }
}

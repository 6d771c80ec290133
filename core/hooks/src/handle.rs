//! The safe interface to a group's keys, bound to one component
//! (draft-ietf-mls-extensions-10, sections 4.2 to 4.5).
//!
//! A plugin crate writes its helpers against [`ComponentHandle`]; the engine hands out handles that
//! are bound to one id, so no plugin can sign, decrypt or export as another.
//!
//! ```
//! use mls_trellis_hooks::{ComponentHandle, HandleError};
//!
//! /// Signs a statement so that it holds in this group and epoch only.
//! fn sign(handle: &dyn ComponentHandle, statement: &[u8]) -> Result<Vec<u8>, HandleError> {
//!     let epoch = handle.epoch();
//!     let content = [&epoch.group_id[..], &epoch.epoch.to_be_bytes(), statement].concat();
//!     handle.sign(b"statement 1", &content)
//! }
//! ```

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use crate::{ComponentId, EpochState, LeafIndex, Reject, Secret, wire::Opaque};

/// What HPKE sealed (RFC 9420, section 7.6).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct HpkeCiphertext {
    /// The encapsulated key.
    pub kem_output: Opaque,
    /// The sealed bytes.
    pub ciphertext: Opaque,
}

/// Why an operation of a handle failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// It is refused, with a rule and a reason.
    #[error(transparent)]
    Reject(#[from] Reject),
    /// The store failed; nothing was handed out.
    #[error("the store failed: {0}")]
    Store(String),
    /// A cryptographic operation failed: wrong key, wrong component, label or context, or damaged
    /// bytes.
    #[error("the cryptographic operation failed: {0}")]
    Crypto(String),
}

/// One component's access to one group.
pub trait ComponentHandle {
    /// The component's id in force.
    fn id(&self) -> ComponentId;

    /// The current epoch.
    fn epoch(&self) -> &EpochState;

    /// The component's secret of this epoch (section 4.4). It is handed out once per epoch: the
    /// puncture is durable before the secret is returned. Derive what you need and keep that.
    ///
    /// # Errors
    /// EXP-3 when it was handed out before.
    fn export_secret(&mut self) -> Result<Secret, HandleError>;

    /// Signs with our leaf's signature key (section 4.3).
    ///
    /// # Errors
    /// When the signer fails.
    fn sign(&self, label: &[u8], content: &[u8]) -> Result<Vec<u8>, HandleError>;

    /// Checks a signature that the member at `signer` made as component `component`.
    ///
    /// # Errors
    /// When there is no such member or the signature is not theirs.
    fn verify(
        &self,
        signer: LeafIndex,
        component: ComponentId,
        label: &[u8],
        content: &[u8],
        signature: &[u8],
    ) -> Result<(), HandleError>;

    /// Encrypts to the leaf key of the member at `to`, for its component `component` (section 4.2).
    ///
    /// # Errors
    /// When there is no such member or encryption fails.
    fn seal(
        &self,
        to: LeafIndex,
        component: ComponentId,
        label: &[u8],
        context: &[u8],
        plaintext: &[u8],
    ) -> Result<HpkeCiphertext, HandleError>;

    /// Decrypts what was encrypted to our current leaf key, for this component.
    ///
    /// # Errors
    /// When it was not meant for this key, component, label or context.
    fn open(
        &mut self,
        label: &[u8],
        context: &[u8],
        ciphertext: &HpkeCiphertext,
    ) -> Result<Secret, HandleError>;

    /// Keeps a pre-shared key of this component, for commits and Welcomes that name it
    /// (section 4.5).
    ///
    /// # Errors
    /// When the store fails.
    fn put_psk(&mut self, psk_id: &[u8], psk: Secret) -> Result<(), HandleError>;

    /// Forgets a pre-shared key of this component.
    ///
    /// # Errors
    /// When the store fails.
    fn delete_psk(&mut self, psk_id: &[u8]) -> Result<(), HandleError>;

    /// Reads a row of the component's own store for this group.
    ///
    /// # Errors
    /// When the store fails.
    fn load(&self, key: &[u8]) -> Result<Option<Secret>, HandleError>;

    /// Writes a row of the component's own store for this group; `None` deletes it.
    ///
    /// # Errors
    /// When the store fails.
    fn store(&mut self, key: &[u8], value: Option<Secret>) -> Result<(), HandleError>;
}

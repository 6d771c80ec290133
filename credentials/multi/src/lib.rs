//! Multi-credentials (draft-ietf-mls-extensions-10, section 6.5): credential types `multi`, 0x0003,
//! and `weak-multi`, 0x0004, which hold several credentials of other kinds.
//!
//! Each [binding](CredentialBinding) holds a credential, the key it is for, and that key's signature
//! over the leaf's signature key: the holder of the credential says that the leaf is theirs. What the
//! credentials mean is asked of the kinds that are linked for them. A new signature key in the leaf
//! needs new bindings.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | MC-1, MC-4 | Every member's leaf lists the type of the multi-credential. | refused |
//! | MC-2 | Every member supports credential type and cipher suite of every binding of a `multi`. | refused |
//! | MC-3 | Every binding of a `multi` is valid. | refused |
//! | MC-5 | Every member supports at least one binding of a `weak-multi`. | refused; an alarm where nobody who can read it is asked |
//! | MC-6 | Every binding of a `weak-multi` that is supported here is valid. | refused |
//! | MC-7, MC-8 | A binding is valid when its credential is genuine and belongs to `credential_key`, and that key signed the leaf's signature key. | refused |
//! | MC-9 | There is a binding: a credential of nobody proves nothing. | refused |
//! | MC-10 | No multi-credential stands inside another credential. | refused |
//! | MC-11 | There are at most [`MANY`] bindings. | an alarm; we do not bring it in |
//! | MC-14 | Bindings of an earlier signature key are not valid. | refused |
//! | MC-15 | The bindings of a `weak-multi` speak of one client, for not everybody reads the same one. | an alarm; we do not bring it in |
//!
//! The draft leaves open who a multi-credential speaks of. Here it is the first binding's client; of
//! a `weak-multi`, that of the first binding whose kind is linked. The order is protected by the
//! signature of the leaf, not by the holders of the credentials: nothing is to be concluded from a
//! binding that is not there.
//!
//! ```
//! use mls_trellis_hooks::{CipherSuite, Credential, Ids, SignatureKey, wire::WireError};
//! use mls_trellis_multi::{Bindings, CredentialBinding};
//!
//! let key = SignatureKey { cipher_suite: CipherSuite(0x0001), bytes: b"public key of the account" };
//! let sign = |payload: &[u8]| Ok::<_, WireError>(payload.to_vec()); // ask the keystore here
//! let account = Credential::basic("alice");
//! let binding = CredentialBinding::sign(&account, &key, b"the leaf's signature key", sign)?;
//!
//! let credential = Bindings::new([binding])?.multi(&Ids::default())?;
//! assert_eq!(credential.credential_type.0, 0x0003);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{MULTI_CREDENTIALS, Multi, MultiCredentials, WeakMulti};
pub use state::{Bindings, MANY};
pub use wire::{CredentialBinding, InnerCredential};

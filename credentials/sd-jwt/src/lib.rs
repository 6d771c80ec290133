//! SD-JWT credentials: selectively disclosed claims about a member, signed by an issuer
//! (RFC 9901; draft-ietf-oauth-sd-jwt-vc).
//!
//! The credential is one `opaque<V>` that holds a token in compact form with a key binding, under the
//! private credential type 0xf6d0. The type that draft-mahy-mls-sd-cwt-credential-02 suggests, 0x0006,
//! has a body of another shape, which stock OpenMLS cannot carry.
//!
//! Whom it trusts is a value, [`Trust`], and must be the same for all members. What depends on the
//! time, `exp` and `nbf` and revocation, is no reason to refuse what others accept, and is not judged
//! here.
//!
//! | rule | says |
//! |---|---|
//! | SDJ-1 | A token is an issuer's JWT, disclosures, and perhaps a key binding, with tildes between. |
//! | SDJ-2 | A trusted issuer signed it, by the algorithm of its key, over digests of a known hash. |
//! | SDJ-3 | Each disclosure has the form that its place asks for, and a name that is free there. |
//! | SDJ-4 | Every digest stands once, and every disclosure has one. |
//! | SDJ-5 | Claims that rules depend on are not hidden. |
//! | SDJ-6 | The key binding is a signature of the holder, of just these disclosures. |
//! | SDJ-7 | Where types are demanded, the token is a verifiable credential (`dc+sd-jwt`) of one of them (`vct`). |
//! | SDJ-8 | `cnf` holds one public key, and it is the leaf's signature key. |
//! | SDJ-10 | The key binding is for this group or an accepted audience, and for this leaf. |
//! | SDJ-12 | `sub` names the client, in clear. |
//! | ANC-6 | Where the group names its own issuers, those of the client's domain count, and no others. |
//! | ANC-7 | There, [`Trust`] decides whom we bring in and which groups we enter, unless it believes groups. |
//! | REV-1 | A Token Status List is signed by its issuer, and is of the URI that tokens name. |
//! | REV-2 | It is a `statuslist+jwt` with 1, 2, 4 or 8 bits a status. |
//! | REV-3 | Lists are bounded, inflated too: [`MAX_STATUS_LIST`], [`MAX_STATUS_TOKEN`], [`MAX_STATUS_LISTS`]. |
//! | REV-4 | An earlier list does not take the place of a later one. |
//! | REV-5 | A status stands where its index says, lowest bits first, and beyond the end is none. |
//! | SDJ-13 | Size, depth, base64url, JSON: one token has one reading, and a bounded one. |
//!
//! ```
//! use mls_trellis_hooks::{CredentialKind, Kinds};
//! use mls_trellis_sd_jwt::{SdJwt, Trust};
//!
//! let kind = SdJwt::new(Trust::default().audience("https://hub.example"));
//! assert_eq!(kind.identify(b"~", &Kinds::none()).unwrap_err().rule(), "SDJ-1");
//! ```

mod anchors;
mod binding;
mod disclosure;
mod facts;
mod hooks;
mod json;
mod jwk;
mod state;
mod status_list;
mod wire;

pub use anchors::Issuer;
pub use binding::KeyBinding;
pub use hooks::{SD_JWT, SdJwt};
pub use jwk::PublicKey;
pub use state::{Presented, Trust, group_audience, nonce};
pub use status_list::{MAX_STATUS_LIST, MAX_STATUS_LISTS, MAX_STATUS_TOKEN, StatusLists};
pub use wire::{MAX_DISCLOSURES, MAX_TOKEN};

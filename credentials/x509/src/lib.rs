//! X.509 credentials (RFC 9420, section 5.3): credential type 0x0002, a chain of certificates.
//!
//! RFC 9420 leaves to the application what makes a certificate genuine, and whom it speaks of. Here:
//! paths by RFC 5280 to anchors by RFC 5937, a profile for certificates of messaging clients, and
//! identities from URIs of draft-ietf-mimi-protocol in the subjectAltName. The whole follows from a
//! [`Policy`], which all members of a group must share; anchors, a group may name itself.
//!
//! **A verdict needs no clock.** Members that process a commit at different times must agree, so
//! expiry refuses nothing that others did; [`X509::check_at`] tells an application what to do
//! itself. Nor does revocation: [`Crls`] are for a policy of our own.
//!
//! The profile is stricter than RFC 5280 where that leaves a choice: authorities and leaves have key
//! identifiers and key usage, constraints on names are critical. Keys of RSA verify nothing here.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | X5-1 | The credential is a vector of certificates, at least one. | refused |
//! | X5-2 | The first is the end entity's. The others may stand in any order, and need not be of use. | |
//! | X5-3, X5-12 | The certified key is the leaf's signature key, or the external sender's. | refused |
//! | X5-4 | Intermediates may be left out. | `Missing`, until [`X509::supply`] |
//! | X5-5 | The certified key is of the kind that the cipher suite signs with; issuers' keys are of any kind known here. | refused |
//! | X5-8 | A new certificate of a client speaks of the same client and user. | refused |
//! | X5-11 | No client is in the group twice. | refused |
//! | X5-13 | Points are not compressed, and curves are named. | refused |
//! | X5-14 | Certificates are DER of version 3, and no extension stands twice. | refused |
//! | X5-15 | The leaf is no authority, and its key no anchor's. | refused |
//! | X5-16 | The leaf's key is for signatures, and not for certificates or lists of revocation. | refused |
//! | X5-17, X5-18 | The leaf says that it is for messaging ([`IM_URI`]), not for anything or for TLS servers. Issuers that name purposes name that one; "any" is not enough. | refused |
//! | X5-19 | The subjectAltName names one client and at most one user. | refused |
//! | X5-20 | The leaf is not valid for longer than the policy says. | refused |
//! | X5-21 | The path holds: signatures, authorities, their key usage, length, constraints on names, critical extensions. | refused |
//! | X5-22 | The anchor's own constraints hold. | refused |
//! | X5-23 | Chains, certificates and paths are bounded: [`MAX_CERTIFICATES`], [`MAX_CERTIFICATE_LEN`], [`MAX_CHAIN_LEN`], three authorities between leaf and anchor. | refused |
//! | X5-24 | URIs are in their one spelling. | refused |
//! | X5-25 | User and client are of one domain. | refused |
//! | X5-26 | Only anchors that are for the client's domain count. | refused |
//! | ANC-6 | Where the group names its own anchors, these count for everybody, and no others. | refused |
//! | ANC-7 | There, the policy's own decide whom we bring in and which groups we enter, unless it believes groups. | avoided |
//! | REV-1 | A list of what was revoked is signed by whom it is of, whose key is for that. | not kept |
//! | REV-2 | It is complete and direct, and nothing in it is critical and unknown. | not kept |
//! | REV-3 | Lists are bounded: [`MAX_CRL_LEN`], [`MAX_CRLS`]. | not kept |
//! | REV-4 | An earlier list does not take the place of a later one. | not kept |
//!
//! ```
//! use mls_trellis_hooks::Plugins;
//! use mls_trellis_x509::{Chain, Policy, X509};
//!
//! # let root: &[u8] = &[];
//! // Only what this authority says, and only about its own domain.
//! let policy = Policy::default().anchor(root, ["a.example"]);
//! assert_eq!(policy.err().unwrap().rule(), "X5-14"); // there is no certificate in this example
//!
//! let chain = Chain::new([b"the leaf's DER"])?;
//! assert_eq!(X509::default().read(chain.leaf()).unwrap_err().rule(), "X5-1");
//! # Ok::<(), mls_trellis_hooks::Reject>(())
//! ```

mod anchors;
mod certificate;
mod crl;
mod facts;
mod hooks;
mod identity;
mod key;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod limbo;
mod path;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod pkits;
mod state;
mod wire;

pub use crl::{Crls, MAX_CRL_LEN, MAX_CRLS};
pub use hooks::{X509, X509_CREDENTIALS};
pub use identity::Subject;
pub use state::{Certified, IM_URI, MAX_INTERMEDIATES, Policy};
pub use wire::{Chain, MAX_CERTIFICATE_LEN, MAX_CERTIFICATES, MAX_CHAIN_LEN};

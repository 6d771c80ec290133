//! Who may be in a group, as an enterprise says it.
//!
//! A policy is a [`Document`], in TOML. It has two layers, and they are kept apart:
//!
//! - what the *group* says ([`Rules`]) stands in the GroupContext as a component, so every member and
//!   every hub judges by the same rules, and a commit that breaks them is refused by all of them. These
//!   rules know no clock, and see nothing but what genuine credentials say
//!   ([`Facts`](mls_trellis_hooks::Facts));
//! - what *we* think ([`Local`]) is about time and revocation. Others may see it differently, so it keeps
//!   us from adding somebody and from entering a group, and is an alarm where others did.
//!
//! Both give the same [`Decision`]s to an engine, to a hub, and to whoever asks outside of any group;
//! each of them can be put on record ([`Audit`]).
//!
//! # Rules
//!
//! | rule | what it says |
//! |---|---|
//! | POL-1 | The rules are in a language that is known here, and say nothing else. |
//! | POL-2 | They make sense; only administrators change them, or whom the group's authority lets; the version grows. |
//! | POL-3 | Everybody is of a domain that the rules know: the host of the URI that is their identity. |
//! | POL-4 | The credential, and what is inside of it, is of a kind that the domain allows. |
//! | POL-5 | It is from an issuer that may vouch for the domain. |
//! | POL-6 | It says what the domain demands of credentials of its kind. |
//! | POL-7 | It is not valid for longer than the domain allows. |
//! | POL-8 | No user has more clients in the group than their domain allows. |
//! | POL-9 | A credential is followed by one of the same user, and of a kind that may follow. |
//! | POL-10 | External senders are those of a domain with an entry of its own. |
//! | POL-11 | An attribute policy permits it and none forbids it; what cannot be evaluated is not permitted. |
//! | POL-12 | Ours: it is valid now, as are those who vouch for it, and long enough for somebody whom we add. |
//! | POL-13 | Ours: it was not revoked, as far as is known. |
//! | POL-14 | Ours: it is renewed before it ends. |
//!
//! ```
//! use mls_trellis_policy::{CredentialPolicy, Document};
//!
//! let document = Document::parse(r#"
//!     language = 1
//!     version = 1
//!     administrators = ["mimi://a.example/u/admin"]
//!
//!     [domains."a.example"]
//!     credentials = ["x509"]
//!     issuers = ["CN=authority of a.example"]
//!     max_validity_days = 398
//!     clients_per_user = 5
//!
//!     [attributes]
//!     claims = { "x509.subject.country" = "text" }
//!     policies = '''
//!     permit (principal, action, resource) when {
//!         principal has x509.subject.country && ["AT", "CH"].contains(principal.x509.subject.country)
//!     };
//!     '''
//!
//!     [local]
//!     min_remaining_days = 7
//! "#)?;
//! // Into the group's state goes `document.rules()`; into the client this plugin:
//! let plugin = CredentialPolicy::default().ours(document.local().clone());
//! # Ok::<(), mls_trellis_policy::PolicyErrors>(())
//! ```

mod attributes;
mod decision;
mod depth;
mod document;
mod hooks;
mod local;
mod merged;
mod state;
mod wire;

pub use decision::{Audit, Decision, Finding, Layer, Record};
pub use document::{Anchor, Document, PolicyError, PolicyErrors, SCHEMA};
pub use hooks::{CREDENTIAL_POLICY, CredentialPolicy};
pub use local::{Judged, Local, Mode, Weight};
pub use state::Compiled;
pub use wire::{
    Attributes, ClaimType, Domain, LANGUAGE, MAX_POLICIES, Requirement, Rules, Succession,
};

//! Policies, as people write them and as groups keep them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod attributes;
mod badge;
mod document;
mod groups;
mod local;
mod rules;

/// A policy that the tests change here and there.
pub(crate) const POLICY: &str = r#"
language = 1
version = 1
administrators = ["mimi://a.example/u/admin"]

[domains."a.example"]
credentials = ["badge"]
issuers = ["https://id.a.example"]
require = [{ claim = "badge.level", any_of = ["staff", "board"] }]
max_validity_days = 90
clients_per_user = 2
succession = [{ from = "basic", to = "badge" }]

[domains."b.example"]
credentials = ["basic", "badge"]

[external_senders."hub.example"]
credentials = ["basic"]
"#;

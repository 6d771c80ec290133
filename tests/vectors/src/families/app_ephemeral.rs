//! AppEphemeral proposals, and what a commit of several hands to which component.
//!
//! ```
//! use mls_trellis_vectors::families::{Family, app_ephemeral::AppEphemeral};
//!
//! assert!(AppEphemeral::cases().iter().all(|case| case.proposals.len() == case.delivered.len()));
//! ```

use serde::{Deserialize, Serialize};

use super::{ComponentData, Family, filler};
use crate::{Hex, tls::Writer};

/// One vector: the AppEphemerals of one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppEphemeral {
    /// What it shows.
    pub says: String,
    /// The encodings of the Proposals, in the order of the commit.
    pub proposals: Vec<Hex>,
    /// What is delivered, in order.
    pub delivered: Vec<ComponentData>,
}

impl Family for AppEphemeral {
    const NAME: &'static str = "app-ephemeral";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 4.8";

    fn cases() -> Vec<Self> {
        const A: u16 = 0x8101;
        const B: u16 = 0x8102;
        let item = ComponentData::new;
        let cases = [
            ("one", vec![item(A, b"one")]),
            ("without data", vec![item(A, b"")]),
            (
                "several of one component",
                vec![item(A, b"2"), item(A, b"1"), item(A, b"3")],
            ),
            (
                "several of two components",
                vec![item(B, b"2"), item(A, b"1"), item(B, b"1")],
            ),
            (
                "of a length that takes two bytes",
                vec![item(A, &filler("notice", 64))],
            ),
        ];
        let proposal = |item: &ComponentData| {
            let proposal = Writer::new().u16(0x0009).u16(item.component_id);
            Hex(proposal.opaque(&item.data).done())
        };
        let cases = cases.into_iter().map(|(says, delivered)| Self {
            says: says.into(),
            proposals: delivered.iter().map(proposal).collect(),
            delivered,
        });
        cases.collect()
    }
}

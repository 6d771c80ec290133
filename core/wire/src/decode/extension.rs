//! Extensions and what is in them (RFC 9420 §11, §12.1.8, §13.4; draft-ietf-mls-extensions-10 §4.6,
//! §5, §7.1).

use std::collections::BTreeSet;

use crate::label;
use crate::node::Place;
use crate::reader::{ITEM, Mode, Reader, Result};

use super::{codes, leaf};

const APP_COMPONENTS: u16 = 0x0001;
const SAFE_AAD: u16 = 0x0002;

const APP_DATA_DICTIONARY: u16 = 0x0006;

/// `Extension extensions<V>`, each type at most once.
pub(crate) fn extensions(r: &mut Reader<'_>, name: &'static str, place: Place) -> Result {
    let mut seen = BTreeSet::new();
    r.list(name, "Extension", |r| {
        r.structure(ITEM, "Extension", |r| {
            let start = r.pos();
            let code = r.code("extension_type", "ExtensionType", label::extension_type)?;
            if !seen.insert(code) {
                let rule = match code {
                    APP_DATA_DICTIONARY => "ADD-4",
                    _ => "RFC 9420 §13.4",
                };
                let found = format!("0x{code:04x} again");
                let expected = "each extension type at most once";
                return Err(r.error(start, "extension_type", expected, found).rule(rule));
            }
            extension_data(r, code, place)
        })
    })
}

fn extension_data(r: &mut Reader<'_>, code: u16, place: Place) -> Result {
    const DATA: &str = "extension_data";
    // A ratchet tree holds leaves, whose extensions must not hold trees again.
    let tree_belongs = place == Place::GroupInfo;
    // What a stock peer takes as opaque must not be refused by a check: the hooks judge it.
    let drafts = r.mode() == Mode::Tree;
    match code {
        0x0001 => r.embedded(DATA, "ApplicationId", |r| {
            r.opaque("application_id", "opaque").map(drop)
        }),
        0x0002 if tree_belongs => r.embedded(DATA, "RatchetTree", |r| {
            leaf::ratchet_tree(r, "ratchet_tree")
        }),
        0x0003 => r.embedded(DATA, "RequiredCapabilities", |r| {
            codes(r, "extension_types", "ExtensionType", label::extension_type)?;
            codes(r, "proposal_types", "ProposalType", label::proposal_type)?;
            codes(
                r,
                "credential_types",
                "CredentialType",
                label::credential_type,
            )
        }),
        0x0004 => r.embedded(DATA, "ExternalPub", |r| {
            r.opaque("external_pub", "HPKEPublicKey").map(drop)
        }),
        0x0005 => r.embedded(DATA, "ExternalSenders", |r| {
            r.list("external_senders", "ExternalSender", |r| {
                r.structure(ITEM, "ExternalSender", |r| {
                    r.opaque("signature_key", "SignaturePublicKey")?;
                    leaf::credential(r, "credential")
                })
            })
        }),
        APP_DATA_DICTIONARY => app_data_dictionary(r, DATA, place),
        0x0007 | 0x0008 if drafts => r
            .embedded(DATA, "WireFormats", |r| {
                codes(r, "wire_formats", "WireFormat", label::wire_format)
            })
            .map_err(|error| error.rule("WF-4")),
        0x000a if drafts => r.embedded(DATA, "LastResort", |_| Ok(())),
        _ => r.opaque(DATA, "opaque").map(drop),
    }
}

/// Entries in ascending order of their ids, each id once.
fn app_data_dictionary(r: &mut Reader<'_>, name: &'static str, place: Place) -> Result {
    r.embedded(name, "AppDataDictionary", |r| {
        let mut ids = Ascending::new("ADD-1", "ADD-2");
        r.list("component_data", "ComponentData", |r| {
            r.structure(ITEM, "ComponentData", |r| {
                let id = ids.component_id(r)?;
                component_data(r, "data", place, id)
            })
        })?;
        r.expect_end().map_err(|error| error.rule("ADD-3"))
    })
}

fn component_data(r: &mut Reader<'_>, name: &'static str, place: Place, id: u16) -> Result {
    let is_list = matches!(id, APP_COMPONENTS | SAFE_AAD)
        && matches!(place, Place::GroupContext | Place::LeafNode);
    if is_list && r.mode() == Mode::Tree {
        r.embedded(name, "ComponentsList", |r| {
            codes(r, "component_ids", "ComponentID", label::component)
        })
        .map_err(|error| error.rule("NEG-7"))?;
    } else {
        r.opaque(name, "opaque")?;
    }
    r.mark_component(place, id);
    Ok(())
}

/// The authenticated data of a message in a group that frames it (draft §4.9).
pub(crate) fn safe_aad(r: &mut Reader<'_>, name: &'static str) -> Result {
    if r.is_at_end() {
        let expected = "a SafeAAD, which is one byte 00 if it has no items";
        return Err(r.error(r.pos(), name, expected, "no bytes").rule("AAD-5"));
    }
    let mut ids = Ascending::new("AAD-3", "AAD-4");
    r.structure(name, "SafeAAD", |r| {
        r.list("aad_items", "SafeAADItem", |r| {
            r.structure(ITEM, "SafeAADItem", |r| {
                let id = ids.component_id(r)?;
                r.opaque("aad_item_data", "opaque")?;
                r.mark_component(Place::AadItem, id);
                Ok(())
            })
        })?;
        r.expect_end().map_err(|error| error.rule("AAD-2"))
    })
    .map_err(|error| error.rule("AAD-1"))
}

/// Reads component ids that must ascend.
struct Ascending {
    previous: Option<u16>,
    unsorted: &'static str,
    repeated: &'static str,
}

impl Ascending {
    fn new(unsorted: &'static str, repeated: &'static str) -> Self {
        Self {
            previous: None,
            unsorted,
            repeated,
        }
    }

    fn component_id(&mut self, r: &mut Reader<'_>) -> Result<u16> {
        let start = r.pos();
        let id = r.code("component_id", "ComponentID", label::component)?;
        if let Some(previous) = self.previous.filter(|previous| *previous >= id) {
            let rule = if previous == id {
                self.repeated
            } else {
                self.unsorted
            };
            let expected = format!("a component id above 0x{previous:04x}");
            let found = format!("0x{id:04x}");
            return Err(r.error(start, "component_id", expected, found).rule(rule));
        }
        self.previous = Some(id);
        Ok(id)
    }
}

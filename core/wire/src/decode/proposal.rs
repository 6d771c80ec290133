//! Commits and proposals (RFC 9420 §12.1, §12.4; draft-ietf-mls-extensions-10 §4.7, §4.8, §6.3).

use crate::label::{self, closed};
use crate::node::Place;
use crate::reader::{ITEM, Reader, Result};

use super::{extension, group, leaf};

const UPDATE: u8 = 1;
const BY_VALUE: u8 = 1;

const UNKNOWN: &str = "unknown, read as one opaque<V>";

pub(crate) fn commit(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "Commit", |r| {
        r.list("proposals", "ProposalOrRef", |r| {
            r.structure(ITEM, "ProposalOrRef", |r| {
                let expected = "1 (proposal) or 2 (reference)";
                match r.select(
                    "type",
                    "ProposalOrRefType",
                    closed::proposal_or_ref,
                    expected,
                )? {
                    BY_VALUE => proposal(r, "proposal"),
                    _ => r.opaque("reference", "ProposalRef").map(drop),
                }
            })
        })?;
        r.optional("path", "UpdatePath", leaf::update_path)
    })
}

/// A proposal that something follows. Nothing on the wire delimits one of an unknown type; it is
/// taken to be one `opaque<V>`, as MLS stacks with custom proposals do.
pub(crate) fn proposal(r: &mut Reader<'_>, name: &'static str) -> Result {
    proposal_or(r, name, |r| {
        r.opaque("body", "opaque").map_err(|mut error| {
            error.expected = "a proposal type that is known here (an unknown one cannot be \
                delimited, and does not read as one opaque<V>)"
                .into();
            error
        })?;
        r.note(UNKNOWN);
        Ok(())
    })
}

/// A proposal that nothing follows: one of an unknown type takes all that is left.
pub(crate) fn standalone_proposal(r: &mut Reader<'_>, name: &'static str) -> Result {
    proposal_or(r, name, |r| r.rest("body", "opaque"))
}

pub(crate) fn add(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "Add", |r| leaf::key_package(r, "key_package"))
}

pub(crate) fn update(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "Update", |r| leaf::leaf_node(r, "leaf_node"))
}

pub(crate) fn remove(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "Remove", |r| r.u32("removed").map(drop))
}

pub(crate) fn psk(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "PreSharedKey", |r| group::pre_shared_key_id(r, "psk"))
}

pub(crate) fn re_init(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "ReInit", |r| {
        r.opaque("group_id", "opaque")?;
        r.code("version", "ProtocolVersion", label::protocol_version)?;
        r.code("cipher_suite", "CipherSuite", label::cipher_suite)?;
        extension::extensions(r, "extensions", Place::GroupContext)
    })
}

pub(crate) fn external_init(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "ExternalInit", |r| {
        r.opaque("kem_output", "opaque").map(drop)
    })
}

pub(crate) fn group_context_extensions(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "GroupContextExtensions", |r| {
        extension::extensions(r, "extensions", Place::GroupContext)
    })
}

pub(crate) fn app_data_update(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "AppDataUpdate", |r| {
        let component = r.code("component_id", "ComponentID", label::component)?;
        let expected = "an operation, 1 (update) or 2 (remove)";
        let operation = r
            .select(
                "op",
                "AppDataUpdateOperation",
                closed::update_operation,
                expected,
            )
            .map_err(|error| error.rule("ADU-1"))?;
        if operation == UPDATE {
            r.opaque("update", "opaque")?;
            r.mark_component(Place::Update, component);
        }
        Ok(())
    })
}

pub(crate) fn app_ephemeral(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "AppEphemeral", |r| {
        let component = r.code("component_id", "ComponentID", label::component)?;
        r.opaque("data", "opaque")?;
        r.mark_component(Place::Ephemeral, component);
        Ok(())
    })
}

fn proposal_or(
    r: &mut Reader<'_>,
    name: &'static str,
    unknown: impl FnOnce(&mut Reader<'_>) -> Result,
) -> Result {
    r.structure(name, "Proposal", |r| {
        match r.code("proposal_type", "ProposalType", label::proposal_type)? {
            0x0001 => add(r, "add"),
            0x0002 => update(r, "update"),
            0x0003 => remove(r, "remove"),
            0x0004 => psk(r, "psk"),
            0x0005 => re_init(r, "reinit"),
            0x0006 => external_init(r, "external_init"),
            0x0007 => group_context_extensions(r, "group_context_extensions"),
            0x0008 => app_data_update(r, "app_data_update"),
            0x0009 => app_ephemeral(r, "app_ephemeral"),
            0x000a => r.structure("self_remove", "SelfRemove", |_| Ok(())),
            _ => unknown(r),
        }
    })
}

//! The numbers that were in force when a group was stored (CID-4).

use std::collections::{BTreeMap, BTreeSet};

use mls_trellis_hooks::{ComponentId, EpochState, ExtensionType, WireFormatId, wire};
use mls_trellis_store::{Row, Scope};

use crate::{Client, Error, Result, client::NUMBERS, error::Numbered, step::Step};

/// What stands before the name of a kind of extension, where its number is stored.
const EXTENSION: &str = "extension ";
/// What stands before the name of a kind of credential.
const CREDENTIAL: &str = "credential ";
/// What stands before the name of a wire format.
const WIRE_FORMAT: &str = "wire format ";

/// CID-4: neither a component nor a kind of extension or credential nor a wire format changes its
/// number while a group that uses it is alive.
pub(super) fn check_numbers(
    client: &Client,
    stored: &BTreeMap<String, u16>,
    epoch: &EpochState,
) -> Result<()> {
    let now = numbers(client);
    // Who went by a number and does not now, with what it goes by.
    let renumbered = |number: u16, series: &str| {
        let own = stored.iter().filter(|(name, _)| series_of(name) == series);
        let (name, _) = own.into_iter().find(|(_, stored)| **stored == number)?;
        let now = now.get(name).copied();
        let name = name.strip_prefix(series).unwrap_or(name);
        (now != Some(number)).then(|| (name.to_owned(), now))
    };

    let required = epoch.required_components()?.unwrap_or_default();
    let entries = epoch.dictionary.iter().flat_map(|d| d.keys().copied());
    for stored in entries.chain(required) {
        if let Some((name, now)) = renumbered(stored.0, "") {
            return Err(Error::Renumbered {
                name,
                stored,
                now: Numbered(now.map(ComponentId)),
            });
        }
    }
    let used = epoch.extensions.iter().map(|e| e.extension_type);
    for stored in used.chain(epoch.required.extensions.iter().copied()) {
        if let Some((name, now)) = renumbered(stored.0, EXTENSION) {
            return Err(Error::RenumberedExtension {
                name,
                stored,
                now: Numbered(now.map(ComponentId)).to_string(),
            });
        }
    }
    let leaves = epoch.leaves.values();
    let used: BTreeSet<_> = leaves.map(|leaf| leaf.credential.credential_type).collect();
    for stored in used {
        if let Some((name, _)) = renumbered(stored.0, CREDENTIAL) {
            return Err(Error::RenumberedCredential { name, stored });
        }
    }
    for stored in required_wire_formats(epoch) {
        if let Some((name, _)) = renumbered(stored.0, WIRE_FORMAT) {
            return Err(Error::RenumberedWireFormat { name, stored });
        }
    }
    Ok(())
}

/// The wire formats that every member must support. A list that does not decode was judged when it
/// came (WF-4).
fn required_wire_formats(epoch: &EpochState) -> Vec<WireFormatId> {
    let list = epoch.extension(ExtensionType::REQUIRED_WIRE_FORMATS);
    let list = list.and_then(|list| wire::decode(list).ok());
    list.unwrap_or_default()
}

/// Which series of numbers a stored name is of.
fn series_of(name: &str) -> &'static str {
    let mut series = [EXTENSION, CREDENTIAL, WIRE_FORMAT].into_iter();
    series.find(|series| name.starts_with(series)).unwrap_or("")
}

/// The numbers in force, by name.
fn numbers(client: &Client) -> BTreeMap<String, u16> {
    let plugins = client.plugins();
    let components = plugins.components();
    let components = components.map(|entry| (entry.name.to_owned(), entry.id.0));
    let extensions = plugins.extensions();
    let extensions = extensions.map(|e| (format!("{EXTENSION}{}", e.name), e.extension_type.0));
    let credentials = plugins.credentials();
    let credentials = credentials.map(|c| (format!("{CREDENTIAL}{}", c.name), c.credential_type.0));
    let formats = plugins.wire_formats();
    let formats = formats.map(|f| (format!("{WIRE_FORMAT}{}", f.name), f.format.0));
    let numbers = components.chain(extensions).chain(credentials);
    numbers.chain(formats).collect()
}

/// Stores the numbers in force along with a new group.
pub(super) fn write_numbers(client: &Client, step: &Step<'_>, scope: &Scope) -> Result<()> {
    let numbers = numbers(client);
    let bytes = serde_json::to_vec(&numbers).map_err(Error::malformed("the ids in force"))?;
    step.buffer
        .put(Row::new(scope.clone(), NUMBERS, b""), bytes)?;
    Ok(())
}

//! Wire formats in the table of plugins.

use std::{any::TypeId, collections::BTreeMap, sync::Arc};

use super::{Origin, PluginError, ReportLine};
use crate::{Draft, Export, WireFormat, WireFormatId, wire_format::ErasedWireFormat};

/// A wire format, with the labels it is bound to.
#[derive(Clone)]
#[non_exhaustive]
pub struct WireFormatEntry {
    /// Its code point.
    pub format: WireFormatId,
    /// Its name.
    pub name: &'static str,
    /// Where it is specified.
    pub draft: Draft,
    /// Where it was registered.
    pub origin: Origin,
    /// Its Rust type.
    pub type_id: TypeId,
    /// The labels it signs with.
    pub signs: &'static [&'static str],
    /// The labels it encrypts to leaf keys with.
    pub encrypts: &'static [&'static str],
    /// The secrets of an epoch that it gets.
    pub exports: &'static [Export],
    /// The format itself.
    pub kind: Arc<dyn ErasedWireFormat>,
}

impl WireFormatEntry {
    pub(super) fn new<W: WireFormat>(kind: Arc<W>, origin: Origin) -> Self {
        Self {
            format: W::FORMAT,
            name: W::NAME,
            draft: W::DRAFT,
            origin,
            type_id: TypeId::of::<W>(),
            signs: W::SIGNS,
            encrypts: W::ENCRYPTS,
            exports: W::EXPORTS,
            kind,
        }
    }

    pub(super) fn report(&self) -> ReportLine {
        ReportLine {
            kind: "wire format",
            id: Some(self.format.0),
            name: self.name,
            places: Vec::new(),
            draft: Some(self.draft),
            origin: self.origin,
        }
    }
}

/// The formats by their code points, and what is wrong with them.
pub(super) fn table(
    found: &[WireFormatEntry],
    errors: &mut Vec<PluginError>,
) -> BTreeMap<WireFormatId, WireFormatEntry> {
    let mut table = BTreeMap::<WireFormatId, WireFormatEntry>::new();
    let mut found: Vec<_> = found.iter().collect();
    found.sort_by_key(|entry| (entry.format, entry.origin));
    for entry in found {
        if entry.format.is_default() || entry.format == WireFormatId(0) {
            errors.push(PluginError::ReservedWireFormat {
                format: entry.format,
                name: entry.name,
                origin: entry.origin,
            });
        }
        match table.get(&entry.format) {
            Some(first) => errors.push(PluginError::DuplicateWireFormat {
                format: entry.format,
                first: (first.name, first.origin),
                second: (entry.name, entry.origin),
            }),
            None => drop(table.insert(entry.format, entry.clone())),
        }
    }
    table
}

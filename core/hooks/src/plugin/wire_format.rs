//! Wire formats in the table of plugins.

use std::{any::TypeId, sync::Arc};

use super::{
    Origin, PluginError, ReportLine,
    number::{Movable, Numbered},
};
use crate::{Draft, Export, WireFormat, WireFormatId, wire_format::ErasedWireFormat};

/// A wire format, with the labels it is bound to.
#[derive(Clone)]
#[non_exhaustive]
pub struct WireFormatEntry {
    /// Its code point in force.
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

impl Numbered for WireFormatEntry {
    type Number = WireFormatId;

    fn number(&self) -> WireFormatId {
        self.format
    }

    fn label(&self) -> (&'static str, Origin) {
        (self.name, self.origin)
    }

    fn misplaced(&self) -> Option<PluginError> {
        let reserved = self.format.is_default() || self.format == WireFormatId(0);
        reserved.then_some(PluginError::ReservedWireFormat {
            format: self.format,
            name: self.name,
            origin: self.origin,
        })
    }

    fn twice(first: &Self, second: &Self) -> PluginError {
        PluginError::DuplicateWireFormat {
            format: second.format,
            first: first.label(),
            second: second.label(),
        }
    }
}

impl Movable for WireFormatEntry {
    fn go_by(&mut self, format: WireFormatId) {
        self.format = format;
    }

    fn not_linked(name: String, format: WireFormatId) -> PluginError {
        PluginError::WireFormatNotLinked { name, format }
    }
}

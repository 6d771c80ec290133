//! Formats of application data in the table of plugins.

use std::sync::Arc;

use super::{Origin, PluginError, ReportLine};
use crate::{Draft, MediaType, Payload, PayloadFormat, format::ErasedFormat};

/// A format of application data in the table of plugins.
#[derive(Clone)]
#[non_exhaustive]
pub struct FormatEntry {
    /// Its media type without parameters.
    pub media_type: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Where it is specified.
    pub draft: Draft,
    /// Where it was registered.
    pub origin: Origin,
    /// The format itself.
    pub format: Arc<dyn ErasedFormat>,
}

impl FormatEntry {
    pub(super) fn new<F: PayloadFormat>(format: Arc<F>, origin: Origin) -> Self {
        Self {
            media_type: F::MEDIA_TYPE,
            name: F::NAME,
            draft: F::DRAFT,
            origin,
            format,
        }
    }

    pub(super) fn report(&self) -> ReportLine {
        ReportLine {
            draft: Some(self.draft),
            ..ReportLine::bare("format", self.name, self.origin)
        }
    }

    /// Whether it is the format of that media type, whatever its parameters.
    #[must_use]
    pub fn is_of(&self, media_type: &MediaType) -> bool {
        self.media_type.eq_ignore_ascii_case(&media_type.essence)
    }

    /// Whether it is the format of the payload. One without a media type has none.
    #[must_use]
    pub fn reads(&self, payload: &Payload) -> bool {
        let media_type = payload.media_type.as_ref();
        media_type.is_some_and(|media_type| self.is_of(media_type))
    }
}

/// The formats by their media types, and what is wrong with them.
pub(super) fn table(
    mut formats: Vec<FormatEntry>,
    errors: &mut Vec<PluginError>,
) -> Vec<FormatEntry> {
    formats.sort_by_key(|format| (format.media_type, format.origin));
    for (first, second) in formats.iter().zip(formats.iter().skip(1)) {
        if first.media_type == second.media_type {
            errors.push(PluginError::DuplicateFormat {
                media_type: first.media_type,
                first: (first.name, first.origin),
                second: (second.name, second.origin),
            });
        }
    }
    formats
}

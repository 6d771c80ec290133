//! Media types as the engine meets them: over bytes, through the table of plugins.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod framing;
mod known_answers;
mod lists;
mod mutants;

use mls_trellis_content_media::{CONTENT_MEDIA, MediaTypeList, RawMediaType};
use mls_trellis_hooks::{
    ComponentEntry, ComponentId, EpochState, MediaType, Origin, Plugins, Reject, wire,
};

const ID: ComponentId = ComponentId(0x0003);

/// The component as it is installed.
fn content_media() -> ComponentEntry {
    let plugins = Plugins::builder()
        .add(CONTENT_MEDIA.make(), Origin::here())
        .build()
        .unwrap();
    plugins.component(ID).unwrap().clone()
}

fn text() -> MediaType {
    MediaType::new("text/plain").with_parameter("charset", "UTF-8")
}

/// A list as any peer may send it, against all rules.
fn list(media_types: &[MediaType]) -> MediaTypeList {
    MediaTypeList {
        media_types: media_types.iter().map(RawMediaType::from).collect(),
    }
}

fn bytes(media_types: &[MediaType]) -> Vec<u8> {
    wire::encode(&list(media_types)).unwrap()
}

/// A group that requires these media types.
fn requiring(media_types: &[MediaType]) -> EpochState {
    EpochState::new(b"room").with_data(ID, bytes(media_types))
}

fn rule<T>(result: Result<T, Reject>) -> Option<String> {
    result.err().map(|reject| reject.rule().to_owned())
}

//! How media types plug into groups.

use std::sync::Arc;

use mls_trellis_hooks::{
    Component, ComponentId, Draft, EpochState, FoldView, GroupState, Hooks, Invariant, LeafData,
    LeafInfo, MediaType, Payload, PayloadFraming, Plugin, Reject, Sent,
    wire::{self, WireError},
};

use crate::{ApplicationFraming, MediaTypeList, RawMediaType, state};

/// The component, with what the client can receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentMedia {
    receives: MediaTypeList,
}

mls_trellis_registry::register! {
    /// Media types: `text/plain` and `application/octet-stream` are received.
    pub static CONTENT_MEDIA: ContentMedia::default
}

impl ContentMedia {
    /// A client that can receive these media types, and says so in its leaves.
    ///
    /// # Errors
    /// CA-1 without media types; CA-8 and CA-9 when one of them is none.
    pub fn receiving(media_types: impl IntoIterator<Item = MediaType>) -> Result<Self, Reject> {
        let receives = MediaTypeList::new(media_types)?;
        Ok(Self { receives })
    }

    /// What the client can receive.
    #[must_use]
    pub fn receives(&self) -> &MediaTypeList {
        &self.receives
    }
}

impl Default for ContentMedia {
    /// A client that can receive text and bytes.
    fn default() -> Self {
        let media_types = ["text/plain", "application/octet-stream"];
        let media_types = media_types.map(|essence| RawMediaType::from(&MediaType::new(essence)));
        Self {
            receives: MediaTypeList {
                media_types: media_types.into(),
            },
        }
    }
}

impl Plugin for ContentMedia {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        let facets = hooks.component(self);
        facets
            .group_state()
            .leaf_data()
            .invariant()
            .payload_framing();
    }
}

impl Component for ContentMedia {
    const NAME: &'static str = "content_media_types";
    const DEFAULT_ID: ComponentId = ComponentId(0x0003);
    const DRAFT: Draft = Draft::new("draft-ietf-mls-extensions", "10", "6.2");
}

impl GroupState for ContentMedia {
    type State = MediaTypeList;
    /// The whole new list: the draft defines no update.
    type Update = MediaTypeList;

    fn fold(
        &self,
        _: &FoldView<'_>,
        mut state: Option<MediaTypeList>,
        updates: &[Sent<MediaTypeList>],
    ) -> Result<MediaTypeList, Reject> {
        for update in updates {
            update
                .body
                .check()
                .map_err(|reject| reject.culprit_at(update.position))?;
            state = Some(update.body.clone());
        }
        state.ok_or_else(|| Reject::misuse("CA-1", "there is neither a list nor an update"))
    }
}

impl LeafData for ContentMedia {
    type Leaf = MediaTypeList;

    fn publish(&self) -> Option<MediaTypeList> {
        Some(self.receives.clone())
    }

    fn check_leaf(&self, _: &LeafInfo, data: &MediaTypeList) -> Result<(), Reject> {
        data.check()
    }
}

impl Invariant for ContentMedia {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        epoch
            .state::<Self>()?
            .iter()
            .try_for_each(MediaTypeList::check)
    }

    fn concerns(&self, epoch: &EpochState) -> Vec<Reject> {
        match epoch.state::<Self>() {
            Ok(Some(required)) => state::concerns(epoch, &required),
            // A list that does not decode is no concern but a reason to refuse.
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}

impl PayloadFraming for ContentMedia {
    fn wrap(&self, epoch: &EpochState, payload: &Payload) -> Result<Vec<u8>, Reject> {
        let framed = epoch.state::<Self>()?.is_some();
        let media_type = match &payload.media_type {
            None if !framed => return Ok(payload.body.clone()),
            None => RawMediaType::group_default(),
            Some(_) if !framed => {
                let detail = "the group does not frame its messages, so they have no media type";
                return Err(Reject::misuse("CA-6", detail));
            }
            Some(media_type) => RawMediaType::new(media_type)?,
        };
        let framing = ApplicationFraming {
            media_type,
            content: payload.body.as_slice().into(),
        };
        wire::encode(&framing).map_err(|e| Reject::misuse("CA-2", e.to_string()))
    }

    fn unwrap(&self, epoch: &EpochState, bytes: &[u8]) -> Result<Payload, Reject> {
        let Some(required) = epoch.state::<Self>()? else {
            return Ok(Payload::plain(bytes));
        };
        let framing: ApplicationFraming = wire::decode(bytes).map_err(|error| {
            let rule = match error {
                WireError::Trailing(_) => "CA-3",
                _ => "CA-2",
            };
            Reject::peer(rule, format!("not an ApplicationFraming: {error}"))
        })?;
        let media_type = required.resolve(&framing.media_type)?;
        Ok(Payload::typed(media_type, framing.content.0))
    }
}

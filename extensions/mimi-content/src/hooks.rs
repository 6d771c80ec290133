//! How MIMI content plugs into clients.

use std::sync::Arc;

use mls_trellis_hooks::{Claims, Draft, Hooks, PayloadFormat, Plugin, Reject};

use crate::{Content, MEDIA_TYPE, StatusReport};

/// MIMI content and status reports, as formats of application data.
#[derive(Clone, Copy, Debug, Default)]
pub struct MimiContent;

mls_trellis_registry::register! {
    /// MIMI content.
    pub static MIMI_CONTENT: MimiContent::default
}

impl Plugin for MimiContent {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.format(self);
        hooks.format(Arc::new(MessageStatus));
    }
}

impl PayloadFormat for MimiContent {
    const NAME: &'static str = "mimi_content";
    const MEDIA_TYPE: &'static str = MEDIA_TYPE;
    const DRAFT: Draft = Draft::new("draft-ietf-mimi-content", "08", "4");
    type Content = Content;

    fn read(&self, body: &[u8]) -> Result<Content, Reject> {
        Content::decode(body)
    }

    fn claims(&self, content: &Content) -> Claims {
        Claims {
            salt: Some(content.salt.to_secret()),
            sender: content.extensions.sender_uri().map(str::to_owned),
            room: content.extensions.room_uri().map(str::to_owned),
        }
    }
}

/// What became of messages at a receiver.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageStatus;

impl PayloadFormat for MessageStatus {
    const NAME: &'static str = "mimi_message_status";
    const MEDIA_TYPE: &'static str = "application/mimi-message-status";
    const DRAFT: Draft = Draft::new("draft-mahy-mimi-message-status", "", "");
    type Content = StatusReport;

    fn read(&self, body: &[u8]) -> Result<StatusReport, Reject> {
        StatusReport::decode(body)
    }
}

//! Passing messages to those who understand them.

use std::{collections::BTreeMap, fmt};

use mls_trellis_hooks::{MediaType, Payload};

/// A table of handlers by media type, of any parameters.
///
/// ```
/// use mls_trellis_content_media::{Routed, Router};
/// use mls_trellis_hooks::{MediaType, Payload};
///
/// let router = Router::new()
///     .on("text/plain", |payload| String::from_utf8_lossy(&payload.body).into_owned())
///     .on("image/png", |payload| format!("a picture of {} bytes", payload.body.len()));
///
/// let picture = Payload::typed(MediaType::new("image/PNG"), [0; 9]);
/// assert_eq!(router.route(&picture), Routed::Handled("a picture of 9 bytes".into()));
/// let unknown = Payload::typed(MediaType::new("font/woff"), [0; 9]);
/// assert_eq!(router.route(&unknown), Routed::Unhandled);
/// ```
#[must_use]
pub struct Router<'h, R> {
    handlers: BTreeMap<String, Handler<'h, R>>,
}

type Handler<'h, R> = Box<dyn Fn(&Payload) -> R + Send + Sync + 'h>;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routed<R> {
    /// Its handler returned this.
    Handled(R),
    /// Nobody handles its media type, or it has none: show it as unsupported content (CA-13).
    Unhandled,
}

impl<'h, R> Router<'h, R> {
    /// A table without handlers.
    pub fn new() -> Self {
        Self {
            handlers: BTreeMap::new(),
        }
    }

    /// Passes messages of the media type `essence`, such as `text/plain`, to `handler`, in place of
    /// the one it had.
    pub fn on(mut self, essence: &str, handler: impl Fn(&Payload) -> R + Send + Sync + 'h) -> Self {
        self.handlers
            .insert(essence.to_ascii_lowercase(), Box::new(handler));
        self
    }

    /// Passes the message to its handler.
    pub fn route(&self, payload: &Payload) -> Routed<R> {
        let essence = payload
            .media_type
            .as_ref()
            .map(|m| m.essence.to_ascii_lowercase());
        match essence.and_then(|essence| self.handlers.get(&essence)) {
            Some(handler) => Routed::Handled(handler(payload)),
            None => Routed::Unhandled,
        }
    }

    /// The media types with handlers, to be advertised by
    /// [`ContentMedia::receiving`](crate::ContentMedia::receiving).
    pub fn media_types(&self) -> impl Iterator<Item = MediaType> {
        self.handlers.keys().map(MediaType::new)
    }
}

impl<R> Default for Router<'_, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> fmt::Debug for Router<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.handlers.keys()).finish()
    }
}

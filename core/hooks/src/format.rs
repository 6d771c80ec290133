//! Formats of application data: what a payload of one media type says.
//!
//! A format is no component: it has a media type and no number. The engine knows the formats that
//! are linked. It refuses a payload that is none of its format, when we send one and when one comes
//! in; and it hands what the payload says of itself to those who must know it and cannot know the
//! format, such as an item of the SafeAAD.
//!
//! ```
//! use mls_trellis_hooks::{Claims, Draft, PayloadFormat, Reject};
//!
//! /// One line of text, in the name of its sender: `alice: hi`.
//! struct Line;
//!
//! impl PayloadFormat for Line {
//!     const NAME: &'static str = "line";
//!     const MEDIA_TYPE: &'static str = "text/x-line";
//!     const DRAFT: Draft = Draft::private("line", "1");
//!     type Content = (String, String);
//!
//!     fn read(&self, body: &[u8]) -> Result<(String, String), Reject> {
//!         let text = std::str::from_utf8(body).ok();
//!         let parts = text.and_then(|text| text.split_once(": "));
//!         let (who, what) = parts.ok_or_else(|| Reject::peer("LINE-1", "no line"))?;
//!         Ok((who.to_owned(), what.to_owned()))
//!     }
//!
//!     fn claims(&self, (who, _): &(String, String)) -> Claims {
//!         Claims { sender: Some(who.clone()), ..Claims::default() }
//!     }
//! }
//!
//! assert!(Line.read(b"hi").is_err());
//! ```

use std::fmt;

use crate::{Draft, Reject, Secret};

/// A format of application data, known by its media type.
pub trait PayloadFormat: Send + Sync + 'static {
    /// A short name in lower case.
    const NAME: &'static str;
    /// Its media type without parameters, in lower case, such as `application/mimi-content`.
    const MEDIA_TYPE: &'static str;
    /// Where it is specified.
    const DRAFT: Draft;
    /// A payload that was read.
    type Content: fmt::Debug;

    /// Reads a payload.
    ///
    /// # Errors
    /// A rejection keeps the message from being sent; of one that came in it means that the message
    /// is authentic and its content unusable.
    fn read(&self, body: &[u8]) -> Result<Self::Content, Reject>;

    /// What the payload says of itself. The default is nothing.
    fn claims(&self, _content: &Self::Content) -> Claims {
        Claims::default()
    }
}

/// What a payload says of itself, inside the encryption. It is what its sender claims, which need
/// not be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Random bytes that make the payload unlike any other, and its hash a secret.
    pub salt: Option<Secret>,
    /// Who sent it, as a URI of a user.
    pub sender: Option<String>,
    /// Where it was sent, as a URI of a room.
    pub room: Option<String>,
}

/// [`PayloadFormat`], object-safe.
pub trait ErasedFormat: Send + Sync {
    /// Reads a payload, and returns what it says of itself.
    ///
    /// # Errors
    /// What the format rejects.
    fn claims(&self, body: &[u8]) -> Result<Claims, Reject>;

    /// The payload in words, for people; `None` when it is none of this format.
    fn show(&self, body: &[u8]) -> Option<String>;
}

impl<F: PayloadFormat> ErasedFormat for F {
    fn claims(&self, body: &[u8]) -> Result<Claims, Reject> {
        let content = self.read(body);
        let content = content.map_err(|reject| reject.in_plugin(F::NAME))?;
        Ok(PayloadFormat::claims(self, &content))
    }

    fn show(&self, body: &[u8]) -> Option<String> {
        let content = self.read(body).ok()?;
        Some(format!("{content:?}"))
    }
}

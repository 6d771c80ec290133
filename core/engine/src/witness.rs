//! The signature witness: what was signed, seen where it is verified or signed.
//!
//! OpenMLS does not show a commit's proposals, with their order and multiplicity, before it has
//! staged it, nor ever the GroupContext of a late message. But every FramedContentTBS (RFC 9420,
//! section 6.1) passes through two public provider traits: it is verified on receipt and signed on
//! sending. The witness keeps the last one whose signature held. It holds no keys and changes
//! nothing; what it saw is checked against what OpenMLS staged.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mls_trellis_hooks::{Reject, wire::Opaque};
use tls_codec::Deserialize as _;

use crate::mls;

#[cfg(test)]
mod tests;

/// The label of FramedContentTBS in SignContent (RFC 9420, sections 5.1.2 and 6.1).
const LABEL: &[u8] = b"MLS 1.0 FramedContentTBS";

/// Sees what is signed in one step.
#[derive(Default)]
pub(crate) struct Witness {
    seen: Mutex<Option<Vec<u8>>>,
}

impl Witness {
    /// Forgets what was seen so far.
    pub(crate) fn arm(&self) {
        *self.seen() = None;
    }

    /// Shown every SignContent whose signature holds, or that was just signed.
    pub(crate) fn observe(&self, sign_content: &[u8]) {
        if let Some(content) = framed_content(sign_content) {
            *self.seen() = Some(content);
        }
    }

    /// The message that was signed last.
    ///
    /// # Errors
    /// ENG-0 when nothing was seen, or it is not what RFC 9420 says.
    pub(crate) fn take(&self) -> Result<mls::Signed, Reject> {
        let seen = self.seen().take();
        let seen = seen.ok_or_else(|| Reject::misuse("ENG-0", "no signature was seen"))?;
        mls::decode(&seen)
            .map_err(|e| Reject::misuse("ENG-0", format!("what was signed does not decode: {e}")))
    }

    /// The commit that was signed last.
    ///
    /// # Errors
    /// As [`take`](Self::take), and when it is no commit.
    pub(crate) fn take_commit(&self) -> Result<mls::Commit, Reject> {
        self.take()?.into_commit()
    }

    fn seen(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        // The value is replaced as a whole, so a panic elsewhere cannot leave half of one.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The FramedContentTBS in a SignContent, or `None` when it is about something else.
fn framed_content(sign_content: &[u8]) -> Option<Vec<u8>> {
    let mut rest = sign_content;
    let label = Opaque::tls_deserialize(&mut rest).ok()?;
    if label.as_slice() != LABEL {
        return None;
    }
    let content = Opaque::tls_deserialize(&mut rest).ok()?;
    rest.is_empty().then_some(content.0)
}

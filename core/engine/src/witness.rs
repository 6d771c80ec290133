//! The signature witness: what was signed, seen where it is verified or signed.
//!
//! OpenMLS does not show a commit's proposals, with their order and multiplicity, before it has
//! staged it, nor ever the GroupContext of a late message. But every FramedContentTBS (RFC 9420,
//! section 6.1) passes through two public provider traits: it is verified on receipt and signed on
//! sending. The witness keeps the last one whose signature held. It holds no keys and changes
//! nothing; what it saw is checked against what OpenMLS staged.

use std::sync::{Mutex, PoisonError};

use mls_trellis_hooks::{Reject, wire::Opaque};
use tls_codec::Deserialize as _;

use crate::mls;

/// The label of FramedContentTBS in SignContent (RFC 9420, section 5.1.2).
const LABEL: &[u8] = b"MLS 1.0 FramedContentTBS";

/// Sees what is signed in one step.
#[derive(Default)]
pub(crate) struct Witness {
    seen: Mutex<Option<Vec<u8>>>,
}

impl Witness {
    /// Forgets what was seen so far.
    pub(crate) fn arm(&self) {
        self.set(None);
    }

    /// Shown every SignContent whose signature holds, or that was just signed.
    pub(crate) fn observe(&self, sign_content: &[u8]) {
        let mut rest = sign_content;
        let label = Opaque::tls_deserialize(&mut rest);
        if !label.is_ok_and(|label| label.as_slice() == LABEL) {
            return;
        }
        if let Ok(content) = Opaque::tls_deserialize(&mut rest)
            && rest.is_empty()
        {
            self.set(Some(content.0));
        }
    }

    /// The message that was signed.
    ///
    /// # Errors
    /// ENG-0 when nothing was seen or it is not what RFC 9420 says.
    pub(crate) fn take(&self) -> Result<mls::Signed, Reject> {
        let seen = self.lock().take();
        let seen = seen.ok_or_else(|| Reject::misuse("ENG-0", "no signature was seen"))?;
        mls::decode(&seen)
            .map_err(|e| Reject::misuse("ENG-0", format!("what was signed does not decode: {e}")))
    }

    /// The commit that was signed.
    ///
    /// # Errors
    /// As [`take`](Self::take), and when it is no commit.
    pub(crate) fn take_commit(&self) -> Result<mls::Commit, Reject> {
        self.take()?.into_commit()
    }

    fn set(&self, seen: Option<Vec<u8>>) {
        *self.lock() = seen;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Vec<u8>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Application messages at a hub, which it cannot read.

use mls_trellis_hooks::{Reject, WireFormatId};
use mls_trellis_wire::ContentType;

use super::PublicGroup;
use crate::{
    Admission, Error, Result, Submission,
    incoming::{check_aad_form, message_in},
    stamp,
};

impl PublicGroup {
    /// Takes in an application message, and says what to attach to it when it is fanned out. Nothing
    /// of the message is verified: only members can.
    ///
    /// # Errors
    /// HUB-3 when it is something else; ENG-17 when it is for another group; AAD-1 to AAD-5; what a
    /// component rejects.
    pub fn submit(&mut self, submission: &Submission<'_>) -> Result<Admission> {
        let message = submission.message;
        let header = mls_trellis_wire::peek(message).map_err(Error::malformed("the message"))?;
        let private = header.wire_format == WireFormatId::PRIVATE_MESSAGE.0;
        let framing = header.framing.filter(|_| private);
        let framing = framing.filter(|f| f.content_type == ContentType::Application);
        let Some(framing) = framing else {
            let detail = "a hub is handed application messages as PrivateMessages";
            return Err(Reject::misuse("HUB-3", detail).into());
        };
        if framing.group_id != &self.epoch.group_id[..] {
            return Err(Reject::misuse("ENG-17", "the message is for another group").into());
        }
        self.reload()?;
        let (current, epoch) = (self.epoch.epoch, framing.epoch);
        if epoch > current {
            return Ok(Admission::FutureEpoch { epoch });
        }
        if epoch < current {
            return Ok(Admission::StaleEpoch { epoch });
        }
        message_in(message, "the message")?;
        check_aad_form(&self.epoch, &framing)?;
        let aad = framing.authenticated_data;
        let stamps = stamp::make(&self.plugins, &self.epoch, aad, submission)?;
        Ok(Admission::Accepted(stamps))
    }
}

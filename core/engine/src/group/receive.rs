//! Receiving: one message, one step, one typed outcome.

mod application;
mod commit;
mod proposal;

use mls_trellis_hooks::{EpochState, Reject, WireFormatId};
use mls_trellis_store::Scope;
use mls_trellis_wire::{self as offline, Framing};
use openmls::{
    framing::errors::MessageDecryptionError,
    group::{ProcessMessageError, StageCommitError, ValidationError},
    prelude::{MlsMessageBodyIn, ProcessedMessageContent, ProtocolMessage},
};

use super::{Failed, Group, Live};
use crate::{
    Error, Received, Result, Stamps,
    incoming::{check_aad_form, check_handshake_items, message_in},
    observe,
    step::Step,
};

impl Group {
    /// Takes in a message from the Delivery Service: a handshake message or an application message
    /// of this group.
    ///
    /// What follows from it is durable when this returns, and stays in the [`inbox`](Self::inbox)
    /// until it is [acknowledged](Self::acknowledge).
    ///
    /// # Errors
    /// [`Error::Rejected`] with the rule that the message breaks; [`Error::Mls`] when it is not
    /// authentic; [`Error::Malformed`] when it does not decode. The group is as it was, and the same
    /// message can be handed in again.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Received> {
        self.take_in(bytes, None)
    }

    /// As [`receive`](Self::receive), for an application message that came with what its hub attached
    /// to it. The stamps are kept with the message.
    ///
    /// # Errors
    /// As [`receive`](Self::receive); HUB-4, and what a component demands of its stamp. The message
    /// can be handed in again with the right stamps, or without.
    pub fn receive_stamped(&mut self, bytes: &[u8], stamps: &Stamps) -> Result<Received> {
        self.take_in(bytes, Some(stamps))
    }

    fn take_in(&mut self, bytes: &[u8], stamps: Option<&Stamps>) -> Result<Received> {
        let span = tracing::debug_span!("receive", epoch = self.epoch.epoch);
        let _entered = span.enter();
        let header = offline::peek(bytes).map_err(Error::malformed("the message"))?;
        let Some(framing) = header.framing else {
            // Before OpenMLS, whose own reading of wire formats is never asked.
            let format = WireFormatId(header.wire_format);
            let client = self.client.clone();
            return match client.plugins().wire_format(format) {
                Some(entry) => self.open(entry, bytes),
                None => Err(Reject::misuse(
                    "WF-9",
                    format!("a message of wire format {format} is not for a group"),
                )
                .into()),
            };
        };
        if framing.group_id != self.group_id {
            return Err(Reject::misuse("ENG-17", "the message is for another group").into());
        }
        if let Some(number) = self.own_commit(bytes)? {
            let (delivered, change) = self.accept_number(number)?;
            return Ok(Received::Epoch(delivered, change));
        }
        if let Some(outcome) = self.out_of_order(&framing)? {
            return Ok(outcome);
        }
        let body = message_in(bytes, "the message")?;
        self.process(body, bytes, &framing, stamps)
    }

    /// The number of our sealed commit, if these are its bytes.
    fn own_commit(&mut self, bytes: &[u8]) -> Result<Option<u64>> {
        let pending = self.live()?.pending.as_ref();
        Ok(pending
            .filter(|pending| pending.commit == bytes)
            .map(|pending| pending.number))
    }

    /// Messages that do not belong to this epoch.
    fn out_of_order(&mut self, framing: &Framing<'_>) -> Result<Option<Received>> {
        let current = self.epoch.epoch;
        let epoch = framing.epoch;
        let past_epochs = self.client.settings().past_epochs as u64;
        let readable = framing.content_type == offline::ContentType::Application
            && epoch.saturating_add(past_epochs) >= current;
        Ok(match epoch {
            _ if epoch > current => Some(Received::FutureEpoch { epoch }),
            _ if epoch < current && !readable => Some(Received::StaleEpoch { epoch }),
            _ if !self.is_active()? => {
                return Err(Reject::misuse("ENG-12", "we are not a member any more").into());
            }
            _ => None,
        })
    }

    fn process(
        &mut self,
        body: MlsMessageBodyIn,
        bytes: &[u8],
        framing: &Framing<'_>,
        stamps: Option<&Stamps>,
    ) -> Result<Received> {
        let protocol: ProtocolMessage = match body {
            MlsMessageBodyIn::PublicMessage(message) => message.into(),
            MlsMessageBodyIn::PrivateMessage(message) => message.into(),
            _ => return Err(Reject::misuse("WF-9", "the message is not for a group").into()),
        };
        let public = matches!(protocol, ProtocolMessage::PublicMessage(_));
        let scope = self.scope.clone();
        let now = self.client.now();
        let before = self.epoch.clone();
        let past_epochs = self.client.settings().past_epochs;
        let mut aside = None;
        let received = self.work(|live, step| {
            check_aad_form(&live.epoch, framing).map_err(Failed::intact)?;
            let receiver = Receiver {
                step,
                scope: &scope,
                now,
                bytes,
                public,
                stamps,
                past_epochs,
            };
            receiver.process(live, protocol, &mut aside)
        });
        // An outcome that is set aside is one for which nothing may be written.
        match (aside, received) {
            (Some(outcome), _) => Ok(outcome),
            (None, Ok(received)) => {
                self.tell(&before, &received);
                Ok(received)
            }
            (None, Err(Error::Missing(needs))) => Ok(Received::Missing(needs)),
            (None, Err(error)) => Err(error),
        }
    }

    fn tell(&self, before: &EpochState, received: &Received) {
        let plugins = self.client.plugins();
        match received {
            Received::Epoch(_, change) => {
                observe::epoch_changed(plugins, before, &self.epoch, change);
            }
            Received::Removed(..) => observe::removed(plugins, &self.epoch),
            _ => {}
        }
    }
}

/// Takes in one message in one step.
struct Receiver<'r> {
    step: &'r Step<'r>,
    scope: &'r Scope,
    now: u64,
    /// The message.
    bytes: &'r [u8],
    public: bool,
    stamps: Option<&'r Stamps>,
    past_epochs: usize,
}

impl Receiver<'_> {
    fn process(
        &self,
        live: &mut Live,
        message: ProtocolMessage,
        aside: &mut Option<Received>,
    ) -> Result<Received, Failed> {
        let epoch = message.epoch().as_u64();
        self.step.witness.arm();
        let processed = live.mls.process_message(&self.step.provider, message);
        let processed = processed.map_err(|error| {
            *aside = outcome_of(&error, epoch);
            self.failed(Error::mls("processing the message")(error))
        })?;
        check_handshake_items(self.step.plugins, &live.epoch, &processed)
            .map_err(|error| self.failed(error))?;
        let (sender, credential) = (processed.sender().clone(), processed.credential().clone());
        match processed.content() {
            ProcessedMessageContent::OwnPrivateMessage => {
                *aside = Some(Received::OwnEcho);
                return Err(Failed::intact(nothing_to_do()));
            }
            ProcessedMessageContent::OwnPendingCommit => {
                return Err(self.failed(Reject::misuse(
                    "ENG-15",
                    "our sealed commit came back in other bytes; accept it instead",
                )));
            }
            _ => {}
        }
        if let ProcessedMessageContent::UnresolvedAppDataCommit(_) = processed.content() {
            return self.app_data_commit(live, processed);
        }
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let signed = self.step.witness.take_commit()?;
                self.commit(live, *staged, &signed, &sender)
            }
            ProcessedMessageContent::ProposalMessage(queued)
            | ProcessedMessageContent::ExternalJoinProposalMessage(queued) => {
                self.proposal(live, *queued, aside)
            }
            ProcessedMessageContent::ApplicationMessage(body) => {
                self.application(live, &sender, &credential, body.into_bytes(), epoch)
            }
            _ => Err(self.failed(nothing_to_do())),
        }
    }

    fn failed(&self, error: impl Into<Error>) -> Failed {
        Failed {
            error: error.into(),
            // A PublicMessage changes nothing in memory before it is merged or stored.
            intact: self.public,
        }
    }
}

/// What an error of OpenMLS means for the application, when it is no fault.
fn outcome_of<E: std::fmt::Display>(
    error: &ProcessMessageError<E>,
    epoch: u64,
) -> Option<Received> {
    match error {
        ProcessMessageError::ValidationError(ValidationError::UnableToDecrypt(
            MessageDecryptionError::SecretTreeError(error),
        )) => {
            // OpenMLS does not export this error's type.
            let error = error.to_string();
            let used = error.contains("deleted to preserve forward secrecy");
            let old = error.contains("too old to be processed");
            let outcome = used.then_some(Received::Duplicate);
            outcome.or_else(|| old.then_some(Received::TooLate { epoch }))
        }
        ProcessMessageError::ValidationError(ValidationError::NoPastEpochData) => {
            Some(Received::StaleEpoch { epoch })
        }
        ProcessMessageError::InvalidCommit(StageCommitError::OwnCommitMismatch) => {
            Some(Received::NeedsRejoin {
                reason: "a commit of ours that this client does not remember was accepted".into(),
            })
        }
        // OpenMLS checks lifetimes against the clock even here, where everybody else has moved on.
        _ if error.to_string().contains("Lifetime is in the past") => Some(Received::NeedsRejoin {
            reason: "a KeyPackage that others accepted in time has expired since".into(),
        }),
        _ => None,
    }
}

pub(super) fn nothing_to_do() -> Reject {
    Reject::misuse("ENG-18", "there is nothing to do for this message")
}

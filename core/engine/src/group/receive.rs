//! Receiving: one message, one step, one typed outcome.

use mls_trellis_hooks::{
    Actor, Change, ComponentId, ContentType, EpochState, LeafIndex, Plugins, Reject, Sent,
    WireFormatId,
};
use mls_trellis_store::Scope;
use mls_trellis_wire::{self as offline, Framing};
use openmls::{
    framing::errors::MessageDecryptionError,
    group::{ProcessMessageError, QueuedProposal, StageCommitError, StagedCommit, ValidationError},
    prelude::{
        Credential, MlsMessageBodyIn, ProcessedMessage, ProcessedMessageContent, ProtocolMessage,
        Sender,
    },
};
use openmls_traits::OpenMlsProvider as _;

use super::{
    Failed, Group, Live,
    accept::lose,
    build::after,
    check_membership,
    inbox::deliver,
    message::{ClearText, message},
    retain,
};
use crate::{
    Delivered, EpochChange, Error, Event, Proposed, Received, Result, Stamps, Who,
    describe::{describe, who, words},
    event::Alarm,
    incoming::{
        Authentic, app_data_updates, check_aad_form, check_aad_items, check_handshake_items,
        committer, message_in, path_leaf, safe_aad, unverified,
    },
    judge::{self, Transition, kinds},
    mls, observe, owed, pool, roster,
    stamp::{self, Stamped},
    step::Step,
    traffic,
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
        let now = (self.client.inner.now)();
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

    /// A commit with AppDataUpdates: OpenMLS stops before staging it and asks what they do.
    fn app_data_commit(
        &self,
        live: &mut Live,
        processed: ProcessedMessage,
    ) -> Result<Received, Failed> {
        let plugins = self.step.plugins;
        let sender = processed.sender().clone();
        let signed = self
            .step
            .witness
            .take_commit()
            .map_err(|e| self.failed(e))?;
        let resolved = self
            .resolve(live, &signed, &sender)
            .and_then(|(actor, proposals)| {
                Ok(judge::fold(plugins, &live.epoch, &actor, &proposals)?)
            });
        let changes = resolved.map_err(|error| self.failed(error))?;
        let processed = live
            .mls
            .resolve_app_data_commit(&self.step.provider, processed, app_data_updates(&changes))
            .map_err(|error| self.failed(Error::mls("staging the commit")(error)))?;
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                self.commit(live, *staged, &signed, &sender)
            }
            _ => Err(self.failed(nothing_to_do())),
        }
    }

    /// Who commits, and every proposal of the commit as signed.
    fn resolve(
        &self,
        live: &Live,
        signed: &mls::Commit,
        sender: &Sender,
    ) -> Result<(Actor, Vec<Sent<Change>>)> {
        let plugins = self.step.plugins;
        let committer = committer(sender, signed, plugins)?;
        let pool = pool::by_reference(live.mls.pending_proposals(), plugins)?;
        let proposals = roster::resolve(signed, &committer, &pool, plugins)?;
        Ok((committer, proposals))
    }

    /// A staged commit: judge it, then merge it.
    fn commit(
        &self,
        live: &mut Live,
        staged: StagedCommit,
        signed: &mls::Commit,
        sender: &Sender,
    ) -> Result<Received, Failed> {
        let judged = self.judge(live, &staged, signed, sender);
        let (mut change, after) = judged.map_err(|error| self.failed(error))?;
        let removed = staged.self_removed();
        match removed {
            true => retain::wipe(self.step.buffer, self.scope)?,
            false => retain::retain(live, self.step, self.scope, self.now)?,
        }
        live.mls
            .merge_staged_commit(&self.step.provider, staged)
            .map_err(Error::mls("merging the commit"))?;
        change.lost_race = lose(live, self.step, self.scope)?;
        owed::forget(self.step, self.scope)?;
        let own = LeafIndex(live.mls.own_leaf_index().u32());
        let (before, notices) = (&live.epoch, &change.notices);
        traffic::conclude(
            self.step,
            self.scope,
            before,
            own,
            notices,
            self.past_epochs,
        )?;
        live.epoch = after;
        if !removed {
            check_membership(live, &live.epoch)?;
        }
        let delivered = deliver(self.step, self.scope, Event::Epoch(change.clone()))?;
        Ok(match removed {
            true => Received::Removed(delivered, change),
            false => Received::Epoch(delivered, change),
        })
    }

    fn judge(
        &self,
        live: &Live,
        staged: &StagedCommit,
        signed: &mls::Commit,
        sender: &Sender,
    ) -> Result<(EpochChange, EpochState)> {
        let plugins = self.step.plugins;
        let (committer, proposals) = self.resolve(live, signed, sender)?;
        roster::check_staged(signed, staged.queued_proposals())?;
        let path = path_leaf(staged, plugins)?;
        let after = after(plugins, live, staged, &proposals, &committer, path.as_ref())?;
        let transition = Transition {
            committer: &committer,
            proposals: &proposals,
            path: path.as_ref(),
            before: &live.epoch,
            after: &after,
        };
        let mut concerns = judge::transition(plugins, &transition).map_err(unverified)?;
        let left = pool::left(live.mls.pending_proposals(), signed, plugins)?;
        concerns.extend(kinds::left_out(plugins, &transition, &left));
        let change = describe(&transition, false, &concerns);
        Ok((change, after))
    }

    /// A proposal: keep it, for others may commit it, and say whether we would.
    fn proposal(
        &self,
        live: &mut Live,
        queued: QueuedProposal,
        aside: &mut Option<Received>,
    ) -> Result<Received, Failed> {
        let reference = pool::reference(&queued);
        if live
            .mls
            .pending_proposals()
            .any(|known| pool::reference(known) == reference)
        {
            let own = *queued.sender() == Sender::Member(live.mls.own_leaf_index());
            *aside = Some(match own {
                true => Received::OwnEcho,
                false => Received::Duplicate,
            });
            return Err(self.failed(nothing_to_do()));
        }
        let plugins = self.step.plugins;
        let (sent, refused) = self
            .weigh(live, &queued)
            .map_err(|error| self.failed(error))?;
        if kinds::owed(plugins, &live.epoch, &sent).is_some() {
            owed::keep(self.step, self.scope, &reference, self.bytes)?;
        }
        let proposed = Proposed {
            from: who(&sent.from, &live.epoch),
            what: words(&sent.body, &live.epoch),
            reference,
            refused: refused.as_ref().map(Alarm::from),
        };
        live.mls
            .store_pending_proposal(self.step.provider.storage(), queued)?;
        let delivered = deliver(self.step, self.scope, Event::Proposal(proposed.clone()))?;
        Ok(Received::Proposal(delivered, proposed))
    }

    /// The proposal as plugins see it, and why we would not commit it.
    ///
    /// # Errors
    /// What its kind rejects.
    fn weigh(
        &self,
        live: &Live,
        queued: &QueuedProposal,
    ) -> Result<(Sent<Change>, Option<Reject>)> {
        let plugins = self.step.plugins;
        let sent = pool::sent(queued, plugins)?;
        let mut cx = kinds::view(&live.epoch, &sent, &[]);
        cx.framing = Some(match self.public {
            true => WireFormatId::PUBLIC_MESSAGE,
            false => WireFormatId::PRIVATE_MESSAGE,
        });
        kinds::may_send(plugins, &cx, &sent.body)?;
        let waiting = live.mls.pending_proposals();
        let waiting = waiting.map(|queued| pool::sent(queued, plugins));
        let waiting = waiting.collect::<Result<Vec<_>>>()?;
        let refused = pool::check(plugins, &live.epoch, &super::me(live), &sent, &waiting).err();
        Ok((sent, refused))
    }

    fn application(
        &self,
        live: &Live,
        sender: &Sender,
        credential: &Credential,
        body: Vec<u8>,
        epoch: u64,
    ) -> Result<Received, Failed> {
        let plugins = self.step.plugins;
        let signed = self.step.witness.take()?;
        // The signed bytes hold the GroupContext of the message's own epoch, which may be past.
        let own_epoch = match &signed.group_context {
            Some(context) if epoch != live.epoch.epoch => {
                roster::epoch_state(context, live.epoch.leaves.clone(), plugins)?
            }
            _ => live.epoch.clone(),
        };
        let aad = &signed.content.authenticated_data.0;
        let (text, payload) = ClearText::unwrap(plugins, &own_epoch, body)?;
        let authentic = Authentic { epoch, sender, aad };
        let kind = ContentType::Application;
        check_aad_items(plugins, &live.epoch, &authentic, kind, Some(&text))?;
        let Sender::Member(leaf) = sender else {
            return Err(self.failed(nothing_to_do()));
        };
        let seen = self.step.provider.crypto().take_sender_data();
        if let Some(seen) = seen.filter(|seen| seen.leaf_index == leaf.u32()) {
            let own = LeafIndex(live.mls.own_leaf_index().u32());
            traffic::observe(self.step, self.scope, &live.epoch, own, epoch, seen)?;
        }
        // Of the message's own epoch: somebody else may hold the leaf by now.
        let identity = roster::identity(credential, plugins)?;
        let from = LeafIndex(leaf.u32());
        let stamped = Stamped {
            epoch: &own_epoch,
            from,
            identity: &identity,
            authenticated_data: aad,
            text: &text,
        };
        let checked = |stamps| stamp::check(plugins, &stamped, stamps);
        let stamps = self.stamps.map(checked).transpose()?;
        let aad = known_items(plugins, &own_epoch, aad)?;
        let from = Who::member(from, &identity);
        let message = message(from, epoch, payload, aad, stamps);
        let delivered = deliver(self.step, self.scope, Event::Message(message.clone()))?;
        Ok(Received::Message(delivered, message))
    }
}

/// The items of linked components, for the application.
fn known_items(
    plugins: &Plugins,
    epoch: &EpochState,
    authenticated_data: &[u8],
) -> Result<Vec<(ComponentId, Vec<u8>)>> {
    if epoch.data(ComponentId::SAFE_AAD).is_none() {
        return Ok(Vec::new());
    }
    let items = safe_aad(authenticated_data)?;
    let known = items
        .iter()
        .filter(|(id, _)| plugins.component(**id).is_some());
    Ok(known.map(|(id, item)| (*id, item.0.clone())).collect())
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

/// For the application: an event with its number.
impl Delivered {
    /// What happened, without the number.
    #[must_use]
    pub fn into_event(self) -> Event {
        self.event
    }
}

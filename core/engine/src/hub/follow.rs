//! Following: one message, one step.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Change, EpochState, GroupInfoParts, LeafIndex, LeafInfo, Reject, Sent, WireFormatId,
};
use mls_trellis_store::Scope;
use openmls::{
    group::{PublicGroup as MlsPublicGroup, QueuedProposal, StagedCommit},
    prelude::{ProcessedMessage, ProcessedMessageContent, ProtocolMessage, Sender},
};
use openmls_traits::OpenMlsProvider as _;

use super::{Followed, info};
use crate::{
    Error, Proposed, Result,
    assess::assess,
    describe::{describe, who, words},
    incoming::{app_data_updates, check_handshake_items, committer, path_leaf, unverified},
    judge::{self, Transition, kinds},
    mls, owed, pool, roster,
    step::Step,
};

/// Takes in one message in one step.
pub(super) struct Follower<'f> {
    pub(super) step: &'f Step<'f>,
    pub(super) before: &'f EpochState,
    pub(super) scope: &'f Scope,
    /// The message.
    pub(super) bytes: &'f [u8],
    /// What completes the GroupInfo of the epoch that a commit creates.
    pub(super) parts: Option<&'f GroupInfoParts>,
    /// The time, for a hub that judges by a clock.
    pub(super) now: Option<u64>,
}

/// The outcome, and the new epoch if there is one.
pub(super) type Outcome = (Followed, Option<EpochState>);

impl Follower<'_> {
    pub(super) fn process(
        &self,
        mls: &mut MlsPublicGroup,
        message: ProtocolMessage,
    ) -> Result<Outcome> {
        self.step.witness.arm();
        let processed = mls
            .process_message(self.step.provider.crypto(), message)
            .map_err(Error::mls("processing the message"))?;
        check_handshake_items(self.step.plugins, self.before, &processed)?;
        let sender = processed.sender().clone();
        if let ProcessedMessageContent::UnresolvedAppDataCommit(_) = processed.content() {
            return self.app_data_commit(mls, processed, &sender);
        }
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let signed = self.step.witness.take_commit()?;
                self.commit(mls, *staged, &signed, &sender)
            }
            ProcessedMessageContent::ProposalMessage(queued)
            | ProcessedMessageContent::ExternalJoinProposalMessage(queued) => {
                self.proposal(mls, *queued)
            }
            _ => Err(Reject::misuse("HUB-1", "the message is neither commit nor proposal").into()),
        }
    }

    fn app_data_commit(
        &self,
        mls: &mut MlsPublicGroup,
        processed: ProcessedMessage,
        sender: &Sender,
    ) -> Result<Outcome> {
        let signed = self.step.witness.take_commit()?;
        let (actor, proposals) = self.resolve(mls, &signed, sender)?;
        let changes = judge::fold(self.step.plugins, self.before, &actor, &proposals)?;
        let processed = mls
            .resolve_app_data_commit(
                self.step.provider.crypto(),
                processed,
                app_data_updates(&changes),
            )
            .map_err(Error::mls("staging the commit"))?;
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                self.commit(mls, *staged, &signed, sender)
            }
            _ => Err(Reject::misuse("ENG-1", "OpenMLS staged no commit").into()),
        }
    }

    fn resolve(
        &self,
        mls: &MlsPublicGroup,
        signed: &mls::Commit,
        sender: &Sender,
    ) -> Result<(Actor, Vec<Sent<Change>>)> {
        let plugins = self.step.plugins;
        let actor = committer(sender, signed, plugins)?;
        let queued = mls.queued_proposals(self.step.provider.storage())?;
        let pool = pool::by_reference(queued.iter().map(|(_, queued)| queued), plugins)?;
        let proposals = roster::resolve(signed, &actor, &pool, plugins)?;
        Ok((actor, proposals))
    }

    fn commit(
        &self,
        mls: &mut MlsPublicGroup,
        staged: StagedCommit,
        signed: &mls::Commit,
        sender: &Sender,
    ) -> Result<Outcome> {
        let plugins = self.step.plugins;
        let (committer, proposals) = self.resolve(mls, signed, sender)?;
        roster::check_staged(signed, staged.queued_proposals())?;
        let path = path_leaf(&staged, plugins)?;
        let context = roster::group_context(staged.group_context())?;
        let leaves = roster::after(self.before, &proposals, &committer, path.as_ref()).leaves;
        let after = roster::epoch_state(&context, leaves, plugins)?;
        let transition = Transition {
            committer: &committer,
            proposals: &proposals,
            path: path.as_ref(),
            before: self.before,
            after: &after,
        };
        let judged = judge::transition(plugins, &transition).map_err(unverified)?;
        let mut concerns = judged.concerns;
        if let Some(now) = self.now {
            concerns.extend(assess(plugins, &after, &judged.admitted, now).permit()?);
        }
        let pooled = mls.queued_proposals(self.step.provider.storage())?;
        let left = pool::left(pooled.iter().map(|(_, queued)| queued), signed, plugins)?;
        concerns.extend(kinds::left_out(plugins, &transition, &left));
        let change = describe(&transition, false, &concerns);
        owed::forget(self.step, self.scope)?;
        mls.merge_commit(self.step.provider.storage(), staged)
            .map_err(Error::mls("merging the commit"))?;
        roster::check_members(mls.treesync(), &after.leaves)?;
        if let Some(parts) = self.parts {
            let signer = signer(&committer, path.as_ref(), &after);
            let message = info::complete(self.step, mls, &after, signer, parts)?;
            info::keep(self.step, self.scope, &message)?;
        }
        Ok((Followed::Epoch(change), Some(after)))
    }

    fn proposal(&self, mls: &mut MlsPublicGroup, queued: QueuedProposal) -> Result<Outcome> {
        if self.parts.is_some() {
            return Err(Reject::misuse("GI-2", "a GroupInfo goes along with commits only").into());
        }
        let plugins = self.step.plugins;
        let storage = self.step.provider.storage();
        let name = pool::reference(&queued);
        let pooled = mls.queued_proposals(storage)?;
        if pooled
            .iter()
            .any(|(_, known)| pool::reference(known) == name)
        {
            return Ok((Followed::Duplicate, None));
        }
        let sent = pool::sent(&queued, plugins)?;
        let mut cx = kinds::view(self.before, &sent, &[]);
        cx.framing = Some(WireFormatId::PUBLIC_MESSAGE);
        kinds::may_send(plugins, &cx, &sent.body)?;
        let waiting = pooled.iter().map(|(_, queued)| pool::sent(queued, plugins));
        let waiting = waiting.collect::<Result<Vec<_>>>()?;
        // A hub commits nothing; the proposal is judged as if its sender did.
        let refused = pool::refusal(plugins, self.before, &sent.from, self.now, &sent, &waiting);
        if kinds::owed(plugins, self.before, &sent).is_some() {
            owed::keep(self.step, self.scope, &name, self.bytes)?;
        }
        let proposed = Proposed {
            from: who(&sent.from, self.before),
            what: words(&sent.body, self.before),
            reference: name,
            refused,
        };
        mls.add_proposal(storage, queued)?;
        Ok((Followed::Proposal(proposed), None))
    }
}

/// Whose leaf signed the GroupInfo that goes along with a commit: the committer's, as it is after it.
fn signer(committer: &Actor, path: Option<&Arc<LeafInfo>>, after: &EpochState) -> LeafIndex {
    let joined = || {
        let mut leaves = after.leaves.iter();
        let own = leaves.find(|(_, leaf)| path.is_some_and(|path| Arc::ptr_eq(path, leaf)));
        own.map(|(index, _)| *index)
    };
    match committer {
        Actor::Member(index) => *index,
        _ => joined().unwrap_or(LeafIndex(u32::MAX)),
    }
}

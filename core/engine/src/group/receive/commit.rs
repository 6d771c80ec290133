//! Receiving a commit: judge what is staged, then merge it.

use mls_trellis_hooks::{Actor, Change, EpochState, LeafIndex, Sent};
use openmls::{
    group::StagedCommit,
    prelude::{ProcessedMessage, ProcessedMessageContent, Sender},
};

use super::{Receiver, nothing_to_do};
use crate::{
    EpochChange, Error, Event, Received, Result,
    assess::assess,
    describe::describe,
    group::{Failed, Live, accept::lose, build::after, check_membership, inbox::deliver, retain},
    incoming::{app_data_updates, committer, path_leaf, unverified},
    judge::{self, Transition, kinds},
    mls, owed, pool, roster, traffic,
};

impl Receiver<'_> {
    /// A commit with AppDataUpdates: OpenMLS stops before staging it and asks what they do.
    pub(super) fn app_data_commit(
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
    pub(super) fn commit(
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
        let judged = judge::transition(plugins, &transition).map_err(unverified)?;
        let assessed = assess(plugins, &after, &judged.admitted, self.now);
        let mut concerns = judged.concerns;
        concerns.extend(assessed.tell());
        let left = pool::left(live.mls.pending_proposals(), signed, plugins)?;
        concerns.extend(kinds::left_out(plugins, &transition, &left));
        let change = describe(&transition, false, &concerns);
        Ok((change, after))
    }
}

//! Which pooled proposals a commit of ours takes along.

use std::collections::BTreeSet;

use mls_trellis_hooks::{Actor, Change};
use openmls::group::QueuedProposal;
use openmls_traits::OpenMlsProvider as _;

use super::{Live, build::Builder, commit::Draft, me};
use crate::{Error, Result, judge::kinds, pool};

impl Builder<'_> {
    /// Empties OpenMLS's pool, to be filled again with what the commit is to take along.
    pub(super) fn take_pool(&self, live: &mut Live) -> Result<Vec<QueuedProposal>> {
        let pool: Vec<_> = live.mls.pending_proposals().cloned().collect();
        let storage = self.step.provider.storage();
        for queued in &pool {
            live.mls
                .remove_pending_proposal(storage, queued.proposal_reference_ref())
                .map_err(Error::mls("emptying the pool"))?;
        }
        Ok(pool)
    }

    pub(super) fn put_pool(&self, live: &mut Live, pool: &[QueuedProposal]) -> Result<()> {
        let storage = self.step.provider.storage();
        for queued in pool {
            live.mls.store_pending_proposal(storage, queued.clone())?;
        }
        Ok(())
    }

    /// Splits the pool into what the commit takes along and what it leaves to others.
    pub(super) fn choose(
        &self,
        live: &Live,
        pool: Vec<QueuedProposal>,
        left_out: &BTreeSet<Vec<u8>>,
    ) -> Result<(Vec<QueuedProposal>, Vec<QueuedProposal>)> {
        let (plugins, committer) = (self.step.plugins, me(live));
        // OpenMLS would mix our own pre-shared keys in before those of the pool, and receivers in
        // the order of the commit: one commit has the ones or the others.
        let own_psk = self
            .plan
            .drafts
            .iter()
            .any(|draft| matches!(draft, Draft::Psk(..)));
        let mut waiting = Vec::new();
        let mut fits = |queued: &QueuedProposal| {
            if left_out.contains(&pool::reference(queued)) {
                return false;
            }
            let Ok(sent) = pool::sent(queued, plugins) else {
                return false;
            };
            let wanted = !self.plan.skip_pool || kinds::owed(plugins, &live.epoch, &sent).is_some();
            let clashes = own_psk && matches!(sent.body, Change::Psk(_));
            let fits = wanted
                && !clashes
                && pool::check(plugins, &live.epoch, &committer, &sent, &waiting).is_ok();
            waiting.push(sent);
            fits
        };
        let (mut used, mut kept): (Vec<_>, Vec<_>) = pool.into_iter().partition(&mut fits);
        let clashing = self.clashing(&used, &committer)?;
        kept.extend(used.extract_if(.., |queued| clashing.contains(&pool::reference(queued))));
        Ok((used, kept))
    }

    /// Whom a refusal that names no proposal is blamed on: the newest of the pool, and of those that
    /// are owed to their senders last of all. In the end, the commit goes through without any.
    pub(super) fn suspect(&self, live: &Live, used: &[QueuedProposal]) -> Result<Option<Vec<u8>>> {
        let plugins = self.step.plugins;
        for queued in used.iter().rev() {
            let sent = pool::sent(queued, plugins)?;
            if kinds::owed(plugins, &live.epoch, &sent).is_none() {
                return Ok(Some(pool::reference(queued)));
            }
        }
        Ok(used.last().map(pool::reference))
    }

    /// Proposals that cannot share a commit with a SelfRemove of the same member: if we remove the
    /// member ourselves, the SelfRemove; otherwise what else the pool has for its leaf. (OpenMLS
    /// would choose too, but asserts that it never has to.) And nobody commits their own.
    fn clashing(&self, used: &[QueuedProposal], committer: &Actor) -> Result<BTreeSet<Vec<u8>>> {
        let plugins = self.step.plugins;
        let sent = used.iter().map(|queued| pool::sent(queued, plugins));
        let sent = sent.collect::<Result<Vec<_>>>()?;
        let we_remove = |actor: &Actor| {
            let mut drafts = self.plan.drafts.iter();
            drafts
                .any(|draft| matches!(draft, Draft::Remove(leaf) if *actor == Actor::Member(*leaf)))
        };
        let leaves = |actor: &Actor| {
            let mut sent = sent.iter();
            sent.any(|other| other.body == Change::SelfRemove && other.from == *actor)
        };
        let clashes = sent.iter().map(|sent| match &sent.body {
            Change::SelfRemove => we_remove(&sent.from) || sent.from == *committer,
            Change::Remove(leaf) => leaves(&Actor::Member(*leaf)),
            Change::Update(_) => leaves(&sent.from),
            _ => false,
        });
        let clashing = used.iter().zip(clashes).filter(|(_, clashes)| *clashes);
        Ok(clashing
            .map(|(queued, _)| pool::reference(queued))
            .collect())
    }
}

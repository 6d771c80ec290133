//! Building a commit: draft, stage, judge what was signed, make durable.

use std::{collections::BTreeSet, sync::Arc};

use mls_trellis_hooks::{
    Actor, BuildView, Change, ComponentId, ContentType, Contribution, DataChange, EpochState,
    LeafIndex, LeafInfo, Plugins, Reject, Sent,
};
use mls_trellis_store::Scope;
use openmls::{
    group::{CommitMessageBundle, QueuedProposal, StagedCommit},
    prelude::{LeafNodeParameters, MlsMessageOut},
};
use openmls_traits::OpenMlsProvider as _;
use tls_codec::Serialize as _;

use super::{
    Failed, Group, Live, Outgoing, Pending, Sealed,
    commit::{Draft, Plan, duplicates},
    draft::Ready,
    inbox::{dispatch, store_pending},
    me,
    message::set_aad,
};
use crate::{
    Client, EpochChange, Error, Result,
    describe::describe,
    incoming::{app_data_updates, path_leaf, unverified},
    judge::{self, Transition},
    pool, roster,
    step::Step,
};

impl Group {
    pub(super) fn seal(&mut self, plan: &Plan) -> Result<Sealed> {
        let client = self.client.clone();
        let scope = self.scope.clone();
        let mut left_out = BTreeSet::new();
        loop {
            let mut culprit = None;
            let sealed = self.work(|live, step| {
                let builder = Builder {
                    client: &client,
                    step,
                    plan,
                };
                builder.seal(live, &scope, &left_out, &mut culprit)
            });
            match (sealed, culprit) {
                // A pooled proposal gets the commit refused: leave it to others, and try again.
                (Err(error), Some(reference))
                    if !is_ours(&error) && !left_out.contains(&reference) =>
                {
                    left_out.insert(reference);
                }
                (sealed, _) => return sealed,
            }
        }
    }
}

/// Whether a failure is one of our own store or key, for which no proposal is to blame.
fn is_ours(error: &Error) -> bool {
    matches!(error, Error::Store(_) | Error::Signer(_))
}

/// Builds one commit in one step.
pub(super) struct Builder<'b> {
    pub(super) client: &'b Client,
    pub(super) step: &'b Step<'b>,
    pub(super) plan: &'b Plan,
}

impl Builder<'_> {
    fn seal(
        &self,
        live: &mut Live,
        scope: &Scope,
        left_out: &BTreeSet<Vec<u8>>,
        culprit: &mut Option<Vec<u8>>,
    ) -> Result<Sealed, Failed> {
        if !live.mls.is_active() {
            return Err(Failed::intact(Reject::misuse(
                "ENG-12",
                "we are not a member any more",
            )));
        }
        if live.mls.pending_commit().is_some() {
            return Err(Failed::intact(Reject::misuse(
                "ENG-5",
                "a commit is sealed already: accept or discard it first",
            )));
        }
        let own = self.own_proposals(live).map_err(Failed::intact)?;
        let previews: Vec<_> = own
            .iter()
            .filter_map(|(_, preview)| Some(own_sent(live, preview.clone()?)))
            .collect();

        let pool = self.take_pool(live)?;
        let (used, kept) = self.choose(live, pool, left_out)?;
        self.put_pool(live, &used)?;
        // A refusal that names no proposal is blamed on the newest of the pool: in the end, the
        // commit goes through without any.
        *culprit = used.last().map(pool::reference);

        let mut proposals: Vec<_> = own.into_iter().map(|(proposal, _)| proposal).collect();
        let mut predicted = self.predict(&used, &previews)?;
        let contributed = self.contribute(live, &predicted)?;
        for draft in contributed.drafts {
            predicted.extend(draft.preview().map(|change| own_sent(live, change)));
            proposals.push(self.proposal(live, &draft)?);
        }
        number(&mut predicted);

        let reference = |position: usize| used.get(position).map(pool::reference);
        let bundle = self
            .stage(live, proposals, &predicted, contributed.path)
            .inspect_err(|error| blame(error, reference, culprit))?;
        let (change, after) = self.judge(live, &predicted, &used, culprit)?;
        *culprit = None;

        // What was left out may still be committed by others.
        self.put_pool(live, &kept)?;
        let encode = |message: Option<MlsMessageOut>| {
            let bytes = message.map(|message| message.tls_serialize_detached());
            bytes.transpose().map_err(Error::mls("encoding the commit"))
        };
        let (commit, welcome, group_info) = bundle.into_messages();
        let commit = encode(Some(commit))?.unwrap_or_default();
        let (welcome, group_info) = (encode(welcome)?, encode(group_info)?);
        let number = dispatch(self.step, scope, &Outgoing::Commit(commit.clone()))?;
        let pending = Pending {
            number,
            commit: commit.clone(),
            welcome: welcome.clone(),
            group_info: group_info.clone(),
            change,
        };
        store_pending(self.step, scope, Some(&pending))?;
        live.pending = Some(pending);
        let epoch = after.epoch;
        live.after = Some(after);
        Ok(Sealed {
            number,
            epoch,
            commit,
            welcome,
            group_info,
        })
    }

    /// Empties OpenMLS's pool, to be filled again with what the commit is to take along.
    fn take_pool(&self, live: &mut Live) -> Result<Vec<QueuedProposal>> {
        let pool: Vec<_> = live.mls.pending_proposals().cloned().collect();
        let storage = self.step.provider.storage();
        for queued in &pool {
            live.mls
                .remove_pending_proposal(storage, queued.proposal_reference_ref())
                .map_err(Error::mls("emptying the pool"))?;
        }
        Ok(pool)
    }

    fn put_pool(&self, live: &mut Live, pool: &[QueuedProposal]) -> Result<()> {
        let storage = self.step.provider.storage();
        for queued in pool {
            live.mls.store_pending_proposal(storage, queued.clone())?;
        }
        Ok(())
    }

    /// Splits the pool into what the commit takes along and what it leaves to others.
    fn choose(
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
        let fits = |queued: &QueuedProposal| {
            !self.plan.skip_pool
                && !left_out.contains(&pool::reference(queued))
                && pool::sent(queued, plugins).is_ok_and(|sent| {
                    !(own_psk && matches!(sent.body, Change::Psk(_)))
                        && pool::check(plugins, &live.epoch, &committer, &sent).is_ok()
                })
        };
        let (mut used, mut kept): (Vec<_>, Vec<_>) = pool.into_iter().partition(fits);
        let clashing = self.clashing(&used)?;
        kept.extend(used.extract_if(.., |queued| clashing.contains(&pool::reference(queued))));
        Ok((used, kept))
    }

    /// Proposals that cannot share a commit with a SelfRemove of the same member: if we remove the
    /// member ourselves, the SelfRemove; otherwise what else the pool has for its leaf. (OpenMLS
    /// would choose too, but asserts that it never has to.)
    fn clashing(&self, used: &[QueuedProposal]) -> Result<BTreeSet<Vec<u8>>> {
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
            Change::SelfRemove => we_remove(&sent.from),
            Change::Remove(leaf) => leaves(&Actor::Member(*leaf)),
            Change::Update(_) => leaves(&sent.from),
            _ => false,
        });
        let clashing = used.iter().zip(clashes).filter(|(_, clashes)| *clashes);
        Ok(clashing
            .map(|(queued, _)| pool::reference(queued))
            .collect())
    }

    /// What the commit will contain: pooled proposals first, then our own, as OpenMLS orders the
    /// updates of one component.
    fn predict(&self, used: &[QueuedProposal], own: &[Sent<Change>]) -> Result<Vec<Sent<Change>>> {
        let pooled = used
            .iter()
            .map(|queued| pool::sent(queued, self.step.plugins));
        let mut predicted = pooled.collect::<Result<Vec<_>>>()?;
        predicted.extend(own.iter().cloned());
        number(&mut predicted);
        Ok(predicted)
    }

    /// Asks the plugins whether they have something to add.
    fn contribute(&self, live: &Live, predicted: &[Sent<Change>]) -> Result<Contributed> {
        let mut contributed = Contributed {
            drafts: Vec::new(),
            path: self.plan.path,
        };
        let mut seen = predicted.to_vec();
        let required = live.epoch.required_components()?.unwrap_or_default();
        for entry in self.step.plugins.components() {
            let active = required.contains(&entry.id) || live.epoch.data(entry.id).is_some();
            let drafted = self
                .plan
                .drafts
                .iter()
                .any(|draft| matches!(draft, Draft::AppData(id, _) if *id == entry.id));
            let Some(contributor) = entry.contributor.as_ref().filter(|_| active && !drafted)
            else {
                continue;
            };
            let mut out = Contribution::default();
            let cx = BuildView {
                id: entry.id,
                before: &live.epoch,
                own: LeafIndex(live.mls.own_leaf_index().u32()),
                proposals: &seen,
            };
            contributor.contribute(&cx, &mut out);
            let updates = out.updates().iter().cloned();
            let updates = updates.map(|u| Draft::AppData(entry.id, DataChange::Update(u)));
            let notices = out.notices().iter().cloned();
            let notices = notices.map(|n| Draft::Ephemeral(entry.id, n.0));
            let drafts: Vec<_> = updates.chain(notices).collect();
            seen.extend(
                drafts
                    .iter()
                    .filter_map(Draft::preview)
                    .map(|c| own_sent(live, c)),
            );
            number(&mut seen);
            contributed.drafts.extend(drafts);
            contributed.path |= out.forces_path();
        }
        Ok(contributed)
    }

    /// Has OpenMLS build and stage the commit.
    fn stage(
        &self,
        live: &mut Live,
        proposals: Vec<Ready>,
        predicted: &[Sent<Change>],
        path: bool,
    ) -> Result<CommitMessageBundle> {
        set_aad(live, self.step, ContentType::Commit, None)?;
        let changes = judge::fold(self.step.plugins, &live.epoch, &me(live), predicted)?;
        let updates = app_data_updates(&changes);
        let parameters = self.leaf_parameters()?;
        let provider = &self.step.provider;
        self.step.witness.arm();
        let mut builder = live.mls.commit_builder().force_self_update(path);
        for proposal in proposals {
            builder = match proposal {
                Ready::Add(key_package) => builder.propose_adds([*key_package]),
                Ready::Remove(leaf) => builder.propose_removals([leaf]),
                Ready::Context(extensions) => builder
                    .propose_group_context_extensions(extensions)
                    .map_err(Error::mls("proposing extensions"))?,
                Ready::Other(proposal) => builder.add_proposal(proposal),
            };
        }
        let mut builder = builder
            .leaf_node_parameters(parameters)
            .load_psks(provider.storage())
            .map_err(Error::mls("loading pre-shared keys"))?;
        builder.with_app_data_dictionary_updates(updates);
        let builder = builder
            .create_group_info(self.client.settings().publish_group_info)
            .use_ratchet_tree_extension(true);
        let built = builder
            .build(
                provider.rand(),
                provider.crypto(),
                &self.step.signer,
                |_| true,
            )
            .map_err(Error::mls("building the commit"))?;
        built
            .stage_commit(provider)
            .map_err(Error::mls("staging the commit"))
    }

    fn leaf_parameters(&self) -> Result<LeafNodeParameters> {
        match self.plan.renew_leaf {
            true => self.client.own_leaf().parameters(&[]),
            false => Ok(LeafNodeParameters::default()),
        }
    }

    /// Judges what was signed, as every receiver will.
    fn judge(
        &self,
        live: &Live,
        predicted: &[Sent<Change>],
        used: &[QueuedProposal],
        culprit: &mut Option<Vec<u8>>,
    ) -> Result<(EpochChange, EpochState)> {
        let plugins = self.step.plugins;
        let signed = self.step.witness.take_commit()?;
        let committer = me(live);
        let pool = pool::by_reference(used.iter(), plugins)?;
        let proposals = roster::resolve(&signed, &committer, &pool, plugins)?;
        if app_data(&proposals) != app_data(predicted) {
            return Err(duplicates().into());
        }
        let staged = live
            .mls
            .pending_commit()
            .ok_or_else(|| Reject::misuse("ENG-1", "OpenMLS staged no commit"))?;
        let path = path_leaf(staged, plugins)?;
        let after = after(plugins, live, staged, &proposals, &committer, path.as_ref())?;
        let transition = Transition {
            committer: &committer,
            proposals: &proposals,
            path: path.as_ref(),
            before: &live.epoch,
            after: &after,
        };
        let verdict = judge::transition(plugins, &transition).map_err(unverified);
        let verdict = verdict.and_then(|concerns| match concerns.into_iter().next() {
            Some(concern) => Err(concern.into()),
            None => Ok(describe(&transition, true, &[])),
        });
        let reference = |position: usize| signed.reference_at(position);
        let change = verdict.inspect_err(|error| blame(error, reference, culprit))?;
        Ok((change, after))
    }
}

/// Notes the pooled proposal that a refusal names, if it names one.
fn blame(
    error: &Error,
    reference: impl Fn(usize) -> Option<Vec<u8>>,
    culprit: &mut Option<Vec<u8>>,
) {
    if let Some(position) = error.as_reject().and_then(Reject::culprit) {
        *culprit = reference(position);
    }
}

/// What the plugins add to a commit.
struct Contributed {
    drafts: Vec<Draft>,
    path: bool,
}

/// The epoch that a staged commit would create.
pub(super) fn after(
    plugins: &Plugins,
    live: &Live,
    staged: &StagedCommit,
    proposals: &[Sent<Change>],
    committer: &Actor,
    path: Option<&Arc<LeafInfo>>,
) -> Result<EpochState> {
    let context = roster::group_context(staged.group_context())?;
    let after = roster::after(&live.epoch, proposals, committer, path);
    Ok(roster::epoch_state(&context, after.leaves, plugins)?)
}

pub(super) fn own_sent(live: &Live, change: Change) -> Sent<Change> {
    Sent {
        from: me(live),
        by_reference: false,
        position: 0,
        body: change,
    }
}

fn number(proposals: &mut [Sent<Change>]) {
    for (position, sent) in proposals.iter_mut().enumerate() {
        sent.position = position;
    }
}

/// What components are told by a commit, by component and in order: the part of it that was folded
/// before it was signed.
fn app_data(proposals: &[Sent<Change>]) -> Vec<(ComponentId, &Actor, &Change)> {
    let mut told: Vec<_> = proposals
        .iter()
        .filter_map(|sent| match &sent.body {
            Change::AppData { component, .. } | Change::AppEphemeral { component, .. } => {
                Some((*component, &sent.from, &sent.body))
            }
            _ => None,
        })
        .collect();
    told.sort_by_key(|(component, _, change)| {
        (*component, matches!(change, Change::AppEphemeral { .. }))
    });
    told
}

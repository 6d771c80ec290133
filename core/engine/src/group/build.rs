//! Building a commit: draft, stage, judge what was signed, make durable.

use std::{collections::BTreeSet, sync::Arc};

use mls_trellis_hooks::{
    Actor, Change, ContentType, EpochState, LeafIndex, LeafInfo, Plugins, Reject, Sent,
};
use mls_trellis_store::Scope;
use openmls::{
    credentials::NewSignerBundle,
    group::{CommitMessageBundle, QueuedProposal, StagedCommit},
    prelude::{LeafNodeParameters, MlsMessageOut},
};
use openmls_traits::OpenMlsProvider as _;
use tls_codec::Serialize as _;

use super::{
    Failed, Group, Live, Outgoing, Pending, Sealed,
    commit::{Plan, duplicates},
    draft::Ready,
    inbox::{dispatch, store_pending},
    me,
    message::set_aad,
};
use crate::{
    Client, EpochChange, Error, Result,
    assess::assess,
    describe::describe,
    incoming::{app_data_updates, path_leaf, unverified},
    judge::{self, Transition, kinds},
    pool, roster,
    signer::WitnessingSigner,
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
        *culprit = self.suspect(live, &used)?;

        let mut proposals: Vec<_> = own.into_iter().map(|(proposal, _)| proposal).collect();
        let mut predicted = self.predict(&used, &previews)?;
        let mut contributed = self.contribute(live, scope, &predicted)?;
        contributed.path |= kinds::needs_path(self.step.plugins, &predicted);
        for draft in contributed.drafts {
            predicted.extend(draft.preview().map(|change| own_sent(live, change)));
            proposals.push(self.proposal(live, &draft)?);
        }
        number(&mut predicted);

        let reference = |position: usize| used.get(position).map(pool::reference);
        let bundle = self
            .stage(live, proposals, &predicted, contributed.path)
            .inspect_err(|error| blame(error, reference, culprit))?;
        let (change, after) = self.judge(live, &predicted, &used, &kept, culprit)?;
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
        let changes_over = self.plan.renew_leaf && has_another_leaf(self.client, live);
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
            .use_ratchet_tree_extension(self.client.settings().tree_inside)
            .create_group_info(self.client.settings().publish_group_info);
        let (rand, crypto, signer) = (provider.rand(), provider.crypto(), &self.step.signer);
        let renewed = WitnessingSigner::new(self.client.inner.signer.as_ref(), self.step.witness);
        let built = match changes_over {
            true => {
                let credential_with_key = self.client.credential_with_key();
                let signer_of_leaf = NewSignerBundle {
                    signer: &renewed,
                    credential_with_key,
                };
                builder.build_with_new_signer(rand, crypto, signer, signer_of_leaf, |_| true)
            }
            false => builder.build(rand, crypto, signer, |_| true),
        };
        let built = built.map_err(|error| match renewed.take_fault() {
            Some(fault) => fault.into(),
            None => Error::mls("building the commit")(error),
        })?;
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
        kept: &[QueuedProposal],
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
        let verdict = verdict.and_then(|judged| match judged.concerns.into_iter().next() {
            Some(concern) => Err(concern.into()),
            None => {
                let now = self.client.now();
                let mut alarms = assess(plugins, &after, &judged.admitted, now).permit()?;
                let kept = kept.iter().map(|queued| pool::sent(queued, plugins));
                let kept = kept.collect::<Result<Vec<_>>>()?;
                alarms.extend(kinds::left_out(plugins, &transition, &kept));
                Ok(describe(&transition, true, &alarms))
            }
        });
        let reference = |position: usize| signed.reference_at(position);
        let change = verdict.inspect_err(|error| match error {
            Error::Missing(_) => *culprit = self.undecided(live, used).or(culprit.take()),
            _ => blame(error, reference, culprit),
        })?;
        Ok((change, after))
    }

    /// The pooled proposal that brings in somebody of whom something must be fetched first: what is
    /// missing names no proposal.
    fn undecided(&self, live: &Live, used: &[QueuedProposal]) -> Option<Vec<u8>> {
        let (plugins, now) = (self.step.plugins, Some(self.client.now()));
        let undecided = used.iter().find(|queued| {
            let sent = pool::sent(queued, plugins);
            sent.is_ok_and(|sent| pool::comer(plugins, &live.epoch, &me(live), now, &sent).is_err())
        });
        undecided.map(pool::reference)
    }
}

/// Whether our leaf has another credential or signature key than the client has by now.
pub(super) fn has_another_leaf(client: &Client, live: &Live) -> bool {
    let client = &client.inner;
    let own = live.epoch.leaf(LeafIndex(live.mls.own_leaf_index().u32()));
    own.is_some_and(|leaf| {
        leaf.credential != client.credential || *leaf.signature_key != *client.signer.public_key()
    })
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

pub(super) fn number(proposals: &mut [Sent<Change>]) {
    for (position, sent) in proposals.iter_mut().enumerate() {
        sent.position = position;
    }
}

/// What components are told by a commit, by component and in order: the part of it that was folded
/// before it was signed.
///
/// Proposals of other types count too: OpenMLS drops those that are the same.
fn app_data(proposals: &[Sent<Change>]) -> Vec<((u8, u16), &Actor, &Change)> {
    let mut told: Vec<_> = proposals
        .iter()
        .filter_map(|sent| {
            let order = match &sent.body {
                Change::AppData { component, .. } => (0, component.0),
                Change::AppEphemeral { component, .. } => (1, component.0),
                Change::Other { proposal_type, .. } => (2, proposal_type.0),
                _ => return None,
            };
            Some((order, &sent.from, &sent.body))
        })
        .collect();
    told.sort_by_key(|(order, ..)| *order);
    told
}

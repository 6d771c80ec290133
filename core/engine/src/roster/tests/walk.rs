//! Random lives of groups of plain OpenMLS clients: what we compute from what was signed is what
//! OpenMLS arrives at.

use std::collections::BTreeSet;

use openmls::prelude::{
    LeafNodeIndex, LeafNodeParameters, MlsMessageOut, ProcessedMessageContent, StagedCommit,
};
use openmls_traits::OpenMlsProvider as _;

use super::{plugins, world::Client, *};
use crate::pool;

const SEEDS: u64 = 8;
const COMMITS: usize = 20;
const CROWD: usize = 9;

#[test]
fn eng_1_membership_after_a_commit_is_what_openmls_arrives_at() {
    let mut tally = Tally::default();
    for seed in 1..=SEEDS {
        let mut walk = Walk::new(seed);
        for _ in 0..COMMITS {
            walk.step(&mut tally);
        }
    }
    // Otherwise the walk shows nothing.
    let Tally {
        commits,
        external,
        resyncs,
        adds,
        updates,
        removes,
        self_removes,
    } = tally;
    assert!(commits + external >= 150, "{tally:?}");
    let kinds = [external, resyncs, adds, updates, removes, self_removes];
    assert!(kinds.iter().all(|count| *count >= 10), "{tally:?}");
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    commits: usize,
    external: usize,
    resyncs: usize,
    adds: usize,
    updates: usize,
    removes: usize,
    self_removes: usize,
}

impl Tally {
    fn count(&mut self, proposals: &[Sent<Change>]) {
        for sent in proposals {
            match sent.body {
                Change::Add(_) => self.adds += 1,
                Change::Update(_) => self.updates += 1,
                Change::Remove(_) => self.removes += 1,
                Change::SelfRemove => self.self_removes += 1,
                _ => {}
            }
        }
    }
}

/// A small generator (xorshift), so that a seed tells the whole story.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }
}

/// A group whose members are all in the same epoch.
struct Walk {
    dice: Dice,
    members: Vec<Client>,
    /// Who asked for what in this epoch: leaves that will be gone or replaced, SelfRemoves sent, and
    /// clients that wait for a Welcome.
    leaving: BTreeSet<LeafNodeIndex>,
    self_removes: Vec<MlsMessageOut>,
    waiting: Vec<Client>,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut founder = Client::new();
        founder.found();
        Self {
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            members: vec![founder],
            leaving: BTreeSet::new(),
            self_removes: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn step(&mut self, tally: &mut Tally) {
        self.leaving.clear();
        self.self_removes.clear();
        self.waiting.clear();
        for _ in 0..self.dice.below(4) {
            self.propose();
        }
        match self.dice.below(5) {
            0 => self.join_from_outside(tally),
            _ => self.commit(tally),
        }
    }

    /// One member sends a proposal to all.
    fn propose(&mut self) {
        let by = self.dice.below(self.members.len());
        let own = self.members[by].group().own_leaf_index();
        if self.leaving.contains(&own) {
            return;
        }
        let kind = self.dice.below(4);
        let target = self.someone_staying();
        let crowd = self.members.len();
        let member = &mut self.members[by];
        let message = match kind {
            0 if crowd < CROWD => {
                let joiner = Client::new();
                let key_package = joiner.key_package();
                self.waiting.push(joiner);
                let (sent, _) = member.act(|group, provider, signer| {
                    group
                        .propose_add_member(provider, signer, &key_package)
                        .unwrap()
                });
                sent.0
            }
            1 => {
                self.leaving.insert(own);
                let (sent, _) = member.act(|group, provider, signer| {
                    let parameters = LeafNodeParameters::default();
                    group
                        .propose_self_update(provider, signer, parameters)
                        .unwrap()
                });
                sent.0
            }
            2 if crowd > 3 => {
                self.leaving.insert(own);
                let (sent, _) = member.act(|group, provider, signer| {
                    group.leave_group_via_self_remove(provider, signer).unwrap()
                });
                self.self_removes.push(sent.clone());
                sent
            }
            3 if crowd > 3 => {
                let Some(target) = target.filter(|target| *target != own) else {
                    return;
                };
                self.leaving.insert(target);
                let (sent, _) = member.act(|group, provider, signer| {
                    group
                        .propose_remove_member(provider, signer, target)
                        .unwrap()
                });
                sent.0
            }
            _ => return,
        };
        for (at, member) in self.members.iter_mut().enumerate() {
            if at == by {
                continue;
            }
            let ProcessedMessageContent::ProposalMessage(queued) =
                member.process(&message).into_content()
            else {
                panic!("not a proposal");
            };
            let (stored, _) = member.act(|group, provider, _| {
                group.store_pending_proposal(provider.storage(), *queued)
            });
            stored.unwrap();
        }
    }

    /// A member that no proposal concerns yet.
    fn someone_staying(&mut self) -> Option<LeafNodeIndex> {
        let leaves = self
            .members
            .iter()
            .map(|member| member.group().own_leaf_index());
        let staying: Vec<_> = leaves.filter(|leaf| !self.leaving.contains(leaf)).collect();
        match staying.is_empty() {
            true => None,
            false => Some(staying[self.dice.below(staying.len())]),
        }
    }

    /// A member commits all pending proposals and some of its own.
    fn commit(&mut self, tally: &mut Tally) {
        let Some(own) = self.someone_staying() else {
            return self.join_from_outside(tally);
        };
        let by = self
            .members
            .iter()
            .position(|m| m.group().own_leaf_index() == own)
            .unwrap();
        let mut adds = Vec::new();
        while self.members.len() + self.waiting.len() < CROWD && self.dice.one_in(2) {
            let joiner = Client::new();
            adds.push(joiner.key_package());
            self.waiting.push(joiner);
        }
        let mut removes = Vec::new();
        if self.members.len() > 4 {
            removes.extend(self.someone_staying().filter(|target| *target != own));
        }

        let before = epoch(&self.members[by]);
        let pool = self.pool(by);
        let (bundle, witness) = self.members[by].act(|group, provider, signer| {
            let builder = group
                .commit_builder()
                .propose_adds(adds)
                .propose_removals(removes);
            let provided = provider.storage();
            let built = builder.load_psks(provided).unwrap().build(
                provider.rand(),
                provider.crypto(),
                signer,
                |_| true,
            );
            built.unwrap().stage_commit(provider).unwrap()
        });
        let signed = witness.take_commit().unwrap();
        let committer = Actor::Member(LeafIndex(own.u32()));
        let computed = computed(&before, &signed, &committer, &pool);
        tally.commits += 1;
        tally.count(&computed.0);

        let (commit, welcome, _) = bundle.into_messages();
        self.members[by].act(|group, provider, _| group.merge_pending_commit(provider).unwrap());
        self.deliver(&commit, &signed, Some(by));
        for mut joiner in std::mem::take(&mut self.waiting) {
            joiner.join(welcome.as_ref().unwrap());
            self.members.push(joiner);
        }
        self.check(&computed.1);
    }

    /// Somebody joins from outside: a stranger, or a member that lost its state.
    fn join_from_outside(&mut self, tally: &mut Tally) {
        let resync = self.members.len() > 1 && (self.dice.one_in(2) || self.members.len() >= CROWD);
        let lost = match self.someone_staying() {
            Some(leaf) if resync => Some(leaf),
            _ => None,
        };
        let (mut joiner, helper) = match lost {
            Some(leaf) => {
                let at = self
                    .members
                    .iter()
                    .position(|m| m.group().own_leaf_index() == leaf);
                let joiner = self.members[at.unwrap()].amnesiac();
                (joiner, 0)
            }
            None => (Client::new(), 0),
        };
        let before = epoch(&self.members[helper]);
        let pool = self.pool(helper);
        let (info, _) = self.members[helper].act(|group, provider, signer| {
            let crypto = provider.crypto();
            group.export_group_info(crypto, signer, true).unwrap()
        });
        let (commit, witness) = joiner.join_from_outside(&info, &self.self_removes);
        let signed = witness.take_commit().unwrap();
        let path = leaf_info(signed.path_leaf().unwrap(), &plugins()).unwrap();
        let committer = Actor::Joiner(path.into());
        let computed = computed(&before, &signed, &committer, &pool);
        tally.external += 1;
        tally.resyncs += usize::from(lost.is_some());
        tally.count(&computed.0);

        self.deliver(&commit, &signed, None);
        self.members.push(joiner);
        self.check(&computed.1);
    }

    fn pool(&self, at: usize) -> ByReference {
        let pending = self.members[at].group().pending_proposals();
        pool::by_reference(pending, &plugins()).unwrap()
    }

    /// Everybody but the committer takes in the commit; who was removed leaves.
    fn deliver(&mut self, commit: &MlsMessageOut, signed: &mls::Commit, by: Option<usize>) {
        for (at, member) in self.members.iter_mut().enumerate() {
            if Some(at) == by {
                continue;
            }
            let ProcessedMessageContent::StagedCommitMessage(staged) =
                member.process(commit).into_content()
            else {
                panic!("not a commit");
            };
            check_staged(signed, staged.queued_proposals()).unwrap();
            refuses_anything_else_than_staged(signed, &staged);
            member.act(|group, provider, _| group.merge_staged_commit(provider, *staged).unwrap());
        }
        self.members.retain(|member| member.group().is_active());
    }

    /// All members have the computed leaves, in every detail.
    fn check(&self, leaves: &Leaves) {
        for member in &self.members {
            let tree = member.group().public_group().treesync();
            assert_eq!(leaves_of(tree, &plugins()).unwrap(), *leaves);
            check_members(tree, leaves).unwrap();
        }
        assert_eq!(self.members.len(), leaves.len());
    }
}

fn epoch(member: &Client) -> EpochState {
    let group = member.group().public_group();
    let leaves = leaves_of(group.treesync(), &plugins()).unwrap();
    let context = group_context(group.group_context()).unwrap();
    epoch_state(&context, leaves, &Plugins::default()).unwrap()
}

fn computed(
    before: &EpochState,
    signed: &mls::Commit,
    committer: &Actor,
    pool: &ByReference,
) -> (Vec<Sent<Change>>, Leaves) {
    let proposals = resolve(signed, committer, pool, &plugins()).unwrap();
    let path = signed
        .path_leaf()
        .map(|leaf| leaf_info(leaf, &plugins()).unwrap());
    let path = path.map(Arc::new);
    let leaves = after(before, &proposals, committer, path.as_ref()).leaves;
    (proposals, leaves)
}

/// One proposal more, less or other than OpenMLS staged.
fn refuses_anything_else_than_staged(signed: &mls::Commit, staged: &StagedCommit) {
    let refused = |signed: &mls::Commit| {
        let checked = check_staged(signed, staged.queued_proposals());
        checked.is_err_and(|reject| reject.rule() == "ENG-1")
    };
    let mut more = signed.clone();
    let foreign = mls::Proposal::Remove(u32::MAX);
    more.proposals
        .push(mls::ProposalOrRef::Proposal(foreign.clone()));
    assert!(refused(&more));
    if signed.proposals.is_empty() {
        return;
    }
    let mut less = signed.clone();
    less.proposals.pop();
    assert!(refused(&less));
    let mut other = signed.clone();
    other.proposals[0] = match &other.proposals[0] {
        mls::ProposalOrRef::Proposal(_) => mls::ProposalOrRef::Proposal(foreign),
        mls::ProposalOrRef::Reference(_) => mls::ProposalOrRef::Reference(b"other".into()),
    };
    assert!(refused(&other));
    // OpenMLS drops what is the same byte for byte, and only that.
    let mut twice = signed.clone();
    twice.proposals.push(signed.proposals[0].clone());
    check_staged(&twice, staged.queued_proposals()).unwrap();
}

//! The rules as the engine asks for them: through the table, over plain values.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Change, CommitView, ComponentId, EpochState, LeafIndex, LeafInfo, Origin, PluginError,
    Plugins, ProposalEntry, ProposalType, ProposalView, Reject, Sent, WireFormatId,
};
use mls_trellis_self_remove::{SELF_REMOVE, SelfRemove};

const ALICE: Actor = Actor::Member(LeafIndex(0));
const BOB: Actor = Actor::Member(LeafIndex(1));

fn entry() -> ProposalEntry {
    let plugins = Plugins::builder().add(SELF_REMOVE.make(), Origin::here());
    let plugins = plugins.build().unwrap();
    plugins.proposal(ProposalType(0x000a)).unwrap().clone()
}

fn room() -> EpochState {
    EpochState::new(b"room")
        .with_leaf(LeafIndex(0), LeafInfo::basic("alice"))
        .with_leaf(LeafIndex(1), LeafInfo::basic("bob"))
}

/// Whether somebody may send a SelfRemove so.
fn may_send(from: &Actor, by_reference: bool, framing: Option<WireFormatId>) -> Option<String> {
    let epoch = room();
    let cx = ProposalView {
        epoch: &epoch,
        from,
        by_reference,
        framing,
        waiting: &[],
    };
    rule(entry().kind.may_send(&cx, b""))
}

fn rule<T>(result: Result<T, Reject>) -> Option<String> {
    result.err().map(|reject| reject.rule().to_owned())
}

fn sent(proposals: &[(Actor, Change)]) -> Vec<Sent<Change>> {
    let proposals = proposals.iter().enumerate();
    proposals
        .map(|(position, (from, body))| Sent {
            from: from.clone(),
            by_reference: true,
            position,
            body: body.clone(),
        })
        .collect()
}

/// What is said of alice's commit of these: the refusal, and the concerns.
fn judged(proposals: &[(Actor, Change)]) -> (Option<Reject>, Vec<String>) {
    let (before, proposals) = (room(), sent(proposals));
    let cx = CommitView {
        id: ComponentId::RESERVED,
        committer: &ALICE,
        proposals: &proposals,
        path: None,
        before: &before,
        after: &before,
    };
    let judge = entry().judge.unwrap();
    let concerns = judge.concerns(&cx);
    let concerns = concerns.iter().map(|reject| reject.rule().to_owned());
    (judge.judge(&cx).err(), concerns.collect())
}

fn update() -> Change {
    Change::Update(Arc::new(LeafInfo::basic("bob")))
}

#[test]
fn sr_1_in_a_private_message_is_refused() {
    let private = Some(WireFormatId::PRIVATE_MESSAGE);
    assert_eq!(may_send(&BOB, true, private), Some("SR-1".into()));
    assert_eq!(
        may_send(&BOB, true, Some(WireFormatId(0x0006))),
        Some("SR-1".into())
    );
    assert_eq!(
        may_send(&BOB, true, Some(WireFormatId::PUBLIC_MESSAGE)),
        None
    );
    // In a commit nobody can tell how it came.
    assert_eq!(may_send(&BOB, true, None), None);
}

#[test]
fn sr_2_only_members_leave() {
    let leaf = Arc::new(LeafInfo::basic("carol"));
    let public = Some(WireFormatId::PUBLIC_MESSAGE);
    for from in [
        Actor::External(0),
        Actor::Candidate(leaf.clone()),
        Actor::Joiner(leaf),
    ] {
        assert_eq!(may_send(&from, true, public), Some("SR-2".into()), "{from}");
    }
}

#[test]
fn sr_5_nothing_follows_the_type() {
    let epoch = room();
    let cx = ProposalView {
        epoch: &epoch,
        from: &BOB,
        by_reference: true,
        framing: None,
        waiting: &[],
    };
    let entry = entry();
    // A xorshift, so that every run asks the same.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..10_000 {
        let mut bytes = Vec::new();
        for _ in 0..state % 9 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.push((state >> 24) as u8);
        }
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let refused = rule(entry.kind.may_send(&cx, &bytes));
        assert_eq!(refused.is_none(), bytes.is_empty(), "{bytes:?}");
        assert_eq!(entry.kind.show_body(&bytes).is_some(), bytes.is_empty());
        if !bytes.is_empty() {
            assert_eq!(refused, Some("PROP-1".into()));
            assert_eq!(entry.kind.concerns(&cx, &bytes), []);
        }
    }
}

#[test]
fn sr_6_a_second_one_in_an_epoch_is_marked() {
    let epoch = room();
    let concerns = |from: &Actor, waiting: &[Sent<Change>]| {
        let cx = ProposalView {
            epoch: &epoch,
            from,
            by_reference: true,
            framing: None,
            waiting,
        };
        entry().kind.concerns(&cx, b"")
    };
    let bobs = sent(&[
        (ALICE, Change::Remove(LeafIndex(1))),
        (BOB, Change::SelfRemove),
    ]);
    let [reject] = &concerns(&BOB, &bobs)[..] else {
        panic!("not marked");
    };
    assert_eq!(
        reject.to_string(),
        "SR-6: leaf 1 has asked to leave in this epoch already (a peer misbehaved; refused by \
         self_remove)"
    );
    assert_eq!(concerns(&ALICE, &bobs), []);
    assert_eq!(concerns(&BOB, &bobs[..1]), []);
}

#[test]
fn sr_7_by_value_is_refused() {
    assert_eq!(may_send(&BOB, false, None), Some("SR-7".into()));
}

#[test]
fn sr_9_a_remove_for_the_same_leaf_is_refused() {
    let remove = |leaf| (ALICE, Change::Remove(LeafIndex(leaf)));
    let leave = (BOB, Change::SelfRemove);
    let (refused, _) = judged(&[leave.clone(), remove(2), remove(1)]);
    let refused = refused.unwrap();
    assert_eq!((refused.rule(), refused.culprit()), ("SR-9", Some(2)));
    assert_eq!(judged(&[leave.clone(), remove(2)]), (None, vec![]));
    let (refused, _) = judged(&[remove(1), leave]);
    assert_eq!(refused.unwrap().culprit(), Some(0));
}

#[test]
fn sr_10_an_update_or_a_second_one_for_the_same_leaf_is_an_alarm() {
    let leave = (BOB, Change::SelfRemove);
    let update_of = |from| (from, update());
    for proposals in [
        [leave.clone(), update_of(BOB)],
        [update_of(BOB), leave.clone()],
        [leave.clone(), leave.clone()],
    ] {
        assert_eq!(judged(&proposals), (None, vec!["SR-10".to_owned()]));
    }
    let carol = Actor::Member(LeafIndex(2));
    assert_eq!(judged(&[leave, update_of(carol)]), (None, vec![]));
}

#[test]
fn sr_11_a_committer_that_leaves_itself_is_an_alarm() {
    let own = judged(&[(ALICE, Change::SelfRemove)]);
    assert_eq!(own, (None, vec!["SR-11".to_owned()]));
    assert_eq!(judged(&[(BOB, Change::SelfRemove)]), (None, vec![]));
}

#[test]
fn one_plugin_stands_for_the_type() {
    let twice = Plugins::builder()
        .add(Arc::new(SelfRemove), Origin::here())
        .add(Arc::new(SelfRemove), Origin::here());
    let errors = twice.build().err().unwrap();
    assert!(matches!(
        &errors.0[..],
        [PluginError::DuplicateProposal { proposal_type, .. }] if proposal_type.0 == 0x000a
    ));
}

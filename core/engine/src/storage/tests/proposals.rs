//! Pending proposals, which must come back as they went in.

use openmls::prelude::{
    LeafNodeParameters, MlsGroup, MlsMessageOut, OpenMlsProvider as _, ProcessedMessageContent,
    hash_ref::ProposalRef,
};
use openmls_traits::storage::StorageProvider as _;

use super::super::party::{Party, accept, process, two_members};
use crate::crypto::Provider;

#[test]
fn proposals_keep_their_order_and_the_latest_own_update_wins() {
    let (alice, bob) = two_members();
    let carol = Party::new().key_package();
    let mut sent = Vec::new();
    for round in 0..5 {
        let message = bob.in_group(|group, provider, signer| match round {
            1 => {
                group
                    .propose_add_member(provider, signer, &carol)
                    .unwrap()
                    .0
            }
            _ => {
                let leaf = LeafNodeParameters::default();
                group.propose_self_update(provider, signer, leaf).unwrap().0
            }
        });
        sent.push(message);
    }
    for message in &sent {
        alice.in_group(|group, provider, _| {
            store_proposal(group, provider, message);
        });
    }
    let refs = |party: &Party| {
        party.in_group(|group, provider, _| {
            let stored: Vec<ProposalRef> = provider
                .storage()
                .queued_proposal_refs(group.group_id())
                .unwrap();
            let loaded: Vec<_> = group
                .pending_proposals()
                .map(|proposal| proposal.proposal_reference_ref().clone())
                .collect();
            assert_eq!(stored, loaded);
            loaded
        })
    };
    assert_eq!(refs(&alice).len(), 5);
    assert_eq!(refs(&alice), refs(&bob));

    // The Update before the last is withdrawn; the rest keeps its order.
    let mut expected = refs(&alice);
    let withdrawn = expected.remove(3);
    for party in [&alice, &bob] {
        party.in_group(|group, provider, _| {
            group
                .remove_pending_proposal(provider.storage(), &withdrawn)
                .unwrap();
        });
        assert_eq!(refs(party), expected);
    }

    // All of bob's leaves are still known, whichever of his Updates is committed.
    let commit = alice.in_group(|group, provider, signer| {
        let (commit, ..) = group.commit_to_pending_proposals(provider, signer).unwrap();
        group.merge_pending_commit(provider).unwrap();
        commit
    });
    bob.in_group(|group, provider, _| accept(group, provider, &commit).unwrap());
    assert_eq!(alice.epoch(), bob.epoch());
    assert!(refs(&alice).is_empty());

    // Proposals of the next epoch start anew.
    bob.in_group(|group, provider, signer| {
        let leaf = LeafNodeParameters::default();
        group.propose_self_update(provider, signer, leaf).unwrap();
    });
    assert_eq!(refs(&bob).len(), 1);
}

#[test]
fn an_own_update_serves_although_a_later_one_was_made() {
    let (alice, bob) = two_members();
    let update = || {
        bob.in_group(|group, provider, signer| {
            let leaf = LeafNodeParameters::default();
            group.propose_self_update(provider, signer, leaf).unwrap().0
        })
    };
    let (first, _lost) = (update(), update());
    let commit = alice.in_group(|group, provider, signer| {
        store_proposal(group, provider, &first);
        let (commit, ..) = group.commit_to_pending_proposals(provider, signer).unwrap();
        group.merge_pending_commit(provider).unwrap();
        commit
    });
    bob.in_group(|group, provider, _| accept(group, provider, &commit).unwrap());
    assert_eq!(alice.epoch(), bob.epoch());
}

#[test]
fn a_proposal_that_is_queued_twice_is_removed_once() {
    let (alice, _) = two_members();
    alice.in_group(|group, provider, signer| {
        let leaf = LeafNodeParameters::default();
        group.propose_self_update(provider, signer, leaf).unwrap();
        let again = group.pending_proposals().next().unwrap().clone();
        group
            .store_pending_proposal(provider.storage(), again)
            .unwrap();
    });
    let count = |party: &Party| party.in_group(|group, _, _| group.pending_proposals().count());
    assert_eq!(count(&alice), 2);
    alice.in_group(|group, provider, _| {
        let first = group.pending_proposals().next().unwrap();
        let reference = first.proposal_reference_ref().clone();
        group
            .remove_pending_proposal(provider.storage(), &reference)
            .unwrap();
        assert_eq!(group.pending_proposals().count(), 1);
    });
    assert_eq!(count(&alice), 1);
}

fn store_proposal(group: &mut MlsGroup, provider: &Provider<'_>, message: &MlsMessageOut) {
    let processed = process(group, provider, message).unwrap();
    let ProcessedMessageContent::ProposalMessage(proposal) = processed.into_content() else {
        panic!("not a proposal");
    };
    group
        .store_pending_proposal(provider.storage(), *proposal)
        .unwrap();
}

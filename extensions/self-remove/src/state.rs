//! The rules of leaving, as functions of what was sent.

use std::collections::BTreeSet;

use mls_trellis_hooks::{Actor, Change, LeafIndex, Reject, Sent, WireFormatId};

/// SR-1: it travels in a PublicMessage. Once it stands in a commit, nobody can tell.
pub(crate) fn in_the_clear(framing: Option<WireFormatId>) -> Result<(), Reject> {
    match framing {
        None | Some(WireFormatId::PUBLIC_MESSAGE) => Ok(()),
        Some(other) => Err(Reject::peer(
            "SR-1",
            format!("a SelfRemove in wire format {other}, not in a PublicMessage"),
        )),
    }
}

/// SR-2: its sender is a member.
pub(crate) fn of_a_member(from: &Actor) -> Result<(), Reject> {
    match from {
        Actor::Member(_) => Ok(()),
        _ => Err(Reject::peer(
            "SR-2",
            format!("a SelfRemove of {from}, who is not a member"),
        )),
    }
}

/// SR-7: commits name it by reference.
pub(crate) fn by_reference(by_reference: bool) -> Result<(), Reject> {
    match by_reference {
        true => Ok(()),
        false => Err(Reject::peer("SR-7", "a SelfRemove by value")),
    }
}

/// SR-6: its sender has none waiting already.
pub(crate) fn second(from: &Actor, waiting: &[Sent<Change>]) -> Option<Reject> {
    let mut leaving = leaving(waiting);
    let again = leaving.any(|sent| sent.from == *from);
    again.then(|| {
        Reject::peer(
            "SR-6",
            format!("{from} has asked to leave in this epoch already"),
        )
    })
}

/// SR-9: nothing else removes a leaf that leaves.
pub(crate) fn no_remove_besides(proposals: &[Sent<Change>]) -> Result<(), Reject> {
    let leaves: BTreeSet<_> = leaves(proposals).collect();
    let besides =
        |sent: &&Sent<Change>| matches!(&sent.body, Change::Remove(leaf) if leaves.contains(leaf));
    match proposals.iter().find(besides) {
        Some(sent) => Err(Reject::peer(
            "SR-9",
            "the commit has a Remove for a leaf that leaves by SelfRemove",
        )
        .culprit_at(sent.position)),
        None => Ok(()),
    }
}

/// SR-10: nothing else is for a leaf that leaves.
pub(crate) fn alone_for_its_leaf(proposals: &[Sent<Change>]) -> Vec<Reject> {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<_> = leaves(proposals)
        .filter(|leaf| !seen.insert(*leaf))
        .collect();
    let clashes = |sent: &&Sent<Change>| match (&sent.body, &sent.from) {
        (Change::SelfRemove, Actor::Member(leaf)) => twice.contains(leaf),
        (Change::Update(_), Actor::Member(leaf)) => seen.contains(leaf),
        _ => false,
    };
    let clash = proposals.iter().rev().find(clashes);
    let reject = clash.map(|sent| {
        Reject::peer(
            "SR-10",
            format!(
                "the commit has something else for {}, who leaves",
                sent.from
            ),
        )
        .culprit_at(sent.position)
    });
    reject.into_iter().collect()
}

/// SR-11: nobody commits that they leave themselves.
pub(crate) fn not_ones_own(committer: &Actor, proposals: &[Sent<Change>]) -> Option<Reject> {
    let own = leaving(proposals).find(|sent| sent.from == *committer)?;
    let reject = Reject::peer("SR-11", format!("{committer} commits its own SelfRemove"));
    Some(reject.culprit_at(own.position))
}

/// SR-S6: it may not be left to the pool.
pub(crate) fn left_waiting(from: &Actor) -> Reject {
    Reject::peer(
        "SR-S6",
        format!("the commit leaves out the SelfRemove of {from}"),
    )
}

fn leaving(proposals: &[Sent<Change>]) -> impl Iterator<Item = &Sent<Change>> {
    let sent = proposals.iter();
    sent.filter(|sent| sent.body == Change::SelfRemove)
}

/// The leaves that leave, one for each SelfRemove.
fn leaves(proposals: &[Sent<Change>]) -> impl Iterator<Item = LeafIndex> {
    leaving(proposals).filter_map(|sent| match sent.from {
        Actor::Member(leaf) => Some(leaf),
        _ => None,
    })
}

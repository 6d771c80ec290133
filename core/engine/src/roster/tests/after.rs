//! Membership after a commit, case by case.

use super::*;

fn named(names: &[(u32, &str)]) -> EpochState {
    let mut epoch = EpochState::new(b"room");
    for (index, name) in names {
        epoch = epoch.with_leaf(LeafIndex(*index), LeafInfo::basic(name));
    }
    epoch
}

fn names(leaves: &Leaves) -> Vec<(u32, String)> {
    let names = leaves.iter();
    names
        .map(|(index, leaf)| (index.0, leaf.identity.to_string()))
        .collect()
}

fn from(leaf: u32, body: Change) -> Sent<Change> {
    Sent {
        from: Actor::Member(LeafIndex(leaf)),
        by_reference: true,
        position: 0,
        body,
    }
}

fn add(name: &str) -> Change {
    Change::Add(AddedKeyPackage {
        leaf: LeafInfo::basic(name).into(),
        dictionary: None,
        extensions: Vec::new(),
    })
}

#[test]
fn adds_take_the_lowest_free_leaves_in_the_order_of_the_commit() {
    let before = named(&[(0, "a"), (1, "b"), (2, "c"), (4, "e")]);
    // The adds stand before the remove that makes room for them.
    let proposals = [
        from(0, add("x")),
        from(0, add("y")),
        from(2, Change::SelfRemove),
        from(0, Change::Remove(LeafIndex(1))),
        from(0, add("z")),
        from(0, add("w")),
    ];
    let after = after(&before, &proposals, &Actor::Member(LeafIndex(0)), None);
    let expected = [(0, "a"), (1, "x"), (2, "y"), (3, "z"), (4, "e"), (5, "w")];
    assert_eq!(
        names(&after.leaves),
        expected.map(|(i, n)| (i, n.to_owned()))
    );
}

#[test]
fn a_joiner_takes_the_lowest_leaf_free_after_removals() {
    let before = named(&[(0, "a"), (1, "b"), (2, "c")]);
    let joiner = Arc::new(LeafInfo::basic("j"));
    let actor = Actor::Joiner(joiner.clone());
    let proposals = [from(0, Change::ExternalInit), from(1, Change::SelfRemove)];
    let after_one = after(&before, &proposals, &actor, Some(&joiner));
    assert_eq!(names(&after_one.leaves)[1], (1, "j".to_owned()));
    let after_none = after(&before, &proposals[..1], &actor, Some(&joiner));
    assert_eq!(names(&after_none.leaves)[3], (3, "j".to_owned()));
}

#[test]
fn the_path_replaces_the_committers_leaf_and_updates_their_senders() {
    let before = named(&[(0, "a"), (1, "b"), (2, "c")]);
    let path = Arc::new(LeafInfo::basic("a2"));
    let proposals = [from(2, Change::Update(LeafInfo::basic("c2").into()))];
    let committer = Actor::Member(LeafIndex(0));
    let after = after(&before, &proposals, &committer, Some(&path));
    let expected = [(0, "a2"), (1, "b"), (2, "c2")];
    assert_eq!(
        names(&after.leaves),
        expected.map(|(i, n)| (i, n.to_owned()))
    );
}

#[test]
fn members_are_shared_while_nothing_changes() {
    let before = named(&[(0, "a"), (1, "b")]);
    let proposals = [from(
        1,
        Change::Psk(PskId::External {
            psk_id: Opaque::default(),
        }),
    )];
    let after = after(&before, &proposals, &Actor::Member(LeafIndex(0)), None);
    assert!(Arc::ptr_eq(&after.leaves, &before.leaves));
}

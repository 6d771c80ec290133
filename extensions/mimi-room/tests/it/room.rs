//! Rooms made by hand, and commits in them, judged in the order in which the engine judges.

use std::sync::{Arc, LazyLock};

use mls_trellis_hooks::{
    Actor, AddedKeyPackage, Change, CommitView, Component, ComponentId, DataChange, EpochState,
    FoldView, GroupState, LeafIndex, LeafInfo, Origin, Plugins, Reject, Sent,
    wire::{self, Opaque},
};
use mls_trellis_mimi_room::{
    Capability, MIMI_ROOM, ParticipantList, Participants, Policy, Role, Roles,
};

pub(crate) fn plugins() -> Plugins {
    static PLUGINS: LazyLock<Plugins> = LazyLock::new(|| {
        let plugins = Plugins::builder().add(MIMI_ROOM.make(), Origin::here());
        plugins.build().unwrap()
    });
    PLUGINS.clone()
}

/// The roles of most tests: users, admins, and bob's, of which each test says what it may do.
pub(crate) const USER: u32 = 2;
pub(crate) const ADMIN: u32 = 3;
pub(crate) const BOBS: u32 = 5;

pub(crate) const ALICE: Actor = Actor::Member(LeafIndex(0));
pub(crate) const BOB: Actor = Actor::Member(LeafIndex(1));
pub(crate) const CAROL: Actor = Actor::Member(LeafIndex(2));

/// Alice is an admin, bob has a role of his own, carol is a user, dave is banned, frank is a user
/// without clients. Erin and everybody else are strangers.
pub(crate) fn people() -> Participants {
    Participants::of([
        ("alice", ADMIN),
        ("bob", BOBS),
        ("carol", USER),
        ("dave", 1),
        ("frank", USER),
    ])
}

pub(crate) fn admin() -> Role {
    let all = (0..=0x0700).map(Capability);
    Role::new(ADMIN, "admin")
        .with(all.filter(|right| *right != Capability::OPEN_JOIN))
        .moving(0, [1, USER, ADMIN, BOBS])
        .moving(1, [0, USER, ADMIN, BOBS])
        .moving(USER, [0, 1, ADMIN, BOBS])
        .moving(BOBS, [0, 1, USER, ADMIN])
        .moving(ADMIN, [0, 1, USER])
}

pub(crate) fn roles(bobs: Role) -> Roles {
    let user = Role::new(USER, "user")
        .with([
            Capability::ADD_OWN_CLIENT,
            Capability::REMOVE_OWN_CLIENT,
            Capability::REMOVE_SELF,
        ])
        .moving(USER, [0]);
    Roles {
        roles: vec![
            Role::new(0, "stranger"),
            Role::banned(),
            user,
            admin(),
            bobs,
        ],
    }
}

/// The room, with a client each of alice, bob and carol.
pub(crate) fn room(bobs: Role) -> EpochState {
    room_with(&roles(bobs))
}

pub(crate) fn room_with(roles: &Roles) -> EpochState {
    let mut epoch = EpochState::new(b"room").with_plugins(&plugins());
    for (index, name) in (0..).zip(["alice", "bob", "carol"]) {
        epoch = epoch.with_leaf(LeafIndex(index), LeafInfo::basic(name));
    }
    let epoch = with::<ParticipantList>(epoch, &people());
    with::<Policy<Roles>>(epoch, roles)
}

/// The same epoch with a state of `C`.
pub(crate) fn with<C: GroupState>(epoch: EpochState, state: &C::State) -> EpochState {
    epoch.with_data(C::DEFAULT_ID, wire::encode(state).unwrap())
}

/// Somebody who joins by an external commit.
pub(crate) fn joiner(name: &str) -> Actor {
    Actor::Joiner(Arc::new(LeafInfo::basic(name)))
}

/// Somebody who asks to be added.
pub(crate) fn candidate(name: &str) -> Actor {
    Actor::Candidate(Arc::new(LeafInfo::basic(name)))
}

pub(crate) fn update<C: GroupState>(update: &C::Update) -> Change {
    let update = wire::encode(update).unwrap();
    data(C::DEFAULT_ID, DataChange::Update(update.into()))
}

pub(crate) fn drop_state<C: Component>() -> Change {
    data(C::DEFAULT_ID, DataChange::Remove)
}

fn data(component: ComponentId, change: DataChange) -> Change {
    Change::AppData { component, change }
}

pub(crate) fn add(name: &str) -> Change {
    Change::Add(AddedKeyPackage {
        leaf: LeafInfo::basic(name).into(),
        dictionary: None,
        extensions: Vec::new(),
    })
}

pub(crate) fn remove(leaf: u32) -> Change {
    Change::Remove(LeafIndex(leaf))
}

/// A commit of one member, all of whose proposals are its own.
pub(crate) fn commit(
    before: &EpochState,
    by: &Actor,
    changes: impl IntoIterator<Item = Change>,
) -> Result<EpochState, Reject> {
    let changes = changes.into_iter().map(|change| (by.clone(), change));
    commit_of(before, by, changes)
}

/// A commit with proposals of several.
pub(crate) fn commit_of(
    before: &EpochState,
    by: &Actor,
    changes: impl IntoIterator<Item = (Actor, Change)>,
) -> Result<EpochState, Reject> {
    let proposals = (0..).zip(changes).map(|(position, (from, body))| Sent {
        by_reference: from != *by,
        from,
        position,
        body,
    });
    let proposals: Vec<_> = proposals.collect();
    let after = after(before, by, &proposals)?;
    judge(before, by, &proposals, &after)?;
    Ok(after)
}

/// Judges a commit whose outcome is given.
pub(crate) fn judge(
    before: &EpochState,
    by: &Actor,
    proposals: &[Sent<Change>],
    after: &EpochState,
) -> Result<(), Reject> {
    for entry in plugins().components() {
        let cx = CommitView {
            id: entry.id,
            committer: by,
            proposals,
            path: None,
            before,
            after,
        };
        if let Some(judge) = &entry.judge {
            judge.judge(&cx).map_err(|r| r.in_plugin(entry.name))?;
        }
    }
    holds(after)
}

/// Whether an epoch is one.
pub(crate) fn holds(epoch: &EpochState) -> Result<(), Reject> {
    for entry in plugins().components() {
        let invariant = entry.invariant.iter();
        for invariant in invariant.filter(|_| epoch.data(entry.id).is_some()) {
            invariant
                .holds(epoch)
                .map_err(|r| r.in_plugin(entry.name))?;
        }
    }
    Ok(())
}

/// The rules by which an epoch causes alarms.
pub(crate) fn concerns(epoch: &EpochState) -> Vec<String> {
    let plugins = plugins();
    let active = plugins.components().filter(|e| epoch.data(e.id).is_some());
    let invariants = active.filter_map(|entry| entry.invariant.as_ref());
    let concerns = invariants.flat_map(|invariant| invariant.concerns(epoch));
    concerns.map(|reject| reject.rule().to_owned()).collect()
}

fn after(
    before: &EpochState,
    by: &Actor,
    proposals: &[Sent<Change>],
) -> Result<EpochState, Reject> {
    let mut after = before.clone();
    after.epoch += 1;
    let leaves = Arc::make_mut(&mut after.leaves);
    for sent in proposals {
        match (&sent.body, &sent.from) {
            (Change::Remove(index), _) | (Change::SelfRemove, Actor::Member(index)) => {
                leaves.remove(index).unwrap();
            }
            _ => {}
        }
    }
    let added = proposals.iter().filter_map(|sent| match &sent.body {
        Change::Add(added) => Some(added.leaf.clone()),
        _ => None,
    });
    let joined = match by {
        Actor::Joiner(leaf) => Some(leaf.clone()),
        _ => None,
    };
    for leaf in added.chain(joined) {
        let free = (0..)
            .map(LeafIndex)
            .find(|index| !leaves.contains_key(index));
        leaves.insert(free.unwrap(), leaf);
    }
    for entry in plugins().components() {
        if let Some(data) = fold(before, by, entry.id, proposals)? {
            let dictionary = Arc::make_mut(after.dictionary.as_mut().unwrap());
            match data {
                Some(data) => drop(dictionary.insert(entry.id, data.into())),
                None => drop(dictionary.remove(&entry.id)),
            }
        }
    }
    Ok(after)
}

/// What becomes of a component's entry, if anything.
fn fold(
    before: &EpochState,
    committer: &Actor,
    id: ComponentId,
    proposals: &[Sent<Change>],
) -> Result<Option<Option<Vec<u8>>>, Reject> {
    let plugins = plugins();
    let state = plugins.component(id).unwrap().group_state.clone().unwrap();
    let cx = FoldView {
        id,
        before,
        committer,
    };
    let mut updates = Vec::<Sent<Opaque>>::new();
    for sent in proposals {
        match &sent.body {
            Change::AppData { component, change } if *component == id => match change {
                DataChange::Update(update) => updates.push(sent.map(update.clone())),
                DataChange::Remove => {
                    state.may_remove(&cx, &sent.from, before.data(id).unwrap())?;
                    return Ok(Some(None));
                }
            },
            _ => {}
        }
    }
    if updates.is_empty() {
        return Ok(None);
    }
    state
        .fold(&cx, before.data(id), &updates)
        .map(|data| Some(Some(data)))
}

/// The rule that refuses, or `ok`.
pub(crate) fn rule<T>(result: Result<T, Reject>) -> String {
    result.map_or_else(|reject| reject.rule().to_owned(), |_| "ok".into())
}

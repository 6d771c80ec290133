//! Both sides at work, by turns.

use std::time::{Duration, Instant};

use crate::{
    side::{Member, Newcomer, Sealed},
    stock,
    table::Table,
    trellis,
};

/// How many members have committed with a path before anything is measured, so that the tree is as
/// full as that of a group in use.
const COMMITTERS: usize = 16;

/// Application messages per round, and how long they are.
const MESSAGES: usize = 10;
const BODY: [u8; 1024] = [0x61; 1024];

/// Times every step in a group of so many members, so many rounds.
///
/// # Panics
/// When either side fails, or the members of one side come to disagree.
#[must_use]
pub fn compare(members: usize, rounds: usize) -> Table {
    let fillers: Vec<_> = (1..members)
        .map(|index| trellis::filler(&format!("member {index}")))
        .collect();
    let mut founder = trellis::found();
    let sample = trellis::Candidate::new("sample");
    let mold = stock::Mold::of(sample.key_package(), &founder.group_info().unwrap());
    let stock_founder = stock::found(&mold);
    let stock_candidate = |name: &str| stock::Candidate::new(name, &mold);

    let mut trellis = settle(founder, &fillers, trellis::Candidate::new);
    let mut stock = settle(stock_founder, &fillers, stock_candidate);
    let mut table = Table::new(members);
    for round in 1..=rounds {
        let newcomers = (trellis::Candidate::new("new"), stock_candidate("new"));
        // Who goes second finds warm caches or a busy machine: take turns.
        if round % 2 == 0 {
            table.trellis(&lap(&mut trellis, newcomers.0, round));
            table.stock(&lap(&mut stock, newcomers.1, round));
        } else {
            table.stock(&lap(&mut stock, newcomers.1, round));
            table.trellis(&lap(&mut trellis, newcomers.0, round));
        }
    }
    table
}

/// Two members of a group with all of them, the founder and one in the middle, in a tree in use.
fn settle<N: Newcomer>(
    founder: N::Member,
    fillers: &[Vec<u8>],
    candidate: impl Fn(&str) -> N,
) -> [N::Member; 2] {
    let stride = (fillers.len() + 1).div_ceil(COMMITTERS);
    let mut key_packages = fillers.to_vec();
    let mut candidates = Vec::new();
    for (index, key_package) in (1..).zip(&mut key_packages) {
        if index % stride == 0 {
            let newcomer = candidate(&format!("committer {index}"));
            *key_package = newcomer.key_package().to_vec();
            candidates.push(newcomer);
        }
    }

    let mut members = vec![founder];
    let added = commit(&mut members, 0, |founder| founder.add(&key_packages));
    let welcome = added.unwrap();
    members.extend(candidates.into_iter().map(|c| c.join(&welcome)));
    for from in 0..members.len() {
        commit(&mut members, from, Member::path);
    }
    members.iter_mut().for_each(Member::tidy);
    let middle = members.swap_remove(members.len() / 2);
    [members.swap_remove(0), middle]
}

/// One member commits and everybody merges. Returns the Welcome.
fn commit<M: Member>(
    members: &mut [M],
    from: usize,
    seal: impl FnOnce(&mut M) -> Sealed<M::Pending>,
) -> Option<Vec<u8>> {
    let committer = members.get_mut(from).unwrap();
    let sealed = seal(committer);
    committer.accept(sealed.pending);
    for (index, member) in members.iter_mut().enumerate() {
        if index != from {
            member.receive(&sealed.commit);
        }
    }
    sealed.welcome
}

/// Every step once, with its time.
fn lap<N: Newcomer>(
    [alice, bob]: &mut [N::Member; 2],
    newcomer: N,
    round: usize,
) -> Vec<(&'static str, Duration)> {
    let mut watch = Watch::default();
    let update = watch.time("component update: seal", || alice.update(round));
    watch.time("component update: accept", || alice.accept(update.pending));
    watch.time("component update: receive", || bob.receive(&update.commit));

    let path = watch.time("path commit: seal", || alice.path());
    watch.time("path commit: accept", || alice.accept(path.pending));
    watch.time("path commit: receive", || bob.receive(&path.commit));
    assert_eq!(alice.authenticator(), bob.authenticator());

    for _ in 0..MESSAGES {
        let message = watch.time("1 KiB message: seal", || alice.send(&BODY));
        let body = watch.time("1 KiB message: open", || bob.open(&message));
        assert_eq!(body, BODY);
    }

    let key_packages = [newcomer.key_package().to_vec()];
    let add = watch.time("add one: seal", || alice.add(&key_packages));
    let welcome = add.welcome.unwrap();
    watch.time("join by Welcome", || newcomer.join(&welcome));
    alice.discard(add.pending);
    alice.tidy();
    bob.tidy();
    watch.times
}

#[derive(Default)]
struct Watch {
    times: Vec<(&'static str, Duration)>,
}

impl Watch {
    fn time<R>(&mut self, name: &'static str, step: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = std::hint::black_box(step());
        self.times.push((name, start.elapsed()));
        result
    }
}

//! What a room makes of a message: members and hub together.

use mls_trellis_engine::{EpochChange, Error, Followed, Group, Received};
use mls_trellis_hooks::LeafIndex;

use crate::{
    sample::Tally,
    stock::{Leaf, Stock, StockMember},
    world::Room,
};

impl Room {
    /// Adds a stock member, which from here on does as it likes.
    pub(crate) fn admit(&mut self, name: &str) -> StockMember {
        self.admit_with(Stock::named(name), &Leaf::default())
    }

    pub(crate) fn admit_with(&mut self, stock: Stock, leaf: &Leaf) -> StockMember {
        let key_package = stock.key_package(leaf);
        let sealed = self.members[0].commit().add(&key_package).seal().unwrap();
        self.deliver(0, &sealed);
        self.agree();
        stock.join(sealed.welcome.as_ref().unwrap())
    }

    /// Adds the stock members stan and stella, who follow each other.
    pub(crate) fn admit_two(&mut self) -> (StockMember, StockMember) {
        let mut stan = self.admit("stan");
        let stella = Stock::named("stella");
        let key_package = stella.key_package(&Leaf::default());
        let sealed = self.members[0].commit().add(&key_package).seal().unwrap();
        self.deliver(0, &sealed);
        stan.receive(&sealed.commit, &[]);
        (stan, stella.join(sealed.welcome.as_ref().unwrap()))
    }

    /// Hub and members refuse a message by this rule, and nothing changes.
    pub(crate) fn refuses(&mut self, message: &[u8], rule: &str) {
        for error in self.errors(message) {
            match error {
                Error::Rejected(reject) => assert_eq!(reject.rule(), rule, "{reject}"),
                other => panic!("refused, but not by {rule}: {other:?}"),
            }
        }
    }

    /// OpenMLS refuses a message at hub and members, and nothing changes. Returns what it says.
    pub(crate) fn refuses_in_mls(&mut self, message: &[u8]) -> String {
        let mut details = self.errors(message).into_iter().map(|error| match error {
            Error::Mls { detail, .. } => detail,
            other => panic!("refused, but not by OpenMLS: {other:?}"),
        });
        details.next().unwrap()
    }

    /// What hub and members answer to a message that all of them refuse.
    pub(crate) fn errors(&mut self, message: &[u8]) -> Vec<Error> {
        let before = self.state();
        let mut errors = vec![self.hub.receive(message).unwrap_err()];
        for member in &mut self.members {
            errors.push(member.receive(message).unwrap_err());
            // Whatever was refused can be handed in again, to the same end.
            let again = member.receive(message).unwrap_err();
            assert_eq!(errors.last().unwrap().to_string(), again.to_string());
        }
        self.agree();
        assert_eq!(self.state(), before);
        errors
    }

    /// OpenMLS refuses a commit at every member, because its confirmation tag is wrong. A hub cannot
    /// tell (see docs/LIMITS.md), so it is not asked.
    pub(crate) fn members_refuse_the_tag(&mut self, commit: &[u8]) {
        for member in &mut self.members {
            let before = member.epoch_authenticator().unwrap();
            match member.receive(commit) {
                Err(Error::Mls { detail, .. }) => assert!(detail.contains("onfirmation")),
                other => panic!("not refused for its confirmation tag: {other:?}"),
            }
            assert_eq!(member.epoch_authenticator().unwrap(), before);
        }
    }

    /// Hub and members merge a commit, and raise exactly these alarms.
    pub(crate) fn accepts(&mut self, commit: &[u8], alarms: &[&str]) -> EpochChange {
        let Followed::Epoch(change) = self.hub.receive(commit).unwrap() else {
            panic!("the hub did not merge");
        };
        for member in &mut self.members {
            match member.receive(commit).unwrap() {
                Received::Epoch(_, told) => assert_eq!(told.alarms, change.alarms),
                other => panic!("not merged: {other:?}"),
            }
        }
        let raised: Vec<_> = change
            .alarms
            .iter()
            .map(|alarm| alarm.rule.as_str())
            .collect();
        assert_eq!(raised, alarms, "{:?}", change.alarms);
        self.agree();
        change
    }

    /// Hub and members put a proposal into their pools.
    pub(crate) fn pools(&mut self, proposal: &[u8]) {
        let followed = self.hub.receive(proposal).unwrap();
        assert!(matches!(followed, Followed::Proposal(_)), "{followed:?}");
        for member in &mut self.members {
            let received = member.receive(proposal).unwrap();
            assert!(matches!(received, Received::Proposal(..)), "{received:?}");
        }
    }

    /// The room still works: its first member commits, and all follow.
    pub(crate) fn goes_on(&mut self) {
        let sealed = self.members[0]
            .commit()
            .without_pool()
            .path()
            .seal()
            .unwrap();
        self.deliver(0, &sealed);
        self.agree();
    }

    pub(crate) fn tally(&self) -> Option<u64> {
        self.hub.state::<Tally>().unwrap().map(|(tally, _)| tally)
    }

    fn state(&mut self) -> (u64, Vec<u8>) {
        (
            self.hub.epoch().epoch,
            self.members[0].epoch_authenticator().unwrap(),
        )
    }
}

/// The rule by which a step was refused.
pub(crate) fn rule_of<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.unwrap_err() {
        Error::Rejected(reject) | Error::Unopened(reject) => reject.rule().to_owned(),
        other => panic!("not refused by a rule: {other:?}"),
    }
}

/// Whether somebody of this name is in the group.
pub(crate) fn has_member(group: &Group, name: &str) -> bool {
    group
        .members()
        .any(|(_, leaf)| leaf.identity.to_string() == name)
}

pub(crate) fn leaf_of(group: &Group, name: &str) -> LeafIndex {
    let mut members = group.members();
    members
        .find(|(_, leaf)| leaf.identity.to_string() == name)
        .unwrap()
        .0
}

//! A hub that completes the GroupInfo of each epoch, and hands it out with the tree beside it.

use mls_trellis_engine::{
    Error, Followed, Framing, Group, GroupConfig, KeyPackageOptions, PublicGroup, Sealed,
};
use mls_trellis_hooks::{ExtensionType, RawExtension, wire};
use mls_trellis_ratchet_tree_options::{PartialGroupInfo, RatchetTreeOption, RatchetTreeOptions};

use crate::world::{client, client_with, follow, key_package, rule_of};

struct Room {
    alice: Group,
    bob: Group,
    hub: PublicGroup,
}

impl Room {
    /// A group of two whose GroupInfos have the tree inside, or not.
    fn with(tree_inside: bool) -> Self {
        let alice = client_with("alice", tree_inside, Framing::Public);
        let mut alice = alice.create_group(GroupConfig::new(b"room")).unwrap();
        let bob = client_with("bob", tree_inside, Framing::Public);
        let sealed = alice.commit().add(&key_package(&bob).message).seal();
        let sealed = sealed.unwrap();
        alice.accept(&sealed).unwrap();
        let tree = alice.ratchet_tree().unwrap();
        let welcome = sealed.welcome.unwrap();
        let bob = bob.join_with_tree(&welcome, &tree).unwrap();
        let info = match tree_inside {
            true => alice.group_info().unwrap(),
            false => alice.group_info_without_tree().unwrap(),
        };
        let hub = follow(&info, Some(&tree));
        Self { alice, bob, hub }
    }

    /// What alice hands to the hub with a commit.
    fn partial(&self, sealed: &Sealed) -> PartialGroupInfo {
        let parts = sealed.group_info_parts().unwrap().unwrap();
        let previous = self.hub.has_tree_inside().unwrap();
        PartialGroupInfo::new(&parts, previous.unwrap())
    }

    fn receive(&mut self, commit: &[u8], partial: &PartialGroupInfo) -> Result<Followed, Error> {
        // As it travels.
        let partial: PartialGroupInfo = wire::decode(&wire::encode(partial).unwrap()).unwrap();
        let parts = partial.parts(self.hub.has_tree_inside()?)?;
        self.hub.receive_with(commit, &parts)
    }

    fn merge(&mut self, sealed: &Sealed) {
        self.alice.accept(sealed).unwrap();
        self.bob.receive(&sealed.commit).unwrap();
        assert_eq!(self.hub.epoch(), self.alice.epoch());
    }

    /// The hub refuses a commit with this GroupInfo by a rule, and is where it was.
    fn refuses(&mut self, sealed: &Sealed, partial: &PartialGroupInfo, rule: &str) {
        let (epoch, info) = (self.hub.epoch().clone(), self.hub.group_info().unwrap());
        for _ in 0..2 {
            let refused = self.receive(&sealed.commit, partial);
            assert_eq!(rule_of(refused), rule);
        }
        assert_eq!(self.hub.epoch(), &epoch);
        assert_eq!(self.hub.group_info().unwrap(), info);
    }
}

fn extension(extension_type: u16) -> RawExtension {
    RawExtension {
        extension_type: ExtensionType(extension_type),
        data: vec![0].into(),
    }
}

#[test]
fn rto_s4_rto_s5_a_hub_completes_the_group_info_of_the_next_epoch() {
    for tree_inside in [false, true] {
        let mut room = Room::with(tree_inside);
        for _ in 0..2 {
            let sealed = room.alice.commit().path().seal().unwrap();
            let partial = room.partial(&sealed);
            // Only the external key is sent.
            let types: Vec<_> = partial
                .extensions
                .iter()
                .map(|e| e.extension_type.0)
                .collect();
            assert_eq!(types, [0x0004]);
            room.receive(&sealed.commit, &partial).unwrap();
            room.merge(&sealed);
            let completed = room.hub.group_info().unwrap();
            assert_eq!(completed, sealed.group_info);
        }
    }
}

#[test]
fn a_joiner_gets_group_info_and_tree_from_the_hub() {
    let mut room = Room::with(false);
    let sealed = room.alice.commit().path().seal().unwrap();
    let partial = room.partial(&sealed);
    room.receive(&sealed.commit, &partial).unwrap();
    room.merge(&sealed);

    let info = room.hub.group_info().unwrap().unwrap();
    let tree = room.hub.ratchet_tree().unwrap();
    let option = wire::encode(&RatchetTreeOption::full(&tree).unwrap()).unwrap();
    let carol = client("carol");
    let join = carol.join_external(&info);
    let join = join.tree_beside::<RatchetTreeOptions>(&option);
    let (at_carol, sealed) = join.seal().unwrap();
    // Carol's GroupInfo is signed by the leaf that it joins with.
    let partial = room.partial(&sealed);
    room.receive(&sealed.commit, &partial).unwrap();
    assert_eq!(room.hub.epoch(), at_carol.epoch());
    let completed = room.hub.group_info().unwrap();
    assert_eq!(completed, sealed.group_info);
}

#[test]
fn rto_6_a_tree_among_the_extensions_is_refused() {
    let mut room = Room::with(false);
    let sealed = room.alice.commit().path().seal().unwrap();
    let mut partial = room.partial(&sealed);
    partial.extensions.push(extension(0x0002));
    room.refuses(&sealed, &partial, "RTO-6");
}

#[test]
fn rto_7_a_wrong_presence_is_refused() {
    for tree_inside in [false, true] {
        let mut room = Room::with(tree_inside);
        let sealed = room.alice.commit().path().seal().unwrap();
        let parts = sealed.group_info_parts().unwrap().unwrap();
        let wrong = PartialGroupInfo::new(&parts, !tree_inside);
        room.refuses(&sealed, &wrong, "RTO-7");
        // The last one is right, and this one is not as it was signed.
        let mut other = parts;
        other.tree_inside = !tree_inside;
        let wrong = PartialGroupInfo::new(&other, tree_inside);
        room.refuses(&sealed, &wrong, "GI-1");
    }
}

#[test]
fn rto_8_gi_1_a_group_info_whose_signature_does_not_hold_is_refused_with_its_commit() {
    let mut room = Room::with(false);
    let sealed = room.alice.commit().path().seal().unwrap();
    let partial = room.partial(&sealed);
    let mut forged = partial.clone();
    forged.signature.0[7] ^= 1;
    room.refuses(&sealed, &forged, "GI-1");
    let mut more = partial.clone();
    more.extensions.push(extension(0xf00d));
    room.refuses(&sealed, &more, "GI-1");
    let mut less = partial.clone();
    less.extensions.clear();
    room.refuses(&sealed, &less, "GI-1");
    // Signed by another leaf, for the same epoch.
    let other = room.bob.commit().path().seal().unwrap();
    let theirs = room.partial(&other);
    room.refuses(&sealed, &theirs, "GI-1");
    room.receive(&sealed.commit, &partial).unwrap();
    room.merge(&sealed);
}

#[test]
fn rto_8_the_order_of_the_extensions_counts() {
    let mut room = Room::with(false);
    let sealed = room.alice.commit().path().seal().unwrap();
    let partial = room.partial(&sealed);
    let mut more = partial.clone();
    more.extensions.insert(0, extension(0xf00d));
    room.refuses(&sealed, &more, "GI-1");
}

#[test]
fn rto_10_a_private_commit_is_not_completed() {
    let alice = client_with("alice", false, Framing::Private);
    let mut alice = alice.create_group(GroupConfig::new(b"room")).unwrap();
    let mut hub = follow(&alice.group_info().unwrap(), None);
    let sealed = alice.commit().path().seal().unwrap();
    let parts = sealed.group_info_parts().unwrap().unwrap();
    assert_eq!(rule_of(hub.receive_with(&sealed.commit, &parts)), "HUB-1");
    assert_eq!(hub.epoch().epoch, 0);
}

#[test]
fn gi_1_gi_2_a_group_info_of_another_epoch_or_group_is_not_kept() {
    let mut room = Room::with(false);
    let old = room.alice.group_info_without_tree().unwrap();
    let sealed = room.alice.commit().path().seal().unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    room.merge(&sealed);
    // The hub has none of this epoch, and is given one.
    assert_eq!(room.hub.group_info().unwrap(), None);
    assert_eq!(room.hub.has_tree_inside().unwrap(), Some(false));
    assert_eq!(rule_of(room.hub.put_group_info(&old)), "GI-2");
    let other = client("zoe")
        .create_group(GroupConfig::new(b"room"))
        .unwrap();
    let mut other = other;
    let foreign = other.group_info().unwrap();
    assert_eq!(rule_of(room.hub.put_group_info(&foreign)), "GI-2");
    let mut forged = sealed.group_info.clone().unwrap();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(rule_of(room.hub.put_group_info(&forged)), "GI-1");
    assert_eq!(rule_of(room.hub.put_group_info(&sealed.commit)), "GI-2");
    assert_eq!(room.hub.group_info().unwrap(), None);
    let info = sealed.group_info.unwrap();
    room.hub.put_group_info(&info).unwrap();
    assert_eq!(room.hub.group_info().unwrap(), Some(info));
    // It goes on from there.
    let sealed = room.alice.commit().path().seal().unwrap();
    let partial = room.partial(&sealed);
    room.receive(&sealed.commit, &partial).unwrap();
    room.merge(&sealed);
}

#[test]
fn a_group_info_goes_with_commits_only() {
    let mut room = Room::with(false);
    let carol = client("carol");
    let package = carol.key_package(&KeyPackageOptions::default()).unwrap();
    let proposal = room.alice.propose_add(&package.message).unwrap();
    let sealed = room.bob.commit().path().seal().unwrap();
    let parts = sealed.group_info_parts().unwrap().unwrap();
    let refused = room.hub.receive_with(&proposal.message, &parts);
    assert_eq!(rule_of(refused), "GI-2");
    let followed = room.hub.receive(&proposal.message).unwrap();
    assert!(matches!(followed, Followed::Proposal(_)));
}

//! Joins whose Welcome or GroupInfo carries no tree.

use mls_trellis_engine::{Client, Error, Framing, Group, GroupConfig, Sealed};
use mls_trellis_hooks::{RawExtension, wire};
use mls_trellis_ratchet_tree_options::{
    DomainList, RatchetTreeOption, RatchetTreeOptions, SourceDomains,
};

use crate::world::{client, client_with, follow, join, key_package, rule_of};

/// Alice's group, with bob added and not joined yet.
struct Invited {
    alice: Group,
    bob: Client,
    sealed: Sealed,
    before: Vec<u8>,
}

impl Invited {
    fn to(config: GroupConfig) -> Self {
        let mut alice = client("alice").create_group(config).unwrap();
        let before = alice.ratchet_tree().unwrap();
        let bob = client("bob");
        let commit = alice.commit().add(&key_package(&bob).message);
        let sealed = commit.seal().unwrap();
        alice.accept(&sealed).unwrap();
        Self {
            alice,
            bob,
            sealed,
            before,
        }
    }

    fn welcome(&self) -> &[u8] {
        self.sealed.welcome.as_ref().unwrap()
    }

    fn join(&self, option: &[u8]) -> Result<Group, Error> {
        join(&self.bob, self.welcome(), option)
    }

    /// Whatever was refused, bob still has its KeyPackage and joins with the right tree.
    fn nothing_is_lost(&mut self) {
        assert_eq!(self.bob.stored_key_packages().unwrap().len(), 1);
        assert!(self.bob.groups().unwrap().is_empty());
        let tree = self.alice.ratchet_tree().unwrap();
        let at_bob = self.bob.join_with_tree(self.welcome(), &tree).unwrap();
        assert_eq!(at_bob.epoch(), self.alice.epoch());
    }
}

fn full(tree: &[u8]) -> Vec<u8> {
    wire::encode(&RatchetTreeOption::full(tree).unwrap()).unwrap()
}

fn missing(result: Result<Group, Error>) -> Vec<String> {
    match result.map(drop).unwrap_err() {
        Error::Missing(needs) => needs,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_member_of_two_hundred_joins_without_a_tree_in_the_welcome() {
    let mut alice = client("alice")
        .create_group(GroupConfig::new(b"hall"))
        .unwrap();
    let info = alice.group_info().unwrap();
    let mut hub = follow(&info, None);
    let clients: Vec<_> = (1..200).map(|n| client(&format!("member {n}"))).collect();
    let packages: Vec<_> = clients.iter().map(|c| key_package(c).message).collect();
    let commit = packages
        .iter()
        .fold(alice.commit(), |commit, package| commit.add(package));
    let sealed = commit.seal().unwrap();
    hub.receive(&sealed.commit).unwrap();
    alice.accept(&sealed).unwrap();
    let (welcome, tree) = (sealed.welcome.unwrap(), hub.ratchet_tree().unwrap());
    assert_eq!(tree, alice.ratchet_tree().unwrap());
    assert_eq!(alice.epoch().leaves.len(), 200);

    let last = clients.last().unwrap();
    assert_eq!(rule_of(last.join(&welcome)), "ENG-19");
    let stale = {
        let mut fresh = follow(&info, None);
        fresh.ratchet_tree().unwrap()
    };
    let mut changed = tree.clone();
    *changed.last_mut().unwrap() ^= 1;
    let mut elsewhere = client("zoe")
        .create_group(GroupConfig::new(b"hall"))
        .unwrap();
    let foreign = elsewhere.ratchet_tree().unwrap();
    for wrong in [&stale[..], &tree[..tree.len() / 2], &changed, &foreign] {
        assert!(last.join_with_tree(&welcome, wrong).is_err());
        assert_eq!(last.stored_key_packages().unwrap().len(), 1);
    }
    let needs = missing(join(last, &welcome, &[4]));
    assert_eq!(needs, ["distributionService:68616c6c/1"]);
    let mut at_last = last.join_with_tree(&welcome, &tree).unwrap();
    assert_eq!(at_last.epoch(), alice.epoch());
    assert_eq!(
        at_last.epoch_authenticator().unwrap(),
        alice.epoch_authenticator().unwrap()
    );
    // The tree is most of what the Welcome would have been.
    assert!(
        tree.len() > 40_000 && welcome.len() < 40_000,
        "{} {}",
        tree.len(),
        welcome.len()
    );
}

#[test]
fn a_full_option_carries_the_tree() {
    let mut invited = Invited::to(GroupConfig::new(b"room"));
    let tree = invited.alice.ratchet_tree().unwrap();
    let at_bob = invited.join(&full(&tree)).unwrap();
    assert_eq!(at_bob.epoch(), invited.alice.epoch());
}

#[test]
fn rto_4_a_wrong_tree_is_refused_and_nothing_is_lost() {
    let mut invited = Invited::to(GroupConfig::new(b"room"));
    let tree = invited.alice.ratchet_tree().unwrap();
    let mut foreign = Invited::to(GroupConfig::new(b"room"));
    let foreign = foreign.alice.ratchet_tree().unwrap();
    let mut later = invited.alice.commit().path().seal().unwrap();
    invited.alice.accept(&later).unwrap();
    let newer = invited.alice.ratchet_tree().unwrap();
    later.welcome = None;
    for wrong in [&invited.before, &foreign, &newer] {
        assert_ne!(wrong, &tree);
        for _ in 0..2 {
            let refused = invited.join(&full(wrong)).map(drop);
            assert!(matches!(refused, Err(Error::Mls { .. })), "{refused:?}");
        }
    }
    let at_bob = invited
        .bob
        .join_with_tree(invited.welcome(), &tree)
        .unwrap();
    assert_eq!(at_bob.epoch().epoch, 1);
}

#[test]
fn rto_5_a_tree_that_is_not_whole_is_refused() {
    let mut invited = Invited::to(GroupConfig::new(b"room"));
    let tree = invited.alice.ratchet_tree().unwrap();
    let nodes = wire::decode::<wire::Opaque>(&tree).unwrap().0;
    let vector = |nodes: &[u8]| wire::encode(&wire::Opaque::from(nodes)).unwrap();
    for wrong in [
        // A blank node at the end, one more at the beginning, no node, half of them.
        vector(&[&nodes[..], &[0]].concat()),
        vector(&[&[0], &nodes[..]].concat()),
        vector(&[]),
        vector(&nodes[..nodes.len() / 2]),
        vector(&[1, 9]),
    ] {
        assert!(invited.join(&full(&wrong)).is_err());
        assert!(
            invited
                .bob
                .join_with_tree(invited.welcome(), &wrong)
                .is_err()
        );
    }
    invited.nothing_is_lost();
}

#[test]
fn rto_1_rto_2_a_bad_option_is_refused_and_nothing_is_lost() {
    let config = GroupConfig::new(b"room")
        .with_extension::<SourceDomains>(&DomainList::new(["a.example"]).unwrap());
    let mut invited = Invited::to(config);
    assert_eq!(rule_of(invited.join(&[5])), "RTO-1");
    let refused = invited.join(b"\x02\x13https://b.example/t");
    assert_eq!(rule_of(refused), "RTO-2");
    let needs = missing(invited.join(b"\x02\x13https://a.example/t"));
    assert_eq!(needs, ["https://a.example/t"]);
    assert_eq!(rule_of(invited.bob.join(invited.welcome())), "ENG-19");
    invited.nothing_is_lost();
}

#[test]
fn rto_12_an_option_for_another_tree_than_the_one_inside_is_refused() {
    let alice = client_with("alice", true, Framing::Public);
    let mut alice = alice.create_group(GroupConfig::new(b"room")).unwrap();
    let stale = alice.ratchet_tree().unwrap();
    let bob = client("bob");
    let sealed = alice.commit().add(&key_package(&bob).message).seal();
    let sealed = sealed.unwrap();
    alice.accept(&sealed).unwrap();
    let welcome = sealed.welcome.unwrap();
    assert_eq!(rule_of(join(&bob, &welcome, &full(&stale))), "RTO-12");
    let tree = alice.ratchet_tree().unwrap();
    assert!(join(&bob, &welcome, &full(&tree)).is_ok());
}

#[test]
fn a_joiner_from_outside_finds_the_tree_beside_the_group_info() {
    let mut invited = Invited::to(GroupConfig::new(b"room"));
    let info = invited.alice.group_info_without_tree().unwrap();
    let tree = invited.alice.ratchet_tree().unwrap();
    let carol = client("carol");
    assert_eq!(rule_of(carol.join_external(&info).seal()), "ENG-19");
    let located = carol
        .join_external(&info)
        .tree_beside::<RatchetTreeOptions>(&[4])
        .seal();
    assert!(matches!(located.map(drop), Err(Error::Missing(_))));
    let (stale, option) = (full(&invited.before), full(&tree));
    let refused = carol
        .join_external(&info)
        .tree_beside::<RatchetTreeOptions>(&stale)
        .seal();
    assert!(refused.is_err());
    let (at_carol, sealed) = carol
        .join_external(&info)
        .tree_beside::<RatchetTreeOptions>(&option)
        .seal()
        .unwrap();
    invited.alice.receive(&sealed.commit).unwrap();
    assert_eq!(at_carol.epoch(), invited.alice.epoch());
}

#[test]
fn rto_s3_rto_9_the_domains_are_a_list_that_every_member_supports() {
    let list = DomainList::new(["a.example"]).unwrap();
    let config = GroupConfig::new(b"room").with_extension::<SourceDomains>(&list);
    let mut invited = Invited::to(config);
    assert_eq!(
        invited.alice.epoch().extension_of::<SourceDomains>(),
        Ok(Some(list))
    );
    let other = DomainList::new(["b.example"]).unwrap();
    let commit = invited
        .alice
        .commit()
        .context_extension::<SourceDomains>(&other);
    let sealed = commit.seal().unwrap();
    invited.alice.accept(&sealed).unwrap();
    let domains = invited.alice.epoch().extension_of::<SourceDomains>();
    assert_eq!(domains, Ok(Some(other)));

    let empty = RawExtension {
        extension_type: crate::TYPE,
        data: vec![0].into(),
    };
    let commit = invited.alice.commit().context_extensions([empty.clone()]);
    assert_eq!(rule_of(commit.seal()), "RTO-9");
    let founded = client("dave").create_group(GroupConfig::new(b"other").extension(empty));
    assert_eq!(rule_of(founded), "RTO-9");

    // A client that lacks the extension is not added.
    let plain = mls_trellis_hooks::Plugins::builder()
        .add(
            std::sync::Arc::new(mls_trellis_basic::Basic),
            mls_trellis_hooks::Origin::here(),
        )
        .build()
        .unwrap();
    let suite = mls_trellis_hooks::CipherSuite(0x0001);
    let signer = mls_trellis_engine::SoftwareSigner::generate(suite).unwrap();
    let erin = Client::builder(plain)
        .identity(
            mls_trellis_hooks::Credential::basic("erin"),
            std::sync::Arc::new(signer),
        )
        .build()
        .unwrap();
    let refused = invited
        .alice
        .commit()
        .add(&key_package(&erin).message)
        .seal();
    assert!(refused.is_err());
}

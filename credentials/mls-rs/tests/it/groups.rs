//! The attacks that the engine of Trellis refuses at its doors, at those of mls-rs: by the same rules.

use std::sync::Arc;

use mls_rs::{Client, ExtensionList, Group, group::ReceivedMessage};
use mls_trellis_engine::{Client as Ours, Error, GroupConfig, SoftwareSigner};
use mls_trellis_hooks::{
    Assessment, CipherSuite, ComponentId, Credential, CredentialType, Origin, Plugins,
};
use mls_trellis_issuer::attack::{ATTACKS, Attack, ROOM, Shown, a, b, honest, renewed};
use mls_trellis_mls_rs::{credential, signing_identity};
use mls_trellis_policy::{CredentialPolicy, Document, Rules};
use mls_trellis_trust_anchors::{Anchor, TrustAnchors, Vouched};
use mls_trellis_x509::{Policy, X509};

use crate::peer::{
    Config, Credulous, Key, client, entry, found, identities, key, key_package, refused, shown, who,
};

fn rules() -> Rules {
    Document::parse(ROOM).unwrap().rules().clone()
}

fn policy() -> (ComponentId, Vec<u8>) {
    entry::<CredentialPolicy>(&rules())
}

fn plugins() -> Plugins {
    let policy = [a(), b()]
        .iter()
        .fold(Policy::default(), |policy, company| {
            let root = company.root().issue();
            policy.anchor(&root, [company.domain()]).unwrap()
        });
    Plugins::builder()
        .add(mls_trellis_basic::BASIC.make(), Origin::here())
        .add(Arc::new(X509::new(policy)), Origin::here())
        .add(mls_trellis_policy::CREDENTIAL_POLICY.make(), Origin::here())
        .build()
        .unwrap()
}

fn strict(user: &str) -> Client<impl Config + use<>> {
    let key = key();
    client(identities(plugins()), honest(user, &key.public), &key)
}

fn lax(credential: Shown, key: &Key) -> Client<impl Config + use<>> {
    client(Credulous, credential, key)
}

/// alice keeps the rules, carol and dave do not.
struct Room<A: Config, L: Config> {
    alice: Group<A>,
    carol: Group<L>,
    carols: Key,
    dave: Group<L>,
}

fn room() -> Room<impl Config, impl Config> {
    let (carols, daves) = (key(), key());
    let carol = lax(honest("carol", &carols.public), &carols);
    let dave = lax(honest("dave", &daves.public), &daves);
    let mut alice = found(&strict("alice"), &[policy()], None).unwrap();
    let commit = alice.commit_builder();
    let commit = commit.add_member(key_package(&carol)).unwrap();
    let commit = commit
        .add_member(key_package(&dave))
        .unwrap()
        .build()
        .unwrap();
    alice.apply_pending_commit().unwrap();
    let welcome = &commit.welcome_messages[0];
    Room {
        alice,
        carol: carol.join_group(None, welcome, None).unwrap().0,
        carols,
        dave: dave.join_group(None, welcome, None).unwrap().0,
    }
}

impl<A: Config, L: Config> Room<A, L> {
    /// By what alice refuses a commit, or what she takes it for.
    fn judge(&mut self, commit: mls_rs::MlsMessage) -> String {
        let before = self.alice.current_epoch();
        let received = self.alice.process_incoming_message(commit);
        if let Ok(received) = &received {
            assert!(matches!(received, ReceivedMessage::Commit(_)));
        }
        assert_eq!(self.alice.current_epoch() > before, received.is_ok());
        refused(received)
    }
}

/// Tries a door, honestly and by each attack.
fn tried(rule: fn(Attack) -> &'static str, through: impl Fn(Option<Attack>) -> String) {
    assert_eq!(through(None), "nothing", "an honest comer");
    for attack in ATTACKS {
        assert_eq!(through(Some(attack)), rule(attack), "{attack:?}");
    }
}

fn newcomer(attack: Option<Attack>, user: &str, key: &Key) -> Shown {
    match attack {
        Some(attack) => attack.newcomer(user, &key.public),
        None => honest(user, &key.public),
    }
}

fn successor(attack: Option<Attack>, user: &str, key: &Key) -> Shown {
    match attack {
        Some(attack) => attack.successor(user, &key.public),
        None => renewed(user, &key.public),
    }
}

fn mallory(attack: Option<Attack>) -> Client<impl Config + use<>> {
    let key = key();
    lax(newcomer(attack, "mallory", &key), &key)
}

#[test]
fn a_key_package_is_judged_by_both_engines_alike() {
    tried(Attack::newcomer_rule, |attack| {
        let package = key_package(&mallory(attack));
        let ours = by_trellis(&package.to_bytes().unwrap());
        let mut room = room();
        let commit = room.alice.commit_builder().add_member(package);
        let theirs = refused(commit.and_then(|commit| commit.build()));
        assert_eq!(ours, theirs);
        theirs
    });
}

/// What the engine of Trellis says of the same bytes.
fn by_trellis(key_package: &[u8]) -> String {
    let key = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let public = mls_trellis_engine::Signer::public_key(&key).to_vec();
    let alice = Ours::builder(plugins())
        .identity(shown(honest("alice", &public)), Arc::new(key))
        .build()
        .unwrap();
    let config = GroupConfig::new(b"room").with::<CredentialPolicy>(&rules());
    let mut group = alice.create_group(config).unwrap();
    match group.commit().add(key_package).seal() {
        Ok(_) => "nothing".to_owned(),
        Err(Error::Rejected(reject)) => format!("{} {}", reject.plugin(), reject.rule()),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn an_add_is_judged() {
    tried(Attack::newcomer_rule, |attack| {
        let mut room = room();
        let commit = room.carol.commit_builder();
        let commit = commit.add_member(key_package(&mallory(attack))).unwrap();
        let commit = commit.build().unwrap().commit_message;
        room.judge(commit)
    });
}

#[test]
fn an_update_is_judged() {
    tried(Attack::successor_rule, |attack| {
        let mut room = room();
        let new = key();
        let credential = successor(attack, "carol", &new);
        let proposal = room.carol.propose_update_with_identity(
            new.secret.clone(),
            who(credential, &new.public),
            Vec::new(),
        );
        let proposal = proposal.unwrap();
        drop(
            room.alice
                .process_incoming_message(proposal.clone())
                .unwrap(),
        );
        drop(room.dave.process_incoming_message(proposal).unwrap());
        let commit = room.dave.commit(Vec::new()).unwrap().commit_message;
        room.judge(commit)
    });
}

#[test]
fn a_path_is_judged() {
    tried(Attack::successor_rule, |attack| {
        let mut room = room();
        let secret = room.carols.secret.clone();
        let credential = successor(attack, "carol", &room.carols);
        let identity = who(credential, &room.carols.public);
        let commit = room.carol.commit_builder();
        let commit = commit.set_new_signing_identity(secret, identity).build();
        room.judge(commit.unwrap().commit_message)
    });
}

#[test]
fn an_external_commit_is_judged() {
    // That alice is there already, mls-rs finds out itself, and first.
    let rule = |attack| match attack {
        Attack::AnothersCredential => "DuplicateLeafData(0)",
        other => other.newcomer_rule(),
    };
    tried(rule, |attack| {
        let mut room = room();
        let info = room.carol.group_info_message_allowing_ext_commit(true);
        let (_, commit) = mallory(attack).commit_external(info.unwrap()).unwrap();
        room.judge(commit)
    });
}

#[test]
fn an_external_commit_in_ones_own_place_is_judged() {
    // mls-rs asks first who follows whom.
    let rule = |attack| match attack {
        Attack::AnothersCredential => "x509 X5-8",
        other => other.successor_rule(),
    };
    tried(rule, |attack| {
        let mut room = room();
        let info = room.carol.group_info_message_allowing_ext_commit(true);
        let new = key();
        let carol = lax(successor(attack, "carol", &new), &new);
        let builder = carol.external_commit_builder().unwrap().with_removal(1);
        let (_, commit) = builder.build(info.unwrap()).unwrap();
        room.judge(commit)
    });
}

#[test]
fn pol_9_a_kind_that_may_not_follow_does_not() {
    // Both kinds may be in the group, and nobody goes from one to the other.
    let both = ROOM.replace("[\"x509\"]", "[\"basic\", \"x509\"]");
    let both = entry::<CredentialPolicy>(Document::parse(&both).unwrap().rules());
    let key = key();
    let carol = lax(honest("carol", &key.public), &key);
    let mut alice = found(&strict("alice"), &[both], None).unwrap();
    let commit = alice.commit_builder().add_member(key_package(&carol));
    let commit = commit.unwrap().build().unwrap();
    alice.apply_pending_commit().unwrap();
    let (mut carol, _) = carol
        .join_group(None, &commit.welcome_messages[0], None)
        .unwrap();
    let named = Attack::Downgrade.successor("carol", &key.public);
    let commit = carol.commit_builder();
    let commit = commit.set_new_signing_identity(key.secret.clone(), who(named, &key.public));
    let commit = commit.build().unwrap().commit_message;
    assert_eq!(
        refused(alice.process_incoming_message(commit)),
        "credential_policy POL-9"
    );
}

/// By what erin refuses to enter a group.
fn entered<L: Config>(theirs: &mut Group<L>) -> String {
    let erin = strict("erin");
    let commit = theirs.commit_builder().add_member(key_package(&erin));
    let commit = commit.unwrap().build().unwrap();
    refused(erin.join_group(None, &commit.welcome_messages[0], None))
}

#[test]
fn the_tree_of_a_group_that_we_enter_is_judged() {
    tried(Attack::newcomer_rule, |attack| {
        let graces = key();
        let grace = lax(honest("grace", &graces.public), &graces);
        let mut theirs = found(&grace, &[policy()], None).unwrap();
        let commit = theirs.commit_builder();
        let commit = commit.add_member(key_package(&mallory(attack)));
        drop(commit.unwrap().build().unwrap());
        theirs.apply_pending_commit().unwrap();
        entered(&mut theirs)
    });
}

#[test]
fn the_external_senders_of_a_group_that_we_enter_are_judged() {
    tried(Attack::newcomer_rule, |attack| {
        let (graces, bots) = (key(), key());
        let grace = lax(honest("grace", &graces.public), &graces);
        let bot = who(newcomer(attack, "bot", &bots), &bots.public);
        entered(&mut found(&grace, &[policy()], Some(bot)).unwrap())
    });
}

#[test]
fn who_stays_is_judged_when_asked() {
    let room = room();
    let members: Vec<_> = room.alice.roster().members_iter().collect();
    let members = || members.iter().map(|member| &member.signing_identity);
    let judge = identities(plugins());
    assert_eq!(judge.check_roster(room.alice.context(), members()), Ok(()));

    // The same members under rules that know only b.example.
    let mut context = room.alice.context().clone();
    let document = "language = 1\nversion = 2\n[domains.\"b.example\"]\ncredentials = [\"x509\"]";
    let only_b = entry::<CredentialPolicy>(Document::parse(document).unwrap().rules());
    let founder = found(&mallory(None), &[only_b], None).unwrap();
    context.extensions = ExtensionList::clone(&founder.context().extensions);
    let refused = judge.check_roster(&context, members()).unwrap_err();
    assert_eq!(refused.rule(), Some("POL-3"));
}

#[test]
fn a_groups_own_anchors_are_believed() {
    let believing = |policy: Policy| {
        let plugins = Plugins::builder()
            .add(mls_trellis_basic::BASIC.make(), Origin::here())
            .add(Arc::new(X509::new(policy)), Origin::here())
            .add(
                mls_trellis_trust_anchors::TRUST_ANCHORS.make(),
                Origin::here(),
            );
        identities(plugins.build().unwrap())
    };
    let root = a().root().issue();
    let vouched = Vouched {
        domains: [(
            "a.example".into(),
            vec![Anchor::new(CredentialType::X509, root)],
        )]
        .into_iter()
        .collect(),
    };
    let keys = key();
    let judge = believing(Policy::default().believe_groups());
    let alice = client(judge, honest("alice", &keys.public), &keys);
    let mut group = found(&alice, &[entry::<TrustAnchors>(&vouched)], None).unwrap();
    let commit = group
        .commit_builder()
        .add_member(key_package(&mallory(None)));
    assert!(commit.unwrap().build().is_ok());
    group.clear_pending_commit();
    let named = mallory(Some(Attack::Downgrade));
    let commit = group.commit_builder().add_member(key_package(&named));
    let commit = commit.and_then(|commit| commit.build());
    assert_eq!(refused(commit), "trust_anchors ANC-3");

    // Whoever has anchors of their own is told whom only the group believes.
    let ours = Policy::default().anchor(&b().root().issue(), ["b.example"]);
    let judge = believing(ours.unwrap());
    let bob = who(honest("bob", &keys.public), &keys.public);
    let said = judge.assess(&bob, group.context(), 0).unwrap();
    let [Assessment::Avoid(reject)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(reject.rule(), "ANC-7");
}

#[test]
fn credentials_of_every_form_keep_their_bytes() {
    let sd_jwt = Credential {
        credential_type: CredentialType(0xf6d0),
        content: b"a token".as_slice().into(),
    };
    let certified = shown(honest("alice", b"key"));
    for ours in [Credential::basic("alice"), certified, sd_jwt] {
        let theirs = signing_identity(&ours, b"key").unwrap();
        assert_eq!(&*theirs.signature_key, b"key");
        assert_eq!(credential(&theirs.credential).unwrap(), ours);
    }
    let none = Credential {
        credential_type: CredentialType::X509,
        content: b"\x05four".as_slice().into(),
    };
    let refused = signing_identity(&none, b"key").unwrap_err();
    assert_eq!(refused.rule(), Some("X5-1"));
}

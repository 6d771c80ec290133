//! Why a client cannot be added: each kind of obstacle, in real groups, and that an Add then fails or
//! goes through as was said.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Error, Group, GroupConfig, KeyPackageOptions, MemoryStore, Obstacle, Settings,
    SoftwareSigner, Weight,
};
use mls_trellis_hooks::{
    CipherSuite, ComponentId, Credential, CredentialKind, CredentialType, Draft, ExtensionType,
    Hooks, Identity, Kinds, Lack, LeafIndex, Origin, Plugin, Plugins, ProposalType, RawExtension,
    Reject, SignatureKey, Unverified, Verified, VerifyView, WireFormatId, wire,
};

use crate::{
    sample::{self, TALLY, Tally, basic_only, plugins},
    stock::{Hostile, Leaf, Stock, encode},
    verdict::rule_of,
    world::{Room, client, client_with, config, key_package},
};

/// An obstacle in one line: weight, rule, who, what.
fn line(obstacle: &Obstacle) -> String {
    let who = match &obstacle.who {
        None => "-".to_owned(),
        Some(who) => match who.leaf {
            Some(leaf) => format!("{}/{leaf}", who.name()),
            None => format!("{}/new", who.name()),
        },
    };
    let what = match &obstacle.lacks {
        None => "-".to_owned(),
        Some(lack) => format!("{lack} ({})", obstacle.name.unwrap_or("?")),
    };
    let rule = obstacle.reject.rule();
    format!("{:?} {rule} {who} {what}", obstacle.weight)
}

fn lines(obstacles: &[Obstacle]) -> Vec<String> {
    obstacles.iter().map(line).collect()
}

/// What alice is told, which is what the Add then comes to; a hub says the same of alice.
fn told(room: &mut Room, key_package: &[u8]) -> Vec<String> {
    let told = room.members[0].why_not(key_package).unwrap();
    assert_eq!(room.hub.why_not(key_package, LeafIndex(0)).unwrap(), told);
    holds(&mut room.members[0], key_package, &told);
    lines(&told)
}

/// An Add is refused just when something is in the way, and by what was named.
fn holds(group: &mut Group, key_package: &[u8], told: &[Obstacle]) {
    let before = (group.epoch().clone(), group.epoch_authenticator().unwrap());
    let in_the_way = told.iter().any(|obstacle| obstacle.weight.is_in_the_way());
    match group.commit().add(key_package).seal() {
        Ok(sealed) => {
            assert!(!in_the_way, "{told:?}");
            group.discard(&sealed).unwrap();
        }
        Err(Error::Rejected(reject)) => {
            let rules: Vec<_> = told.iter().map(|o| o.reject.rule()).collect();
            assert!(in_the_way && rules.contains(&reject.rule()), "{reject}");
        }
        Err(error) => assert!(in_the_way, "{error}"),
    }
    let after = (group.epoch().clone(), group.epoch_authenticator().unwrap());
    assert_eq!(after, before);
}

#[test]
fn nothing_speaks_against_a_client_that_is_alike() {
    let mut room = Room::of(&["alice", "bob"]);
    assert_eq!(told(&mut room, &key_package(&client("carol"))), [""; 0]);
}

#[test]
fn neg_2_a_newcomer_without_the_component() {
    let mut room = Room::of(&["alice"]);
    let store = Arc::new(MemoryStore::default());
    let old = client_with("old", basic_only(), Settings::default(), store);
    assert_eq!(
        told(&mut room, &key_package(&old)),
        ["Avoided NEG-2 old/new component 0x8150 (tally)"]
    );
}

#[test]
fn neg_3_a_newcomer_that_does_not_understand_an_aad_item() {
    let unlisted = ComponentId(0x8151);
    let safe = GroupConfig::new(b"room").safe_aad([TALLY]);
    let mut room = Room::with(&["alice"], &safe);
    let leaf = Leaf::default().listing(ComponentId::SAFE_AAD, &[unlisted]);
    assert_eq!(
        told(&mut room, &Stock::named("old").key_package(&leaf)),
        ["Avoided NEG-3 old/new AAD items of component 0x8150 (tally)"]
    );
}

#[test]
fn leaf_2_a_newcomer_without_extensions_and_proposals() {
    let mut room = Room::of(&["alice"]);
    let plain = Stock::named("plain").key_package(&Leaf::plain());
    assert_eq!(
        told(&mut room, &plain),
        [
            "Refused LEAF-2 plain/new extension 0x0006 (?)",
            "Refused LEAF-2 plain/new proposal 0x0008 (?)",
            "Refused LEAF-2 plain/new proposal 0x0009 (?)",
            "Avoided NEG-2 plain/new component 0x8150 (tally)",
        ]
    );
}

#[test]
fn wf_2_a_newcomer_without_the_wire_format() {
    let format = WireFormatId(0xf00d);
    let required = RawExtension {
        extension_type: ExtensionType::REQUIRED_WIRE_FORMATS,
        data: wire::encode(&vec![format]).unwrap().into(),
    };
    let plugins = crate::wire_format::plugins();
    let group = |name| {
        let store = Arc::new(MemoryStore::default());
        client_with(name, plugins.clone(), Settings::default(), store)
    };
    let config = GroupConfig::new(b"room").extension(required);
    let mut alice = group("alice").create_group(config).unwrap();
    assert_eq!(alice.why_not(&key_package(&group("bob"))).unwrap(), []);
    let carol = key_package(&client("carol"));
    let told = alice.why_not(&carol).unwrap();
    assert_eq!(
        lines(&told),
        ["Avoided WF-2 carol/new wire format 0xf00d (billboard)"]
    );
    holds(&mut alice, &carol, &told);
}

/// A second type of credentials.
struct Badge;

const BADGE: CredentialType = CredentialType(0xf0ba);

impl CredentialKind for Badge {
    const NAME: &'static str = "badge";
    const TYPE: CredentialType = BADGE;
    const DRAFT: Draft = Draft::private("badge", "1");

    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        Ok(content.into())
    }

    fn verify(
        &self,
        content: &[u8],
        _: &SignatureKey<'_>,
        _: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        Ok(Verified::new(content.into()))
    }
}

impl Plugin for Badge {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

fn table(credentials: Vec<Arc<dyn Plugin>>) -> Plugins {
    let table = Plugins::builder().add(Arc::new(Tally), Origin::here());
    let table = credentials
        .into_iter()
        .fold(table, |table, kind| table.add(kind, Origin::here()));
    table.build().unwrap()
}

/// A client with another credential.
fn badged(name: &str, plugins: Plugins) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let identity = Credential {
        credential_type: BADGE,
        content: name.as_bytes().into(),
    };
    let builder = Client::builder(plugins).identity(identity, Arc::new(signer));
    builder.build().unwrap()
}

#[test]
fn leaf_3_a_credential_that_members_do_not_support() {
    let both = || table(vec![Arc::new(sample::Basic), Arc::new(Badge)]);
    let store = Arc::new(MemoryStore::default());
    let alice = client_with("alice", both(), Settings::default(), store);
    let mut alice = alice.create_group(config()).unwrap();
    let bob = key_package(&client("bob"));
    let sealed = alice.commit().add(&bob).seal().unwrap();
    alice.accept(&sealed).unwrap();

    for (plugins, expected) in [
        (
            both(),
            vec!["Refused LEAF-3 bob/1 credential type 0xf0ba (badge)"],
        ),
        (
            table(vec![Arc::new(Badge)]),
            vec![
                "Refused LEAF-3 dave/new credential type 0x0001 (basic)",
                "Refused LEAF-3 bob/1 credential type 0xf0ba (badge)",
            ],
        ),
    ] {
        let dave = key_package(&badged("dave", plugins));
        let told = alice.why_not(&dave).unwrap();
        assert_eq!(lines(&told), expected);
        holds(&mut alice, &dave, &told);
    }
}

#[test]
fn cred_1_a_credential_that_we_cannot_read() {
    let mut room = Room::of(&["alice"]);
    let dave = badged(
        "dave",
        table(vec![Arc::new(sample::Basic), Arc::new(Badge)]),
    );
    assert_eq!(told(&mut room, &key_package(&dave)), ["Refused CRED-1 - -"]);
}

#[test]
fn what_plugins_say_is_told_with_their_names() {
    let mut room = Room::with(
        &["alice"],
        &GroupConfig::new(b"room").with::<Tally>(&(99, b"".as_slice().into())),
    );
    let mallory = Stock::named("mallory").key_package(&Leaf::default());
    let told = told(&mut room, &mallory);
    // The credential is the newcomer's; that nobody joins at 99 is about the group.
    assert_eq!(
        told,
        ["Refused BASIC-1 mallory/new -", "Refused TALLY-6 - -"]
    );
    let obstacles = room.members[0].why_not(&mallory).unwrap();
    assert_eq!(obstacles[0].reject.plugin(), "basic");
    assert_eq!(obstacles[1].reject.plugin(), "tally");
    assert_eq!(obstacles[1].reject.detail(), "nobody joins at 99");
}

#[test]
fn leaf_1_who_is_a_member_already() {
    let mut room = Room::of(&["alice"]);
    let bob = client("bob");
    room.add(&bob);
    assert_eq!(told(&mut room, &key_package(&bob)), ["Refused LEAF-1 - -"]);
}

#[test]
fn eng_13_eng_14_another_suite_and_a_short_life() {
    let mut room = Room::of(&["alice"]);
    let signer = SoftwareSigner::generate(CipherSuite(0x0003)).unwrap();
    let other = Client::builder(plugins())
        .identity(Credential::basic("other"), Arc::new(signer))
        .build()
        .unwrap();
    let options = KeyPackageOptions::default().cipher_suite(CipherSuite(0x0003));
    let package = other.key_package(&options).unwrap();
    assert_eq!(told(&mut room, &package.message), ["Refused ENG-13 - -"]);

    let options = KeyPackageOptions::default().lifetime(60);
    let package = client("brief").key_package(&options).unwrap();
    let alice = &mut room.members[0];
    let short = alice.why_not(&package.message).unwrap();
    assert_eq!(lines(&short), ["Avoided ENG-14 - -"]);
    holds(alice, &package.message, &short);
    // It is a choice of alice's, of which a hub knows nothing.
    let hub = room.hub.why_not(&package.message, LeafIndex(0)).unwrap();
    assert_eq!(hub, []);
}

#[test]
fn what_was_so_before_is_told_and_stops_nobody() {
    let mut room = Room::of(&["alice"]);
    let mut stan = room.admit("stan");
    let unable = Leaf::default().listing(ComponentId::APP_COMPONENTS, &[]);
    let old = Stock::named("old").bundle(&unable, &[]);
    let commit = stan.commit(Hostile {
        adds: vec![old],
        ..Hostile::default()
    });
    room.accepts(&commit, &["NEG-2"]);
    let known = told(&mut room, &key_package(&client("carol")));
    assert!(
        known.contains(&"Known NEG-2 old/2 component 0x8150 (tally)".to_owned()),
        "{known:?}"
    );
    // A newcomer that lacks it too is not excused by that.
    let too = told(&mut room, &Stock::named("too").key_package(&unable));
    assert!(
        too.contains(&"Avoided NEG-2 too/new component 0x8150 (tally)".to_owned()),
        "{too:?}"
    );
}

#[test]
fn what_is_known_of_the_group_comes_last() {
    let mut room = Room::of(&["alice"]);
    let mut stan = room.admit("stan");
    let none = Some(vec![0]);
    let commit = stan.app_data(&[(1, none.clone())], &[(1, none)]);
    room.accepts(&commit, &["ENG-4"]);
    let carol = key_package(&client("carol"));
    assert_eq!(told(&mut room, &carol), ["Known ENG-4 - -"]);

    let options = KeyPackageOptions::default().lifetime(60);
    let brief = client("brief").key_package(&options).unwrap();
    let told = room.members[0].why_not(&brief.message).unwrap();
    assert_eq!(lines(&told), ["Avoided ENG-14 - -", "Known ENG-4 - -"]);
}

#[test]
fn leaf_3_a_newcomer_that_does_not_list_what_it_uses() {
    let mut room = Room::of(&["alice"]);
    let stock = Stock::named("odd");
    let mut in_leaf = Leaf::default();
    in_leaf.raw.push((0xf155, vec![7]));
    let uncredited = Leaf {
        credentials: vec![0xf0ba],
        ..Leaf::default()
    };
    for (package, lack) in [
        (stock.key_package(&in_leaf), "extension 0xf155"),
        (stock.key_package(&uncredited), "credential type 0x0001"),
    ] {
        let told = told(&mut room, &package);
        assert!(
            matches!(&told[..], [line] if line.starts_with(&format!("Refused LEAF-3 odd/new {lack}"))),
            "{told:?}"
        );
    }
    // Of extensions of the KeyPackage itself, OpenMLS sees it in whatever group.
    let in_key_package = stock.bundle(&Leaf::default(), &[(0xf155, vec![7])]);
    let told = room.members[0].why_not(&encode(in_key_package.into()));
    assert!(matches!(told, Err(Error::Mls { .. })), "{told:?}");
}

#[test]
fn what_must_be_fetched_first_is_asked_for() {
    let mut room = Room::of(&["alice"]);
    let late = Stock::named("late").key_package(&Leaf::default());
    let missing = room.members[0].why_not(&late).unwrap_err();
    assert!(matches!(missing, Error::Missing(needs) if needs == ["the certificate of late"]));
}

#[test]
fn eng_9_eng_12_only_members_can_be_asked_for() {
    let mut room = Room::of(&["alice", "bob"]);
    let carol = key_package(&client("carol"));
    let stranger = room.hub.why_not(&carol, LeafIndex(7));
    assert_eq!(rule_of(stranger), "ENG-9");
    let sealed = room.members[0]
        .commit()
        .remove(LeafIndex(1))
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    assert_eq!(rule_of(room.members[1].why_not(&carol)), "ENG-12");
}

#[test]
fn what_is_no_key_package_is_refused_as_such() {
    let mut room = Room::of(&["alice"]);
    let bob = key_package(&client("bob"));
    let sealed = room.members[0].commit().add(&bob).seal().unwrap();
    let welcome = sealed.welcome.unwrap();
    let truncated = &bob[..bob.len() - 1];
    let trailing = [&bob[..], &[0]].concat();
    for wrong in [&welcome[..], truncated, &trailing, b""] {
        let error = room.members[0].why_not(wrong).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
        let error = room.hub.why_not(wrong, LeafIndex(0)).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
    }
    let mut forged = bob.clone();
    *forged.last_mut().unwrap() ^= 1;
    let error = room.members[0].why_not(&forged).unwrap_err();
    assert!(matches!(error, Error::Mls { .. }), "{error:?}");
}

#[test]
fn the_words_of_a_lack_name_what_is_lacked() {
    let lacks = [
        Lack::CipherSuite(CipherSuite(3)),
        Lack::Extension(ExtensionType(0x0006)),
        Lack::Proposal(ProposalType(0x0008)),
        Lack::Credential(BADGE),
        Lack::AadItem(TALLY),
        Lack::WireFormat(WireFormatId(6)),
        Lack::MediaType("text/plain".into()),
    ];
    assert_eq!(
        lacks.map(|lack| lack.to_string()),
        [
            "cipher suite 0x0003",
            "extension 0x0006",
            "proposal 0x0008",
            "credential type 0xf0ba",
            "AAD items of component 0x8150",
            "wire format 0x0006",
            "media type text/plain",
        ]
    );
    assert!(Weight::Refused.is_in_the_way() && Weight::Avoided.is_in_the_way());
}

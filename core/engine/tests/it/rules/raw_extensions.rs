//! Raw extensions of linked kinds (RFC 9420, section 13): at every door, and where the group has agreed.

use std::sync::Arc;

use mls_trellis_engine::{Error, GroupConfig, MemoryStore, PublicGroup, Settings, Weight};
use mls_trellis_hooks::{
    AddView, CommitView, ContextExtension, Draft, EpochState, ExtensionKind, ExtensionType, Hooks,
    Invariant, Judge, KeyPackageExtension, LeafExtension, LeafInfo, Origin, Plugin, PluginError,
    Plugins, Profile, Reject,
};

use crate::{
    sample::{Basic, Tally},
    stock::{Hostile, Leaf, Stock, StockMember, raw},
    verdict::rule_of,
    world::{Room, client, client_with, config},
};

const TYPE: u16 = 0xf155;

/// A number that is not 13, in every place.
#[derive(Default)]
struct Stamp {
    publishes: Option<u8>,
}

impl ExtensionKind for Stamp {
    const NAME: &'static str = "stamp";
    const DEFAULT_TYPE: ExtensionType = ExtensionType(TYPE);
    const DRAFT: Draft = Draft::private("stamp", "1");
    const MALFORMED: &'static str = "STAMP-1";
    type Content = u8;
}

fn not_13(rule: &'static str, number: u8) -> Result<(), Reject> {
    match number {
        13 => Err(Reject::peer(rule, "thirteen")),
        _ => Ok(()),
    }
}

impl KeyPackageExtension for Stamp {
    fn check_added(&self, _: &AddView<'_>, number: &u8) -> Result<(), Reject> {
        not_13("STAMP-2", *number)
    }
}

impl LeafExtension for Stamp {
    fn publish(&self) -> Option<u8> {
        self.publishes
    }

    fn check_leaf(&self, _: &LeafInfo, number: &u8) -> Result<(), Reject> {
        not_13("STAMP-3", *number)
    }
}

impl ContextExtension for Stamp {
    fn check_context(&self, _: &EpochState, number: &u8) -> Result<(), Reject> {
        not_13("STAMP-4", *number)
    }
}

impl Invariant for Stamp {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        match epoch.leaves.len() {
            4.. => Err(Reject::peer("STAMP-5", "more than three")),
            _ => Ok(()),
        }
    }
}

impl Judge for Stamp {
    fn judge(&self, cx: &CommitView<'_>) -> Result<(), Reject> {
        match cx.after.leaves.len() < cx.before.leaves.len() {
            true => Err(Reject::peer("STAMP-6", "nobody leaves")),
            false => Ok(()),
        }
    }
}

impl Plugin for Stamp {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        let facets = hooks.extension(self).key_package().leaf().group_context();
        facets.invariant().judge();
    }
}

/// The same kind with no place in leaves and none in a GroupContext.
struct Narrow;

impl Plugin for Narrow {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.extension(Arc::new(Stamp::default())).key_package();
    }
}

fn table(plugin: Arc<dyn Plugin>) -> Plugins {
    let origin = Origin::here();
    let builder = Plugins::builder()
        .add(Arc::new(Basic), origin)
        .add(Arc::new(Tally), origin);
    builder.add(plugin, origin).build().unwrap()
}

fn stamping(publishes: Option<u8>) -> Plugins {
    table(Arc::new(Stamp { publishes }))
}

/// A room of one, with a hub.
fn room(plugins: &Plugins, config: GroupConfig) -> Room {
    let store = || Arc::new(MemoryStore::default());
    let alice = client_with("alice", plugins.clone(), Settings::default(), store());
    let mut founder = alice.create_group(config).unwrap();
    let info = founder.group_info().unwrap();
    let hub = PublicGroup::follow(plugins.clone(), store(), &info, None).unwrap();
    Room {
        hub,
        members: vec![founder],
    }
}

/// A stock leaf that supports the extension.
fn able(raw: Option<u8>) -> Leaf {
    let mut leaf = Leaf::default();
    leaf.extensions.push(TYPE);
    leaf.raw.extend(raw.map(|number| (TYPE, vec![number])));
    leaf
}

fn with_context(stan: &StockMember, data: Vec<u8>) -> Hostile {
    Hostile {
        context: Some(stan.context(vec![raw(TYPE, data)])),
        ..Hostile::default()
    }
}

fn adding(stock: &Stock, leaf: &Leaf, data: Vec<u8>) -> Hostile {
    Hostile {
        adds: vec![stock.bundle(leaf, &[(TYPE, data)])],
        ..Hostile::default()
    }
}

#[test]
fn kpc_1_an_extension_that_the_leaf_does_not_list_is_refused() {
    let mut room = room(&stamping(None), config());
    let stock = Stock::named("stan");
    let key_package = |leaf: &Leaf| {
        let bundle = stock.bundle(leaf, &[(TYPE, vec![7])]);
        crate::stock::encode(bundle.into())
    };
    let unlisted = room.members[0].commit().add(&key_package(&Leaf::default()));
    let refused = unlisted.seal();
    assert!(matches!(refused, Err(Error::Mls { .. })), "{refused:?}");
    let listed = room.members[0].commit().add(&key_package(&able(None)));
    listed.seal().unwrap();
}

#[test]
fn a_key_package_is_judged_where_it_is_added() {
    let bad = [
        (vec![13], "STAMP-2"),
        (vec![], "STAMP-1"),
        (vec![7, 7], "STAMP-1"),
    ];
    for (data, rule) in bad {
        let mut agreed = room(&stamping(None), config().require_extension::<Stamp>());
        let mut stan = agreed.admit_with(Stock::named("stan"), &able(None));
        let hostile = adding(&Stock::named("newt"), &able(None), data.clone());
        let commit = stan.commit(hostile);
        agreed.refuses(&commit, rule);

        let mut other = room(&stamping(None), config());
        let mut stan = other.admit_with(Stock::named("stan"), &able(None));
        let hostile = adding(&Stock::named("newt"), &able(None), data);
        let commit = stan.commit(hostile);
        other.accepts(&commit, &[rule]);
    }
}

#[test]
fn a_leaf_is_judged_whoever_brings_it() {
    // Where the group has not agreed, it is an alarm, and no commit of ours does it.
    let mut lenient = room(&stamping(Some(7)), config());
    let (_, own) = lenient.members[0].members().next().unwrap();
    assert_eq!(own.extensions[0].data, vec![7].into());
    let odd = Stock::named("odd").key_package(&able(Some(13)));
    let refused = lenient.members[0].commit().add(&odd).seal();
    assert_eq!(rule_of(refused), "STAMP-3");
    let mut stan = lenient.admit_with(Stock::named("stan"), &able(Some(7)));
    let hostile = Hostile {
        leaf: able(Some(13)).parameters(),
        ..Hostile::default()
    };
    let commit = stan.commit(hostile);
    lenient.accepts(&commit, &["STAMP-3"]);

    let mut strict = room(&stamping(Some(7)), config().with_extension::<Stamp>(&1));
    let mut stan = strict.admit_with(Stock::named("stan"), &able(Some(7)));
    let hostile = Hostile {
        leaf: able(Some(13)).parameters(),
        ..Hostile::default()
    };
    let commit = stan.commit(hostile);
    strict.refuses(&commit, "STAMP-3");
}

#[test]
fn why_not_names_each_refusal_once() {
    let odd = Stock::named("odd").bundle(&able(Some(13)), &[(TYPE, vec![13])]);
    let odd = crate::stock::encode(odd.into());
    for (config, weight) in [
        (config(), Weight::Avoided),
        (config().with_extension::<Stamp>(&1), Weight::Refused),
    ] {
        let mut room = room(&stamping(Some(7)), config);
        let told = room.members[0].why_not(&odd).unwrap();
        let told: Vec<_> = told.iter().map(|o| (o.weight, o.reject.rule())).collect();
        assert_eq!(told, [(weight, "STAMP-2"), (weight, "STAMP-3")]);
    }
}

#[test]
fn a_group_context_is_judged_at_every_door() {
    let refused = client_with(
        "alice",
        stamping(None),
        Settings::default(),
        Arc::new(MemoryStore::default()),
    )
    .create_group(config().with_extension::<Stamp>(&13));
    assert_eq!(rule_of(refused.map(drop)), "STAMP-4");

    let mut room = room(&stamping(None), config().with_extension::<Stamp>(&1));
    let mut stan = room.admit_with(Stock::named("stan"), &able(None));
    for (data, rule) in [
        (vec![13], "STAMP-4"),
        (vec![], "STAMP-1"),
        (vec![1, 1], "STAMP-1"),
    ] {
        let hostile = with_context(&stan, data);
        let commit = stan.commit(hostile);
        room.refuses(&commit, rule);
    }
    let refused = room.members[0].commit().context_extension::<Stamp>(&13);
    assert_eq!(rule_of(refused.seal()), "STAMP-4");

    // A newcomer and a hub that meet it at once: stan goes on by itself.
    let hostile = with_context(&stan, vec![13]);
    stan.commit(hostile);
    stan.merge();
    let newcomer = |name: &str| {
        let store = Arc::new(MemoryStore::default());
        client_with(name, stamping(None), Settings::default(), store)
    };
    let info = stan.group_info();
    let joined = newcomer("carol").join_external(&info).seal();
    assert_eq!(rule_of(joined.map(drop)), "STAMP-4");
    let store = Arc::new(MemoryStore::default());
    let followed = PublicGroup::follow(stamping(None), store, &info, None);
    assert_eq!(rule_of(followed.map(drop)), "STAMP-4");
    let dave = newcomer("dave");
    let key_package = crate::world::key_package(&dave);
    let add = crate::stock::key_package_of(&key_package, &stan.client.provider);
    let hostile = Hostile {
        adds: vec![add],
        ..Hostile::default()
    };
    let (_, welcome) = stan.try_commit(hostile).unwrap();
    assert_eq!(rule_of(dave.join(&welcome.unwrap()).map(drop)), "STAMP-4");
    room.goes_on();
}

#[test]
fn an_extension_of_the_context_is_set_and_dropped_by_its_kind() {
    let mut room = room(&stamping(None), config().with_extension::<Stamp>(&1));
    let sealed = room.members[0].commit().context_extension::<Stamp>(&2);
    let sealed = sealed.seal().unwrap();
    room.deliver(0, &sealed);
    assert_eq!(room.hub.epoch().extension_of::<Stamp>(), Ok(Some(2)));
    // Another change of the GroupContext leaves it where it is.
    let sealed = room.members[0].commit().require_wire_formats([]);
    let sealed = sealed.seal().unwrap();
    room.deliver(0, &sealed);
    assert_eq!(room.hub.epoch().extension_of::<Stamp>(), Ok(Some(2)));
    let sealed = room.members[0].commit().drop_context_extension::<Stamp>();
    let sealed = sealed.seal().unwrap();
    room.deliver(0, &sealed);
    assert_eq!(room.hub.epoch().extension_of::<Stamp>(), Ok(None));
    assert_eq!(room.hub.epoch().extensions.len(), 1);
    room.goes_on();
}

#[test]
fn ext_1_an_extension_stands_only_where_its_kind_has_a_place() {
    let narrow = table(Arc::new(Narrow));
    let mut room = room(&narrow, config());
    let odd = Stock::named("odd").key_package(&able(Some(7)));
    let refused = room.members[0].commit().add(&odd).seal();
    assert_eq!(rule_of(refused), "EXT-1");
    let mut stan = room.admit_with(Stock::named("stan"), &able(None));
    let hostile = Hostile {
        leaf: able(Some(7)).parameters(),
        ..Hostile::default()
    };
    let commit = stan.commit(hostile);
    room.accepts(&commit, &["EXT-1"]);
}

#[test]
fn rules_of_a_kind_are_asked_where_the_group_has_agreed() {
    let mut plain = room(&stamping(None), config());
    let mut agreed = room(&stamping(None), config().require_extension::<Stamp>());
    for room in [&mut plain, &mut agreed] {
        room.admit_with(Stock::named("stan"), &able(None));
        room.admit_with(Stock::named("stella"), &able(None));
    }
    let fourth = Stock::named("fourth").key_package(&able(None));
    let removed = mls_trellis_hooks::LeafIndex(1);
    let sealed = plain.members[0].commit().add(&fourth).seal().unwrap();
    plain.deliver(0, &sealed);
    let sealed = plain.members[0].commit().remove(removed).seal().unwrap();
    plain.deliver(0, &sealed);

    let refused = agreed.members[0].commit().add(&fourth).seal();
    assert_eq!(rule_of(refused), "STAMP-5");
    let refused = agreed.members[0].commit().remove(removed).seal();
    assert_eq!(rule_of(refused), "STAMP-6");
}

#[test]
fn eng_7_a_kind_that_is_not_linked() {
    let refused = client("alice").create_group(config().with_extension::<Stamp>(&1));
    assert_eq!(rule_of(refused.map(drop)), "ENG-7");
    let refused = client("alice").create_group(config().require_extension::<Stamp>());
    assert_eq!(rule_of(refused.map(drop)), "ENG-7");
}

fn moved(to: u16) -> Result<Plugins, Vec<PluginError>> {
    let origin = Origin::here();
    let builder = Plugins::builder()
        .add(Arc::new(Basic), origin)
        .add(Arc::new(Tally), origin)
        .add(Arc::new(Stamp::default()), origin);
    let profile = Profile::new("moved").assign_extension("stamp", ExtensionType(to));
    builder.profile(profile).build().map_err(|errors| errors.0)
}

#[test]
fn cid_4_a_group_that_is_stored_remembers_the_types_in_force() {
    let store = Arc::new(MemoryStore::default());
    let with = |plugins| client_with("alice", plugins, Settings::default(), store.clone());
    let alice = with(stamping(None));
    drop(alice.create_group(config().with_extension::<Stamp>(&1)));
    let refused = with(moved(0xf156).unwrap()).group(b"room").map(drop);
    let error = refused.unwrap_err();
    assert!(
        matches!(&error, Error::RenumberedExtension { name, .. } if name == "stamp"),
        "{error:?}"
    );
    let gone = with(crate::sample::plugins()).group(b"room").map(drop);
    assert!(matches!(gone, Err(Error::RenumberedExtension { .. })));
    assert!(alice.group(b"room").is_ok());
}

#[test]
fn cid_3_cid_4_a_type_that_no_kind_can_have() {
    for taken in [0x0000, 0x0001, 0x0006, 0x0008, 0x000a, 0x0a0a] {
        let errors = moved(taken).unwrap_err();
        let [PluginError::MisplacedExtension { .. }] = &errors[..] else {
            panic!("{taken:#06x}: {errors:?}");
        };
    }
    assert!(moved(0x000b).is_ok());
    let origin = Origin::here();
    let profile = Profile::new("typo").assign_extension("stmap", ExtensionType(0xf156));
    let errors = Plugins::builder().profile(profile).build().unwrap_err();
    assert!(matches!(
        errors.0[..],
        [PluginError::ExtensionNotLinked { .. }]
    ));
    let twice = Plugins::builder()
        .add(Arc::new(Stamp::default()), origin)
        .add(Arc::new(Narrow), origin)
        .build();
    assert!(matches!(
        twice.unwrap_err().0[..],
        [PluginError::SameName { .. }]
    ));
}

/// Another kind that goes by the same type.
struct Twin;

impl ExtensionKind for Twin {
    const NAME: &'static str = "twin";
    const DEFAULT_TYPE: ExtensionType = ExtensionType(TYPE);
    const DRAFT: Draft = Draft::private("twin", "1");
    const MALFORMED: &'static str = "TWIN-1";
    type Content = u8;
}

impl Plugin for Twin {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.extension(self);
    }
}

#[test]
fn cid_4_one_type_for_two_kinds_of_extensions() {
    let both = |profile: Profile| {
        let builder = Plugins::builder()
            .add(Arc::new(Stamp::default()), Origin::here())
            .add(Arc::new(Twin), Origin::here());
        builder.profile(profile).build()
    };
    let errors = both(Profile::default()).unwrap_err();
    let [
        PluginError::DuplicateExtension {
            extension_type,
            first,
            second,
        },
    ] = &errors.0[..]
    else {
        panic!("{errors}");
    };
    assert_eq!(extension_type.0, TYPE);
    assert_eq!((first.0, second.0), ("stamp", "twin"));

    let profile = Profile::new("moved").assign_extension("twin", ExtensionType(0xf156));
    let plugins = both(profile).unwrap();
    assert_eq!(plugins.ids().extension::<Twin>(), ExtensionType(0xf156));
    assert_eq!(plugins.ids().extension::<Stamp>(), ExtensionType(TYPE));
}

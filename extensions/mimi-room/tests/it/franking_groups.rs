//! Franking in real groups, with a hub and providers that alter what they carry.

use std::sync::Arc;

use mls_trellis_content_media::{ContentMedia, MediaTypeList};
use mls_trellis_engine::{
    Admission, Client, Error, Event, Group, GroupConfig, KeyPackageOptions, MemoryStore, Message,
    PublicGroup, Received, Signer as _, SoftwareSigner, Stamps, Submission,
};
use mls_trellis_hooks::{
    CipherSuite, ComponentId, Credential, MediaType, Origin, Payload, Plugins, Secret, wire,
};
use mls_trellis_mimi_content::{Content, MIMI_CONTENT, NestedPart, Salt, media_types};
use mls_trellis_mimi_room::{
    MIMI_ROOM, Metadata, RoomMetadata,
    franking::{Frank, FrankAad, FrankContext, Franking, FrankingAgent, FrankingKey, HubKey},
};

const TAG: ComponentId = ComponentId(0x0020);
const SUITE: CipherSuite = CipherSuite(0x0001);
const ALICE: &str = "mimi://a.example/u/alice";
const BOB: &str = "mimi://b.example/d/bob/phone";
const GARDEN: &str = "mimi://a.example/r/garden";
const NOW: u64 = 1_700_000_000_000;

fn hub_key() -> HubKey {
    HubKey::from(Secret::from(vec![9; 32]))
}

fn plugins(franking: Franking) -> Plugins {
    let media = ContentMedia::receiving(media_types()).unwrap();
    Plugins::builder()
        .add(mls_trellis_basic::BASIC.make(), Origin::here())
        .add(Arc::new(media), Origin::here())
        .add(MIMI_CONTENT.make(), Origin::here())
        .add(MIMI_ROOM.make(), Origin::here())
        .add(Arc::new(franking), Origin::here())
        .build()
        .unwrap()
}

fn client(name: &str) -> Client {
    let signer = SoftwareSigner::generate(SUITE).unwrap();
    Client::builder(plugins(Franking::default()))
        .store(Arc::new(MemoryStore::default()))
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

fn agent(signer: &SoftwareSigner) -> FrankingAgent {
    FrankingAgent::new(signer.public_key(), &Credential::basic("mimi://a.example"))
}

/// A room of alice's and bob's, and the hub that franks its messages.
struct Room {
    alice: Group,
    bob: Group,
    hub: PublicGroup,
    signer: SoftwareSigner,
    uri: &'static str,
}

impl Room {
    fn new(uri: &'static str) -> Self {
        let signer = SoftwareSigner::generate(SUITE).unwrap();
        let required = MediaTypeList::new([MediaType::new("application/mimi-content")]).unwrap();
        let config = GroupConfig::new(uri.as_bytes())
            .with::<ContentMedia>(&required)
            .with::<RoomMetadata>(&Metadata::new(uri, "Garden"))
            .with::<FrankingKey>(&agent(&signer))
            .safe_aad([TAG]);
        let (alice, bob) = (client(ALICE), client(BOB));
        let mut at_alice = alice.create_group(config).unwrap();
        let info = at_alice.group_info().unwrap();
        let at_hub = plugins(Franking::default().at_hub(hub_key()));
        let store = Arc::new(MemoryStore::default());
        let mut hub = PublicGroup::follow(at_hub, store, &info, None).unwrap();
        let package = bob.key_package(&KeyPackageOptions::default()).unwrap();
        let sealed = at_alice.commit().add(&package.message).seal().unwrap();
        at_alice.accept(&sealed).unwrap();
        hub.receive(&sealed.commit).unwrap();
        let at_bob = bob.join(&sealed.welcome.unwrap()).unwrap();
        Self {
            alice: at_alice,
            bob: at_bob,
            hub,
            signer,
            uri,
        }
    }

    fn garden() -> Self {
        Self::new(GARDEN)
    }

    /// Alice says something.
    fn say(&mut self, salt: u8, text: &str) -> Vec<u8> {
        let content = Content::new(Salt::from([salt; 16]), NestedPart::text(text));
        let payload = content.from_to(ALICE, self.uri).to_payload().unwrap();
        self.alice.send(&payload).unwrap().message
    }

    /// What the hub attaches to a message.
    fn frank(&mut self, message: &[u8]) -> Stamps {
        match self.submit(message, ALICE).unwrap() {
            Admission::Accepted(stamps) => stamps,
            other => panic!("{other:?}"),
        }
    }

    fn submit(&mut self, message: &[u8], sender: &str) -> Result<Admission, Error> {
        self.hub.submit(&Submission {
            message,
            sender,
            accepted_at: NOW,
            signer: &self.signer,
        })
    }

    /// Bob gets the message as it was sent.
    fn hear(&mut self, message: &[u8], stamps: &Stamps) -> Message {
        match self.bob.receive_stamped(message, stamps).unwrap() {
            Received::Message(_, message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Bob refuses what came of the message, and can read it as it was sent.
    fn refuses(&mut self, message: &[u8], altered: &Stamps, why: &str) {
        let events = self.bob.inbox().unwrap().len();
        let (rule, detail) = refused(self.bob.receive_stamped(message, altered));
        assert_eq!(rule, "MIMI-22");
        assert!(detail.contains(why), "{detail}");
        assert_eq!(self.bob.inbox().unwrap().len(), events);
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    match result.unwrap_err() {
        Error::Rejected(reject) => (reject.rule().to_owned(), reject.detail().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn mimi_22_a_franked_message_is_kept_with_its_frank() {
    let mut room = Room::garden();
    let message = room.say(1, "Lunch?");
    let stamps = room.frank(&message);
    assert_eq!(stamps.accepted_at, NOW);
    let heard = room.hear(&message, &stamps);
    assert_eq!(heard.accepted_at, Some(NOW));
    assert_eq!(heard.stamps, stamps.stamps);
    let inbox = room.bob.inbox().unwrap();
    let Some(Event::Message(kept)) = inbox.last().map(|delivered| &delivered.event) else {
        panic!("{inbox:?}")
    };
    assert_eq!(*kept, heard);

    // A report of it, as the hub sees it.
    let frank: Frank = wire::decode(&heard.stamps[0].1).unwrap();
    let tag: FrankAad = wire::decode(&heard.aad[0].1).unwrap();
    let context = FrankContext {
        sender_uri: ALICE.into(),
        room_uri: GARDEN.into(),
        accepted_timestamp: NOW,
    };
    assert!(hub_key().made(&frank.server_frank, &tag.franking_tag, &context));
}

#[test]
fn mimi_22_a_message_without_a_frank_is_read_too() {
    let mut room = Room::garden();
    let message = room.say(1, "Lunch?");
    let Received::Message(_, heard) = room.bob.receive(&message).unwrap() else {
        panic!("no message")
    };
    assert_eq!((heard.accepted_at, heard.stamps), (None, Vec::new()));
    let message = room.say(2, "Dinner?");
    let unstamped = Stamps {
        accepted_at: NOW,
        stamps: Vec::new(),
    };
    assert_eq!(room.hear(&message, &unstamped).accepted_at, Some(NOW));
}

#[test]
fn mimi_22_a_follower_alters_the_time() {
    let mut room = Room::garden();
    let message = room.say(1, "Lunch?");
    let stamps = room.frank(&message);
    let altered = Stamps {
        accepted_at: NOW + 1,
        ..stamps.clone()
    };
    room.refuses(&message, &altered, "did not sign");
    room.hear(&message, &stamps);
}

#[test]
fn mimi_22_a_frank_for_another_room() {
    let mut room = Room::garden();
    let mut other = Room::new("mimi://a.example/r/other");
    // The other room has the same hub with the same key.
    let commit = other
        .alice
        .commit()
        .drop_state::<FrankingKey>()
        .seal()
        .unwrap();
    other.alice.accept(&commit).unwrap();
    other.hub.receive(&commit.commit).unwrap();
    let set = other
        .alice
        .commit()
        .update::<FrankingKey>(&agent(&room.signer))
        .seal()
        .unwrap();
    other.alice.accept(&set).unwrap();
    other.hub.receive(&set.commit).unwrap();
    other.signer = SoftwareSigner::from_secret(&room.signer.to_secret()).unwrap();

    let there = other.say(1, "Lunch?");
    let theirs = other.frank(&there);
    let here = room.say(1, "Lunch?");
    room.refuses(&here, &theirs, "did not sign");
    let stamps = room.frank(&here);
    room.hear(&here, &stamps);
}

#[test]
fn mimi_22_a_frank_of_another_sender() {
    let mut room = Room::garden();
    let message = room.say(1, "Lunch?");
    let bob = "mimi://b.example/u/bob";
    let Admission::Accepted(lied) = room.submit(&message, bob).unwrap() else {
        panic!("not accepted")
    };
    room.refuses(&message, &lied, "did not sign");
    let stamps = room.frank(&message);
    room.hear(&message, &stamps);
}

#[test]
fn mimi_22_a_frank_of_another_message() {
    let mut room = Room::garden();
    let of_alice = room.say(1, "Lunch?");
    let franked = room.frank(&of_alice);
    let bob = "mimi://b.example/u/bob";
    let content = Content::new(Salt::from([2; 16]), NestedPart::text("Dinner?"));
    let payload = content.from_to(bob, GARDEN).to_payload().unwrap();
    let of_bob = room.bob.send(&payload).unwrap().message;
    let (rule, detail) = refused(room.alice.receive_stamped(&of_bob, &franked));
    assert_eq!(rule, "MIMI-22");
    assert!(detail.contains("did not sign"), "{detail}");
    let Admission::Accepted(stamps) = room.submit(&of_bob, bob).unwrap() else {
        panic!("not accepted")
    };
    let heard = room.alice.receive_stamped(&of_bob, &stamps);
    assert!(matches!(heard, Ok(Received::Message(..))));
}

/// The hub's signature does not cover the tag, only the MAC over it, which nobody else can check.
#[test]
fn mimi_22_a_frank_of_another_message_of_the_same_sender_is_found_by_the_hub() {
    let mut room = Room::garden();
    let (first, second) = (room.say(1, "Lunch?"), room.say(2, "Dinner?"));
    let of_first = room.frank(&first);
    let heard = room.hear(&second, &of_first);
    let frank: Frank = wire::decode(&heard.stamps[0].1).unwrap();
    let tag: FrankAad = wire::decode(&heard.aad[0].1).unwrap();
    let context = FrankContext {
        sender_uri: ALICE.into(),
        room_uri: GARDEN.into(),
        accepted_timestamp: NOW,
    };
    assert!(!hub_key().made(&frank.server_frank, &tag.franking_tag, &context));
}

#[test]
fn mimi_22_a_message_without_a_tag_has_no_frank() {
    let mut room = Room::garden();
    let franked = room.say(1, "Lunch?");
    let theirs = room.frank(&franked);
    let plain = Payload::typed(MediaType::new("text/plain"), "Lunch?");
    let plain = room.alice.send(&plain).unwrap().message;
    assert_eq!(room.frank(&plain).stamps, []);
    room.refuses(&plain, &theirs, "no franking tag");
    assert!(matches!(
        room.bob.receive(&plain),
        Ok(Received::Message(..))
    ));

    // A message of MIMI content that does not say where it is sent cannot be franked either.
    let unsaid = Content::new(Salt::from([3; 16]), NestedPart::text("hi"))
        .to_payload()
        .unwrap();
    let unsaid = room.alice.send(&unsaid).unwrap().message;
    assert_eq!(room.frank(&unsaid).stamps, []);
}

#[test]
fn mimi_22_nobody_sends_in_the_name_of_another() {
    let mut room = Room::garden();
    let content = Content::new(Salt::from([1; 16]), NestedPart::text("I resign."));
    for (sender, place) in [
        ("mimi://b.example/u/bob", GARDEN),
        (ALICE, "mimi://a.example/r/other"),
    ] {
        let payload = content.clone().from_to(sender, place).to_payload().unwrap();
        assert_eq!(refused(room.alice.send(&payload)).0, "MIMI-22");
    }
    // A client answers for its user.
    let said = content
        .from_to("mimi://b.example/u/bob", GARDEN)
        .to_payload()
        .unwrap();
    let message = room.bob.send(&said).unwrap().message;
    assert!(matches!(
        room.alice.receive(&message),
        Ok(Received::Message(..))
    ));
}

#[test]
fn mimi_24_a_new_key_by_removing_the_old_one_first() {
    let mut room = Room::garden();
    let late = room.say(1, "Lunch?");
    let of_late = room.frank(&late);

    let new = SoftwareSigner::generate(SUITE).unwrap();
    let replaced = room
        .alice
        .commit()
        .update::<FrankingKey>(&agent(&new))
        .seal();
    assert_eq!(refused(replaced).0, "MIMI-24");

    let removed = room
        .alice
        .commit()
        .drop_state::<FrankingKey>()
        .seal()
        .unwrap();
    room.alice.accept(&removed).unwrap();
    room.bob.receive(&removed.commit).unwrap();
    room.hub.receive(&removed.commit).unwrap();
    let between = room.say(2, "Anyone?");
    assert_eq!(room.frank(&between).stamps, []);
    room.refuses(&between, &of_late, "nobody franks");

    let set = room
        .alice
        .commit()
        .update::<FrankingKey>(&agent(&new))
        .seal()
        .unwrap();
    room.alice.accept(&set).unwrap();
    room.bob.receive(&set.commit).unwrap();
    room.hub.receive(&set.commit).unwrap();
    let message = room.say(3, "Dinner?");
    assert_eq!(refused(room.submit(&message, ALICE)).0, "MIMI-15");
    room.refuses(&message, &of_late, "did not sign");
    room.signer = new;
    let stamps = room.frank(&message);
    room.hear(&message, &stamps);

    // A late message is checked with the key of its own epoch.
    room.refuses(&late, &stamps, "did not sign");
    room.hear(&late, &of_late);
}

#[test]
fn mimi_15_hub_3_what_a_hub_does_not_frank() {
    let mut room = Room::garden();
    let message = room.say(1, "Lunch?");
    let stranger = room.submit(&message, "mimi://a.example/u/mallory");
    assert_eq!(refused(stranger).0, "MIMI-15");

    let commit = room.alice.commit().path().seal().unwrap();
    assert_eq!(refused(room.submit(&commit.commit, ALICE)).0, "HUB-3");
    room.alice.accept(&commit).unwrap();
    let ahead = room.say(2, "Dinner?");
    assert_eq!(
        room.submit(&ahead, ALICE).unwrap(),
        Admission::FutureEpoch { epoch: 2 }
    );
    room.hub.receive(&commit.commit).unwrap();
    assert_eq!(
        room.submit(&message, ALICE).unwrap(),
        Admission::StaleEpoch { epoch: 1 }
    );
    assert!(matches!(
        room.submit(&ahead, ALICE),
        Ok(Admission::Accepted(_))
    ));

    let mut other = Room::new("mimi://a.example/r/other");
    let theirs = other.say(1, "Lunch?");
    assert_eq!(refused(room.submit(&theirs, ALICE)).0, "ENG-17");
    assert!(room.submit(b"", ALICE).is_err());
}

#[test]
fn hub_4_a_stamp_is_one() {
    let mut room = Room::garden();
    let message = room.say(1, "Lunch?");
    let stamps = room.frank(&message);
    let (id, frank) = stamps.stamps[0].clone();
    for bad in [vec![], frank[1..].to_vec(), [&frank[..], &[0]].concat()] {
        let altered = Stamps {
            stamps: vec![(id, bad)],
            ..stamps.clone()
        };
        assert_eq!(
            refused(room.bob.receive_stamped(&message, &altered)).0,
            "HUB-4"
        );
    }
    let twice = Stamps {
        stamps: vec![(id, frank.clone()), (id, frank.clone())],
        ..stamps.clone()
    };
    assert_eq!(
        refused(room.bob.receive_stamped(&message, &twice)).0,
        "HUB-4"
    );
    // What nobody here knows is left alone.
    let foreign = Stamps {
        stamps: vec![(0x8fff, vec![1]), (id, frank)],
        ..stamps.clone()
    };
    assert_eq!(room.hear(&message, &foreign).stamps, stamps.stamps);
}

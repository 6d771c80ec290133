//! Franking as the engine meets it: over views made by hand.

use std::sync::Arc;

use mls_trellis_hooks::{
    AadView, AcceptView, Actor, CipherSuite, Claims, CommitView, ComponentEntry, ComponentId,
    ContentType, Credential, CredentialType, CredentialVerifier, Dictionary, EpochState, FoldView,
    HandleError, Identity, LabelSigner, LeafIndex, LeafInfo, Origin, Place, Plugins, Reject,
    Secret, Sent, SignatureKey, Signatures, StampView, Unverified, Verified, Verifier,
    signatures::sign_content, wire,
};
use mls_trellis_mimi_room::{
    Metadata,
    franking::{
        FRANKING, Frank, FrankAad, FrankContext, Franking, FrankingAgent, HubKey, franking_tag,
    },
};
use proptest::prelude::*;

const TAG: ComponentId = ComponentId(0x0020);
const KEY: ComponentId = ComponentId(0x0021);
const METADATA: ComponentId = ComponentId(0x0023);
const ALICE: &str = "mimi://a.example/u/alice";
const ROOM: &str = "mimi://a.example/r/garden";
const HUB: &str = "mimi://a.example";
const DATA: &[u8] = b"what is encrypted";
const NOW: u64 = 1_700_000_000_000;

/// Signs and verifies by writing down what was signed.
struct Notary;

impl LabelSigner for Notary {
    fn public_key(&self) -> &[u8] {
        b"hub key"
    }

    fn sign(&self, label: &str, content: &[u8]) -> Result<Vec<u8>, HandleError> {
        let payload = sign_content(label, content).unwrap();
        Ok([b"hub key", payload.as_slice()].concat())
    }
}

impl CredentialVerifier for Notary {
    fn verify(
        &self,
        credential: &Credential,
        _: &SignatureKey<'_>,
    ) -> Result<Verified, Unverified> {
        match credential.credential_type {
            CredentialType::BASIC => Ok(Verified::new(credential.content[..].into())),
            _ => Err(Reject::incompatible("CRED-1", "unknown").into()),
        }
    }
}

impl Verifier for Notary {
    fn knows(&self, _: CipherSuite) -> bool {
        true
    }

    fn verify(&self, key: &SignatureKey<'_>, payload: &[u8], signature: &[u8]) -> bool {
        signature == [key.bytes, payload].concat()
    }
}

fn hub_key() -> HubKey {
    HubKey::from(Secret::from(vec![9; 32]))
}

fn plugins() -> Plugins {
    let franking = Franking::default().at_hub(hub_key());
    Plugins::builder()
        .add(Arc::new(franking), Origin::here())
        .build()
        .unwrap()
}

fn component(id: ComponentId) -> ComponentEntry {
    plugins().component(id).unwrap().clone()
}

fn agent(hub: &str) -> FrankingAgent {
    FrankingAgent::new(b"hub key", &Credential::basic(hub))
}

/// A room of alice's, with SafeAAD, whose messages `hub` franks.
fn room_of(hub: &str) -> EpochState {
    let metadata = Metadata::new(ROOM, "Garden");
    EpochState::new(b"room")
        .with_leaf(LeafIndex(0), LeafInfo::basic(ALICE))
        .with_data(ComponentId::SAFE_AAD, wire::encode(&vec![TAG]).unwrap())
        .with_data(METADATA, wire::encode(&metadata).unwrap())
        .with_data(KEY, wire::encode(&agent(hub)).unwrap())
}

fn room() -> EpochState {
    room_of(HUB)
}

fn claims() -> Claims {
    Claims {
        salt: Some(Secret::from(vec![7; 16])),
        sender: Some(ALICE.to_owned()),
        room: Some(ROOM.to_owned()),
    }
}

fn tag() -> FrankAad {
    FrankAad {
        franking_tag: franking_tag(&[7; 16], DATA),
    }
}

fn items() -> Dictionary {
    let item = wire::encode(&tag()).unwrap();
    [(TAG, item.into())].into_iter().collect()
}

/// What a hub attaches to the message in this epoch, of this sender.
fn stamp(epoch: &EpochState, items: &Dictionary, sender: &str) -> Result<Option<Frank>, Reject> {
    let cx = AcceptView {
        id: TAG,
        epoch,
        items,
        sender,
        accepted_at: NOW,
        signer: &Notary,
    };
    let stamp = component(TAG).hub_stamp.unwrap().stamp(&cx)?;
    Ok(stamp.map(|bytes| wire::decode(&bytes).unwrap()))
}

fn frank() -> Frank {
    stamp(&room(), &items(), ALICE).unwrap().unwrap()
}

/// A message as it comes in, with what may be wrong about it.
struct Incoming {
    epoch: EpochState,
    identity: Identity,
    items: Dictionary,
    data: Vec<u8>,
    claims: Option<Claims>,
    accepted_at: u64,
}

impl Default for Incoming {
    fn default() -> Self {
        Self {
            epoch: room(),
            identity: ALICE.into(),
            items: items(),
            data: DATA.to_vec(),
            claims: Some(claims()),
            accepted_at: NOW,
        }
    }
}

impl Incoming {
    fn check(&self, frank: &Frank) -> Result<(), Reject> {
        let cx = StampView {
            id: TAG,
            epoch: &self.epoch,
            from: &Actor::Member(LeafIndex(0)),
            identity: &self.identity,
            items: &self.items,
            application_data: &self.data,
            claims: self.claims.as_ref(),
            accepted_at: self.accepted_at,
            signatures: Signatures::of(&Notary),
            credentials: &Notary,
        };
        let stamp = component(TAG).hub_stamp.unwrap();
        stamp.check_stamp(&cx, &wire::encode(frank).unwrap())
    }

    /// Asserts that a genuine frank does not fit this message.
    fn is_refused(&self, why: &str) {
        let reject = self.check(&frank()).unwrap_err();
        assert_eq!((reject.rule(), reject.plugin()), ("MIMI-22", "frank_aad"));
        assert!(reject.detail().contains(why), "{reject}");
    }
}

fn incoming() -> Incoming {
    Incoming::default()
}

#[test]
fn the_components_stand_where_the_draft_says() {
    assert_eq!(component(TAG).places(), [Place::Aad]);
    assert_eq!(component(KEY).places(), [Place::GroupContext]);
    let at_members = Plugins::builder()
        .add(FRANKING.make(), Origin::here())
        .build()
        .unwrap();
    assert!(at_members.component(TAG).is_some());
}

#[test]
fn mimi_22_a_genuine_frank_is_accepted() {
    assert_eq!(incoming().check(&frank()), Ok(()));
}

#[test]
fn mimi_22_a_frank_is_for_one_message_sender_room_and_time() {
    let of = |change: &dyn Fn(&mut Claims)| {
        let mut claims = claims();
        change(&mut claims);
        Some(claims)
    };
    let later = Incoming {
        accepted_at: NOW + 1,
        ..incoming()
    };
    later.is_refused("did not sign");
    Incoming {
        data: b"something else".to_vec(),
        ..incoming()
    }
    .is_refused("another message");
    Incoming {
        claims: of(&|c| c.salt = None),
        ..incoming()
    }
    .is_refused("no salt");
    let salted = of(&|c| c.salt = Some(Secret::from(vec![8; 16])));
    Incoming {
        claims: salted,
        ..incoming()
    }
    .is_refused("another message");
    Incoming {
        claims: of(&|c| c.sender = None),
        ..incoming()
    }
    .is_refused("says it is of");
    let mallory = of(&|c| c.sender = Some("mimi://a.example/u/mallory".into()));
    Incoming {
        claims: mallory.clone(),
        ..incoming()
    }
    .is_refused("says it is of");
    Incoming {
        identity: "mimi://a.example/u/mallory".into(),
        ..incoming()
    }
    .is_refused("says it is of");
    let both = Incoming {
        claims: mallory,
        identity: "mimi://a.example/u/mallory".into(),
        ..incoming()
    };
    both.is_refused("did not sign");
    let elsewhere = of(&|c| c.room = Some("mimi://a.example/r/other".into()));
    Incoming {
        claims: elsewhere,
        ..incoming()
    }
    .is_refused("says it is in");
    Incoming {
        claims: None,
        ..incoming()
    }
    .is_refused("no plugin reads");
    Incoming {
        items: Dictionary::new(),
        ..incoming()
    }
    .is_refused("no franking tag");
}

#[test]
fn mimi_22_a_client_answers_for_its_user() {
    let phone = Incoming {
        identity: "mimi://a.example/d/alice/phone".into(),
        ..incoming()
    };
    assert_eq!(phone.check(&frank()), Ok(()));
}

#[test]
fn mimi_22_the_frank_of_another_room_is_none() {
    let other = Metadata::new("mimi://a.example/r/other", "Other");
    let other = room().with_data(METADATA, wire::encode(&other).unwrap());
    let theirs = stamp(&other, &items(), ALICE).unwrap().unwrap();
    let reject = incoming().check(&theirs).unwrap_err();
    assert!(reject.detail().contains("did not sign"), "{reject}");
}

#[test]
fn mimi_22_suite_key_and_domain_are_the_groups() {
    let mut epoch = room();
    epoch.cipher_suite = CipherSuite(0x0003);
    Incoming {
        epoch,
        ..incoming()
    }
    .is_refused("another cipher suite");

    let rotated = FrankingAgent::new(b"new key", &Credential::basic(HUB));
    let rotated = room().with_data(KEY, wire::encode(&rotated).unwrap());
    Incoming {
        epoch: rotated,
        ..incoming()
    }
    .is_refused("did not sign");

    for bad in [
        "mimi://b.example",
        "b.example",
        "mimi://a.example.b.example/u/x",
        "",
        "mimi:///x",
    ] {
        Incoming {
            epoch: room_of(bad),
            ..incoming()
        }
        .is_refused("not of its domain");
    }
    for good in ["a.example", "mimi://a.example/", "https://a.example/hub"] {
        let there = Incoming {
            epoch: room_of(good),
            ..incoming()
        };
        assert_eq!(there.check(&frank()), Ok(()), "{good}");
    }

    let nobody = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic(ALICE));
    Incoming {
        epoch: nobody,
        ..incoming()
    }
    .is_refused("nobody franks");

    let mut unknown = agent(HUB);
    unknown.credential_type = CredentialType(0xf0f0);
    let epoch = room().with_data(KEY, wire::encode(&unknown).unwrap());
    let reject = Incoming {
        epoch,
        ..incoming()
    }
    .check(&frank())
    .unwrap_err();
    assert_eq!(reject.rule(), "CRED-1");
}

#[test]
fn mimi_22_an_altered_frank_is_none() {
    let genuine = frank();
    let mut server_frank = genuine.server_frank;
    server_frank[0] ^= 1;
    let suite = CipherSuite(0x0002);
    for altered in [
        Frank {
            server_frank,
            ..genuine.clone()
        },
        Frank {
            cipher_suite: suite,
            ..genuine.clone()
        },
        Frank {
            integrity_signature: b"".into(),
            ..genuine.clone()
        },
    ] {
        assert_eq!(incoming().check(&altered).unwrap_err().rule(), "MIMI-22");
    }
}

fn aad<'a>(
    epoch: &'a EpochState,
    content_type: ContentType,
    claims: Option<&'a Claims>,
) -> AadView<'a> {
    AadView {
        id: TAG,
        content_type,
        epoch,
        application_data: Some(DATA),
        claims,
    }
}

#[test]
fn mimi_22_the_tag_is_of_the_message() {
    let (epoch, claims) = (room(), claims());
    let facet = component(TAG).aad_item.unwrap();
    let cx = aad(&epoch, ContentType::Application, Some(&claims));
    let made = facet.item(&cx).unwrap().unwrap();
    assert_eq!(made, wire::encode(&tag()).unwrap());
    let alice = Actor::Member(LeafIndex(0));
    assert_eq!(facet.check_item(&cx, &alice, &made), Ok(()));

    let wrong = [0; 32];
    let reject = facet.check_item(&cx, &alice, &wrong).unwrap_err();
    assert_eq!((reject.rule(), reject.plugin()), ("MIMI-22", "frank_aad"));
    for (len, rule) in [(31, "AAD-8"), (33, "AAD-8")] {
        let bytes = vec![0; len];
        assert_eq!(
            facet.check_item(&cx, &alice, &bytes).unwrap_err().rule(),
            rule
        );
    }
    // What nobody here can read is no error.
    let unread = aad(&epoch, ContentType::Application, None);
    assert_eq!(facet.check_item(&unread, &alice, &wrong), Ok(()));
}

#[test]
fn mimi_15_only_what_can_be_franked_gets_a_tag() {
    let facet = component(TAG).aad_item.unwrap();
    let (epoch, said) = (room(), claims());
    let item = |epoch: &EpochState, kind, claims: Option<&Claims>| {
        facet.item(&aad(epoch, kind, claims)).unwrap()
    };
    assert_eq!(item(&epoch, ContentType::Application, None), None);
    let unfranked = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic(ALICE));
    assert_eq!(
        item(&unfranked, ContentType::Application, Some(&said)),
        None
    );
    for unsaid in [
        Claims {
            salt: None,
            ..said.clone()
        },
        Claims {
            sender: None,
            ..said.clone()
        },
        Claims {
            room: None,
            ..said.clone()
        },
    ] {
        assert_eq!(item(&epoch, ContentType::Application, Some(&unsaid)), None);
    }
    let commit = AadView {
        application_data: None,
        ..aad(&epoch, ContentType::Commit, None)
    };
    assert_eq!(facet.item(&commit).unwrap(), None);
}

#[test]
fn mimi_15_a_hub_franks_where_the_group_and_the_message_say_so() {
    let nothing = |epoch: &EpochState, items: &Dictionary| {
        assert_eq!(stamp(epoch, items, ALICE), Ok(None));
    };
    nothing(&room(), &Dictionary::new());
    let without = |id: ComponentId| {
        let mut epoch = room();
        let mut dictionary = epoch.dictionary.as_deref().unwrap().clone();
        dictionary.remove(&id);
        epoch.dictionary = Some(Arc::new(dictionary));
        epoch
    };
    nothing(&without(KEY), &items());
    nothing(&without(METADATA), &items());

    let malformed: Dictionary = [(TAG, b"short".into())].into_iter().collect();
    assert_eq!(
        stamp(&room(), &malformed, ALICE).unwrap_err().rule(),
        "MIMI-15"
    );
    let stranger = "mimi://b.example/u/mallory";
    assert_eq!(
        stamp(&room(), &items(), stranger).unwrap_err().rule(),
        "MIMI-15"
    );
    let other_key = FrankingAgent::new(b"other key", &Credential::basic(HUB));
    let other_key = room().with_data(KEY, wire::encode(&other_key).unwrap());
    assert_eq!(
        stamp(&other_key, &items(), ALICE).unwrap_err().rule(),
        "MIMI-15"
    );
}

#[test]
fn mimi_15_a_member_without_a_hubs_key_franks_nothing() {
    let plugins = Plugins::builder()
        .add(FRANKING.make(), Origin::here())
        .build()
        .unwrap();
    let (epoch, items) = (room(), items());
    let cx = AcceptView {
        id: TAG,
        epoch: &epoch,
        items: &items,
        sender: ALICE,
        accepted_at: NOW,
        signer: &Notary,
    };
    let stamp = plugins.component(TAG).unwrap().hub_stamp.clone().unwrap();
    assert_eq!(stamp.stamp(&cx), Ok(None));
}

#[test]
fn the_hub_knows_its_own_franks() {
    let context = FrankContext {
        sender_uri: ALICE.into(),
        room_uri: ROOM.into(),
        accepted_timestamp: NOW,
    };
    let (tag, made) = (tag().franking_tag, frank().server_frank);
    assert!(hub_key().made(&made, &tag, &context));
    let other = HubKey::from(Secret::from(vec![8; 32]));
    assert!(!other.made(&made, &tag, &context));
    let later = FrankContext {
        accepted_timestamp: NOW + 1,
        ..context
    };
    assert!(!hub_key().made(&made, &tag, &later));
    assert_eq!(format!("{:?}", hub_key()), "HubKey(Secret(32 bytes))");
}

/// HMAC-SHA256 of RFC 4231, test cases 1, 2 and 6.
#[test]
fn tags_are_hmac_sha256() {
    let tag = |key: &[u8], data: &[u8]| {
        let tag = franking_tag(key, data);
        tag.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    assert_eq!(
        tag(&[0x0b; 20], b"Hi There"),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    );
    assert_eq!(
        tag(b"Jefe", b"what do ya want for nothing?"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(
        tag(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First"
        ),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
}

fn changed(from: Actor) -> Result<FrankingAgent, Reject> {
    let before = room();
    let update = Sent {
        from,
        by_reference: true,
        position: 7,
        body: wire::encode(&agent(HUB)).unwrap().into(),
    };
    let cx = FoldView {
        id: KEY,
        before: &before,
        committer: &Actor::Member(LeafIndex(0)),
    };
    let folded = component(KEY)
        .group_state
        .unwrap()
        .fold(&cx, None, &[update])?;
    Ok(wire::decode(&folded).unwrap())
}

#[test]
fn mimi_20_only_members_say_who_franks() {
    assert_eq!(changed(Actor::Member(LeafIndex(0))), Ok(agent(HUB)));
    for from in [
        Actor::External(0),
        Actor::Joiner(Arc::new(LeafInfo::basic("mallory"))),
    ] {
        let reject = changed(from.clone()).unwrap_err();
        assert_eq!((reject.rule(), reject.culprit()), ("MIMI-20", Some(7)));
        let before = room();
        let cx = FoldView {
            id: KEY,
            before: &before,
            committer: &from,
        };
        let state = component(KEY).group_state.unwrap();
        let removed = state.may_remove(&cx, &from, before.data(KEY).unwrap());
        assert_eq!(removed.unwrap_err().rule(), "MIMI-20");
    }
}

#[test]
fn mimi_24_franking_needs_the_tag_in_the_safe_aad() {
    let concerns = |epoch: &EpochState| -> Vec<String> {
        let concerns = component(KEY).invariant.unwrap().concerns(epoch);
        concerns
            .iter()
            .map(|reject| reject.rule().to_owned())
            .collect()
    };
    assert_eq!(concerns(&room()), [""; 0]);
    let empty = room().with_data(ComponentId::SAFE_AAD, vec![0]);
    assert_eq!(concerns(&empty), ["MIMI-24"]);
    let none = EpochState::new(b"room").with_data(KEY, wire::encode(&agent(HUB)).unwrap());
    assert_eq!(concerns(&none), ["MIMI-24"]);
    assert_eq!(concerns(&EpochState::new(b"room")), [""; 0]);
}

#[test]
fn mimi_24_a_franking_key_is_not_replaced_in_a_group_that_goes_on() {
    let concerns = |before: &EpochState, after: &EpochState| -> Vec<String> {
        let alice = Actor::Member(LeafIndex(0));
        let cx = CommitView {
            id: KEY,
            committer: &alice,
            proposals: &[],
            path: None,
            before,
            after,
        };
        let concerns = component(KEY).judge.unwrap().concerns(&cx);
        concerns
            .iter()
            .map(|reject| reject.rule().to_owned())
            .collect()
    };
    let bare = EpochState::new(b"room");
    assert_eq!(concerns(&bare, &room()), [""; 0]);
    assert_eq!(concerns(&room(), &room()), [""; 0]);
    assert_eq!(concerns(&room(), &bare), [""; 0]);
    assert_eq!(concerns(&room(), &room_of("b.example")), ["MIMI-24"]);
}

#[test]
fn bytes_that_are_none() {
    let entry = component(KEY);
    let state = entry.group_state.unwrap();
    let good = wire::encode(&agent(HUB)).unwrap();
    assert_eq!(state.check_state(&good), Ok(()));
    for bad in [
        &good[..good.len() - 1],
        &[&good[..], &[0]].concat(),
        &[0x40, 0x01, 7, 0, 1, 0],
    ] {
        assert_eq!(state.check_state(bad).unwrap_err().rule(), "ADU-6");
    }
}

/// By hand: FrankingAgentData, FrankAAD and Frank as the draft draws them.
#[test]
fn structures_that_were_written_down_by_hand() {
    let agent = FrankingAgent::new(b"k", &Credential::basic("h"));
    assert_eq!(wire::encode(&agent).unwrap(), b"\x01k\x00\x01\x01h");
    let frank = Frank {
        server_frank: [5; 32],
        cipher_suite: CipherSuite(0x0001),
        integrity_signature: b"s".into(),
    };
    let expected = [&[5; 32][..], b"\x00\x01\x01s"].concat();
    assert_eq!(wire::encode(&frank).unwrap(), expected);
    let context = FrankContext {
        sender_uri: "a".into(),
        room_uri: "b".into(),
        accepted_timestamp: 3,
    };
    assert_eq!(
        wire::encode(&context).unwrap(),
        b"\x01a\x01b\0\0\0\0\0\0\0\x03"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Forty mutants of each: what decodes is the one encoding of something, and only the genuine
    /// frank is accepted.
    #[test]
    fn mimi_22_damaged_franks_are_refused(
        mutants in proptest::collection::vec((0u8..4, any::<usize>(), any::<u8>()), 40),
    ) {
        let genuine = wire::encode(&frank()).unwrap();
        for (kind, at, with) in mutants {
            let mut bytes = genuine.clone();
            let at = at % bytes.len();
            match kind {
                0 => bytes[at] ^= 1 << (with % 8),
                1 => bytes.truncate(at),
                2 => bytes.insert(at, with),
                _ => bytes[at] = with,
            }
            let Ok(damaged) = wire::decode::<Frank>(&bytes) else { continue };
            prop_assert_eq!(wire::encode(&damaged).unwrap(), bytes.clone());
            prop_assert_eq!(incoming().check(&damaged).is_ok(), bytes == genuine);
        }
    }
}

//! The scenes, in order. Each shows one thing that an application does with the engine.

use mls_trellis_bundle::{
    content_media::{ContentMedia, MediaTypeList},
    mimi_room::{
        Metadata, ParticipantList, Policy, Roles, RoomMetadata,
        franking::{FrankTag, FrankingKey},
    },
    poll::{Poll, Reminder, Update},
    self_remove::{Leave, SelfRemove},
};
use mls_trellis_engine::{Followed, GroupConfig};
use mls_trellis_hooks::{
    Component as _, ComponentHandle as _, Identity, MediaType, Payload, Secret,
};

use super::{Error, office, stage::Stage, unexpected};

pub(super) const URI: &str = "mimi://hub.example/r/kitchen";

/// Something that happens on the stage.
pub(super) type Scene = fn(&mut Stage<'_>) -> Result<(), Error>;

/// What is played, with the titles.
pub(super) const SCENES: &[(&str, Scene)] = &[
    ("Alice founds a room, and a hub follows it", founding),
    ("Bob, Ivan and Mallory join by Welcome", welcome),
    (
        "Ivan would leave, and Carol joins from outside",
        external_join,
    ),
    ("Bob proposes a poll, Carol commits it", by_reference),
    (
        "Alice names a subject, votes and reminds, in one commit",
        inline,
    ),
    ("The members talk", messages),
    (
        "Alice would add Dave, but her own client refuses",
        refused_at_home,
    ),
    (
        "Mallory's client does not know the rule, everybody else does",
        misbehaviour,
    ),
    ("Alice removes Mallory", removal),
    ("Bob and Alice commit at the same time", lost_race),
    ("Carol's client crashes with a sealed commit", restart),
    (
        "Bob closes the poll and adds Dave, in one commit",
        welcome_at_last,
    ),
    ("The poll uses the keys of the room", safe_keys),
    ("A pre-shared key goes into the next epoch", pre_shared_key),
    (
        "Alice gives the room a list of participants, and roles",
        office::roles,
    ),
    ("Dave would be an admin, too", office::escalation),
    (
        "Erin has key packages for one room only",
        office::bound_key_package,
    ),
    ("Bob writes to Alice alone", office::whisper),
    ("The hub vouches for what it cannot read", office::franked),
];

fn founding(stage: &mut Stage<'_>) -> Result<(), Error> {
    let text = MediaType::new("text/plain").with_parameter("charset", "UTF-8");
    let others = ["application/octet-stream", "application/mimi-content"].map(MediaType::new);
    let media_types = MediaTypeList::new([text].into_iter().chain(others))?;
    let tag = stage.plugins.ids().of::<FrankTag>();
    let agent = stage.hub.agent();

    let alice = stage.person("alice")?;
    let config = GroupConfig::new(b"room")
        .with::<RoomMetadata>(&Metadata::new(URI, "Kitchen"))
        .with::<ContentMedia>(&media_types)
        .with::<FrankingKey>(&agent)
        .safe_aad([tag])
        .require::<ParticipantList>()
        .require::<Policy<Roles>>()
        .require::<Poll>();
    let mut room = alice.client().create_group(config)?;
    let group_info = room.group_info()?;
    alice.room = Some(room);

    let bytes = group_info.len();
    stage.act(
        "alice",
        "founds a room with a name, media types, polls, and what is to come",
    )?;
    stage.sends("alice", "publishes a GroupInfo of it", bytes)?;
    stage.follow(group_info)
}

fn welcome(stage: &mut Stage<'_>) -> Result<(), Error> {
    let bob = stage.person("bob")?.key_package()?;
    let ivan = stage.person("ivan")?.key_package()?;
    let mallory = stage.person("mallory")?.key_package()?;
    stage.sends("bob", "publishes a key package", bob.len())?;
    stage.sends("ivan", "publishes a key package", ivan.len())?;
    stage.sends("mallory", "publishes a key package", mallory.len())?;

    let room = stage.room("alice")?;
    let sealed = room.commit().add(&bob).add(&ivan).add(&mallory).seal()?;
    stage.submit("alice", &sealed, "commits: adds Bob, Ivan and Mallory")?;

    stage.welcome("alice", &["bob", "ivan", "mallory"])
}

/// Nobody can commit that they leave themselves. Whoever joins from outside is in the new epoch at
/// once, if the hub takes the commit, and brings along what waits.
fn external_join(stage: &mut Stage<'_>) -> Result<(), Error> {
    let packet = stage.room("ivan")?.propose::<SelfRemove>(&Leave)?;
    stage.propose("ivan", &packet, "proposes that he leaves")?;

    let group_info = stage.hub.group_info().to_vec();
    let owed = stage.hub.room()?.owed()?;
    let bytes = group_info.len() + owed.iter().map(Vec::len).sum::<usize>();
    stage.sends(
        "hub",
        "hands out the latest GroupInfo, and what waits",
        bytes,
    )?;

    let carol = stage.person("carol")?;
    let join = carol.client().join_external(&group_info);
    let join = owed.iter().fold(join, |join, message| join.bring(message));
    let (room, sealed) = join.seal()?;
    carol.room = Some(room);
    stage.submit("carol", &sealed, "commits: adds herself, and Ivan leaves")
}

/// A proposal is judged where it is made, and again when it is committed.
fn by_reference(stage: &mut Stage<'_>) -> Result<(), Error> {
    let poll = Update::open("Lunch?", ["soup", "rice"]);
    let packet = stage.room("bob")?.propose_update::<Poll>(&poll)?;
    stage.propose("bob", &packet, "proposes a poll: Lunch?")?;

    // A commit takes along whatever waits in the pool.
    let sealed = stage.room("carol")?.commit().seal()?;
    stage.submit("carol", &sealed, "commits what Bob proposed, by reference")?;

    announce_poll(stage, "alice")
}

/// Each component gets its own changes, and all of them or none are made.
fn inline(stage: &mut Stage<'_>) -> Result<(), Error> {
    let reminder = Reminder {
        text: "it closes at noon".into(),
    };
    let mut metadata = Metadata::new(URI, "Kitchen");
    metadata.room_subject = "lunch".into();
    let sealed = stage
        .room("alice")?
        .commit()
        .update::<RoomMetadata>(&metadata)
        .update::<Poll>(&Update::Vote { option: 0 })
        .ephemeral::<Poll>(&reminder)
        .seal()?;
    stage.submit("alice", &sealed, "commits: two updates and an ephemeral")?;

    let bob = stage.person("bob")?;
    let notices = bob
        .change()?
        .notices_of::<Poll>(bob.client().plugins().ids());
    let notices: Vec<_> = notices
        .map(|(from, notice)| (from.name(), notice.text.0))
        .collect();
    for (from, text) in notices {
        stage.act("bob", &format!("is reminded by {from}: {text}"))?;
    }
    announce_poll(stage, "bob")
}

fn messages(stage: &mut Stage<'_>) -> Result<(), Error> {
    // What has no media type of its own has the first of the room's.
    let packet = stage.room("bob")?.send(&Payload::plain("rice for me"))?;
    stage.send("bob", &packet)?;
    let picture = Payload::typed(MediaType::new("application/octet-stream"), [0x52; 300]);
    let packet = stage.room("carol")?.send(&picture)?;
    stage.send("carol", &packet)
}

/// What receivers would refuse is never sealed.
fn refused_at_home(stage: &mut Stage<'_>) -> Result<(), Error> {
    let dave = stage.person("dave")?.key_package()?;
    stage.sends("dave", "publishes a key package", dave.len())?;
    let sealed = stage.room("alice")?.commit().add(&dave).seal();
    stage.refuses("alice", sealed)
}

/// Nobody depends on the sender's good will: the hub and each member judge for themselves, and all
/// come to the same verdict.
fn misbehaviour(stage: &mut Stage<'_>) -> Result<(), Error> {
    let dave = stage.person("dave")?.key_package()?;
    let sealed = stage.room("mallory")?.commit().add(&dave).seal()?;
    stage.sends("mallory", "commits: adds Dave", sealed.commit.len())?;
    let taken = stage.hub.take_in(&sealed.commit);
    stage.refuses("hub", taken)?;

    stage.act("mallory", "goes round the hub, straight to the members")?;
    for name in ["alice", "bob", "carol"] {
        let taken = stage.person(name)?.take_in(&sealed.commit);
        stage.refuses(name, taken)?;
    }
    stage.room("mallory")?.discard(&sealed)?;
    stage.act("mallory", "discards the commit, and is where everybody is")
}

fn removal(stage: &mut Stage<'_>) -> Result<(), Error> {
    let room = stage.room("alice")?;
    let mallory = Identity::from("mallory");
    let leaf = room.members().find(|(_, leaf)| leaf.identity == mallory);
    let leaf = leaf.map(|(position, _)| position);
    let leaf = leaf.ok_or_else(|| unexpected("mallory is no member"))?;
    let sealed = room.commit().remove(leaf).seal()?;
    stage.submit("alice", &sealed, "commits: removes Mallory")
}

/// A sealed commit is not in force before the hub has taken it, so another's may come first.
fn lost_race(stage: &mut Stage<'_>) -> Result<(), Error> {
    let vote = Update::Vote { option: 1 };
    let bobs = stage.room("bob")?.commit().update::<Poll>(&vote).seal()?;
    let alices = stage.room("alice")?.commit().update::<Poll>(&vote).seal()?;
    stage.submit("bob", &bobs, "commits: his vote")?;

    stage.sends(
        "alice",
        "commits: another vote of hers",
        alices.commit.len(),
    )?;
    match stage.hub.take_in(&alices.commit)? {
        Followed::StaleEpoch { epoch } => {
            stage.act("hub", &format!("finds it stale: epoch {epoch} is over"))?;
        }
        other => return Err(unexpected(format!("the hub found {other:?}"))),
    }
    if !stage.person("alice")?.change()?.lost_race {
        return Err(unexpected("alice does not know that she lost"));
    }
    stage.act(
        "alice",
        "learns that Bob's came first, and drafts hers again",
    )?;
    let again = stage.room("alice")?.commit().update::<Poll>(&vote).seal()?;
    stage.submit("alice", &again, "commits: her vote, on top of Bob's")
}

/// What was sealed is on disk before it can be sent.
fn restart(stage: &mut Stage<'_>) -> Result<(), Error> {
    let vote = Update::Vote { option: 1 };
    stage.room("carol")?.commit().update::<Poll>(&vote).seal()?;
    stage.act("carol", "seals a commit, and crashes before it is sent")?;

    stage.person("carol")?.restart()?;
    let sealed = stage.room("carol")?.sealed()?;
    let sealed = sealed.ok_or_else(|| unexpected("the commit is lost"))?;
    stage.act("carol", "finds the commit in her database")?;
    stage.submit("carol", &sealed, "commits: her vote")?;
    announce_poll(stage, "carol")
}

fn welcome_at_last(stage: &mut Stage<'_>) -> Result<(), Error> {
    let dave = stage.person("dave")?.key_package()?;
    let commit = stage.room("bob")?.commit();
    let sealed = commit.update::<Poll>(&Update::Close).add(&dave).seal()?;
    stage.submit("bob", &sealed, "commits: closes the poll, adds Dave")?;

    stage.welcome("bob", &["dave"])?;
    announce_poll(stage, "dave")
}

/// A handle is bound to its component: it cannot export, sign or decrypt as another.
fn safe_keys(stage: &mut Stage<'_>) -> Result<(), Error> {
    let mut secrets = Vec::new();
    for person in stage.members() {
        secrets.push(person.room()?.component::<Poll>().export_secret()?);
    }
    let mut pairs = secrets.iter().zip(secrets.iter().skip(1));
    if pairs.any(|(one, next)| one != next) {
        return Err(unexpected("the members export different secrets"));
    }
    let (count, name) = (secrets.len(), Poll::NAME);
    stage.act(
        "all",
        &format!("{count} members export the same secret of {name}"),
    )?;
    let again = stage.room("alice")?.component::<Poll>().export_secret();
    stage.refuses("alice", again)?;

    let (label, receipt) = (b"receipt", b"lunch is paid");
    let bob = stage.room("bob")?;
    let leaf = bob.own_leaf()?;
    let signature = bob.component::<Poll>().sign(label, receipt)?;
    stage.sends("bob", "signs a receipt as poll", signature.len())?;
    let alice = stage.room("alice")?.component::<Poll>();
    alice.verify(leaf, alice.id(), label, receipt, &signature)?;
    stage.act(
        "alice",
        "verifies it: the signature is Bob's, for polls only",
    )
}

fn pre_shared_key(stage: &mut Stage<'_>) -> Result<(), Error> {
    let id = b"the evening's password";
    for person in stage.members() {
        let password = Secret::from(b"told in person, not in the room".to_vec());
        person.room()?.component::<Poll>().put_psk(id, password)?;
    }
    stage.act("all", "keep a key that they agreed on elsewhere")?;
    let sealed = stage.room("dave")?.commit().psk::<Poll>(id).seal()?;
    stage.submit(
        "dave",
        &sealed,
        "commits: mixes the key into the next epoch",
    )
}

/// What somebody sees of the poll.
fn announce_poll(stage: &mut Stage<'_>, name: &str) -> Result<(), Error> {
    let ballot = stage.room(name)?.state::<Poll>()?;
    let ballot = ballot.ok_or_else(|| unexpected("there is no poll"))?;
    let tally = ballot.options.iter().zip(ballot.tally());
    let tally: Vec<_> = tally
        .map(|(option, votes)| format!("{} {votes}", option.0))
        .collect();
    let phase = match ballot.is_open() {
        true => "open",
        false => "closed",
    };
    let what = format!("sees: {} {} ({phase})", ballot.question.0, tally.join(", "));
    stage.act(name, &what)
}

//! The second half: the room gets a policy, and its members use drafts that are no components.

use mls_trellis_bundle::{
    kp_context::{Context, ContextPair, KpContext},
    mimi_content::{Content, NestedPart, Salt},
    mimi_room::{
        Capability, ParticipantList, Participants, ParticipantsUpdate, Policy, Role, Roles,
    },
    targeted_messages::TargetedMessages,
};
use mls_trellis_engine::KeyPackageOptions;
use mls_trellis_hooks::{Identity, LeafIndex};

use super::{Error, cast::random, scenes::URI, stage::Stage, unexpected};

const USER: u32 = 2;
const ADMIN: u32 = 3;

/// Who takes part is a list; what they may do, their roles. Two commits, for the draft wants roles not
/// to change together with the list.
pub(super) fn roles(stage: &mut Stage<'_>) -> Result<(), Error> {
    let mut list = ParticipantsUpdate::add("alice", ADMIN);
    for name in ["bob", "carol", "dave"] {
        list.added_participants
            .extend(ParticipantsUpdate::add(name, USER).added_participants);
    }
    let commit = stage.room("alice")?.commit();
    let sealed = commit.update::<ParticipantList>(&list).seal()?;
    stage.submit("alice", &sealed, "commits: who takes part in the room")?;

    let user = Role::new(USER, "user").with([Capability::SEND_MESSAGE]);
    let admin = Role::new(ADMIN, "admin")
        .with([
            Capability::ADD_PARTICIPANT,
            Capability::REMOVE_PARTICIPANT,
            Capability::CHANGE_USER_ROLE,
        ])
        .moving(0, [USER])
        .moving(USER, [0, ADMIN]);
    let roles = Roles {
        roles: vec![Role::banned(), user, admin],
    };
    let commit = stage.room("alice")?.commit();
    let sealed = commit.update::<Policy<Roles>>(&roles).seal()?;
    stage.submit("alice", &sealed, "commits: what users and admins may do")
}

/// The rule is the room's, so his own client knows it.
pub(super) fn escalation(stage: &mut Stage<'_>) -> Result<(), Error> {
    let room = stage.room("dave")?;
    let list = room.state::<ParticipantList>()?;
    let list = list.ok_or_else(|| unexpected("there is no list"))?;
    let promotion = promotion_of("dave", &list)?;
    let sealed = room.commit().update::<ParticipantList>(&promotion).seal();
    stage.refuses("dave", sealed)
}

fn promotion_of(name: &str, list: &Participants) -> Result<ParticipantsUpdate, Error> {
    let promotion = list.change(name, ADMIN);
    promotion.ok_or_else(|| unexpected(format!("{name} is not listed")))
}

/// A KeyPackage says what it is for, and nobody can take that off it.
pub(super) fn bound_key_package(stage: &mut Stage<'_>) -> Result<(), Error> {
    let elsewhere = key_package_for(stage, "erin", b"another room")?;
    stage.sends(
        "erin",
        "publishes a key package for another room",
        elsewhere.len(),
    )?;
    let commit = stage.room("alice")?.commit().add(&elsewhere);
    let sealed = commit
        .update::<ParticipantList>(&ParticipantsUpdate::add("erin", USER))
        .seal();
    stage.refuses("alice", sealed)?;

    let here = key_package_for(stage, "erin", b"room")?;
    stage.sends("erin", "publishes one for this room", here.len())?;
    let commit = stage.room("alice")?.commit().add(&here);
    let sealed = commit
        .update::<ParticipantList>(&ParticipantsUpdate::add("erin", USER))
        .seal()?;
    stage.submit("alice", &sealed, "commits: adds Erin, as a user")?;
    stage.welcome("alice", &["erin"])
}

fn key_package_for(stage: &mut Stage<'_>, name: &str, group_id: &[u8]) -> Result<Vec<u8>, Error> {
    let context = ContextPair::from(&Context::group_id(group_id)?);
    let options = KeyPackageOptions::default().with_extension::<KpContext>(&context);
    Ok(stage.person(name)?.client().key_package(&options)?.message)
}

/// The hub sees for whom it is, and not from whom.
pub(super) fn whisper(stage: &mut Stage<'_>) -> Result<(), Error> {
    let alice = leaf_of(stage, "alice")?;
    let words = b"shall we pay for Dave?";
    let room = stage.room("bob")?;
    let packet = room.seal_as::<TargetedMessages>(alice, words, b"")?;
    stage.sends("bob", "sends a targeted message", packet.message.len())?;
    stage.room("bob")?.sent(packet.number)?;
    let heard = stage.person("alice")?.hear(&packet.message)?;
    stage.act(
        "alice",
        &format!("reads what bob wrote to her alone: {heard}"),
    )?;
    let overheard = stage.person("carol")?.hear(&packet.message);
    stage.refuses("carol", overheard)
}

fn leaf_of(stage: &mut Stage<'_>, name: &str) -> Result<LeafIndex, Error> {
    let identity = Identity::from(name);
    let room = stage.room(name)?;
    let leaf = room.members().find(|(_, leaf)| leaf.identity == identity);
    let leaf = leaf.map(|(position, _)| position);
    leaf.ok_or_else(|| unexpected(format!("{name} is no member")))
}

/// A tag in the message binds the hub's frank to what is said, and nobody on the way can alter it.
pub(super) fn franked(stage: &mut Stage<'_>) -> Result<(), Error> {
    let salt = Salt::from(random()?);
    let content = Content::new(salt, NestedPart::text("I'll bring the soup"));
    let payload = content.from_to("carol", URI).to_payload()?;
    let packet = stage.room("carol")?.send(&payload)?;
    stage.send_stamped("carol", &packet)
}

//! What a group's components see, through real groups and the plugins.

use mls_trellis_bundle::{
    content_media::ContentMedia,
    kp_context::{Context, ContextPair},
    mimi_room::{self, Participants, ParticipantsUpdate, UserIndexRole},
};
use mls_trellis_engine::{Commit, Error, Group, GroupConfig, KeyPackageOptions, Received};
use mls_trellis_hooks::{
    Actor, ComponentId, EpochState, FoldView, GroupState as _, LeafIndex, LeafInfo,
    PayloadFraming as _, Sent, wire,
};
use mls_trellis_vectors::{
    families::{
        ComponentData,
        app_data_update::{AppDataUpdate, Update},
        app_ephemeral::AppEphemeral,
        application_framing::ApplicationFraming,
        kp_context::KpContext,
        participant_list::{Participant, ParticipantList},
        safe_aad::SafeAad,
        wire_formats::WireFormats,
    },
    tls::Writer,
};
use mls_trellis_wire::{ObjectType, decode};

use crate::{
    log::{Bytes, Log, client},
    published::published,
};

const A: u16 = 0x8101;
const B: u16 = 0x8102;
const C: u16 = 0x8103;

fn founded(before: &[ComponentData]) -> Group {
    let config = before
        .iter()
        .fold(GroupConfig::new(b"room"), |config, entry| {
            let state = Bytes(entry.data.0.clone());
            match entry.component_id {
                A => config.with::<Log<A>>(&state),
                B => config.with::<Log<B>>(&state),
                C => config.with::<Log<C>>(&state),
                other => panic!("{other:#06x}"),
            }
        });
    let config = config
        .require::<Log<A>>()
        .require::<Log<B>>()
        .require::<Log<C>>();
    client("alice").create_group(config).unwrap()
}

fn with<'g>(commit: Commit<'g>, change: &Update) -> Commit<'g> {
    let update = change.update.as_ref().map(|update| Bytes(update.0.clone()));
    match (change.component_id, update) {
        (A, Some(update)) => commit.update::<Log<A>>(&update),
        (B, Some(update)) => commit.update::<Log<B>>(&update),
        (C, Some(update)) => commit.update::<Log<C>>(&update),
        (A, None) => commit.drop_state::<Log<A>>(),
        (B, None) => commit.drop_state::<Log<B>>(),
        (C, None) => commit.drop_state::<Log<C>>(),
        (other, _) => panic!("{other:#06x}"),
    }
}

/// The entries of the logs in the GroupContext.
fn logs(epoch: &EpochState) -> Vec<ComponentData> {
    let entries = epoch
        .dictionary
        .iter()
        .flat_map(|dictionary| dictionary.iter());
    let logs = entries.filter(|(id, _)| [A, B, C].contains(&id.0));
    logs.map(|(id, data)| ComponentData::new(id.0, data.as_slice()))
        .collect()
}

/// Whether the commit carries these proposals, by value, one after the other.
fn carries(commit: &[u8], proposals: impl IntoIterator<Item = Vec<u8>>) -> bool {
    let by_value = |w: Writer, proposal: Vec<u8>| w.u8(1).raw(&proposal);
    let list = Writer::new().vector(proposals, by_value).done();
    commit.windows(list.len()).any(|window| window == list)
}

#[test]
fn the_engine_applies_updates_as_published() {
    for case in published::<AppDataUpdate>() {
        let mut group = founded(&case.before);
        let commit = case.updates.iter().fold(group.commit(), with);
        match (commit.seal(), &case.after) {
            (Ok(sealed), Some(after)) => {
                let proposals = case.updates.iter().map(|update| update.proposal.0.clone());
                assert!(carries(&sealed.commit, proposals), "{}", case.says);
                group.accept(&sealed).unwrap();
                assert_eq!(&logs(group.epoch()), after, "{}", case.says);
            }
            (Err(Error::Rejected(reject)), None) => {
                assert_eq!(Some(reject.rule()), case.rule.as_deref(), "{}", case.says);
            }
            (sealed, _) => panic!("{}: {:?}", case.says, sealed.map(|_| "sealed")),
        }
    }
}

#[test]
fn another_codec_reads_the_dictionaries() {
    use mls_spec::{
        Parsable as _, Serializable as _,
        drafts::mls_extensions::safe_application::ApplicationDataDictionary,
    };
    for case in published::<AppDataUpdate>() {
        let (Some(bytes), Some(after)) = (case.dictionary, case.after) else {
            continue;
        };
        let theirs = ApplicationDataDictionary::from_tls_bytes(&bytes).unwrap();
        let entries = theirs
            .iter_components()
            .map(|entry| ComponentData::new(entry.component_id, &entry.data));
        assert_eq!(entries.collect::<Vec<_>>(), after);
        assert_eq!(theirs.to_tls_bytes().unwrap(), *bytes);
    }
}

#[test]
fn the_engine_delivers_notices_as_published() {
    for case in published::<AppEphemeral>() {
        let mut alice = founded(&[]);
        let bob = client("bob");
        let package = bob.key_package(&KeyPackageOptions::default()).unwrap();
        let sealed = alice.commit().add(&package.message).seal().unwrap();
        alice.accept(&sealed).unwrap();
        let mut bob = bob.join(&sealed.welcome.unwrap()).unwrap();

        let commit = case
            .delivered
            .iter()
            .fold(alice.commit(), |commit, notice| {
                let data = Bytes(notice.data.0.clone());
                match notice.component_id {
                    A => commit.ephemeral::<Log<A>>(&data),
                    _ => commit.ephemeral::<Log<B>>(&data),
                }
            });
        let sealed = commit.seal().unwrap();
        assert!(
            carries(&sealed.commit, case.proposals.iter().map(|p| p.0.clone())),
            "{}",
            case.says
        );
        let Received::Epoch(_, change) = bob.receive(&sealed.commit).unwrap() else {
            panic!("{}", case.says);
        };
        let delivered = change
            .notices
            .iter()
            .map(|n| ComponentData::new(n.component, &n.data));
        assert_eq!(
            delivered.collect::<Vec<_>>(),
            case.delivered,
            "{}",
            case.says
        );
    }
}

#[test]
fn the_plugin_reads_framed_messages_as_published() {
    let plugin = ContentMedia::default();
    for case in published::<ApplicationFraming>() {
        let list = case.media_type_list.0.clone();
        let epoch = EpochState::new(b"room").with_data(ComponentId(0x0003), list);
        match plugin.unwrap(&epoch, &case.application_data) {
            Ok(payload) => {
                assert_eq!(
                    Some(&payload.body),
                    case.content.as_ref().map(|c| &c.0),
                    "{}",
                    case.says
                );
                let (ours, published) = (payload.media_type.unwrap(), case.media_type.unwrap());
                assert_eq!(ours.essence, published.essence);
                let parameters = published
                    .parameters
                    .into_iter()
                    .map(|(name, value)| (name, value.0));
                assert_eq!(ours.parameters, parameters.collect::<Vec<_>>());
            }
            Err(reject) => assert_eq!(Some(reject.rule()), case.rule.as_deref(), "{}", case.says),
        }
    }
}

#[test]
fn the_decoder_reads_safe_aads_as_published() {
    for case in published::<SafeAad>() {
        match decode(ObjectType::SafeAad, &case.authenticated_data) {
            Ok(node) => {
                let items = node.components();
                let items = items.map(|item| ComponentData::new(item.component, item.data));
                assert_eq!(Some(items.collect()), case.items, "{}", case.says);
            }
            Err(error) => assert_eq!(error.rule, case.rule.as_deref(), "{}", case.says),
        }
    }
}

#[test]
fn the_decoder_reads_lists_of_wire_formats_as_published() {
    for case in published::<WireFormats>() {
        let context = Writer::new().opaque(&case.required).done();
        let decoded = decode(ObjectType::Extensions, &context);
        assert_eq!(
            decoded.is_ok(),
            case.wire_formats.is_some(),
            "{}",
            case.says
        );
        let rule = decoded.err().and_then(|error| error.rule);
        assert_eq!(rule, case.rule.as_deref(), "{}", case.says);
    }
}

#[test]
fn the_plugin_reads_contexts_as_published() {
    for case in published::<KpContext>() {
        let Ok(pair) = wire::decode::<ContextPair>(&case.extension_data) else {
            assert_eq!(case.rule.as_deref(), Some("KPC-9"), "{}", case.says);
            continue;
        };
        match Context::try_from(&pair) {
            Ok(context) => {
                assert_eq!(ContextPair::from(&context), pair);
                assert_eq!(Some(pair.context_type.0), case.context_type);
                assert_eq!(
                    Some(pair.context_value.0),
                    case.context_value.map(|value| value.0)
                );
            }
            Err(reject) => assert_eq!(Some(reject.rule()), case.rule.as_deref(), "{}", case.says),
        }
    }
}

fn listed(list: Vec<Participant>) -> Participants {
    let users = list
        .iter()
        .map(|listed| (listed.user.as_str(), listed.role_index));
    Participants::of(users)
}

#[test]
fn mimi_25_the_plugin_updates_participant_lists_as_published() {
    let plugin = mimi_room::ParticipantList::default();
    let (alice, room) = (Actor::Member(LeafIndex(0)), EpochState::new(b"room"));
    let room = room.with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
    let cx = FoldView {
        id: ComponentId(0x0022),
        before: &room,
        committer: &alice,
    };
    for case in published::<ParticipantList>() {
        let before = listed(case.before);
        assert_eq!(wire::encode(&before).unwrap(), *case.participant_list);
        let update = ParticipantsUpdate {
            changed_role_participants: case
                .update
                .changed
                .iter()
                .map(|(user_index, role_index)| UserIndexRole {
                    user_index: *user_index,
                    role_index: *role_index,
                })
                .collect(),
            removed_indices: case.update.removed,
            added_participants: listed(case.update.added).participants,
        };
        assert_eq!(
            wire::encode(&update).unwrap(),
            *case.participant_list_update
        );
        let sent = Sent {
            from: alice.clone(),
            by_reference: false,
            position: 0,
            body: update,
        };
        match plugin.fold(&cx, Some(before), &[sent]) {
            Ok(after) => assert_eq!(Some(after), case.after.map(listed), "{}", case.says),
            Err(reject) => assert_eq!(Some(reject.rule()), case.rule.as_deref(), "{}", case.says),
        }
    }
}

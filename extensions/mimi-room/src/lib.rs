//! Rooms in the MIMI style: draft-ietf-mimi-protocol-06 and draft-ietf-mimi-room-policy-03.
//!
//! [`franking`] is a plugin of its own in the same crate: components 0x0020 and 0x0021.
//!
//! One crate, because a room's components are judged together: who takes part, who may do what, what
//! people are shown. All of them stand in the GroupContext.
//!
//! | component | number | value | update |
//! |---|---|---|---|
//! | `participant_list` | 0x0022 | [`Participants`] | [`ParticipantsUpdate`] |
//! | `room_metadata` | 0x0023 | [`Metadata`] | the new value |
//! | `mls_operational_policy` | 0x0024 | [`OperationalPolicy`] | the new value |
//! | `roles_list` | 0x0025 | [`Roles`] | the new value |
//! | `preauth_list` | 0x0026 | [`Preauth`] | the new value |
//! | `base_room_policy` | 0x0027 | [`BasePolicy`] | the new value |
//! | `status_notification_policy` | 0x0028 | [`StatusPolicy`] | the new value |
//! | `join_link_policy` | 0x0029 | [`JoinLinkPolicy`] | the new value |
//! | `join_links` | 0x002a | [`JoinLinks`] | [`JoinLinksUpdate`] |
//! | `link_preview_policy` | 0x002b | [`LinkPreviewPolicy`] | the new value |
//! | `asset_policy` | 0x002c | [`AssetPolicy`] | the new value |
//! | `logging_policy` | 0x002d | [`LoggingPolicy`] | the new value |
//! | `chat_history_policy` | 0x002e | [`HistoryPolicy`] | the new value |
//! | `bot_policy` | 0x002f | [`BotPolicy`] | the new value |
//! | `message_expiration_policy` | 0x0030 | [`ExpirationPolicy`] | the new value |
//!
//! A policy's component is [`Policy`] of its value, as in `epoch.state::<Policy<Roles>>()`. What the
//! policies from 0x0028 on demand of messages is for the application to keep; here they are read,
//! checked and shown, and changed only by those who may. The same goes for 0x0024.
//!
//! # Who may do what
//!
//! A room with a participant list and roles is *governed*: each proposal of a commit needs a right of
//! its own sender's role, as that was before the commit. A room with a list and without roles has no
//! policy: its members may do everything. Without a list there are no users, and only the shape of
//! what stands there is judged.
//!
//! The draft leaves open how a user is known by its clients' credentials. [`People`] says it; the
//! default, [`MimiUris`], takes `mimi://a.example/d/alice/phone` for a client of
//! `mimi://a.example/u/alice`, and any other identity for a user of its own.
//! [`MimiRoom::with_people`] takes another. All clients and hubs of a room must read users alike.
//!
//! Other components may ask who may do something ([`EpochState::may`]): the component `message` for
//! `send`, `receive` and `report`, `room` for `destroy`, `room_metadata` for `name`, `description`,
//! `avatar`, `subject` and `mood`, and `poll` for `close`. For the last there is no right in the
//! draft; [`Capability::CLOSE_POLL`] is one for private use, and a room none of whose roles has it
//! leaves the question to the poll.
//!
//! A hub that lets what it has accepted count before it is committed asks the room as it will be: the
//! epoch with [`Participants::updated`] in place of the list.
//!
//! [`EpochState::may`]: mls_trellis_hooks::EpochState::may
//!
//! # Rules
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | MIMI-5 | A client is a member only if its user is a participant and not banned. Who goes or is banned goes with all clients, in the same commit. | refused |
//! | MIMI-15 | A hub franks what has a franking tag, in a group with its key, of a sender who is a member. | not franked; refused if the key or the sender is another's |
//! | MIMI-20 | What changes was proposed by somebody who may: by a member, where the room is not governed; a participant list is never dropped. | refused |
//! | MIMI-22 | A frank is genuine, and of this message, sender, room and time; a franking tag is of its message. | refused |
//! | MIMI-24 | Where messages are franked, the SafeAAD has the tag; the key is not replaced. | an alarm; no commit of ours does it |
//! | MIMI-25 | Roles change first, then users go, then users come. Indexes refer to the list before the update. Nobody is touched twice in a commit, or listed twice, or without a name or a role. | refused |
//! | MIMI-25 | A commit has one update of the list. | an alarm; no commit of ours does it |
//! | MIMI-26 | A commit has one metadata update at most. | refused |
//! | MIMI-28 | Texts (`UTF8String`) are without NUL. | refused |
//! | MIMI-29 | The room's URI is one (RFC 3986). | an alarm; no commit of ours does it |
//! | MIMI-30 | The avatar's URI, if there is one, is an `https` URI. | an alarm; no commit of ours does it |
//! | RP-1 | Each participant has one role, which is there. Indexes of roles are unique; role 1 is named `banned`; only role 0 joins openly. | refused |
//! | RP-2 | Roles do not change together with the participant list; the preauthorizations only together with removals. | refused |
//! | RP-3 | The first preauthorization all of whose claims are made counts, for those who are not listed and for changing one's own role. | refused |
//! | RP-4 | In a room of fixed membership no users come or go, and no role may add them. | refused |
//! | RP-5 | A room names a parent if it depends on one, and only then. | refused |
//! | RP-6 | Clients and users that are not banned are not more than the base policy takes. | refused |
//! | RP-7 | External senders have the rights for which their credentials preauthorize them. | refused |
//! | RP-8 | Assets are on hosts that the policy names: [`AssetPolicy::allows_host`]. | for the application |
//! | RP-9 | Roles that are spoken of are there. The history is shared by roles that can have clients. | an alarm; the latter is refused |
//! | RP-10 | The verdict is a function of the epochs and the proposals, the same on members and hubs. | |
//! | RP-11 to RP-24 | Each deed needs its right; see below. | refused |
//! | RP-25 | A preauthorization has claims, or it is one for everybody. | an alarm; no commit of ours does it |
//! | RP-26 | Unknown rights are kept, and give none. | |
//! | RP-27, RP-28 | No commit brings a role above its maximum, or below its minimum. | refused |
//! | RP-29 | What another component asks about needs its right. | refused, if it asks |
//! | RP-30 | Finding links in text is never required. | refused |
//! | RP-31 | Where logging is required, somebody logs. | an alarm; no commit of ours does it |
//! | RP-32 | A bot inside of somebody's client has no role. | refused |
//! | RP-33 | Join links that are removed are there. | refused |
//! | RP-34 | A room with a policy has a participant list. | an alarm; no commit of ours does it |
//!
//! MIMI-28 to MIMI-30 are what the draft's struct definitions say of their fields. It leaves the
//! syntax of its URIs open, so a client must not part from a group over one.
//!
//! | rule | deed | needs |
//! |---|---|---|
//! | RP-11 | add a user, or clients of another | `ADD_PARTICIPANT`, and the move from 0 to its role |
//! | RP-12 | add a client of one's own, in whatever way | `ADD_OWN_CLIENT` |
//! | RP-13 | join as a stranger | `JOIN_IF_PREAUTHORIZED` of the role; or `OPEN_JOIN` or `USE_JOIN_CODE` of role 0, and its move to the role |
//! | RP-14 | remove a user, with its clients | `REMOVE_PARTICIPANT`, and the move from its role to 0 |
//! | RP-15 | leave | `REMOVE_SELF`, and the move from one's role to 0 |
//! | RP-16 | remove a client of one's own and stay | `REMOVE_OWN_CLIENT` |
//! | RP-17 | remove clients of another, who stays | `KICK` |
//! | RP-18 | change the role of another | `CHANGE_USER_ROLE`, and the move |
//! | RP-19 | change one's own role | `CHANGE_OWN_ROLE`, and to be preauthorized for the new one |
//! | RP-20 | ban another | `BAN`, and the move from its role to 1; or as RP-18 and RP-17 |
//! | RP-21 | lift a ban | `UNBAN` or `CHANGE_USER_ROLE`, and the move from 1 |
//! | RP-22 | change a policy, or drop it | the right of that policy ([`RoomPolicy::RIGHT`]) |
//! | RP-23 | change a field of the metadata | the right of that field; the URI never changes |
//! | RP-24 | propose a ReInit | `SEND_MLS_REINIT_PROPOSAL` |
//!
//! ```
//! use mls_trellis_hooks::{Action, Actor, EpochState, LeafIndex, LeafInfo, wire};
//! use mls_trellis_mimi_room::{
//!     Capability, MIMI_ROOM, ParticipantList, Participants, ParticipantsUpdate, Policy, Role, Roles,
//! };
//! # use mls_trellis_hooks::{ComponentId, Origin, Plugins};
//!
//! let banned = Role::banned();
//! let user = Role::new(2, "user").with([Capability::SEND_MESSAGE]);
//! let admin = Role::new(3, "admin").with([Capability::ADD_PARTICIPANT]).moving(0, [2]);
//! let roles = Roles { roles: vec![banned, user, admin] };
//! let list = Participants::of([("alice", 3), ("bob", 2)]);
//!
//! let epoch = EpochState::new(b"room")
//!     .with_leaf(LeafIndex(0), LeafInfo::basic("alice"))
//!     .with_leaf(LeafIndex(1), LeafInfo::basic("bob"))
//!     .with_data(ComponentId(0x0022), wire::encode(&list)?)
//!     .with_data(ComponentId(0x0025), wire::encode(&roles)?);
//! assert_eq!(epoch.state::<ParticipantList>()?, Some(list.clone()));
//! assert_eq!(epoch.state::<Policy<Roles>>()?, Some(roles));
//!
//! // Who adds erin to the list, and her clients to the group, does both in one commit.
//! let erin = ParticipantsUpdate::add("erin", 2);
//! let bob_goes = list.remove("bob").ok_or("bob is not listed")?;
//! assert_eq!(bob_goes.removed_indices, [1]);
//!
//! # let plugins = Plugins::builder().add(MIMI_ROOM.make(), Origin::here()).build()?;
//! # let epoch = epoch.with_plugins(&plugins);
//! // In a group, the room's policy answers for others.
//! let bob = Actor::Member(LeafIndex(1));
//! assert_eq!(epoch.may(&bob, &Action::new("message", "send")), Some(Ok(())));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod franking;
mod hooks;
mod state;
mod wire;

pub use hooks::{
    JoinLinkList, MIMI_ROOM, MimiRoom, ParticipantList, Policy, RoomMetadata, RoomPolicy,
};
pub use state::{MimiUris, People};
pub use wire::{
    AppMessagePolicy, AssetPolicy, AssetUploadLocation, BANNED, BasePolicy, Bot, BotPolicy,
    Capability, Claim, ClaimId, Download, DownloadPrivacy, Expiration, ExpirationPolicy,
    ExtendedCapabilities, Flag, History, HistoryPolicy, JoinLinkPolicy, JoinLinks, JoinLinksUpdate,
    LinkPreviewPolicy, Logging, LoggingPolicy, MediaRange, MediaRangeParameter, MediaRanges,
    Metadata, NO_ROLE, OperationalPolicy, Optionality, Participants, ParticipantsUpdate,
    PendingProposals, Preauth, PreauthEntry, ProviderUploadDomains, ProxyUse, RichDescription,
    Role, RoleChanges, Roles, StatusPolicy, TimeRange, UserIndexRole, UserRole,
};

//! The kit on the plugins of Trellis.

use mls_trellis_app_ack::{Acknowledgement, AppAck, MessageRange};
use mls_trellis_basic::Basic;
use mls_trellis_content_media::{ContentMedia, MediaTypeList};
use mls_trellis_hooks::{Credential, CredentialType, MediaType};
use mls_trellis_kit::{Effort, Report, Subject, check, facets};
use mls_trellis_kp_context::{Context, ContextPair, KpContext};
use mls_trellis_last_resort::{LastResort, Marker};
use mls_trellis_mimi_content::MimiContent;
use mls_trellis_mimi_room::franking::*;
use mls_trellis_mimi_room::*;
use mls_trellis_multi::MultiCredentials;
use mls_trellis_poll::{Ballot, Phase, Poll, Reminder, Update};
use mls_trellis_ratchet_tree_options::{DomainList, RatchetTreeOptions, SourceDomains};
use mls_trellis_self_remove::SelfRemove;
use mls_trellis_targeted_messages::TargetedMessages;
use mls_trellis_trust_anchors::{Anchor, TrustAnchors, Vouched};
use mls_trellis_x509::X509;

/// `KIT_EFFORT=long` tries harder.
fn passes(subject: Subject) -> Report {
    let effort = match std::env::var("KIT_EFFORT").as_deref() {
        Ok("long") => Effort::long(),
        _ => Effort::quick(),
    };
    check(&subject.effort(effort)).unwrap()
}

#[test]
fn polls() {
    let ballot = Ballot {
        question: "Lunch?".into(),
        options: vec!["soup".into(), "rice".into()],
        owner: b"alice".into(),
        votes: [(b"bob".into(), 1)].into_iter().collect(),
        phase: Phase::Closed,
    };
    let report = passes(
        Subject::new(Poll::default)
            .component(facets!(Poll))
            .states::<Poll>([ballot])
            .updates::<Poll>([
                Update::open("Lunch?", ["soup", "rice"]),
                Update::open("Dinner?", ["soup"]),
                Update::Vote { option: 0 },
                Update::Vote { option: 1 },
                Update::Close,
                Update::open("", []),
            ])
            .notices::<Poll>([Reminder {
                text: "closes at noon".into(),
            }]),
    );
    assert!(report.updates > 0 && report.notices > 0, "{report:#?}");
    assert!(report.refused > 0, "{report:#?}");
}

#[test]
fn rooms() {
    let garden = Metadata::new("mimi://a.example/r/garden", "Garden");
    let mut described = garden.clone();
    described
        .room_descriptions
        .push(RichDescription::text("What grows, and when."));
    described.room_avatar = "https://a.example/garden.png".into();
    let mut refused = garden.clone();
    refused.room_mood = "\0".into();
    let (list, updates) = participants();
    let subject = Subject::new(MimiRoom::default)
        .component(facets!(RoomMetadata))
        .component(facets!(ParticipantList))
        .component(facets!(JoinLinkList))
        .states::<RoomMetadata>([garden.clone(), described.clone()])
        .updates::<RoomMetadata>([garden, described, refused])
        .states::<ParticipantList>([list])
        .updates::<ParticipantList>(updates)
        .states::<JoinLinkList>([JoinLinks::default()])
        .updates::<JoinLinkList>([JoinLinksUpdate {
            removed_indices: vec![0],
            added_links: vec![b"link".into()],
        }]);
    let user = Role::new(2, "user")
        .with([
            Capability::ADD_OWN_CLIENT,
            Capability::REMOVE_OWN_CLIENT,
            Capability::CHANGE_ROOM_NAME,
        ])
        .moving(2, [0]);
    let everything = (0..0x0700).map(Capability);
    let admin = Role::new(3, "admin")
        .with(everything.filter(|right| *right != Capability::OPEN_JOIN))
        .moving(0, [2, 3])
        .moving(2, [0, 1, 3])
        .moving(3, [2]);
    let roles = Roles {
        roles: vec![Role::banned(), user, admin.clone()],
    };
    let no_roles = Roles { roles: Vec::new() };
    let preauth = Preauth {
        preauthorized_entries: vec![PreauthEntry {
            claimset: vec![Claim::new(CredentialType::BASIC, "", b"bob")],
            target_role: admin,
        }],
    };
    let limited = BasePolicy {
        max_clients: Some(5),
        ..BasePolicy::default()
    };
    let single = BasePolicy {
        max_clients: Some(1),
        ..BasePolicy::default()
    };
    let subject = policy(subject, [roles.clone()], [roles, no_roles]);
    let subject = policy(subject, [preauth.clone(), Preauth::default()], [preauth]);
    let subject = policy(subject, [limited.clone()], [limited, single]);
    let report = passes(other_policies(subject));
    assert!(report.updates > 0 && report.refused > 0, "{report:#?}");
    assert!(report.external_joins > 0, "{report:#?}");
}

/// Everybody of the walks is listed, so that clients come and go without updates.
fn participants() -> (Participants, Vec<ParticipantsUpdate>) {
    let users = ["bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
    let list = Participants::of(
        users
            .map(|user| (user, 2))
            .into_iter()
            .chain([("alice", 3)]),
    );
    let updates = vec![
        ParticipantsUpdate::add("ivan", 2),
        ParticipantsUpdate::add("judy", 9),
        list.change("bob", 3).unwrap(),
        list.change("carol", 1).unwrap(),
        list.remove("heidi").unwrap(),
    ];
    (list, updates)
}

/// A policy with values to start with, and values to change it to.
fn policy<P: RoomPolicy>(
    subject: Subject,
    states: impl IntoIterator<Item = P>,
    updates: impl IntoIterator<Item = P>,
) -> Subject {
    let subject = subject.component(facets!(Policy<P>));
    subject
        .states::<Policy<P>>(states)
        .updates::<Policy<P>>(updates)
}

fn other_policies(subject: Subject) -> Subject {
    let status = StatusPolicy {
        delivery_notifications: Optionality::Optional,
        read_receipts: Optionality::Forbidden,
    };
    let links = JoinLinkPolicy {
        on_request: Flag(true),
        join_link: "https://a.example/join".into(),
        multiuser: Flag(false),
        expiration: 60,
    };
    let previews = LinkPreviewPolicy {
        autodetect_hyperlinks_in_text: Optionality::Optional,
        send_link_previews: Optionality::Optional,
        automatic_link_previews: Optionality::Forbidden,
        link_preview_proxy_use: ProxyUse::Forbidden,
    };
    let assets = AssetPolicy {
        asset_upload_location: AssetUploadLocation::Unspecified,
        upload_domains: Vec::new(),
        download_privacy: DownloadPrivacy {
            allowed_download_types: vec![Download::Direct],
            forbidden_download_types: Vec::new(),
            default_download_type: Download::Direct,
        },
        max_image: 1,
        max_audio: 1,
        max_video: 1,
        max_attachment: 1,
        forbidden_media_types: Vec::new(),
        permitted_media_types: Some(MediaRanges::default()),
    };
    let operational = OperationalPolicy::default();
    let subject = policy(subject, [operational.clone()], [operational]);
    let subject = policy(subject, [status], [status]);
    let subject = policy(subject, [links.clone()], [links]);
    let subject = policy(subject, [previews.clone()], [previews]);
    let subject = policy(subject, [assets.clone()], [assets]);
    let subject = policy(
        subject,
        [LoggingPolicy::Forbidden],
        [LoggingPolicy::Forbidden],
    );
    let subject = policy(
        subject,
        [HistoryPolicy::Forbidden],
        [HistoryPolicy::Forbidden],
    );
    let subject = policy(subject, [BotPolicy::default()], [BotPolicy::default()]);
    policy(
        subject,
        [ExpirationPolicy::Forbidden],
        [ExpirationPolicy::Forbidden],
    )
}

#[test]
fn media_types() {
    let list = |types: &[&str]| {
        let types = types.iter().map(|essence| MediaType::new(*essence));
        MediaTypeList::new(types).unwrap()
    };
    let (text, both) = (
        list(&["text/plain"]),
        list(&["application/octet-stream", "text/plain"]),
    );
    let nobody_reads = list(&["text/plain", "image/avif"]);
    let report = passes(
        Subject::new(ContentMedia::default)
            .component(facets!(ContentMedia))
            .states::<ContentMedia>([text.clone(), both.clone()])
            .updates::<ContentMedia>([text.clone(), both, nobody_reads])
            .leaves::<ContentMedia>([text]),
    );
    assert!(report.updates > 0 && report.refused > 0, "{report:#?}");
    assert!(report.messages > 0, "{report:#?}");
}

#[test]
fn last_resort_key_packages() {
    let subject = Subject::new(LastResort::default).component(facets!(LastResort));
    let report = passes(subject.marks::<LastResort>([Marker]));
    assert!(report.welcomes > 0, "{report:#?}");
}

#[test]
fn contexts_of_key_packages() {
    let contexts = [
        Context::group_id(b"room").unwrap(),
        Context::group_id(b"another room").unwrap(),
        Context::domain("hub.example").unwrap(),
    ];
    let pairs = contexts.iter().map(ContextPair::from);
    let subject = Subject::new(KpContext::default).key_package_extensions::<KpContext>(pairs);
    let report = passes(subject);
    assert!(report.welcomes > 0 && report.refused > 0, "{report:#?}");
}

#[test]
fn mimi_content() {
    let report = passes(Subject::new(MimiContent::default));
    assert!(report.messages > 0, "{report:#?}");
}

#[test]
fn targeted_messages() {
    let report = passes(Subject::new(TargetedMessages::default));
    assert!(report.welcomes > 0, "{report:#?}");
}

#[test]
fn franking() {
    let agent = |key: &[u8]| FrankingAgent::new(key, &Credential::basic("mimi://a.example"));
    let report = passes(
        Subject::new(Franking::default)
            .component(facets!(FrankTag))
            .component(facets!(FrankingKey))
            .states::<FrankingKey>([agent(b"key")])
            .updates::<FrankingKey>([agent(b"key"), agent(b"another key")]),
    );
    assert!(report.updates > 0 && report.refused > 0, "{report:#?}");
}

#[test]
fn acknowledgements() {
    let range = |sender, first_generation, last_generation| Acknowledgement {
        received_ranges: vec![MessageRange {
            sender,
            first_generation,
            last_generation,
        }],
    };
    let report = passes(
        Subject::new(AppAck::default)
            .component(facets!(AppAck))
            .notices::<AppAck>([
                Acknowledgement::default(),
                range(0, 0, 4),
                range(0, 4, 0),
                range(99, 0, 0),
            ]),
    );
    assert!(report.notices > 0 && report.refused > 0, "{report:#?}");
}

#[test]
fn self_removes() {
    let report = passes(Subject::new(SelfRemove::default));
    assert!(report.removals > 0, "{report:#?}");
}

#[test]
fn ratchet_tree_options() {
    let lists = [&["a.example"][..], &["a.example", "b.example"]];
    let lists = lists.map(|domains| DomainList::new(domains.iter().copied()).unwrap());
    let subject = Subject::new(RatchetTreeOptions::default);
    let report = passes(subject.context_extensions::<SourceDomains>(lists));
    assert!(report.welcomes > 0, "{report:#?}");
}

#[test]
fn basic_credentials() {
    let report = passes(Subject::new(Basic::default));
    assert!(report.welcomes > 0, "{report:#?}");
}

#[test]
fn multi_credentials() {
    let report = passes(Subject::new(MultiCredentials::default));
    assert!(report.welcomes > 0, "{report:#?}");
}

/// An anchor of certificates, in hexadecimal DER.
const ROOT: &str = "\
    3082010e3081c1a003020102020101300506032b6570300f310d300b06035504030c04726f6f74301e170d32\
    30303130313030303030305a170d3430303130313030303030305a300f310d300b06035504030c04726f6f74\
    302a300506032b657003210066be7e332c7a453332bd9d0a7f7db055f5c5ef1a06ada66d98b39fb6810c473a\
    a3423040300f0603551d130101ff040530030101ff300e0603551d0f0101ff040403020204301d0603551d0e\
    04160414000b070707070707070707070707070707070707300506032b6570034100a09f81b94a460a39825e\
    297099b2438ff226721429e754f000f87bdc25ffab2d73a76956423caa489cc17daf9906afee30f10b20e66c\
    0de001530592c7f5db0d\
";

#[test]
fn x509_credentials() {
    let digits = ROOT.as_bytes().chunks(2);
    let root: Vec<_> = digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let report = passes(Subject::new(move || {
        X509::new(
            mls_trellis_x509::Policy::default()
                .anchor(&root, ["a.example"])
                .unwrap(),
        )
    }));
    assert!(report.welcomes > 0, "{report:#?}");
}

#[test]
fn trust_anchors() {
    let name = Anchor::new(CredentialType::BASIC, b"");
    let certificate = Anchor::new(CredentialType::X509, b"DER");
    let known = |domains: &[&str]| {
        let entry = |domain: &&str| ((*domain).into(), vec![name.clone()]);
        Vouched {
            domains: domains.iter().map(entry).collect(),
        }
    };
    let put = |domain: &str, anchors: &[&Anchor]| {
        let anchors = anchors.iter().copied().cloned();
        mls_trellis_trust_anchors::Update::put(domain, anchors)
    };
    let subject = Subject::new(TrustAnchors::default)
        .component(facets!(TrustAnchors))
        .identities(|name| Credential::basic(&format!("mimi://a.example/d/{name}")))
        .states::<TrustAnchors>([known(&["a.example"]), known(&["a.example", "b.example"])])
        .updates::<TrustAnchors>([
            put("a.example", &[&name]),
            put("a.example", &[&name, &certificate]),
            put("a.example", &[&certificate]),
            put("a.example", &[]),
            put("b.example", &[&name]),
            mls_trellis_trust_anchors::Update::drop("a.example"),
        ]);
    let report = passes(subject);
    assert!(report.updates > 0 && report.refused > 0, "{report:#?}");
}

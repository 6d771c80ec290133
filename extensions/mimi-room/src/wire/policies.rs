//! Policies that clients keep by themselves (draft-ietf-mimi-room-policy-03, section 6).
//!
//! Where the draft writes `mandatory` in one place and `required` in another, it is one value here:
//! [`Optionality::Required`].

use mls_trellis_hooks::wire::{Opaque, Text};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use super::Flag;

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Optionality {
    /// As each client likes.
    Optional = 0,
    /// Always.
    Required = 1,
    /// Never.
    Forbidden = 2,
}

/// Delivery notifications and read receipts: `StatusNotificationPolicy` of the draft, section 6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct StatusPolicy {
    /// "It has arrived."
    pub delivery_notifications: Optionality,
    /// "It was read."
    pub read_receipts: Optionality,
}

/// How join links come to be (section 6.2).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct JoinLinkPolicy {
    /// One at a time, fetched or made on request.
    pub on_request: Flag,
    /// Where to ask for one.
    pub join_link: Text,
    /// A link may be used by several users.
    pub multiuser: Flag,
    /// How long a new link is valid, in seconds.
    pub expiration: u32,
}

/// The join links that are valid now (section 6.2): `JoinLinksData` of the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct JoinLinks {
    /// The links, in the order in which they came. Updates name them by their position.
    pub links: Vec<Opaque>,
}

/// A change of the join links.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct JoinLinksUpdate {
    /// Which go, by position in the list before the update.
    pub removed_indices: Vec<u32>,
    /// Which come. They are appended.
    pub added_links: Vec<Opaque>,
}

/// Previews of links in messages (section 6.3).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct LinkPreviewPolicy {
    /// Whether composers find links in plain text. Never required.
    pub autodetect_hyperlinks_in_text: Optionality,
    /// Whether senders send previews.
    pub send_link_previews: Optionality,
    /// Whether receivers make previews.
    pub automatic_link_previews: Optionality,
    /// Whether a proxy is asked for them, and which.
    pub link_preview_proxy_use: ProxyUse,
}

/// Whether a proxy is used, and its URI.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum ProxyUse {
    /// As each client likes.
    #[tls_codec(discriminant = 0)]
    Optional(Text),
    /// Always.
    Required(Text),
    /// Never.
    Forbidden,
}

/// Files, images, sounds and films (section 6.4).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct AssetPolicy {
    /// Where they are put.
    pub asset_upload_location: AssetUploadLocation,
    /// The hosts, provider by provider.
    pub upload_domains: Vec<ProviderUploadDomains>,
    /// How they are fetched.
    pub download_privacy: DownloadPrivacy,
    /// The largest image, in bytes.
    pub max_image: u64,
    /// The largest sound, in bytes.
    pub max_audio: u64,
    /// The largest film, in bytes.
    pub max_video: u64,
    /// The largest attachment, in bytes.
    pub max_attachment: u64,
    /// What must not be sent.
    pub forbidden_media_types: Vec<MediaRange>,
    /// What alone may be sent, if there is a list.
    pub permitted_media_types: Option<MediaRanges>,
}

/// Where assets are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum AssetUploadLocation {
    /// Anywhere.
    Unspecified = 0,
    /// At the sender's own provider.
    LocalProvider = 1,
    /// At the hub.
    Hub = 2,
}

/// The hosts of one provider.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ProviderUploadDomains {
    /// The provider's domain name.
    pub provider: Opaque,
    /// The hosts for its users' assets.
    pub asset_upload_destinations: Vec<Opaque>,
}

/// How assets are fetched.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct DownloadPrivacy {
    /// In these ways,
    pub allowed_download_types: Vec<Download>,
    /// not in these,
    pub forbidden_download_types: Vec<Download>,
    /// and in this one unless there is a reason.
    pub default_download_type: Download,
}

/// A way to fetch an asset: `DownloadPrivacyType` of the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Download {
    /// From its host.
    Direct = 0,
    /// Through the hub.
    HubProxy = 1,
    /// By Oblivious HTTP.
    Ohttp = 2,
}

/// A media type, or all that only add parameters to it: `MediaType` of
/// draft-ietf-mls-extensions-10, section 6.2.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct MediaRange {
    /// Type and subtype, such as `text/plain`.
    pub media_type: Opaque,
    /// Parameters.
    pub parameters: Vec<MediaRangeParameter>,
}

/// A parameter of a media type.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct MediaRangeParameter {
    /// Its name.
    pub parameter_name: Opaque,
    /// Its value.
    pub parameter_value: Opaque,
}

/// A list of media types that is there, even if it is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct MediaRanges {
    /// The media types.
    pub media_types: Vec<MediaRange>,
}

/// Whether messages are logged (section 6.5).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum LoggingPolicy {
    /// If there is a logging client.
    #[tls_codec(discriminant = 0)]
    Optional(Logging),
    /// They are.
    Required(Logging),
    /// They are not.
    Forbidden,
}

/// Who logs, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Logging {
    /// The URIs of the clients that log.
    pub logging_clients: Vec<Text>,
    /// The logging policy for machines; may be empty.
    pub machine_readable_policy: Text,
    /// The logging policy for people; may be empty.
    pub human_readable_policy: Text,
}

/// Whether joiners are shown what was said before (section 6.6).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum HistoryPolicy {
    /// As each client likes.
    #[tls_codec(discriminant = 0)]
    Optional(History),
    /// Always.
    Required(History),
    /// Never.
    Forbidden,
}

/// Who shares what.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct History {
    /// Who shares, by role.
    pub roles_that_can_share: Vec<u32>,
    /// Without being asked.
    pub automatically_share: Flag,
    /// How far back, in seconds.
    pub max_time_period: u32,
}

/// Which bots there are (section 6.7).
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct BotPolicy {
    /// The bots.
    pub allowed_bots: Vec<Bot>,
}

/// A bot.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Bot {
    /// Its name.
    pub name: Opaque,
    /// What it does.
    pub description: Opaque,
    /// Where to read more.
    pub homepage: Text,
    /// It sees the room through somebody's client and is no participant.
    pub local_client_bot: Flag,
    /// Its role; 0 for a bot that is no participant.
    pub bot_role_index: u32,
    /// It writes to single members.
    pub can_target_message_in_group: Flag,
    /// It tells each member something else.
    pub per_user_content: Flag,
}

/// Whether messages expire (section 6.8): `MessageExpiration` of the draft.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum ExpirationPolicy {
    /// As each sender likes.
    #[tls_codec(discriminant = 0)]
    Optional(Expiration),
    /// They do.
    Required(Expiration),
    /// They do not.
    Forbidden,
}

/// After how many seconds messages expire.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Expiration {
    /// Not earlier.
    pub min_expiration_duration: u32,
    /// Not later.
    pub max_expiration_duration: u32,
    /// Unless there is a reason.
    pub default_expiration_duration: Option<u32>,
}

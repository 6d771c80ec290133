//! What stands in the GroupContext, and in updates of it.

mod base;
mod metadata;
mod operational;
mod participants;
mod policies;
mod preauth;
mod roles;

pub use base::{BasePolicy, Flag};
pub use metadata::{Metadata, RichDescription};
pub use operational::{
    AppMessagePolicy, ExtendedCapabilities, OperationalPolicy, PendingProposals, TimeRange,
};
pub use participants::{Participants, ParticipantsUpdate, UserIndexRole, UserRole};
pub use policies::{
    AssetPolicy, AssetUploadLocation, Bot, BotPolicy, Download, DownloadPrivacy, Expiration,
    ExpirationPolicy, History, HistoryPolicy, JoinLinkPolicy, JoinLinks, JoinLinksUpdate,
    LinkPreviewPolicy, Logging, LoggingPolicy, MediaRange, MediaRangeParameter, MediaRanges,
    Optionality, ProviderUploadDomains, ProxyUse, StatusPolicy,
};
pub use preauth::{Claim, ClaimId, Preauth, PreauthEntry};
pub use roles::{BANNED, Capability, NO_ROLE, Role, RoleChanges, Roles};

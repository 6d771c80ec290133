//! The rules: where a tree may be fetched, and what makes a GroupInfo whole.

use std::fmt;

use mls_trellis_hooks::{
    EpochState, ExtensionType, GroupInfoParts, Reject, TreeAt, TreeView,
    names::is_domain,
    wire::{self, Opaque, WireError},
};

use crate::{Domain, DomainList, PartialGroupInfo, Presence, RatchetTreeOption, SourceDomains};

/// The URL of a ratchet tree: `https`, a domain in A-labels, no user and no port.
///
/// ```
/// use mls_trellis_ratchet_tree_options::TreeUrl;
///
/// let url = TreeUrl::parse("https://Trees.example/room/7")?;
/// assert_eq!(url.host(), "trees.example");
/// # Ok::<(), mls_trellis_hooks::Reject>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeUrl {
    url: String,
    host: String,
}

impl TreeUrl {
    /// A URL of that form.
    ///
    /// # Errors
    /// RTO-2 when it is not `https`, RTO-3 when its host is no domain or has a user or port.
    pub fn parse(url: &str) -> Result<Self, Reject> {
        let scheme = url.get(..8).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("https://") {
            return Err(Reject::peer(
                "RTO-2",
                "the URL of the ratchet tree is not https",
            ));
        }
        let rest = url.get(8..).unwrap_or_default();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.to_ascii_lowercase();
        match is_domain(&host) && url.chars().all(|c| c.is_ascii_graphic() && c != '\\') {
            true => Ok(Self {
                url: url.to_owned(),
                host,
            }),
            false => Err(Reject::peer(
                "RTO-3",
                "the URL of the ratchet tree does not name a host by its domain alone",
            )),
        }
    }

    /// The URL as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Its host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for TreeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl DomainList {
    /// A list of these domains.
    ///
    /// # Errors
    /// RTO-9 without domains, RTO-3 when one is none.
    pub fn new<'a>(domains: impl IntoIterator<Item = &'a str>) -> Result<Self, Reject> {
        let mut list = Self {
            domains: Vec::new(),
        };
        for domain in domains {
            if !is_domain(domain) {
                let detail = format!("{domain:?} is no domain in A-labels, in lower case");
                return Err(Reject::misuse("RTO-3", detail));
            }
            list.domains.push(Domain {
                domain: domain.as_bytes().into(),
            });
        }
        list.check()?;
        Ok(list)
    }

    /// RTO-9: a list has a domain.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        match self.domains.is_empty() {
            true => Err(Reject::peer("RTO-9", "the list of source domains is empty")),
            false => Ok(()),
        }
    }

    /// Whether trees may be fetched from the host of this URL: exactly one of the domains, without
    /// regard to case, and no subdomain.
    #[must_use]
    pub fn allows(&self, url: &TreeUrl) -> bool {
        let host = url.host.as_bytes();
        self.domains
            .iter()
            .any(|domain| domain.domain.as_slice().eq_ignore_ascii_case(host))
    }
}

/// Whether the ratchet tree of a group may be fetched from this URL. To be asked for each redirect
/// too.
///
/// # Errors
/// RTO-2 when the URL is not `https`, or the group names domains and the host is none of them; RTO-3
/// when the host is not named by its domain alone; RTO-9 when the group's list is empty.
pub fn may_fetch(epoch: &EpochState, url: &str) -> Result<TreeUrl, Reject> {
    let url = TreeUrl::parse(url)?;
    let Some(domains) = epoch.extension_of::<SourceDomains>()? else {
        return Ok(url);
    };
    domains.check()?;
    match domains.allows(&url) {
        true => Ok(url),
        false => Err(Reject::peer(
            "RTO-2",
            format!("the group fetches no ratchet tree from {}", url.host),
        )),
    }
}

impl RatchetTreeOption {
    /// The tree itself, as `Group::ratchet_tree` and `PublicGroup::ratchet_tree` give it.
    ///
    /// # Errors
    /// When it is not one vector.
    pub fn full(ratchet_tree: &[u8]) -> Result<Self, WireError> {
        wire::decode(ratchet_tree).map(Self::Full)
    }

    /// The tree is at this URL.
    ///
    /// # Errors
    /// As [`may_fetch`], of the group that the tree is of.
    pub fn https(epoch: &EpochState, url: &str) -> Result<Self, Reject> {
        let url = may_fetch(epoch, url)?;
        Ok(Self::HttpsUri(url.url.into_bytes().into()))
    }

    /// The tree is at the distribution service, which can follow a group only if every handshake
    /// message of it is public.
    ///
    /// # Errors
    /// RTO-S1 when some are not.
    pub fn distribution_service(all_handshakes_public: bool) -> Result<Self, Reject> {
        match all_handshakes_public {
            true => Ok(Self::DistributionService),
            false => Err(Reject::misuse(
                "RTO-S1",
                "the distribution service cannot know the ratchet tree: there are private handshakes",
            )),
        }
    }

    /// Where the tree is, for a group of which this is known.
    pub(crate) fn locate(&self, cx: &TreeView<'_>) -> Result<TreeAt, Reject> {
        let here = match self {
            Self::Full(nodes) => {
                let tree = wire::encode(nodes);
                Some(tree.map_err(|e| Reject::peer("RTO-1", e.to_string()))?)
            }
            _ => None,
        };
        Ok(match (self, here, cx.inside) {
            (_, Some(here), Some(inside)) if here != inside => {
                return Err(Reject::peer(
                    "RTO-12",
                    "the ratchet tree beside the GroupInfo is not the one inside",
                ));
            }
            (.., Some(_)) => TreeAt::Inside,
            (_, Some(here), None) => TreeAt::Here(here),
            (Self::HttpsUri(url), ..) => {
                let url = std::str::from_utf8(url.as_slice()).unwrap_or_default();
                TreeAt::Location(may_fetch(cx.epoch, url)?.url)
            }
            (Self::DistributionService, ..) => place("distributionService", cx.epoch),
            _ => place("outOfBand", cx.epoch),
        })
    }
}

/// A location that names the group, as hexadecimal digits, and the epoch.
fn place(of: &str, epoch: &EpochState) -> TreeAt {
    let group: String = epoch.group_id.iter().map(|b| format!("{b:02x}")).collect();
    TreeAt::Location(format!("{of}:{group}/{}", epoch.epoch))
}

impl Presence {
    /// Of a GroupInfo, and of the one before it.
    #[must_use]
    pub fn of(previous: bool, current: bool) -> Self {
        match (previous, current) {
            (false, false) => Self::NoRatchetTree,
            (true, true) => Self::Present,
            (true, false) => Self::Removed,
            (false, true) => Self::Added,
        }
    }

    /// Whether the last GroupInfo has the tree inside.
    #[must_use]
    pub fn previous(self) -> bool {
        matches!(self, Self::Present | Self::Removed)
    }

    /// Whether this GroupInfo has the tree inside.
    #[must_use]
    pub fn current(self) -> bool {
        matches!(self, Self::Present | Self::Added)
    }
}

impl PartialGroupInfo {
    /// The short form of a GroupInfo, which our own commit came with. `previous` says whether the last
    /// one has the ratchet tree inside.
    #[must_use]
    pub fn new(parts: &GroupInfoParts, previous: bool) -> Self {
        Self {
            presence: Presence::of(previous, parts.tree_inside),
            extensions: parts.extensions.clone(),
            signature: parts.signature.clone(),
        }
    }

    /// What a hub completes. `previous` says whether the last GroupInfo that the hub has had the tree
    /// inside, if it has any.
    ///
    /// # Errors
    /// RTO-6 when the ratchet tree is among the extensions, RTO-7 when the last GroupInfo is not as the
    /// committer says.
    pub fn parts(&self, previous: Option<bool>) -> Result<GroupInfoParts, Reject> {
        let tree = |extension: &ExtensionType| *extension == ExtensionType::RATCHET_TREE;
        if self.extensions.iter().any(|e| tree(&e.extension_type)) {
            return Err(Reject::peer(
                "RTO-6",
                "the ratchet tree is among the extensions of a partial GroupInfo",
            ));
        }
        if previous.is_some_and(|previous| previous != self.presence.previous()) {
            return Err(Reject::peer(
                "RTO-7",
                "the committer takes the last GroupInfo for another than it is",
            ));
        }
        Ok(GroupInfoParts {
            extensions: self.extensions.clone(),
            tree_inside: self.presence.current(),
            signature: Opaque(self.signature.0.clone()),
        })
    }
}

//! One member of a group, as its leaf says.

use std::{collections::BTreeSet, fmt, sync::Arc};

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use crate::{
    CipherSuite, ComponentId, CredentialType, Dictionary, ExtensionType, ProposalType,
    WireFormatId, names,
    wire::{self, Opaque},
};

/// A member's position in the ratchet tree. Positions are reused: never key lasting state by one,
/// use the member's [`Identity`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIndex(pub u32);

impl fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leaf {}", self.0)
    }
}

impl fmt::Debug for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeafIndex({})", self.0)
    }
}

/// Who a credential speaks of, as its kind reads it: stable over key changes, comparable by bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub Arc<[u8]>);

impl Identity {
    /// The identity as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The domain that it is of, when it is a URI: its host, if that is in its one spelling.
    ///
    /// ```
    /// use mls_trellis_hooks::Identity;
    ///
    /// assert_eq!(Identity::from("mimi://a.example/d/alice").domain(), Some("a.example"));
    /// assert_eq!(Identity::from("alice").domain(), None);
    /// assert_eq!(Identity::from("mimi://evil@a.example/d/alice").domain(), None);
    /// ```
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        let (scheme, rest) = std::str::from_utf8(&self.0).ok()?.split_once("://")?;
        let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
        let in_scheme = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        let is_scheme = !scheme.is_empty() && scheme.chars().all(in_scheme);
        (is_scheme && names::is_host(host)).then_some(host)
    }
}

impl From<&[u8]> for Identity {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl From<&str> for Identity {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) if !text.chars().any(char::is_control) => f.write_str(text),
            _ => self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({self})")
    }
}

/// A credential as it stands in a leaf, not interpreted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Credential {
    /// Its type.
    pub credential_type: CredentialType,
    /// What follows the type: the content of one `opaque<V>`.
    pub content: Arc<[u8]>,
}

impl Credential {
    /// A basic credential (RFC 9420, section 5.3).
    #[must_use]
    pub fn basic(identity: &str) -> Self {
        Self {
            credential_type: CredentialType::BASIC,
            content: identity.as_bytes().into(),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = Identity(self.content.clone());
        write!(f, "Credential({}, {content})", self.credential_type)
    }
}

/// An extension that this crate does not interpret.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TlsSize, TlsSerialize, TlsDeserialize,
)]
pub struct RawExtension {
    /// Its type.
    pub extension_type: ExtensionType,
    /// Its `extension_data`, byte for byte.
    pub data: Opaque,
}

/// What a client says it supports (RFC 9420, section 7.2). Unknown values, GREASE among them, are
/// kept and never matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Cipher suites.
    pub cipher_suites: BTreeSet<CipherSuite>,
    /// Extensions other than the default ones.
    pub extensions: BTreeSet<ExtensionType>,
    /// Proposals other than the default ones.
    pub proposals: BTreeSet<ProposalType>,
    /// Credential types.
    pub credentials: BTreeSet<CredentialType>,
}

/// When a KeyPackage may be used, in seconds of Unix time (RFC 9420, section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Not earlier than this.
    pub not_before: u64,
    /// Not later than this.
    pub not_after: u64,
}

/// A leaf, as far as rules may depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafInfo {
    /// Who the member is, read from the credential by its kind.
    pub identity: Identity,
    /// The user whose client the member is, if the credential's kind tells users from clients.
    pub user: Option<Identity>,
    /// The credential itself.
    pub credential: Credential,
    /// The public key that verifies the member's signatures.
    pub signature_key: Arc<[u8]>,
    /// The public HPKE key of the leaf.
    pub encryption_key: Arc<[u8]>,
    /// What the client supports.
    pub capabilities: Capabilities,
    /// The leaf's `app_data_dictionary`, or `None` when the leaf has none.
    pub dictionary: Option<Dictionary>,
    /// The leaf's other extensions.
    pub extensions: Vec<RawExtension>,
    /// When the KeyPackage may be used, if the leaf came in one.
    pub lifetime: Option<Lifetime>,
}

impl LeafInfo {
    /// A leaf for tests: a basic credential, keys made of its name, and nothing supported.
    #[must_use]
    pub fn basic(name: &str) -> Self {
        let key = |kind: &str| Arc::from(format!("{kind} of {name}").as_bytes());
        Self {
            identity: name.into(),
            user: None,
            credential: Credential::basic(name),
            signature_key: key("signature key"),
            encryption_key: key("encryption key"),
            capabilities: Capabilities::default(),
            dictionary: None,
            extensions: Vec::new(),
            lifetime: None,
        }
    }

    /// The same leaf with `app_components` listing these components.
    #[must_use]
    pub fn supporting(self, ids: impl IntoIterator<Item = ComponentId>) -> Self {
        let list: Vec<_> = ids.into_iter().collect();
        let data = wire::encode(&list).unwrap_or_default();
        self.with_data(ComponentId::APP_COMPONENTS, data)
    }

    /// The same leaf with an entry in its dictionary.
    #[must_use]
    pub fn with_data(mut self, id: ComponentId, data: Vec<u8>) -> Self {
        let dictionary = self.dictionary.get_or_insert_default();
        dictionary.insert(id, data.into());
        self
    }

    /// The component's entry in the leaf's dictionary.
    #[must_use]
    pub fn data(&self, id: ComponentId) -> Option<&[u8]> {
        self.dictionary.as_ref()?.get(&id).map(Opaque::as_slice)
    }

    /// The components the client lists as supported. An absent or malformed list supports nothing
    /// but the two that everyone with a dictionary must understand (NEG-9).
    #[must_use]
    pub fn components(&self) -> BTreeSet<ComponentId> {
        let mut ids = self.listed(ComponentId::APP_COMPONENTS);
        if self
            .capabilities
            .extensions
            .contains(&ExtensionType::APP_DATA_DICTIONARY)
        {
            ids.extend([ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD]);
        }
        ids
    }

    /// The components whose AAD items the client lists as understood.
    #[must_use]
    pub fn aad_components(&self) -> BTreeSet<ComponentId> {
        self.listed(ComponentId::SAFE_AAD)
    }

    /// The wire formats the client lists as supported, besides those of RFC 9420. An absent or
    /// malformed list supports none (WF-8).
    #[must_use]
    pub fn wire_formats(&self) -> BTreeSet<WireFormatId> {
        self.extension(ExtensionType::SUPPORTED_WIRE_FORMATS)
            .and_then(|data| wire::decode::<Vec<WireFormatId>>(data).ok())
            .into_iter()
            .flatten()
            .filter(|format| !format.is_default())
            .collect()
    }

    /// An extension of the leaf that is not the dictionary.
    #[must_use]
    pub fn extension(&self, extension_type: ExtensionType) -> Option<&[u8]> {
        let mut found = self.extensions.iter();
        found
            .find(|extension| extension.extension_type == extension_type)
            .map(|extension| extension.data.as_slice())
    }

    /// Whether the other leaf has the same credential and signature key.
    #[must_use]
    pub fn same_credential(&self, other: &Self) -> bool {
        self.credential == other.credential && self.signature_key == other.signature_key
    }

    fn listed(&self, list: ComponentId) -> BTreeSet<ComponentId> {
        self.data(list)
            .and_then(|data| wire::decode::<Vec<ComponentId>>(data).ok())
            .map(BTreeSet::from_iter)
            .unwrap_or_default()
    }
}

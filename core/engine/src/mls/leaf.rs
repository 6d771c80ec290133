//! What a client says of itself: LeafNode and KeyPackage (RFC 9420, sections 7.2 and 10).

pub(crate) use mls_trellis_hooks::RawExtension as Extension;
use mls_trellis_hooks::{
    CipherSuite, ComponentId, CredentialType, Dictionary, ExtensionType, ProposalType, Reject,
    wire::{self, Opaque},
};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// A credential whose body is one `opaque<V>`, as OpenMLS reads those of every type.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Credential {
    pub(crate) credential_type: CredentialType,
    pub(crate) content: Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Capabilities {
    pub(crate) versions: Vec<u16>,
    pub(crate) cipher_suites: Vec<CipherSuite>,
    pub(crate) extensions: Vec<ExtensionType>,
    pub(crate) proposals: Vec<ProposalType>,
    pub(crate) credentials: Vec<CredentialType>,
}

/// Where a leaf comes from.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum LeafNodeSource {
    #[tls_codec(discriminant = 1)]
    KeyPackage(Lifetime),
    #[tls_codec(discriminant = 2)]
    Update,
    /// The parent hash.
    #[tls_codec(discriminant = 3)]
    Commit(Opaque),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Lifetime {
    pub(crate) not_before: u64,
    pub(crate) not_after: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct LeafNode {
    pub(crate) encryption_key: Opaque,
    pub(crate) signature_key: Opaque,
    pub(crate) credential: Credential,
    pub(crate) capabilities: Capabilities,
    pub(crate) source: LeafNodeSource,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) signature: Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct KeyPackage {
    pub(crate) version: u16,
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) init_key: Opaque,
    pub(crate) leaf_node: LeafNode,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) signature: Opaque,
}

/// The `app_data_dictionary` among some extensions, decoded strictly
/// (draft-ietf-mls-extensions-10, section 4.6).
///
/// # Errors
/// ADD-1 when its entries are out of order, ADD-2 when one is there twice, ADD-3 when its bytes are
/// not exactly one dictionary; ADD-4 when the extension is there twice.
pub(crate) fn dictionary(extensions: &[Extension]) -> Result<Option<Dictionary>, Reject> {
    let is_dictionary = |e: &&Extension| e.extension_type == ExtensionType::APP_DATA_DICTIONARY;
    let mut found = extensions.iter().filter(is_dictionary);
    let Some(extension) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(Reject::peer(
            "ADD-4",
            "two app_data_dictionary extensions in one list",
        ));
    }
    let data = extension.data.as_slice();
    wire::decode(data).map(Some).map_err(|error| {
        let rule = disorder(data).unwrap_or("ADD-3");
        Reject::peer(rule, format!("app_data_dictionary: {error}"))
    })
}

/// The rule that the order of a dictionary's entries breaks, if it can be read but for that.
fn disorder(data: &[u8]) -> Option<&'static str> {
    let entries = wire::decode::<Vec<(ComponentId, Opaque)>>(data).ok()?;
    let mut ids = entries.iter().map(|(id, _)| *id);
    let mut last = ids.next()?;
    for id in ids {
        if id == last {
            return Some("ADD-2");
        }
        if id < last {
            return Some("ADD-1");
        }
        last = id;
    }
    None
}

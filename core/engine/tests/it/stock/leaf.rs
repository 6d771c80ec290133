//! What a stock client says of itself.

use mls_trellis_hooks::{ComponentId, Dictionary, wire};
use openmls::{
    extensions::{
        AppDataDictionary, AppDataDictionaryExtension, Extension, Extensions, UnknownExtension,
    },
    prelude::{Capabilities, LeafNode, LeafNodeParameters},
};
use tls_codec::Deserialize as _;

use crate::sample::TALLY;

/// What a leaf of ours says. The default says what the sample plugins say, without GREASE.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) dictionary: Option<Dictionary>,
    pub(crate) extensions: Vec<u16>,
    pub(crate) proposals: Vec<u16>,
    pub(crate) credentials: Vec<u16>,
    /// Further extensions of the leaf, in their bytes.
    pub(crate) raw: Vec<(u16, Vec<u8>)>,
}

impl Default for Leaf {
    fn default() -> Self {
        let leaf = Self {
            dictionary: Some(Dictionary::new()),
            extensions: vec![0x0006, 0x0007, 0x0008],
            proposals: vec![0x0008, 0x0009, 0x000a],
            credentials: vec![0x0001],
            raw: Vec::new(),
        };
        let both = [ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD];
        leaf.listing(both[0], &[both[0], both[1], TALLY])
            .listing(both[1], &[TALLY])
    }
}

impl Leaf {
    /// A leaf without a dictionary, of a client that knows RFC 9420 only.
    pub(crate) fn plain() -> Self {
        Self {
            dictionary: None,
            extensions: Vec::new(),
            proposals: Vec::new(),
            credentials: vec![0x0001],
            raw: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, id: ComponentId, data: &[u8]) -> Self {
        self.dictionary
            .get_or_insert_default()
            .insert(id, data.into());
        self
    }

    pub(crate) fn listing(self, list: ComponentId, ids: &[ComponentId]) -> Self {
        self.with(list, &wire::encode(&ids.to_vec()).unwrap())
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        Capabilities::builder()
            .extensions(self.extensions.iter().map(|e| (*e).into()).collect())
            .proposals(self.proposals.iter().map(|p| (*p).into()).collect())
            .credentials(self.credentials.iter().map(|c| (*c).into()).collect())
            .build()
    }

    pub(crate) fn extensions(&self) -> Extensions<LeafNode> {
        let dictionary = self.dictionary.as_ref().map(|dictionary| {
            let bytes = wire::encode(dictionary).unwrap();
            let decoded = AppDataDictionary::tls_deserialize(&mut &bytes[..]).unwrap();
            Extension::AppDataDictionary(AppDataDictionaryExtension::new(decoded))
        });
        let others = self.raw.iter().map(|(id, data)| raw(*id, data.clone()));
        Extensions::from_vec(dictionary.into_iter().chain(others).collect()).unwrap()
    }

    pub(crate) fn parameters(&self) -> LeafNodeParameters {
        LeafNodeParameters::builder()
            .with_capabilities(self.capabilities())
            .with_extensions(self.extensions())
            .build()
    }
}

/// An extension in bytes; OpenMLS writes the number as it is given.
pub(crate) fn raw(id: u16, data: Vec<u8>) -> Extension {
    Extension::Unknown(id, UnknownExtension(data))
}

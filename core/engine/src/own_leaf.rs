//! What our own leaves and key packages say: capabilities, component lists, GREASE.

use std::collections::BTreeSet;

use mls_trellis_hooks::{
    ComponentId, CredentialType, Dictionary, ExtensionType as Ext, Plugins, ProposalType as Prop,
    RawExtension, wire,
};
use openmls::{
    credentials::CredentialType as MlsCredentialType,
    extensions::{
        AppDataDictionary, AppDataDictionaryExtension, Extension, ExtensionType, Extensions,
        UnknownExtension,
    },
    messages::proposals::ProposalType,
    prelude::{Capabilities, LeafNode, LeafNodeParameters},
};
use openmls_traits::random::OpenMlsRand;

use crate::{Result, error::Error, judge};

/// The extensions beyond RFC 9420 that the engine itself understands.
const EXTENSIONS: [Ext; 3] = [
    Ext::APP_DATA_DICTIONARY,
    Ext::SUPPORTED_WIRE_FORMATS,
    Ext::REQUIRED_WIRE_FORMATS,
];

/// The proposals beyond RFC 9420 that the engine itself understands.
const PROPOSALS: [Prop; 2] = [Prop::APP_DATA_UPDATE, Prop::APP_EPHEMERAL];

/// Makes our leaves.
pub(crate) struct OwnLeaf<'a, R: OpenMlsRand> {
    pub(crate) plugins: &'a Plugins,
    pub(crate) grease: bool,
    pub(crate) rand: &'a R,
}

impl<R: OpenMlsRand> OwnLeaf<'_, R> {
    /// What we support. GREASE values are added where receivers must ignore them.
    pub(crate) fn capabilities(&self, also: &[Ext]) -> Capabilities {
        let linked = self.plugins.extensions().map(|entry| entry.extension_type);
        let mut extensions: Vec<Ext> = EXTENSIONS.into_iter().chain(linked).collect();
        for extension in also {
            if !extensions.contains(extension) {
                extensions.push(*extension);
            }
        }
        let kinds = self.plugins.proposals().map(|entry| entry.proposal_type);
        let proposals = PROPOSALS.into_iter().chain(kinds);
        let credentials = self.plugins.credentials();
        let capabilities = Capabilities::builder()
            .extensions(extensions.into_iter().map(extension_type).collect())
            .proposals(proposals.map(proposal_type).collect())
            .credentials(
                credentials
                    .map(|c| credential_type(c.credential_type))
                    .collect(),
            );
        match self.grease {
            true => capabilities.with_grease(self.rand).build(),
            false => capabilities.build(),
        }
    }

    /// The dictionary of a leaf: the components we support, whose AAD items we understand, and what
    /// each of them publishes.
    pub(crate) fn dictionary(&self) -> Result<Dictionary> {
        let aad = self
            .plugins
            .components()
            .filter(|entry| entry.aad_item.is_some());
        let aad: BTreeSet<_> = aad.map(|entry| entry.id).collect();
        let mut dictionary = Dictionary::new();
        let mut list = |id: ComponentId, ids: BTreeSet<ComponentId>| -> Result<()> {
            let ids: Vec<_> = ids.into_iter().chain(self.grease_id()).collect();
            let sorted: BTreeSet<_> = ids.into_iter().collect();
            let data = wire::encode(&sorted.into_iter().collect::<Vec<_>>())?;
            dictionary.insert(id, data.into());
            Ok(())
        };
        list(ComponentId::APP_COMPONENTS, judge::supported(self.plugins))?;
        list(ComponentId::SAFE_AAD, aad)?;
        for entry in self.plugins.components() {
            if let Some(data) = entry.leaf_data.as_ref().and_then(|leaf| leaf.publish()) {
                dictionary.insert(entry.id, data.into());
            }
        }
        self.add_grease(&mut dictionary);
        Ok(dictionary)
    }

    /// The extensions of a leaf.
    pub(crate) fn extensions(&self) -> Result<Extensions<LeafNode>> {
        let mut extensions = vec![dictionary_extension(&self.dictionary()?)];
        extensions.extend(self.published().iter().map(raw_extension));
        Extensions::from_vec(extensions).map_err(Error::mls("building our leaf"))
    }

    /// The raw extensions of our leaves: those of linked kinds, and which wire formats are linked.
    pub(crate) fn published(&self) -> Vec<RawExtension> {
        let published = self.plugins.extensions().filter_map(|entry| {
            let data = entry.leaf.as_ref()?.publish()?;
            Some(RawExtension {
                extension_type: entry.extension_type,
                data: data.into(),
            })
        });
        published.chain(self.wire_formats()).collect()
    }

    /// `supported_wire_formats`, where any beyond those of RFC 9420 are linked.
    fn wire_formats(&self) -> Option<RawExtension> {
        let formats: Vec<_> = self.plugins.wire_formats().map(|e| e.format).collect();
        if formats.is_empty() {
            return None;
        }
        Some(RawExtension {
            extension_type: Ext::SUPPORTED_WIRE_FORMATS,
            data: wire::encode(&formats).ok()?.into(),
        })
    }

    /// What replaces everything but the keys when our leaf is renewed.
    pub(crate) fn parameters(&self, also: &[Ext]) -> Result<LeafNodeParameters> {
        Ok(LeafNodeParameters::builder()
            .with_capabilities(self.capabilities(also))
            .with_extensions(self.extensions()?)
            .build())
    }

    /// Adds a meaningless entry to a dictionary that is present anyway (section 5.1).
    pub(crate) fn add_grease(&self, dictionary: &mut Dictionary) {
        if let Some(id) = self.grease_id() {
            let noise = self.rand.random_array::<4>().unwrap_or_default();
            dictionary.insert(id, noise.as_slice().into());
        }
    }

    /// One of the component GREASE values at random, or none when GREASE is off.
    fn grease_id(&self) -> Option<ComponentId> {
        if !self.grease {
            return None;
        }
        let [byte] = self.rand.random_array::<1>().ok()?;
        let values = ComponentId::GREASE;
        values.get(usize::from(byte) % values.len()).copied()
    }
}

/// The extension that holds a dictionary.
pub(crate) fn dictionary_extension(dictionary: &Dictionary) -> Extension {
    let mut entries = AppDataDictionary::new();
    for (id, data) in dictionary.iter() {
        entries.insert(id.0, data.0.clone());
    }
    Extension::AppDataDictionary(AppDataDictionaryExtension::new(entries))
}

/// An extension that OpenMLS does not interpret.
pub(crate) fn raw_extension(extension: &RawExtension) -> Extension {
    Extension::Unknown(
        extension.extension_type.0,
        UnknownExtension(extension.data.0.clone()),
    )
}

pub(crate) fn extension_type(value: Ext) -> ExtensionType {
    ExtensionType::from(value.0)
}

pub(crate) fn proposal_type(value: Prop) -> ProposalType {
    ProposalType::from(value.0)
}

pub(crate) fn credential_type(value: CredentialType) -> MlsCredentialType {
    MlsCredentialType::from(value.0)
}

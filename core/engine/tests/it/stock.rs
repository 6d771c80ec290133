//! A member that is stock OpenMLS and obeys nobody: it commits whatever it is told to.

mod key;
mod leaf;

pub(crate) use key::Key;
pub(crate) use leaf::{Leaf, raw};
use openmls::{
    component::ComponentData,
    credentials::{BasicCredential, Credential, CredentialWithKey},
    extensions::{Extension, Extensions},
    group::{
        AppDataDictionaryUpdater, AppDataUpdates, GroupContext, MlsGroup, MlsGroupJoinConfig,
        StagedWelcome,
    },
    messages::proposals::{AppDataUpdateProposal, AppEphemeralProposal, Proposal, ProposalType},
    prelude::{
        Ciphersuite, KeyPackage, LeafNodeIndex, LeafNodeParameters, MlsMessageBodyIn, MlsMessageIn,
        MlsMessageOut, NewSignerBundle, ProcessedMessageContent, ProposalOrRefType, Propose,
    },
};
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::OpenMlsProvider;
use tls_codec::{Deserialize, Serialize};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// A client that is stock OpenMLS.
pub(crate) struct Stock {
    pub(crate) provider: OpenMlsRustCrypto,
    pub(crate) key: Key,
    pub(crate) credential: Credential,
}

impl Stock {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            provider: OpenMlsRustCrypto::default(),
            key: Key::generate(),
            credential: BasicCredential::new(name.as_bytes().to_vec()).into(),
        }
    }

    pub(crate) fn credential_with_key(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: self.credential.clone(),
            signature_key: self.key.public.as_slice().into(),
        }
    }

    pub(crate) fn key_package(&self, leaf: &Leaf) -> Vec<u8> {
        encode(self.bundle(leaf, &[]).into())
    }

    /// A KeyPackage with extensions of its own.
    pub(crate) fn bundle(&self, leaf: &Leaf, extensions: &[(u16, Vec<u8>)]) -> KeyPackage {
        let own = extensions.iter().map(|(id, data)| raw(*id, data.clone()));
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(leaf.capabilities())
            .leaf_node_extensions(leaf.extensions())
            .key_package_extensions(Extensions::from_vec(own.collect()).unwrap())
            .build(SUITE, &self.provider, &self.key, self.credential_with_key());
        bundle.unwrap().key_package().clone()
    }

    pub(crate) fn join(self, welcome: &[u8]) -> StockMember {
        let MlsMessageBodyIn::Welcome(welcome) = decode(welcome) else {
            panic!("not a Welcome");
        };
        let config = config();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config, welcome, None);
        let group = staged.unwrap().into_group(&self.provider).unwrap();
        StockMember {
            client: self,
            group,
        }
    }

    /// Joins from outside, and merges.
    pub(crate) fn join_external(self, info: &[u8], leaf: &Leaf) -> (StockMember, Vec<u8>) {
        let MlsMessageBodyIn::GroupInfo(info) = decode(info) else {
            panic!("not a GroupInfo");
        };
        let provider = &self.provider;
        let builder = MlsGroup::external_commit_builder()
            .with_config(config())
            .build_group(provider, info, self.credential_with_key())
            .unwrap()
            .leaf_node_parameters(leaf.parameters());
        let mut builder = builder.load_psks(provider.storage()).unwrap();
        builder.with_app_data_dictionary_updates(None);
        let built = builder
            .use_ratchet_tree_extension(true)
            .build(provider.rand(), provider.crypto(), &self.key, |_| true)
            .unwrap();
        let (group, bundle) = built.finalize(provider).unwrap();
        let commit = encode(bundle.into_messages().0);
        (
            StockMember {
                client: self,
                group,
            },
            commit,
        )
    }

    pub(crate) fn found(self, leaf: &Leaf, context: Vec<Extension>) -> StockMember {
        let group = MlsGroup::builder()
            .use_ratchet_tree_extension(true)
            .with_capabilities(leaf.capabilities())
            .with_leaf_node_extensions(leaf.extensions())
            .unwrap()
            .with_group_context_extensions(Extensions::from_vec(context).unwrap())
            .build(&self.provider, &self.key, self.credential_with_key());
        StockMember {
            client: self,
            group: group.unwrap(),
        }
    }
}

fn config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(openmls::group::MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build()
}

/// A stock member of a group.
pub(crate) struct StockMember {
    pub(crate) client: Stock,
    pub(crate) group: MlsGroup,
}

/// A commit in the making, without any rule.
#[derive(Default)]
pub(crate) struct Hostile {
    pub(crate) proposals: Vec<Proposal>,
    /// What becomes of the dictionary, whatever the proposals say.
    pub(crate) dictionary: Vec<(u16, Option<Vec<u8>>)>,
    pub(crate) context: Option<Extensions<GroupContext>>,
    pub(crate) adds: Vec<KeyPackage>,
    pub(crate) removes: Vec<u32>,
    pub(crate) leaf: LeafNodeParameters,
}

impl StockMember {
    /// Seals a commit and does not merge it.
    pub(crate) fn commit(&mut self, hostile: Hostile) -> Vec<u8> {
        self.try_commit(hostile).unwrap().0
    }

    /// The commit, and the Welcome of those it adds.
    pub(crate) fn try_commit(
        &mut self,
        hostile: Hostile,
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), String> {
        let provider = &self.client.provider;
        self.group.clear_pending_commit(provider.storage()).unwrap();
        let mut builder = self
            .group
            .commit_builder()
            .add_proposals(hostile.proposals)
            .propose_adds(hostile.adds)
            .propose_removals(hostile.removes.into_iter().map(LeafNodeIndex::new))
            .leaf_node_parameters(hostile.leaf);
        if let Some(context) = hostile.context {
            builder = builder.propose_group_context_extensions(context).unwrap();
        }
        let mut builder = builder
            .load_psks(provider.storage())
            .map_err(|e| e.to_string())?;
        builder.with_app_data_dictionary_updates(updates(&hostile.dictionary));
        let built = builder
            .use_ratchet_tree_extension(true)
            .build(provider.rand(), provider.crypto(), &self.client.key, |_| {
                true
            })
            .map_err(|e| e.to_string())?;
        let bundle = built.stage_commit(provider).map_err(|e| e.to_string())?;
        let (commit, welcome, _) = bundle.into_messages();
        Ok((encode(commit), welcome.map(encode)))
    }

    /// A commit of AppDataUpdates that end in `dictionary`.
    pub(crate) fn app_data(
        &mut self,
        proposals: &[(u16, Option<Vec<u8>>)],
        dictionary: &[(u16, Option<Vec<u8>>)],
    ) -> Vec<u8> {
        self.commit(Hostile {
            proposals: proposals
                .iter()
                .map(|(id, update)| app_data(*id, update.clone()))
                .collect(),
            dictionary: dictionary.to_vec(),
            ..Hostile::default()
        })
    }

    pub(crate) fn propose(&mut self, propose: Propose) -> Vec<u8> {
        let provider = &self.client.provider;
        let by_reference = ProposalOrRefType::Reference;
        let proposed = self
            .group
            .propose(provider, &self.client.key, propose, by_reference);
        encode(proposed.unwrap().0)
    }

    pub(crate) fn send(&mut self, body: &[u8]) -> Vec<u8> {
        let provider = &self.client.provider;
        encode(
            self.group
                .create_message(provider, &self.client.key, body)
                .unwrap(),
        )
    }

    /// A commit whose path installs another signature key, of one who helps.
    pub(crate) fn commit_with_key(&mut self, key: &Key) -> Vec<u8> {
        let provider = &self.client.provider;
        let mut builder = self
            .group
            .commit_builder()
            .load_psks(provider.storage())
            .unwrap();
        builder.with_app_data_dictionary_updates(None);
        let bundle = NewSignerBundle {
            signer: key,
            credential_with_key: CredentialWithKey {
                credential: self.client.credential.clone(),
                signature_key: key.public.as_slice().into(),
            },
        };
        let (rand, crypto) = (provider.rand(), provider.crypto());
        let built = builder.build_with_new_signer(rand, crypto, &self.client.key, bundle, |_| true);
        let bundle = built.unwrap().stage_commit(provider).unwrap();
        encode(bundle.into_messages().0)
    }

    /// As [`commit_with_key`](Self::commit_with_key), as a proposal.
    pub(crate) fn propose_with_key(&mut self, key: &Key) -> Vec<u8> {
        let provider = &self.client.provider;
        self.group.clear_pending_commit(provider.storage()).unwrap();
        let bundle = NewSignerBundle {
            signer: key,
            credential_with_key: CredentialWithKey {
                credential: self.client.credential.clone(),
                signature_key: key.public.as_slice().into(),
            },
        };
        let proposed = self.group.propose_self_update_with_new_signer(
            provider,
            &self.client.key,
            bundle,
            LeafNodeParameters::default(),
        );
        encode(proposed.unwrap().0)
    }

    pub(crate) fn group_info(&self) -> Vec<u8> {
        self.group_info_with(true)
    }

    /// A GroupInfo, with the ratchet tree inside or not.
    pub(crate) fn group_info_with(&self, tree: bool) -> Vec<u8> {
        let provider = &self.client.provider;
        let info = self
            .group
            .export_group_info(provider.crypto(), &self.client.key, tree);
        encode(info.unwrap())
    }

    /// Merges the commit that was sealed last.
    pub(crate) fn merge(&mut self) {
        self.group
            .merge_pending_commit(&self.client.provider)
            .unwrap();
    }

    /// Takes in a handshake message of another. AppDataUpdates end in `dictionary`.
    pub(crate) fn receive(&mut self, message: &[u8], dictionary: &[(u16, Option<Vec<u8>>)]) {
        let provider = &self.client.provider;
        let MlsMessageBodyIn::PublicMessage(message) = decode(message) else {
            panic!("not a PublicMessage");
        };
        let mut processed = self.group.process_message(provider, message).unwrap();
        if let ProcessedMessageContent::UnresolvedAppDataCommit(_) = processed.content() {
            let resolved =
                self.group
                    .resolve_app_data_commit(provider, processed, updates(dictionary));
            processed = resolved.unwrap();
        }
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                self.group.merge_staged_commit(provider, *staged).unwrap();
            }
            ProcessedMessageContent::ProposalMessage(queued) => {
                self.group
                    .store_pending_proposal(provider.storage(), *queued)
                    .unwrap();
            }
            _ => panic!("not a handshake message"),
        }
    }

    /// The extensions of the GroupContext with some of them replaced, and the dictionary last.
    pub(crate) fn context(&self, replaced: Vec<Extension>) -> Extensions<GroupContext> {
        let ours: Vec<_> = replaced.iter().map(Extension::extension_type).collect();
        let kept = self
            .group
            .extensions()
            .iter()
            .filter(|e| !ours.contains(&e.extension_type()));
        let mut extensions: Vec<_> = replaced.iter().chain(kept).cloned().collect();
        extensions.sort_by_key(|e| u16::from(e.extension_type()) == 0x0006);
        Extensions::from_vec(extensions).unwrap()
    }
}

fn updates(dictionary: &[(u16, Option<Vec<u8>>)]) -> Option<AppDataUpdates> {
    let mut updater = AppDataDictionaryUpdater::new(None);
    for (id, data) in dictionary {
        match data {
            Some(data) => updater.set(ComponentData::from_parts(*id, data.clone().into())),
            None => updater.remove(id),
        }
    }
    updater.changes()
}

pub(crate) fn app_data(id: u16, update: Option<Vec<u8>>) -> Proposal {
    Proposal::AppDataUpdate(Box::new(match update {
        Some(update) => AppDataUpdateProposal::update(id, update),
        None => AppDataUpdateProposal::remove(id),
    }))
}

pub(crate) fn ephemeral(id: u16, data: &[u8]) -> Proposal {
    Proposal::AppEphemeral(Box::new(AppEphemeralProposal::new(id, data.to_vec())))
}

pub(crate) fn proposal_types(types: &[u16]) -> Vec<ProposalType> {
    types.iter().map(|t| (*t).into()).collect()
}

pub(crate) fn encode(message: MlsMessageOut) -> Vec<u8> {
    message.tls_serialize_detached().unwrap()
}

fn decode(message: &[u8]) -> MlsMessageBodyIn {
    MlsMessageIn::tls_deserialize(&mut &message[..])
        .unwrap()
        .extract()
}

/// The KeyPackage in a message, checked as stock OpenMLS checks it.
pub(crate) fn key_package_of(message: &[u8], provider: &OpenMlsRustCrypto) -> KeyPackage {
    let MlsMessageBodyIn::KeyPackage(key_package) = decode(message) else {
        panic!("not a KeyPackage");
    };
    let version = openmls::versions::ProtocolVersion::Mls10;
    key_package.validate(provider.crypto(), version).unwrap()
}

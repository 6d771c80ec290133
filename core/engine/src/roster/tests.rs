#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod after;
mod walk;
mod world;

use mls_trellis_hooks::{
    Actor, AddedKeyPackage, Change, CipherSuite, ComponentId, Credential as HookCredential,
    CredentialKind, CredentialType, DataChange, Draft, EpochState, Hooks, Identity, Kinds, Origin,
    Plugin, PskId, Sent, SignatureKey, Unverified, Verified, VerifyView, wire::Opaque,
};

use super::*;
use crate::{
    pool::ByReference,
    storage::party::{Party, two_members},
};

/// Takes basic credentials at their word, unless they are empty.
struct Trusting;

impl CredentialKind for Trusting {
    const NAME: &'static str = "trusting";
    const TYPE: CredentialType = CredentialType::BASIC;
    const DRAFT: Draft = Draft::private("trusting", "1");

    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        match content {
            [] => Err(Reject::peer("CRED-9", "nobody")),
            _ => Ok(content.into()),
        }
    }

    fn verify(
        &self,
        content: &[u8],
        _: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        Ok(Verified::new(self.identify(content, &cx.kinds)?))
    }
}

impl Plugin for Trusting {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

fn plugins() -> Plugins {
    let plugins = Plugins::builder().add(Arc::new(Trusting), Origin::here());
    plugins.build().unwrap()
}

/// The leaf of a KeyPackage made by OpenMLS.
fn leaf() -> mls::LeafNode {
    let key_package = Party::new().key_package();
    read_again(key_package.leaf_node(), "a leaf").unwrap()
}

fn extension(number: u16, data: &[u8]) -> mls::Extension {
    mls::Extension {
        extension_type: ExtensionType(number),
        data: data.into(),
    }
}

#[test]
fn a_leaf_is_read_in_full() {
    let mut leaf = leaf();
    leaf.extensions = vec![
        extension(6, &[4, 0x80, 0x42, 1, 9]),
        extension(0xf000, b"x"),
    ];
    let info = leaf_info(&leaf, &plugins()).unwrap();
    assert_eq!(info.identity.as_bytes(), leaf.credential.content.as_slice());
    assert_eq!(*info.signature_key, *leaf.signature_key.as_slice());
    assert_eq!(*info.encryption_key, *leaf.encryption_key.as_slice());
    assert_eq!(info.data(ComponentId(0x8042)), Some(&[9][..]));
    assert_eq!(info.extensions.len(), 1);
    assert_eq!(info.extensions[0].data, b"x".into());
    assert!(info.lifetime.is_some_and(|l| l.not_before < l.not_after));
    let listed = leaf.capabilities.extensions.iter();
    assert_eq!(info.capabilities.extensions, listed.copied().collect());

    leaf.source = mls::LeafNodeSource::Update;
    assert_eq!(leaf_info(&leaf, &plugins()).unwrap().lifetime, None);
}

#[test]
fn cred_1_a_credential_without_a_plugin() {
    let mut leaf = leaf();
    leaf.credential.credential_type = CredentialType(0xf00d);
    let reject = leaf_info(&leaf, &plugins()).unwrap_err();
    assert_eq!(reject.rule(), "CRED-1");
    assert_eq!(reject.blame(), mls_trellis_hooks::Blame::PeerIncompatible);
}

#[test]
fn a_credential_that_its_kind_refuses() {
    let mut leaf = leaf();
    leaf.credential.content = Opaque::default();
    let reject = leaf_info(&leaf, &plugins()).unwrap_err();
    assert_eq!((reject.rule(), reject.plugin()), ("CRED-9", "trusting"));
}

#[test]
fn add_1_to_4_a_malformed_dictionary_in_a_leaf() {
    let rule = |extensions| {
        let mut leaf = leaf();
        leaf.extensions = extensions;
        let reject = leaf_info(&leaf, &plugins()).unwrap_err();
        reject.rule().to_owned()
    };
    assert_eq!(rule(vec![extension(6, &[6, 0, 2, 0, 0, 1, 0])]), "ADD-1");
    assert_eq!(rule(vec![extension(6, &[6, 0, 1, 0, 0, 1, 0])]), "ADD-2");
    assert_eq!(rule(vec![extension(6, &[3, 0, 1, 0, 0])]), "ADD-3");
    assert_eq!(rule(vec![extension(6, &[0]), extension(6, &[0])]), "ADD-4");
}

fn context(extensions: Vec<mls::Extension>) -> mls::GroupContext {
    mls::GroupContext {
        version: 1,
        cipher_suite: CipherSuite(0x0003),
        group_id: b"room".into(),
        epoch: 12,
        tree_hash: Opaque::default(),
        confirmed_transcript_hash: Opaque::default(),
        extensions,
    }
}

#[test]
fn an_epoch_is_read_in_full() {
    // required_capabilities: extension 6, proposal 8, credential 1.
    let required = [2, 0, 6, 2, 0, 8, 2, 0, 1];
    // external_senders: one with key "k" and basic credential "hub".
    let senders = [8, 1, b'k', 0, 1, 3, b'h', b'u', b'b'];
    let extensions = vec![
        extension(3, &required),
        extension(5, &senders),
        extension(0xf000, b"x"),
        extension(6, &[3, 0x80, 0x42, 0]),
    ];
    let epoch = epoch_state(&context(extensions), Leaves::default(), &Plugins::default()).unwrap();
    assert_eq!((&*epoch.group_id, epoch.epoch), (&b"room"[..], 12));
    assert_eq!(epoch.cipher_suite, CipherSuite(0x0003));
    assert!(epoch.required.extensions.contains(&ExtensionType(6)));
    assert_eq!(
        (
            epoch.required.proposals.len(),
            epoch.required.credentials.len()
        ),
        (1, 1)
    );
    assert_eq!(
        epoch.external_senders[0].credential,
        HookCredential::basic("hub")
    );
    assert_eq!(*epoch.external_senders[0].signature_key, *b"k");
    assert_eq!(epoch.data(ComponentId(0x8042)), Some(&[][..]));
    assert_eq!(epoch.extensions.len(), 1);
    assert_eq!(epoch.extension(ExtensionType(0xf000)), Some(&b"x"[..]));
}

#[test]
fn eng_0_a_malformed_extension_of_the_context() {
    for number in [3, 5] {
        let context = context(vec![extension(number, &[9])]);
        let reject = epoch_state(&context, Leaves::default(), &Plugins::default()).unwrap_err();
        assert_eq!(reject.rule(), "ENG-0");
    }
}

type Members = BTreeMap<LeafIndex, Arc<LeafInfo>>;

#[test]
fn eng_3_other_members_than_computed() {
    let (alice, _) = two_members();
    alice.in_group(|group, _, _| {
        let tree = group.public_group().treesync();
        let leaves = leaves_of(tree, &plugins()).unwrap();
        check_members(tree, &leaves).unwrap();

        let refused = |change: &dyn Fn(&mut Members)| {
            let mut leaves = leaves.clone();
            change(Arc::make_mut(&mut leaves));
            check_members(tree, &leaves).is_err_and(|reject| reject.rule() == "ENG-3")
        };
        let second = LeafIndex(1);
        assert!(refused(&|leaves| drop(leaves.remove(&second))));
        assert!(refused(&|leaves| {
            let leaf = leaves.remove(&second).unwrap();
            leaves.insert(LeafIndex(2), leaf);
        }));
        assert!(refused(&|leaves| {
            let leaf = leaves[&second].clone();
            leaves.insert(LeafIndex(2), leaf);
        }));
        let edited = |edit: fn(&mut LeafInfo)| {
            refused(&|leaves| edit(Arc::make_mut(leaves.get_mut(&second).unwrap())))
        };
        assert!(edited(|leaf| leaf.signature_key = Arc::from(*b"other")));
        assert!(edited(|leaf| leaf.encryption_key = Arc::from(*b"other")));
        assert!(edited(
            |leaf| leaf.credential = HookCredential::basic("other")
        ));
    });
}

fn commit_of(proposals: Vec<mls::ProposalOrRef>) -> mls::Commit {
    mls::Commit {
        proposals,
        path: None,
    }
}

#[test]
fn a_commit_keeps_order_multiplicity_and_senders() {
    let remove = mls::Proposal::Remove(3);
    let by_bob = (Actor::Member(LeafIndex(1)), mls::Proposal::SelfRemove);
    let pool = ByReference::from([(b"ref".to_vec(), by_bob)]);
    let commit = commit_of(vec![
        mls::ProposalOrRef::Proposal(remove.clone()),
        mls::ProposalOrRef::Reference(b"ref".into()),
        mls::ProposalOrRef::Proposal(remove),
    ]);
    let alice = Actor::Member(LeafIndex(0));
    let resolved = resolve(&commit, &alice, &pool, &plugins()).unwrap();
    let sent = |position, from: &Actor, by_reference, body| Sent {
        from: from.clone(),
        by_reference,
        position,
        body,
    };
    let bob = Actor::Member(LeafIndex(1));
    let expected = vec![
        sent(0, &alice, false, Change::Remove(LeafIndex(3))),
        sent(1, &bob, true, Change::SelfRemove),
        sent(2, &alice, false, Change::Remove(LeafIndex(3))),
    ];
    assert_eq!(resolved, expected);
}

#[test]
fn eng_2_a_reference_that_nobody_sent() {
    let commit = commit_of(vec![
        mls::ProposalOrRef::Proposal(mls::Proposal::Remove(3)),
        mls::ProposalOrRef::Reference(b"ref".into()),
    ]);
    let alice = Actor::Member(LeafIndex(0));
    let reject = resolve(&commit, &alice, &ByReference::new(), &plugins()).unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("ENG-2", Some(1)));
}

#[test]
fn proposals_are_read_for_plugins() {
    let read = |bytes: &[u8]| {
        let proposal = mls::Proposal::decode(bytes).unwrap();
        change(&proposal, &plugins()).unwrap()
    };
    let component = ComponentId(0x8042);
    assert_eq!(read(&[0, 3, 0, 0, 0, 7]), Change::Remove(LeafIndex(7)));
    assert_eq!(read(&[0, 10]), Change::SelfRemove);
    assert_eq!(
        read(&[0, 8, 0x80, 0x42, 1, 1, 9]),
        Change::AppData {
            component,
            change: DataChange::Update([9].as_slice().into()),
        }
    );
    assert_eq!(
        read(&[0, 8, 0x80, 0x42, 2]),
        Change::AppData {
            component,
            change: DataChange::Remove,
        }
    );
    assert_eq!(
        read(&[0, 9, 0x80, 0x42, 1, 9]),
        Change::AppEphemeral {
            component,
            data: [9].as_slice().into(),
        }
    );
    let psk_id = Opaque::from(b"id");
    let external = [0, 4, 1, 2, b'i', b'd', 1, 0];
    let resumption = [0, 4, 2, 1, 2, b'i', b'd', 0, 0, 0, 0, 0, 0, 0, 5, 1, 0];
    let application = [0, 4, 3, 0x80, 0x42, 2, b'i', b'd', 1, 0];
    let psks = [
        PskId::External {
            psk_id: psk_id.clone(),
        },
        PskId::Resumption {
            group_id: psk_id.clone(),
            epoch: 5,
        },
        PskId::Application { component, psk_id },
    ];
    assert_eq!(read(&external), Change::Psk(psks[0].clone()));
    assert_eq!(read(&resumption), Change::Psk(psks[1].clone()));
    assert_eq!(read(&application), Change::Psk(psks[2].clone()));
    assert_eq!(read(&[0, 5, 0, 0, 1, 0, 1, 0]), Change::ReInit);
    assert_eq!(read(&[0, 6, 1, 9]), Change::ExternalInit);
    assert!(matches!(
        read(&[0, 7, 3, 0, 6, 0]),
        Change::GroupContextExtensions(list) if list[0].extension_type == ExtensionType(6)
    ));
    assert!(matches!(read(&[0xf0, 0, 1, 9]), Change::Other { .. }));
}

#[test]
fn a_key_package_is_read_with_its_own_dictionary() {
    let key_package = Party::new().key_package();
    let mut key_package: mls::KeyPackage = read_again(&key_package, "a KeyPackage").unwrap();
    key_package.leaf_node.extensions = vec![extension(6, &[3, 0, 1, 0])];
    key_package.extensions = vec![extension(6, &[3, 0, 4, 0]), extension(0xf000, b"x")];
    let add = mls::Proposal::Add(Box::new(key_package));
    let Change::Add(added) = change(&add, &plugins()).unwrap() else {
        panic!("not an Add");
    };
    let AddedKeyPackage {
        leaf,
        dictionary,
        extensions,
    } = added;
    assert!(leaf.data(ComponentId(1)).is_some() && leaf.data(ComponentId(4)).is_none());
    assert!(dictionary.unwrap().contains_key(&ComponentId(4)));
    assert_eq!(extensions.len(), 1);
}

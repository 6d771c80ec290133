//! A real group, held against the reference: everything that a member computes from its Welcome.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use mls_trellis_engine::{Group, GroupConfig, MemoryStore, Sealed, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, ComponentHandle as _, ComponentId, LeafIndex};
use mls_trellis_store::{Row, Scope, Store as _};
use mls_trellis_vectors::{
    Hex, crypto,
    families::{
        ComponentData, application_psk,
        component_label::labelled_content,
        exporter_tree::{self, Tree},
    },
    hpke::{self, Psk},
    member::{Epoch, Member},
};

use crate::log::{Bytes, Log, client_with};

const A: u16 = 0x8001;
const B: u16 = 0x8002;
const KEYS: [(u16, &[u8], &[u8]); 3] = [
    (A, b"one", b"secret one"),
    (A, b"two", b"secret two"),
    (B, b"one", b"a secret of another component"),
];

/// A Trellis group that has added a member of the reference, with three PSKs.
struct Scene {
    store: Arc<MemoryStore>,
    alice: Group,
    bob: Member,
    sealed: Sealed,
    epoch: Epoch,
}

fn scene() -> Scene {
    let store = Arc::new(MemoryStore::default());
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let client = client_with("alice", signer, Arc::clone(&store));
    for (component, id, psk) in KEYS {
        match component {
            A => client.put_psk::<Log<A>>(id, &psk.to_vec().into()),
            _ => client.put_psk::<Log<B>>(id, &psk.to_vec().into()),
        }
        .unwrap();
    }
    let config = GroupConfig::new(b"room").with::<Log<A>>(&Bytes(b"state".to_vec()));
    let mut alice = client.create_group(config).unwrap();

    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let bob = Member::new("bob", now);
    // app_components: the two lists and the log.
    let list = ComponentData::new(0x0001, &[6, 0, 1, 0, 2, 0x80, 0x01]);
    let sealed = alice
        .commit()
        .add(&bob.key_package(&[list]))
        .psk::<Log<A>>(b"one")
        .psk::<Log<A>>(b"two")
        .psk::<Log<B>>(b"one")
        .seal()
        .unwrap();
    alice.accept(&sealed).unwrap();

    let epoch = bob.join(sealed.welcome.as_ref().unwrap(), &key).unwrap();
    Scene {
        store,
        alice,
        bob,
        sealed,
        epoch,
    }
}

/// The key of an encoded id.
fn key(id: &[u8]) -> Option<Vec<u8>> {
    let nonce = id.get(id.len() - 32..)?;
    let key = KEYS.iter().find(|(component, psk_id, psk)| {
        *application_psk::Psk::new(*component, psk_id, nonce, psk).pre_shared_key_id == *id
    });
    key.map(|(_, _, psk)| psk.to_vec())
}

#[test]
fn the_key_schedule_of_a_group_with_application_psks_is_the_references() {
    let mut scene = scene();
    let named: Vec<_> = scene
        .epoch
        .psks
        .iter()
        .map(|(_, psk)| psk.as_slice())
        .collect();
    assert_eq!(named, KEYS.map(|(_, _, psk)| psk));

    let authenticator = scene.alice.epoch_authenticator().unwrap();
    assert_eq!(authenticator, scene.epoch.secret(b"authentication"));
    let exported = scene.alice.export_secret("label", b"context", 40).unwrap();
    let exporter = scene.epoch.secret(b"exporter");
    assert_eq!(
        exported.as_slice(),
        crypto::mls_exporter(&exporter, b"label", b"context", 40)
    );

    // With a wrong key there is no epoch: the GroupInfo does not open.
    let welcome = scene.sealed.welcome.as_ref().unwrap();
    assert!(
        scene
            .bob
            .join(welcome, &|_| Some(b"wrong".to_vec()))
            .is_none()
    );
    assert!(scene.bob.join(welcome, &|_| None).is_none());
}

#[test]
fn exp_1_exp_2_exp_3_the_exporter_tree_of_a_group_is_the_references() {
    let mut scene = scene();
    let root = scene.epoch.secret(b"application_export");
    let mut tree = Tree::new(&root);
    assert_eq!(stored_nodes(&scene.store), nodes(&tree));

    let secret = scene.alice.component::<Log<A>>().export_secret().unwrap();
    assert_eq!(Some(secret.as_slice().to_vec()), tree.export(A));
    assert_eq!(secret.as_slice(), exporter_tree::leaf(&root, A));
    assert_eq!(stored_nodes(&scene.store), nodes(&tree));
    assert!(scene.alice.component::<Log<A>>().export_secret().is_err());

    let secret = scene.alice.component::<Log<B>>().export_secret().unwrap();
    assert_eq!(Some(secret.as_slice().to_vec()), tree.export(B));
    // Nothing is stored that the reference would have forgotten, and nothing is missing.
    assert_eq!(stored_nodes(&scene.store), nodes(&tree));
}

fn nodes(tree: &Tree) -> BTreeSet<Hex> {
    tree.kept().values().cloned().collect()
}

/// The secrets in the row in which the group's tree is stored.
fn stored_nodes(store: &MemoryStore) -> BTreeSet<Hex> {
    let row = Row::new(Scope::group(b"room"), "mls_export_tree", b"");
    let row = store.get(&row).unwrap().unwrap();
    let tree: serde_json::Value = serde_json::from_slice(row.as_ref()).unwrap();
    let secret = |node: &serde_json::Value| {
        let bytes = node[1].as_array().unwrap().iter();
        Hex(bytes
            .map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap())
            .collect())
    };
    tree["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(secret)
        .collect()
}

#[test]
fn safe_2_what_the_engine_seals_the_reference_opens() {
    let mut scene = scene();
    let handle = scene.alice.component::<Log<A>>();
    let sealed = handle
        .seal(LeafIndex(1), ComponentId(B), b"label", b"context", b"text")
        .unwrap();
    let open = |component| {
        let info = labelled_content(component, b"label", b"context");
        let (kem_output, ciphertext) = (&sealed.kem_output.0, &sealed.ciphertext.0);
        let key = scene.bob.leaf_private_key();
        hpke::open(key, kem_output, &info, b"", ciphertext, &Psk::NONE)
    };
    assert_eq!(open(B).unwrap(), b"text");
    assert_eq!(open(A), None);
}

#[test]
fn safe_2_what_the_reference_seals_the_engine_opens() {
    let mut scene = scene();
    let own = scene.alice.epoch().leaf(LeafIndex(0)).unwrap();
    let public: [u8; 32] = (&*own.encryption_key).try_into().unwrap();
    let sealed = |component| {
        let info = labelled_content(component, b"label", b"context");
        let sealed = hpke::seal(&public, &[9; 32], &info, b"", b"text", &Psk::NONE);
        mls_trellis_hooks::HpkeCiphertext {
            kem_output: sealed.kem_output.into(),
            ciphertext: sealed.ciphertext.into(),
        }
    };
    let mut handle = scene.alice.component::<Log<A>>();
    let opened = handle.open(b"label", b"context", &sealed(A)).unwrap();
    assert_eq!(opened.as_slice(), b"text");
    assert!(handle.open(b"label", b"context", &sealed(B)).is_err());
}

#[test]
fn the_dictionary_in_the_group_context_is_where_the_draft_says() {
    let scene = scene();
    // The last extension: 0x0006, then the entries in the order of their ids, the log's among them.
    let log = [&[0x80, 0x01, 5][..], b"state"].concat();
    assert!(scene.epoch.group_context.ends_with(&log));
    let dictionary = scene.alice.epoch().dictionary.as_ref().unwrap();
    assert_eq!(
        dictionary.get(&ComponentId(A)).unwrap().as_slice(),
        b"state"
    );
}

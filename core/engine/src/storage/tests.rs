//! OpenMLS on our storage: real groups, loaded from the store for each step.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod policy;
mod proposals;

use std::sync::atomic::{AtomicUsize, Ordering};

use mls_trellis_store::{Batch, MemoryStore, Store, StoreError, Value, Write};
use openmls::{
    component::ComponentData,
    group::{ProposalStore, PublicGroup},
    prelude::{
        AppDataUpdateProposal, GroupId, LeafNodeParameters, MlsMessageBodyIn, OpenMlsProvider as _,
        ProcessedMessageContent, Proposal,
    },
};

use super::{
    party::{GROUP, Party, SUITE, accept, join, load, process, received, two_members},
    *,
};

const COMPONENT: ComponentId = ComponentId(0x8001);

#[test]
fn a_group_goes_on_from_the_store_after_every_step() {
    let (alice, bob) = two_members();
    for round in 0..3 {
        let commit = alice.in_group(|group, provider, signer| {
            let bundle = group.self_update(provider, signer, LeafNodeParameters::default());
            bundle.unwrap().into_commit()
        });
        // The pending commit is in the store as well.
        alice.in_group(|group, provider, _| group.merge_pending_commit(provider).unwrap());
        bob.in_group(|group, provider, _| accept(group, provider, &commit).unwrap());
        assert_eq!(alice.epoch(), bob.epoch());

        let message = bob.in_group(|group, provider, signer| {
            group.create_message(provider, signer, b"hello").unwrap()
        });
        alice.in_group(|group, provider, _| {
            let processed = process(group, provider, &message).unwrap();
            let ProcessedMessageContent::ApplicationMessage(text) = processed.into_content() else {
                panic!("not an application message");
            };
            assert_eq!(text.into_bytes(), b"hello", "round {round}");
        });
    }
}

#[test]
fn an_app_data_update_is_in_the_group_after_a_reload() {
    let (alice, bob) = two_members();
    let commit = alice.in_group(|group, provider, signer| {
        let update = AppDataUpdateProposal::update(COMPONENT.0, b"value");
        let mut stage = group
            .commit_builder()
            .add_proposal(Proposal::AppDataUpdate(Box::new(update)))
            .load_psks(provider.storage())
            .unwrap();
        let mut updates = stage.app_data_dictionary_updater();
        updates.set(ComponentData::from_parts(
            COMPONENT.0,
            b"value".to_vec().into(),
        ));
        stage.with_app_data_dictionary_updates(updates.changes());
        let bundle = stage
            .build(provider.rand(), provider.crypto(), signer, |_| true)
            .unwrap()
            .stage_commit(provider)
            .unwrap();
        group.merge_pending_commit(provider).unwrap();
        bundle.into_commit()
    });
    bob.in_group(|group, provider, _| {
        let processed = process(group, provider, &commit).unwrap();
        let ProcessedMessageContent::UnresolvedAppDataCommit(unresolved) = processed.into_content()
        else {
            panic!("no AppDataUpdate seen");
        };
        let mut updates = group.app_data_dictionary_updater();
        updates.set(ComponentData::from_parts(
            COMPONENT.0,
            b"value".to_vec().into(),
        ));
        let staged = group
            .stage_app_data_commit(provider, *unresolved, updates.changes())
            .unwrap();
        group.merge_staged_commit(provider, staged).unwrap();
    });

    assert_eq!(alice.epoch(), bob.epoch());
    for party in [&alice, &bob] {
        party.in_group(|group, _, _| {
            let dictionary = group
                .extensions()
                .app_data_dictionary()
                .unwrap()
                .dictionary();
            assert_eq!(dictionary.get(&COMPONENT.0), Some(&b"value"[..]));
        });
    }
}

#[test]
fn a_dropped_step_leaves_no_trace() {
    let (alice, bob) = two_members();
    let commit = alice.in_group(|group, provider, signer| {
        let bundle = group.self_update(provider, signer, LeafNodeParameters::default());
        bundle.unwrap().into_commit()
    });
    let before = bob.epoch();
    let (_, batch) = bob.dry_step(&bob.store, |provider, _| {
        let mut group = load(provider);
        accept(&mut group, provider, &commit).unwrap();
        assert_eq!(load(provider).epoch().as_u64(), before.0 + 1);
    });
    assert!(!batch.is_empty());
    drop(batch);

    assert_eq!(bob.epoch(), before);
    // Nothing was used up: the same commit is accepted again.
    bob.in_group(|group, provider, _| accept(group, provider, &commit).unwrap());
    alice.in_group(|group, provider, _| group.merge_pending_commit(provider).unwrap());
    assert_eq!(alice.epoch(), bob.epoch());
}

#[test]
fn a_store_that_fails_at_any_write_is_told_from_a_peer_and_nothing_is_lost() {
    let (alice, bob) = two_members();
    let commit = alice.in_group(|group, provider, signer| {
        let bundle = group.self_update(provider, signer, LeafNodeParameters::default());
        group.merge_pending_commit(provider).unwrap();
        bundle.unwrap().into_commit()
    });
    let before = bob.epoch();
    let mut failures = 0;
    loop {
        let store = FailingStore {
            inner: &bob.store,
            writes_left: AtomicUsize::new(failures),
        };
        let ((result, fault), batch) = bob.dry_step(&store, |provider, _| {
            let mut group = load(provider);
            let result = accept(&mut group, provider, &commit);
            (result, provider.storage().buffer().take_fault())
        });
        if result.is_ok() {
            assert!(fault.is_none());
            bob.store.apply(&batch).unwrap();
            break;
        }
        assert!(
            matches!(fault, Some(StoreError::Backend(_))),
            "write {failures}: {result:?}"
        );
        assert_eq!(bob.epoch(), before, "write {failures}");
        failures += 1;
    }
    assert!(failures > 10, "only {failures} writes");
    assert_eq!(bob.epoch(), alice.epoch());
}

#[test]
fn a_scope_holds_what_belongs_to_it() {
    let alice = Party::new();
    let bob = Party::new();
    let mut tables = Vec::new();
    let mut note = |batch: &Batch| {
        tables.extend(batch.writes().filter_map(|(row, write)| match write {
            Write::Put(_) => Some((row.scope.clone(), row.table)),
            Write::Delete => None,
        }));
    };
    alice.create_group();
    let (_, welcome) = alice.add(&bob.key_package());
    let (_, joined) = bob.dry_step(&bob.store, |provider, _| join(provider, &welcome).unwrap());
    note(&joined);
    bob.store.apply(&joined).unwrap();
    let (_, proposed) = bob.dry_step(&bob.store, |provider, signer| {
        let mut group = load(provider);
        let leaf = LeafNodeParameters::default();
        group.propose_self_update(provider, signer, leaf).unwrap();
        let secret = Secret::from(b"psk".to_vec());
        put_psk(provider.storage().buffer(), COMPONENT, b"id", &secret).unwrap();
        group
            .safe_export_secret(provider.crypto(), provider.storage(), COMPONENT.0)
            .unwrap();
    });
    note(&proposed);
    let (_, packaged) = bob.dry_step(&bob.store, |provider, signer| {
        let bundle = openmls::prelude::KeyPackage::builder()
            .build(SUITE, provider, signer, bob.credential())
            .unwrap();
        drop(bundle);
    });
    note(&packaged);

    let of_client = ["mls_key_package", "mls_encryption_key", "mls_psk"];
    for table in of_client {
        assert!(tables.contains(&(Scope::client(), table)), "{table}");
    }
    for (scope, table) in tables {
        let expected = if of_client.contains(&table) {
            Scope::client()
        } else {
            Scope::group(GROUP)
        };
        assert_eq!(scope, expected, "{table}");
    }
}

#[test]
fn a_hub_keeps_its_groups_apart_from_those_it_is_a_member_of() {
    let (alice, _) = two_members();
    let group_info = alice.in_group(|group, provider, signer| {
        group
            .export_group_info(provider.crypto(), signer, true)
            .unwrap()
    });
    let MlsMessageBodyIn::GroupInfo(group_info) = received(&group_info).extract() else {
        panic!("not a GroupInfo");
    };
    let store = MemoryStore::default();
    let buffer = Buffer::new(&store);
    let storage = Storage::new(&buffer, Realm::Hub, &());
    let tree = group_info.extensions().ratchet_tree().unwrap();
    let (imported, _) = PublicGroup::from_external(
        &alice.crypto,
        &storage,
        tree.ratchet_tree().clone(),
        group_info,
        ProposalStore::new(),
    )
    .unwrap();
    store.apply(&buffer.into_batch()).unwrap();

    assert_eq!(store.scopes().unwrap(), [Scope::public_group(GROUP)]);
    let buffer = Buffer::new(&store);
    let storage = Storage::new(&buffer, Realm::Hub, &());
    let loaded = PublicGroup::load(&storage, &GroupId::from_slice(GROUP)).unwrap();
    assert_eq!(loaded.unwrap().group_context(), imported.group_context());
}

/// Refuses every write after the first few.
struct FailingStore<'a> {
    inner: &'a MemoryStore,
    writes_left: AtomicUsize,
}

impl Store for FailingStore<'_> {
    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.inner.get(row)
    }
    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        self.inner.list(scope, table)
    }
    fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        self.inner.scopes()
    }
    fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
        self.inner.version(scope)
    }
    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        self.inner.apply(batch)
    }
    fn admit(&self, _: &Row, _: Option<&[u8]>) -> Result<(), StoreError> {
        self.writes_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .map(drop)
            .map_err(|_| StoreError::backend("the disk is full"))
    }
}

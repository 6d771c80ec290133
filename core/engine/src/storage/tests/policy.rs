//! What the policy decides: used key packages, and pre-shared keys in commits and Welcomes.

use std::{cell::RefCell, rc::Rc};

use mls_trellis_store::Store as _;
use openmls::{
    prelude::{
        MlsMessageOut, OpenMlsProvider as _, PreSharedKeyProposal, Proposal,
        tls_codec::Serialize as _,
    },
    schedule::PreSharedKeyId,
};
use openmls_traits::storage::StorageProvider as _;

use super::{
    super::{
        party::{GROUP, Party, accept, join, load, two_members},
        *,
    },
    COMPONENT,
};

#[test]
fn a_used_key_package_goes_unless_the_policy_keeps_it() {
    struct Keep {
        asked: Rc<RefCell<Vec<Vec<u8>>>>,
        keep: bool,
    }
    impl Policy for Keep {
        fn keep_key_package(&self, key_package: &[u8]) -> bool {
            self.asked.borrow_mut().push(key_package.to_vec());
            self.keep
        }
    }
    for keep in [true, false] {
        let asked = Rc::default();
        let mut bob = Party::new();
        bob.policy = Box::new(Keep {
            asked: Rc::clone(&asked),
            keep,
        });
        let package = bob.key_package();
        let reference = package.hash_ref(&bob.crypto).unwrap();
        let kept = || key_package_references(&Buffer::new(&bob.store)).unwrap();
        assert_eq!(kept(), [reference.as_slice()]);

        for use_ in 0..2 {
            let alice = Party::new();
            alice.create_group();
            let (_, welcome) = alice.add(&package);
            bob.step(|provider, _| provider.storage().buffer().wipe(Scope::group(GROUP)));
            let (joined, batch) = bob.dry_step(&bob.store, |p, _| join(p, &welcome));
            assert_eq!(joined.is_ok(), keep || use_ == 0, "{joined:?}");
            bob.store.apply(&batch).unwrap();
            assert_eq!(kept().len(), usize::from(keep));
        }
        let encoded = package.tls_serialize_detached().unwrap();
        assert!(asked.borrow().iter().all(|asked| *asked == encoded));
        assert_eq!(asked.borrow().len(), if keep { 2 } else { 1 });

        bob.step(|provider, _| {
            delete_key_package(provider.storage().buffer(), reference.as_slice()).unwrap();
        });
        assert!(kept().is_empty());
    }
}

/// A component that knows its key, and remembers what it was asked.
struct Source {
    component: ComponentId,
    asked: Rc<RefCell<Vec<ComponentId>>>,
}

impl Policy for Source {
    fn psk(&self, component: ComponentId, psk_id: &[u8]) -> Option<Secret> {
        self.asked.borrow_mut().push(component);
        (component == self.component && psk_id == b"id").then(|| b"the key".to_vec().into())
    }
}

/// Alice commits a pre-shared key and adds carol with it.
fn commit_with_psk(
    alice: &Party,
    carol: &Party,
    psk: PreSharedKeyId,
) -> (MlsMessageOut, MlsMessageOut) {
    let package = carol.key_package();
    alice.in_group(|group, provider, signer| {
        let bundle = group
            .commit_builder()
            .propose_adds([package])
            .add_proposal(Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(
                psk,
            ))))
            .load_psks(provider.storage())
            .unwrap()
            .build(provider.rand(), provider.crypto(), signer, |_| true)
            .unwrap()
            .stage_commit(provider)
            .unwrap();
        group.merge_pending_commit(provider).unwrap();
        let (commit, welcome, _) = bundle.into_messages();
        (commit, welcome.unwrap())
    })
}

#[test]
fn apsk_3_a_missing_psk_is_resolved_by_its_component_for_commit_and_welcome() {
    let (alice, mut bob) = two_members();
    let mut carol = Party::new();
    let key = Secret::from(b"the key".to_vec());
    alice.step(|provider, _| {
        put_psk(provider.storage().buffer(), COMPONENT, b"id", &key).unwrap();
    });
    let id = PreSharedKeyId::application(COMPONENT.0, b"id".to_vec(), vec![7; 32]);
    let (commit, welcome) = commit_with_psk(&alice, &carol, id);

    // Without the key: an error, and neither the ratchet nor the key package is used up.
    for _ in 0..2 {
        let (refused, _) = bob.dry_step(&bob.store, |provider, _| {
            accept(&mut load(provider), provider, &commit)
        });
        assert!(refused.is_err());
        let (refused, _) = carol.dry_step(&carol.store, |p, _| join(p, &welcome));
        assert!(refused.is_err());
    }

    // Another component's key of the same name does not serve.
    let asked = Rc::default();
    let source = |component| {
        Box::new(Source {
            component,
            asked: Rc::clone(&asked),
        })
    };
    bob.policy = source(ComponentId(0x8002));
    let (refused, _) = bob.dry_step(&bob.store, |provider, _| {
        accept(&mut load(provider), provider, &commit)
    });
    assert!(refused.is_err());

    bob.policy = source(COMPONENT);
    bob.in_group(|group, provider, _| accept(group, provider, &commit).unwrap());
    carol.policy = source(COMPONENT);
    carol.join(&welcome);
    assert_eq!(alice.epoch(), bob.epoch());
    assert_eq!(alice.epoch(), carol.epoch());
    assert_eq!(*asked.borrow(), [COMPONENT; 3]);
}

#[test]
fn apsk_4_an_external_psk_is_never_asked_of_a_component() {
    let (alice, mut bob) = two_members();
    let carol = Party::new();
    let key = Secret::from(b"the key".to_vec());
    alice.step(|provider, _| {
        put_external_psk(provider.storage().buffer(), b"id", &key).unwrap();
    });
    let id = PreSharedKeyId::external(b"id".to_vec(), vec![7; 32]);
    let (commit, _) = commit_with_psk(&alice, &carol, id);

    let asked = Rc::default();
    bob.policy = Box::new(Source {
        component: COMPONENT,
        asked: Rc::clone(&asked),
    });
    bob.step(|provider, _| {
        put_psk(provider.storage().buffer(), COMPONENT, b"id", &key).unwrap();
    });
    let (refused, _) = bob.dry_step(&bob.store, |provider, _| {
        accept(&mut load(provider), provider, &commit)
    });
    assert!(refused.is_err());
    assert!(asked.borrow().is_empty());

    bob.step(|provider, _| {
        put_external_psk(provider.storage().buffer(), b"id", &key).unwrap();
    });
    bob.in_group(|group, provider, _| accept(group, provider, &commit).unwrap());
    assert_eq!(alice.epoch(), bob.epoch());
}

#[test]
fn apsk_7_a_wrong_psk_is_an_error_and_changes_nothing() {
    let (alice, bob) = two_members();
    let carol = Party::new();
    let put = |party: &Party, key: &[u8]| {
        let key = Secret::from(key.to_vec());
        party.step(|p, _| put_psk(p.storage().buffer(), COMPONENT, b"id", &key).unwrap());
    };
    put(&alice, b"the key");
    put(&bob, b"another key");
    let id = PreSharedKeyId::application(COMPONENT.0, b"id".to_vec(), vec![7; 32]);
    let (commit, _) = commit_with_psk(&alice, &carol, id);

    let before = bob.epoch();
    let (refused, _) = bob.dry_step(&bob.store, |provider, _| {
        accept(&mut load(provider), provider, &commit)
    });
    assert!(refused.is_err());
    assert_eq!(bob.epoch(), before);

    put(&bob, b"the key");
    bob.in_group(|group, provider, _| accept(group, provider, &commit).unwrap());
    assert_eq!(alice.epoch(), bob.epoch());
}

#[test]
fn a_deleted_psk_is_gone() {
    let party = Party::new();
    let key = Secret::from(b"key".to_vec());
    let rows = |party: &Party| party.store.list(&Scope::client(), "mls_psk").unwrap().len();
    party.step(|provider, _| {
        let buffer = provider.storage().buffer();
        put_psk(buffer, COMPONENT, b"id", &key).unwrap();
        put_psk(buffer, ComponentId(0x8002), b"id", &key).unwrap();
        put_external_psk(buffer, b"id", &key).unwrap();
    });
    assert_eq!(rows(&party), 3);
    party.step(|provider, _| {
        let buffer = provider.storage().buffer();
        delete_psk(buffer, COMPONENT, b"id").unwrap();
        provider
            .storage()
            .delete_psk(PreSharedKeyId::external(b"id".to_vec(), vec![]).psk())
            .unwrap();
    });
    let key = [&[3, 0x80, 0x02][..], b"id"].concat();
    let left = party.store.list(&Scope::client(), "mls_psk").unwrap();
    assert_eq!(left.into_iter().map(|(k, _)| k).collect::<Vec<_>>(), [key]);
}

//! A signer that refuses, at every signature of every step.

use std::sync::{Arc, Mutex};

use mls_trellis_engine::{
    Client, Error, Framing, Group, KeyPackageOptions, MemoryStore, Result, SignatureScheme, Signer,
    SignerError, SoftwareSigner,
};
use mls_trellis_hooks::{CipherSuite, Credential, Payload};

use super::{FRAMINGS, State, framed};
use crate::{
    sample::{Tally, plugins},
    world::{client, config, key_package},
};

/// Refuses once, after so many signatures.
struct Reluctant {
    key: SoftwareSigner,
    armed: Mutex<Option<usize>>,
}

impl Signer for Reluctant {
    fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    fn scheme(&self) -> SignatureScheme {
        self.key.scheme()
    }

    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        let mut armed = self.armed.lock().unwrap();
        match *armed {
            Some(0) => {
                *armed = None;
                Err(SignerError::keystore("not now"))
            }
            left => {
                *armed = left.map(|left| left - 1);
                self.key.sign(payload)
            }
        }
    }
}

impl Reluctant {
    /// Repeats a step, refusing each of its signatures in turn, until it succeeds.
    fn torture<S, R>(
        &self,
        subject: &mut S,
        step: impl Fn(&mut S) -> Result<R>,
        unchanged: impl Fn(&mut S),
    ) -> R {
        for signatures in 0.. {
            *self.armed.lock().unwrap() = Some(signatures);
            let result = step(subject);
            let refused = self.armed.lock().unwrap().take().is_none();
            match result {
                Ok(value) => {
                    assert!(
                        !refused,
                        "the refusal of signature {signatures} was swallowed"
                    );
                    assert!(signatures > 0, "nothing was signed");
                    return value;
                }
                Err(Error::Signer(_)) => unchanged(subject),
                Err(other) => panic!("{other:?}"),
            }
        }
        unreachable!()
    }

    fn in_group<R>(&self, group: &mut Group, step: impl Fn(&mut Group) -> Result<R>) -> R {
        let before = State::of(group);
        self.torture(group, step, |group| assert_eq!(State::of(group), before))
    }
}

fn reluctant(framing: Framing) -> (Client, Arc<Reluctant>) {
    let signer = Arc::new(Reluctant {
        key: SoftwareSigner::generate(CipherSuite(0x0001)).unwrap(),
        armed: Mutex::default(),
    });
    let builder = Client::builder(plugins())
        .store(Arc::new(MemoryStore::default()))
        .identity(Credential::basic("alice"), signer.clone())
        .settings(framed(framing));
    (builder.build().unwrap(), signer)
}

#[test]
fn a_refused_signature_changes_nothing() {
    for framing in FRAMINGS {
        let (mut alice, signer) = reluctant(framing);
        let none = |alice: &mut Client| assert!(alice.groups().unwrap().is_empty());
        let key_package_of = |alice: &mut Client| alice.key_package(&KeyPackageOptions::default());
        signer.torture(&mut alice, key_package_of, none);
        let mut group = signer.torture(&mut alice, |alice| alice.create_group(config()), none);

        let bob = client("bob");
        let add = key_package(&bob);
        let sealed = signer.in_group(&mut group, |group| group.commit().add(&add).path().seal());
        group.accept(&sealed).unwrap();
        let mut bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();

        let hello = |group: &mut Group| group.send(&Payload::plain("hello"));
        bob.receive(&signer.in_group(&mut group, hello).message)
            .unwrap();
        let propose = |group: &mut Group| group.propose_update::<Tally>(&4);
        bob.receive(&signer.in_group(&mut group, propose).message)
            .unwrap();

        // The proposal in the pool is not to blame, and goes along.
        let sealed = signer.in_group(&mut group, |group| group.commit().seal());
        assert_eq!(group.accept(&sealed).unwrap().data.len(), 1);
        bob.receive(&sealed.commit).unwrap();
        assert_eq!(group.epoch(), bob.epoch());

        let (mut carol, signer) = reluctant(framing);
        let info = group.group_info().unwrap();
        let (joined, sealed) =
            signer.torture(&mut carol, |carol| carol.join_external(&info).seal(), none);
        bob.receive(&sealed.commit).unwrap();
        assert_eq!(joined.epoch(), bob.epoch());
    }
}

//! Multi-credentials as the engine meets them, and in groups.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod bindings;
mod codec;
mod groups;
mod members;

use std::sync::Arc;

use mls_trellis_basic::BASIC;
use mls_trellis_hooks::{
    CipherSuite, Claim, Credential, CredentialKind, CredentialType, Door, Draft, Facts, Hooks,
    Identity, Kinds, Origin, Plugin, Plugins, Profile, Reject, SignatureKey, Signatures,
    Unverified, Validity, Verified, Verifier, VerifyView, Voucher, wire::WireError,
};
use mls_trellis_multi::{Bindings, CredentialBinding, MULTI_CREDENTIALS};

pub(crate) const MULTI: CredentialType = CredentialType(0x0003);
pub(crate) const WEAK: CredentialType = CredentialType(0x0004);
pub(crate) const SUITE: CipherSuite = CipherSuite(0x0001);
pub(crate) const OTHER_SUITE: CipherSuite = CipherSuite(0x0002);
pub(crate) const UNKNOWN_SUITE: CipherSuite = CipherSuite(0x7777);
pub(crate) const LEAF_KEY: &[u8] = b"the leaf's signature key";

/// A kind that knows some holders of keys, must ask about others, and doubts the rest.
#[derive(Default)]
pub(crate) struct Directory;

pub(crate) const DIRECTORY: CredentialType = CredentialType(0xf001);

impl CredentialKind for Directory {
    const NAME: &'static str = "directory";
    const TYPE: CredentialType = DIRECTORY;
    const DRAFT: Draft = Draft::private("directory", "1");

    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        Ok(content.into())
    }

    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        let identity = self.identify(content, &cx.kinds)?;
        match content {
            b"absent" => Err(Unverified::Missing(vec!["the entry of absent".into()])),
            b"away" => Err(Unverified::Missing(vec!["the entry of away".into()])),
            b"doubtful" => {
                let doubt = Reject::policy("DIR-2", "nobody vouches for doubtful");
                Ok(Verified::new(identity).with_concern(doubt))
            }
            _ if key.bytes.starts_with(content) => {
                let validity = Validity {
                    not_before: 10,
                    not_after: 1000 - 10 * content.len() as u64,
                };
                let name = String::from_utf8_lossy(content).into_owned();
                let voucher = Voucher {
                    name: "the directory".to_owned(),
                    validity,
                };
                let facts = Facts::default().valid(validity).voucher(voucher);
                Ok(Verified::new(identity).with_facts(facts.claim("name", Claim::Text(name))))
            }
            _ => Err(Reject::peer("DIR-1", "that key is somebody else's").into()),
        }
    }
}

impl Plugin for Directory {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

/// Signatures that anybody can make: the key and the payload.
pub(crate) struct Toy;

impl Verifier for Toy {
    fn knows(&self, suite: CipherSuite) -> bool {
        suite != UNKNOWN_SUITE
    }

    fn verify(&self, key: &SignatureKey<'_>, payload: &[u8], signature: &[u8]) -> bool {
        self.knows(key.cipher_suite) && toy_signature(key.bytes, payload) == signature
    }
}

fn toy_signature(key: &[u8], payload: &[u8]) -> Vec<u8> {
    [key, b" signs ", payload].concat()
}

pub(crate) fn plugins() -> Plugins {
    with_profile(Profile::default())
}

pub(crate) fn with_profile(profile: Profile) -> Plugins {
    Plugins::builder()
        .add(MULTI_CREDENTIALS.make(), Origin::here())
        .add(BASIC.make(), Origin::here())
        .add(Arc::new(Directory), Origin::here())
        .profile(profile)
        .build()
        .unwrap()
}

/// A credential of the directory.
pub(crate) fn entry(name: &str) -> Credential {
    Credential {
        credential_type: DIRECTORY,
        content: name.as_bytes().into(),
    }
}

/// A credential of a kind that is not linked.
pub(crate) fn foreign(name: &str) -> Credential {
    Credential {
        credential_type: CredentialType(0xf0f0),
        content: name.as_bytes().into(),
    }
}

/// A valid binding of the credential to [`LEAF_KEY`], whose key begins with the credential.
pub(crate) fn bind(credential: &Credential) -> CredentialBinding {
    bind_as(credential, SUITE, LEAF_KEY)
}

pub(crate) fn bind_as(
    credential: &Credential,
    cipher_suite: CipherSuite,
    leaf_key: &[u8],
) -> CredentialBinding {
    let bytes = [&credential.content, b"'s key".as_slice()].concat();
    let key = SignatureKey {
        cipher_suite,
        bytes: &bytes,
    };
    CredentialBinding::sign(credential, &key, leaf_key, |payload| {
        Ok::<_, WireError>(toy_signature(&bytes, payload))
    })
    .unwrap()
}

pub(crate) fn multi(bindings: impl IntoIterator<Item = CredentialBinding>) -> Credential {
    let ids = plugins().ids().clone();
    Bindings::new(bindings).unwrap().multi(&ids).unwrap()
}

pub(crate) fn weak(bindings: impl IntoIterator<Item = CredentialBinding>) -> Credential {
    let ids = plugins().ids().clone();
    Bindings::new(bindings).unwrap().weak_multi(&ids).unwrap()
}

/// The verdict of everything that is linked on a credential of a leaf with [`LEAF_KEY`].
pub(crate) fn verify(credential: &Credential) -> Result<Verified, Unverified> {
    let plugins = plugins();
    let cx = VerifyView {
        kinds: Kinds::of(&plugins),
        signatures: Signatures::of(&Toy),
        ..VerifyView::new(Door::Add)
    };
    let key = SignatureKey {
        cipher_suite: SUITE,
        bytes: LEAF_KEY,
    };
    cx.verify(credential, &key)
}

pub(crate) fn identify(credential: &Credential) -> Result<Identity, Reject> {
    Kinds::of(&plugins()).identify(credential)
}

#[track_caller]
pub(crate) fn refused(credential: &Credential) -> Reject {
    match verify(credential) {
        Err(Unverified::Reject(reject)) => reject,
        other => panic!("{other:?}"),
    }
}

//! Our key packages.

use mls_trellis_hooks::{
    AddedKeyPackage, CipherSuite, Dictionary, Ids, KeyPackageData, KeyPackageExtension,
    RawExtension, wire,
};
use openmls::{
    extensions::Extensions,
    prelude::{KeyPackage, KeyPackageRef, Lifetime, MlsMessageOut},
};
use openmls_traits::OpenMlsProvider;
use tls_codec::Serialize as _;

use super::{Client, cipher_suite};
use crate::{
    Error, Result,
    incoming::key_package_in,
    mls,
    own_leaf::{dictionary_extension, raw_extension},
    roster,
    settings::KnownExtension,
};

/// A key package of ours: what to publish, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKeyPackage {
    /// The MLSMessage to publish.
    pub message: Vec<u8>,
    /// Its KeyPackageRef (RFC 9420, section 5.2).
    pub reference: Vec<u8>,
    /// When it ceases to be valid, in seconds since 1970.
    pub not_after: u64,
}

/// What goes into a key package.
#[derive(Clone, Debug)]
pub struct KeyPackageOptions {
    cipher_suite: CipherSuite,
    lifetime: Option<u64>,
    marks: Vec<Mark>,
    extensions: Vec<RawExtension>,
    kinds: Vec<KnownExtension>,
}

/// An entry of the key package's dictionary, by the component's id in force.
#[derive(Clone, Debug)]
struct Mark {
    id: fn(&Ids) -> mls_trellis_hooks::ComponentId,
    data: std::result::Result<Vec<u8>, wire::WireError>,
}

impl Default for KeyPackageOptions {
    fn default() -> Self {
        Self {
            cipher_suite: CipherSuite(0x0001),
            lifetime: None,
            marks: Vec::new(),
            extensions: Vec::new(),
            kinds: Vec::new(),
        }
    }
}

impl KeyPackageOptions {
    /// For groups with this cipher suite.
    #[must_use]
    pub fn cipher_suite(mut self, suite: CipherSuite) -> Self {
        self.cipher_suite = suite;
        self
    }

    /// Valid for this many seconds, instead of what the client's settings say.
    #[must_use]
    pub fn lifetime(mut self, seconds: u64) -> Self {
        self.lifetime = Some(seconds);
        self
    }

    /// With this entry of component `C`.
    #[must_use]
    pub fn mark<C: KeyPackageData>(mut self, mark: &C::Mark) -> Self {
        self.marks.push(Mark {
            id: |ids| ids.of::<C>(),
            data: wire::encode(mark),
        });
        self
    }

    /// With an extension that this engine does not interpret.
    #[must_use]
    pub fn extension(mut self, extension: RawExtension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// With the extension of kind `E`.
    #[must_use]
    pub fn with_extension<E: KeyPackageExtension>(mut self, content: &E::Content) -> Self {
        self.kinds.push(KnownExtension::new::<E>(content));
        self
    }
}

impl Client {
    /// Makes a key package and keeps its private keys.
    ///
    /// # Errors
    /// [`Error::Signer`], [`Error::Store`].
    pub fn key_package(&self, options: &KeyPackageOptions) -> Result<OwnKeyPackage> {
        let mut made = self.make_key_packages(options, 1)?;
        made.pop().ok_or(Error::Mls {
            context: "building a key package",
            detail: "none was built".into(),
        })
    }

    /// Makes a set of key packages to publish, in one step.
    ///
    /// # Errors
    /// As [`key_package`](Self::key_package).
    pub fn key_packages(
        &self,
        options: &KeyPackageOptions,
        count: usize,
    ) -> Result<Vec<OwnKeyPackage>> {
        self.make_key_packages(options, count)
    }

    /// What a key package of a peer says: its leaf, and what stands in it besides. Its signature and
    /// lifetime hold; whether the credential is genuine is judged when it is added.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is none, [`Error::Mls`] when it is not valid;
    /// [`Error::Rejected`] with CRED-1 when no plugin is linked for its credential.
    pub fn read_key_package(&self, message: &[u8]) -> Result<AddedKeyPackage> {
        let key_package = key_package_in(message, &self.inner.crypto)?;
        Ok(roster::added_key_package(&key_package, self.plugins())?)
    }

    /// Deletes a key package with its private keys: it expired, or was replaced.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn delete_key_package(&self, reference: &[u8]) -> Result<()> {
        self.step(None, |step| {
            crate::storage::delete_key_package(step.buffer, reference)?;
            Ok(())
        })
    }

    /// The references of all key packages whose private keys are still here.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn stored_key_packages(&self) -> Result<Vec<Vec<u8>>> {
        self.step(None, |step| {
            Ok(crate::storage::key_package_references(step.buffer)?)
        })
    }

    /// What a key package of ours says, as plugins see it: what it is meant for, or that it may be used
    /// again. `None` when it is not here any more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn stored_key_package(&self, reference: &[u8]) -> Result<Option<AddedKeyPackage>> {
        self.step(None, |step| {
            let Some(bytes) = step.provider.storage().key_package_of(reference)? else {
                return Ok(None);
            };
            let key_package: mls::KeyPackage =
                mls::decode(&bytes).map_err(Error::malformed("our key package"))?;
            Ok(Some(roster::key_package_info(
                &key_package,
                self.plugins(),
            )?))
        })
    }

    fn make_key_packages(
        &self,
        options: &KeyPackageOptions,
        count: usize,
    ) -> Result<Vec<OwnKeyPackage>> {
        let suite = cipher_suite(options.cipher_suite)?;
        let now = self.now();
        let seconds = options
            .lifetime
            .unwrap_or(self.inner.settings.key_package_lifetime);
        let not_after = now.saturating_add(seconds);
        // Clocks differ: begin an hour early, as OpenMLS does.
        let lifetime = Lifetime::init(now.saturating_sub(60 * 60), not_after);
        let raw = self.raw_extensions(options)?;
        let also: Vec<_> = raw.iter().map(|e| e.extension_type).collect();
        let extensions = self.key_package_extensions(options, &raw)?;

        self.step(None, |step| {
            let mut made = Vec::with_capacity(count);
            for _ in 0..count {
                let own_leaf = self.own_leaf();
                let bundle = KeyPackage::builder()
                    .key_package_lifetime(lifetime)
                    .key_package_extensions(extensions.clone())
                    .leaf_node_capabilities(own_leaf.capabilities(&also))
                    .leaf_node_extensions(own_leaf.extensions()?)
                    .build(
                        suite,
                        &step.provider,
                        &step.signer,
                        self.credential_with_key(),
                    )
                    .map_err(Error::mls("building a key package"))?;
                let key_package = bundle.key_package();
                let reference: KeyPackageRef = key_package
                    .hash_ref(step.provider.crypto())
                    .map_err(Error::mls("naming a key package"))?;
                let message = MlsMessageOut::from(key_package.clone());
                made.push(OwnKeyPackage {
                    message: message
                        .tls_serialize_detached()
                        .map_err(Error::mls("encoding a key package"))?,
                    reference: reference.as_slice().to_vec(),
                    not_after,
                });
            }
            Ok(made)
        })
    }

    fn raw_extensions(&self, options: &KeyPackageOptions) -> Result<Vec<RawExtension>> {
        let kinds = options.kinds.iter();
        let kinds = kinds.map(|kind| kind.raw(self.plugins().ids()));
        let others = options.extensions.iter().cloned().map(Ok);
        others.chain(kinds).collect()
    }

    fn key_package_extensions(
        &self,
        options: &KeyPackageOptions,
        raw: &[RawExtension],
    ) -> Result<Extensions<KeyPackage>> {
        let mut extensions: Vec<_> = raw.iter().map(raw_extension).collect();
        let mut dictionary = Dictionary::new();
        for mark in &options.marks {
            dictionary.insert((mark.id)(self.plugins().ids()), mark.data.clone()?.into());
        }
        if !dictionary.is_empty() {
            self.own_leaf().add_grease(&mut dictionary);
            extensions.push(dictionary_extension(&dictionary));
        }
        Extensions::from_vec(extensions).map_err(Error::mls("building a key package"))
    }
}

//! The cryptographic provider of one step: RustCrypto, watched.
//!
//! OpenMLS does not show the content of a commit before it has staged it, nor the generation of a
//! private message at all. Both pass through the provider. [`StepCrypto`] shows every signed text
//! whose signature holds to the [`Witness`], and remembers the two integers of the sender data. It
//! changes nothing that passes through.

use std::sync::{Mutex, PoisonError};

use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    OpenMlsProvider,
    crypto::{HpkeSealPskResolvedAadError, OpenMlsCrypto},
    types::{
        AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig,
        HpkeKeyPair, KemOutput, SignatureScheme,
    },
};
use tls_codec::SecretVLBytes;

use crate::{storage::Storage, witness::Witness};

/// What OpenMLS gets for one step.
pub(crate) struct Provider<'s> {
    crypto: StepCrypto<'s>,
    storage: Storage<'s>,
}

impl<'s> Provider<'s> {
    /// The provider of a step. `crypto` is shared by all steps of a client.
    pub(crate) fn new(crypto: &'s RustCrypto, witness: &'s Witness, storage: Storage<'s>) -> Self {
        Self {
            crypto: StepCrypto::new(crypto, witness),
            storage,
        }
    }
}

impl<'s> OpenMlsProvider for Provider<'s> {
    type CryptoProvider = StepCrypto<'s>;
    type RandProvider = RustCrypto;
    type StorageProvider = Storage<'s>;

    fn storage(&self) -> &Storage<'s> {
        &self.storage
    }

    fn crypto(&self) -> &StepCrypto<'s> {
        &self.crypto
    }

    fn rand(&self) -> &RustCrypto {
        self.crypto.inner
    }
}

/// RustCrypto, watched.
pub(crate) struct StepCrypto<'s> {
    inner: &'s RustCrypto,
    witness: &'s Witness,
    sender_data: Mutex<Option<SenderData>>,
}

/// Whose private message was decrypted or encrypted, and the how-manieth of its kind in the epoch it was
/// (RFC 9420, section 6.3.2). The reuse guard stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderData {
    pub(crate) leaf_index: u32,
    pub(crate) generation: u32,
}

impl<'s> StepCrypto<'s> {
    pub(crate) fn new(inner: &'s RustCrypto, witness: &'s Witness) -> Self {
        Self {
            inner,
            witness,
            sender_data: Mutex::default(),
        }
    }

    /// The sender data of the last private message that was decrypted or encrypted since this was last
    /// asked.
    /// It is authenticated only once OpenMLS has accepted the message.
    pub(crate) fn take_sender_data(&self) -> Option<SenderData> {
        self.lock().take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<SenderData>> {
        self.sender_data
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sender data is the only plaintext of twelve bytes in MLS: leaf, generation, reuse guard. The
    /// content of a private message holds at least a signature besides.
    fn note_sender_data(&self, plaintext: &[u8]) {
        let Ok(&[a, b, c, d, e, f, g, h, _, _, _, _]) = <&[u8; 12]>::try_from(plaintext) else {
            return;
        };
        *self.lock() = Some(SenderData {
            leaf_index: u32::from_be_bytes([a, b, c, d]),
            generation: u32::from_be_bytes([e, f, g, h]),
        });
    }
}

impl OpenMlsCrypto for StepCrypto<'_> {
    fn verify_signature(
        &self,
        alg: SignatureScheme,
        data: &[u8],
        pk: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.inner.verify_signature(alg, data, pk, signature)?;
        self.witness.observe(data);
        Ok(())
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        ct_tag: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let plaintext = self.inner.aead_decrypt(alg, key, ct_tag, nonce, aad)?;
        self.note_sender_data(&plaintext);
        Ok(plaintext)
    }

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.note_sender_data(data);
        self.inner.aead_encrypt(alg, key, data, nonce, aad)
    }

    // From here on: RustCrypto as it is.

    fn supports(&self, ciphersuite: Ciphersuite) -> Result<(), CryptoError> {
        self.inner.supports(ciphersuite)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        self.inner.supported_ciphersuites()
    }

    fn hkdf_extract(
        &self,
        hash_type: HashType,
        salt: &[u8],
        ikm: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        self.inner.hkdf_extract(hash_type, salt, ikm)
    }

    fn hmac(
        &self,
        hash_type: HashType,
        key: &[u8],
        message: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        self.inner.hmac(hash_type, key, message)
    }

    fn hkdf_expand(
        &self,
        hash_type: HashType,
        prk: &[u8],
        info: &[u8],
        okm_len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        self.inner.hkdf_expand(hash_type, prk, info, okm_len)
    }

    fn hash(&self, hash_type: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.inner.hash(hash_type, data)
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        self.inner.signature_key_gen(alg)
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.inner.sign(alg, data, key)
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        pk_r: &[u8],
        info: &[u8],
        aad: &[u8],
        ptxt: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        self.inner.hpke_seal(config, pk_r, info, aad, ptxt)
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        sk_r: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner.hpke_open(config, input, sk_r, info, aad)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        pk_r: &[u8],
        info: &[u8],
        exporter_context: &[u8],
        exporter_length: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        self.inner.hpke_setup_sender_and_export(
            config,
            pk_r,
            info,
            exporter_context,
            exporter_length,
        )
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        enc: &[u8],
        sk_r: &[u8],
        info: &[u8],
        exporter_context: &[u8],
        exporter_length: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        self.inner.hpke_setup_receiver_and_export(
            config,
            enc,
            sk_r,
            info,
            exporter_context,
            exporter_length,
        )
    }

    fn derive_hpke_keypair(
        &self,
        config: HpkeConfig,
        ikm: &[u8],
    ) -> Result<HpkeKeyPair, CryptoError> {
        self.inner.derive_hpke_keypair(config, ikm)
    }

    fn hpke_open_psk(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        sk_r: &[u8],
        info: &[u8],
        aad: &[u8],
        psk: &[u8],
        psk_id: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner
            .hpke_open_psk(config, input, sk_r, info, aad, psk, psk_id)
    }

    fn hpke_seal_psk_resolved_aad<F, E>(
        &self,
        config: HpkeConfig,
        pk_r: &[u8],
        info: &[u8],
        ptxt: &[u8],
        psk: &[u8],
        psk_id: &[u8],
        aad_builder: F,
    ) -> Result<HpkeCiphertext, HpkeSealPskResolvedAadError<E>>
    where
        F: FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    {
        self.inner
            .hpke_seal_psk_resolved_aad(config, pk_r, info, ptxt, psk, psk_id, aad_builder)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use openmls::prelude::LeafNodeParameters;

    use super::*;
    use crate::{
        signer::{SignatureScheme as Scheme, Signer, SignerError, WitnessingSigner},
        storage::party::{SUITE, process, two_members},
    };

    /// A signer that keeps what it signed.
    struct Recorder<'a> {
        signer: &'a dyn Signer,
        signed: Mutex<Vec<(Vec<u8>, Vec<u8>)>>,
    }

    impl Signer for Recorder<'_> {
        fn public_key(&self) -> &[u8] {
            self.signer.public_key()
        }
        fn scheme(&self) -> Scheme {
            self.signer.scheme()
        }
        fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
            let signature = self.signer.sign(payload)?;
            let mut signed = self.signed.lock().unwrap();
            signed.push((payload.to_vec(), signature.clone()));
            Ok(signature)
        }
    }

    #[test]
    fn only_what_was_truly_signed_is_witnessed() {
        let (alice, _) = two_members();
        let recorder = Recorder {
            signer: &alice.key,
            signed: Mutex::default(),
        };
        let witness = Witness::default();
        alice.in_group(|group, provider, _| {
            let signer = WitnessingSigner::new(&recorder, &witness);
            witness.arm();
            group
                .self_update(provider, &signer, LeafNodeParameters::default())
                .unwrap();
        });
        assert!(witness.take().is_ok());

        let crypto = StepCrypto::new(&alice.crypto, &witness);
        let verify = |payload: &[u8], signature: &[u8]| {
            witness.arm();
            let scheme = SUITE.signature_algorithm();
            let verified =
                crypto.verify_signature(scheme, payload, alice.key.public_key(), signature);
            (verified.is_ok(), witness.take().is_ok())
        };
        let signed = recorder.signed.into_inner().unwrap();
        let commits: Vec<_> = signed
            .iter()
            .map(|(payload, signature)| {
                assert_eq!(verify(payload, &[0; 64]), (false, false));
                verify(payload, signature)
            })
            .collect();
        // The leaf's own signature is none of the witness's business.
        assert!(signed.len() > 1);
        assert_eq!(
            commits.iter().filter(|seen| **seen == (true, true)).count(),
            1
        );
    }

    #[test]
    fn sender_data_is_that_of_the_message_even_out_of_order() {
        let (alice, bob) = two_members();
        let messages: Vec<_> = (0..4)
            .map(|_| {
                alice.in_group(|group, provider, signer| {
                    let message = group.create_message(provider, signer, b"hello").unwrap();
                    (message, provider.crypto().take_sender_data())
                })
            })
            .collect();
        let sent: Vec<_> = messages.iter().map(|(_, seen)| seen.unwrap()).collect();
        let generations: Vec<_> = sent.iter().map(|seen| seen.generation).collect();
        assert_eq!(generations, [0, 1, 2, 3]);
        assert!(sent.iter().all(|seen| seen.leaf_index == 0));
        for generation in [2u32, 0, 3, 1] {
            bob.in_group(|group, provider, _| {
                assert_eq!(provider.crypto().take_sender_data(), None);
                let (message, _) = messages.get(generation as usize).unwrap();
                process(group, provider, message).unwrap();
                let seen = provider.crypto().take_sender_data();
                let expected = SenderData {
                    leaf_index: 0,
                    generation,
                };
                assert_eq!(seen, Some(expected));
                assert_eq!(provider.crypto().take_sender_data(), None);
            });
        }
    }
}

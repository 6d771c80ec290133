//! A sender that seals whatever it likes. It writes the structures of revision 02 out by hand, so that
//! they are checked against another text than the plugin's.

use mls_trellis_hooks::{
    Draft, Envelope, Export, HandleError, HpkePsk, LeafIndex, Letter, MessageCx, Opened, Recipient,
    Reject, WireFormat, WireFormatId,
    wire::{self, Opaque},
};

const LABEL: &str = "targeted message";
const PSK: Export = Export {
    label: LABEL,
    context: b"psk",
};
const SENDER: Export = Export {
    label: LABEL,
    context: b"sender auth data secret",
};

/// What is wrong with a message. The default is nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forged {
    /// Says that the sender sits here.
    pub(crate) claims: Option<u32>,
    /// The plaintext in place of application data and padding.
    pub(crate) content: Option<Vec<u8>>,
    /// The encapsulated key in place of the true one.
    pub(crate) kem_output: Option<Vec<u8>>,
    /// Follows the sender data, before it is encrypted.
    pub(crate) trailing: Vec<u8>,
    /// Signs with the wrong content.
    pub(crate) bad_signature: bool,
}

impl WireFormat for Forged {
    const NAME: &'static str = "forged";
    const FORMAT: WireFormatId = WireFormatId(0x0006);
    const DRAFT: Draft = Draft::private("forged", "1");
    const SIGNS: &'static [&'static str] = &["TargetedMessageTBS"];
    const ENCRYPTS: &'static [&'static str] = &["TargetedMessageData"];
    const EXPORTS: &'static [Export] = &[PSK, SENDER];

    fn peek(&self, _: WireFormatId, _: &[u8]) -> Result<Envelope, Reject> {
        Err(Reject::misuse("FORGED-1", "it only writes"))
    }

    fn seal(&self, cx: &dyn MessageCx, letter: &Letter<'_>) -> Result<Vec<u8>, HandleError> {
        let Recipient::Member(to) = letter.to else {
            panic!("not for a member");
        };
        let epoch = cx.epoch();
        let from = self.claims.unwrap_or(cx.own().0);
        let group_id = Opaque::from(&epoch.group_id[..]);
        let authenticated_data = Opaque::from(letter.authenticated_data);

        let body = Opaque::from(letter.body);
        let content = self.content.clone().unwrap_or_else(|| encode(&body));
        let psk_label = Opaque::from(b"MLS 1.0 targeted message psk");
        let psk = HpkePsk {
            label: "TargetedMessageData",
            context: &encode(&(to.0, from)),
            psk: &cx.export(&PSK)?,
            psk_id: &encode(&(group_id.clone(), epoch.epoch, psk_label)),
        };
        let aad = |_: &[u8]| Ok(letter.authenticated_data.to_vec());
        let sealed = cx.seal_psk(to, &psk, &aad, &content)?;
        let kem_output = self.kem_output.clone().map_or(sealed.kem_output, Opaque);

        let hash = Opaque(cx.hash(sealed.ciphertext.as_slice())?);
        let place = (group_id.clone(), epoch.epoch, to.0);
        let mut tbs = [
            encode(&(1u16, 6u16)),
            encode(&place),
            encode(&(authenticated_data.clone(), from)),
            encode(&(kem_output.clone(), hash)),
        ]
        .concat();
        if self.bad_signature {
            tbs.push(0);
        }
        let signature = Opaque(cx.sign("TargetedMessageTBS", &tbs)?);

        let mut sender = encode(&(from, signature, kem_output));
        sender.extend(&self.trailing);
        let sample = sealed.ciphertext.as_slice();
        let sample = &sample[..sample.len().min(cx.lengths().hash)];
        let secret = cx.export(&SENDER)?;
        let key = cx.expand(&secret, "key", sample, cx.lengths().key)?;
        let nonce = cx.expand(&secret, "nonce", sample, cx.lengths().nonce)?;
        let sender = Opaque(cx.aead_seal(&key, &nonce, &encode(&place), &sender)?);

        let parts = (authenticated_data, sender, sealed.ciphertext);
        Ok([encode(&(1u16, 6u16)), encode(&place), encode(&parts)].concat())
    }

    fn open(&self, _: &dyn MessageCx, _: &[u8]) -> Result<Opened, HandleError> {
        Err(Reject::misuse("FORGED-1", "it only writes").into())
    }
}

/// A forged message for `to`.
pub(crate) fn forged(
    keys: &mls_trellis_engine::EpochKeys,
    to: LeafIndex,
    forged: &Forged,
) -> Vec<u8> {
    keys.seal(forged, &super::letter(to)).unwrap()
}

fn encode<T: wire::Wire>(value: &T) -> Vec<u8> {
    wire::encode(value).unwrap()
}

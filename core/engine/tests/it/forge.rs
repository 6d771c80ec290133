//! Messages that no OpenMLS would build, made by hand with a stock member's keys (RFC 9420, sections
//! 6.1, 6.2 and 8): AAD of any bytes, and commits that say the same thing twice.

use mls_trellis_hooks::{
    ComponentId, Dictionary,
    wire::{self, Opaque},
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    OpenMlsProvider,
    crypto::OpenMlsCrypto,
    signatures::Signer,
    storage::{CURRENT_VERSION, Entity, StorageProvider, traits},
    types::HashType,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tls_codec::Serialize as _;

use crate::stock::{Key, StockMember};

const PROPOSAL: u8 = 2;
const COMMIT: u8 = 3;

/// A proposal by reference, as a PublicMessage with this AAD. `body` begins with the proposal type.
pub(crate) fn proposal(member: &StockMember, aad: &[u8], body: &[u8]) -> Vec<u8> {
    let content = content(member, aad, PROPOSAL, body);
    let tbs = tbs(member, &content);
    let auth = vector(&sign(&member.client.key, &tbs));
    seal(member, &content, &tbs, &auth)
}

/// A proposal of the external sender with this number, as a PublicMessage.
pub(crate) fn external_proposal(
    key: &Key,
    member: &StockMember,
    index: u32,
    body: &[u8],
) -> Vec<u8> {
    let group = &member.group;
    let content = [
        &vector(group.group_id().as_slice())[..],
        &group.epoch().as_u64().to_be_bytes(),
        &[2],
        &index.to_be_bytes(),
        &[0, PROPOSAL],
        body,
    ]
    .concat();
    let tbs = [&[0, 1, 0, 1], content.as_slice()].concat();
    let signature = vector(&sign(key, &tbs));
    [&[0, 1, 0, 1], content.as_slice(), &signature].concat()
}

/// A commit without a path, of these proposals inline, after which the dictionary is `dictionary`.
pub(crate) fn commit(
    member: &StockMember,
    aad: &[u8],
    proposals: &[Vec<u8>],
    dictionary: &[(ComponentId, Vec<u8>)],
) -> Vec<u8> {
    let inline: Vec<u8> = proposals
        .iter()
        .flat_map(|p| [&[1], p.as_slice()].concat())
        .collect();
    let content = content(member, aad, COMMIT, &[vector(&inline), vec![0]].concat());
    let tbs = tbs(member, &content);
    let signature = vector(&sign(&member.client.key, &tbs));

    let interim = hash(&[confirmed_hash(member), vector(&current_tag(member))].concat());
    let confirmed = hash(&[interim, vec![0, 1], content.clone(), signature.clone()].concat());
    let context = next_context(member, &confirmed, dictionary);
    let joiner = extract(&secret(&epoch_secrets(member), "init_secret"), &[0; 32]);
    let joiner = expand(&joiner, "joiner", &context);
    let epoch_secret = expand(&extract(&joiner, &[0; 32]), "epoch", &context);
    let confirmation_key = expand(&epoch_secret, "confirm", &[]);
    let auth = [signature, vector(&mac(&confirmation_key, &confirmed))].concat();
    seal(member, &content, &tbs, &auth)
}

/// FramedContent, from the member.
fn content(member: &StockMember, aad: &[u8], content_type: u8, body: &[u8]) -> Vec<u8> {
    let group = &member.group;
    [
        &vector(group.group_id().as_slice())[..],
        &group.epoch().as_u64().to_be_bytes(),
        &[1],
        &group.own_leaf_index().u32().to_be_bytes(),
        &vector(aad),
        &[content_type],
        body,
    ]
    .concat()
}

/// FramedContentTBS: mls10, PublicMessage, the content, the GroupContext.
fn tbs(member: &StockMember, content: &[u8]) -> Vec<u8> {
    [&[0, 1, 0, 1], content, &context(member)].concat()
}

fn sign(key: &Key, tbs: &[u8]) -> Vec<u8> {
    let content = [vector(b"MLS 1.0 FramedContentTBS"), vector(tbs)].concat();
    key.sign(&content).unwrap()
}

/// The PublicMessage, with its membership tag.
fn seal(member: &StockMember, content: &[u8], tbs: &[u8], auth: &[u8]) -> Vec<u8> {
    let key = secret(
        &message_secrets(member)["message_secrets"],
        "membership_key",
    );
    let tag = mac(&key, &[tbs, auth].concat());
    [&[0, 1, 0, 1], content, auth, &vector(&tag)].concat()
}

fn context(member: &StockMember) -> Vec<u8> {
    member
        .group
        .public_group()
        .group_context()
        .tls_serialize_detached()
        .unwrap()
}

fn confirmed_hash(member: &StockMember) -> Vec<u8> {
    member
        .group
        .public_group()
        .group_context()
        .confirmed_transcript_hash()
        .to_vec()
}

fn current_tag(member: &StockMember) -> Vec<u8> {
    let tag = member
        .group
        .confirmation_tag()
        .tls_serialize_detached()
        .unwrap();
    wire::decode::<Opaque>(&tag).unwrap().0
}

/// The GroupContext of the next epoch, where nobody came or went and the dictionary stands last.
fn next_context(
    member: &StockMember,
    confirmed: &[u8],
    dictionary: &[(ComponentId, Vec<u8>)],
) -> Vec<u8> {
    let group = &member.group;
    let mut entries = Dictionary::new();
    for (id, data) in dictionary {
        entries.insert(*id, data.as_slice().into());
    }
    let entries = [&[0, 6][..], &vector(&wire::encode(&entries).unwrap())].concat();
    let kept = group
        .extensions()
        .iter()
        .filter(|e| u16::from(e.extension_type()) != 6);
    let mut extensions: Vec<u8> = kept
        .flat_map(|extension| extension.tls_serialize_detached().unwrap())
        .collect();
    extensions.extend(entries);
    [
        &[0, 1, 0, 1][..],
        &vector(group.group_id().as_slice()),
        &(group.epoch().as_u64() + 1).to_be_bytes(),
        &vector(group.public_group().group_context().tree_hash()),
        &vector(confirmed),
        &vector(&extensions),
    ]
    .concat()
}

/// An `opaque<V>`.
pub(crate) fn vector(bytes: &[u8]) -> Vec<u8> {
    wire::encode(&Opaque::from(bytes)).unwrap()
}

fn hash(bytes: &[u8]) -> Vec<u8> {
    RustCrypto::default()
        .hash(HashType::Sha2_256, bytes)
        .unwrap()
}

fn mac(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let crypto = RustCrypto::default();
    crypto
        .hmac(HashType::Sha2_256, key, bytes)
        .unwrap()
        .as_slice()
        .to_vec()
}

fn extract(salt: &[u8], input: &[u8]) -> Vec<u8> {
    let crypto = RustCrypto::default();
    crypto
        .hkdf_extract(HashType::Sha2_256, salt, input)
        .unwrap()
        .as_slice()
        .to_vec()
}

/// ExpandWithLabel to the length of a hash; DeriveSecret, if the context is empty.
fn expand(secret: &[u8], label: &str, context: &[u8]) -> Vec<u8> {
    let label = vector(format!("MLS 1.0 {label}").as_bytes());
    let info = [&[0, 32][..], &label, &vector(context)].concat();
    let crypto = RustCrypto::default();
    crypto
        .hkdf_expand(HashType::Sha2_256, secret, &info, 32)
        .unwrap()
        .as_slice()
        .to_vec()
}

/// Whatever OpenMLS has stored, as it lies there.
#[derive(Serialize, Deserialize)]
struct Stored(Value);

impl Entity<CURRENT_VERSION> for Stored {}
impl traits::GroupEpochSecrets<CURRENT_VERSION> for Stored {}
impl traits::MessageSecrets<CURRENT_VERSION> for Stored {}

fn epoch_secrets(member: &StockMember) -> Value {
    let storage = member.client.provider.storage();
    let stored: Option<Stored> = storage
        .group_epoch_secrets(member.group.group_id())
        .unwrap();
    stored.unwrap().0
}

fn message_secrets(member: &StockMember) -> Value {
    let storage = member.client.provider.storage();
    let stored: Option<Stored> = storage.message_secrets(member.group.group_id()).unwrap();
    stored.unwrap().0
}

/// The bytes of a secret, however deep they lie.
fn secret(stored: &Value, name: &str) -> Vec<u8> {
    let mut value = &stored[name];
    while let Value::Object(fields) = value {
        value = fields.values().next().unwrap();
    }
    serde_json::from_value(value.clone()).unwrap()
}

//! The rules of franking.

use hmac::{Hmac, Mac};
use mls_trellis_hooks::{
    Claims, EpochState, Identity, Reject, Secret,
    wire::{self, Text, WireError},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{FrankContext, FrankingAgent, FrankingKey};
use crate::RoomMetadata;

/// HMAC-SHA256 of the application data with the salt inside of it.
#[must_use]
pub fn franking_tag(salt: &[u8], application_data: &[u8]) -> [u8; 32] {
    mac(salt, &[application_data])
        .finalize()
        .into_bytes()
        .into()
}

/// The hub's own key. Who has it can make franks that the hub takes for its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubKey(Secret);

impl From<Secret> for HubKey {
    fn from(key: Secret) -> Self {
        Self(key)
    }
}

impl HubKey {
    /// The hub's MAC.
    ///
    /// # Errors
    /// When a URI is too long to be encoded.
    pub fn server_frank(
        &self,
        franking_tag: &[u8; 32],
        context: &FrankContext,
    ) -> Result<[u8; 32], WireError> {
        let context = wire::encode(context)?;
        let mac = mac(self.0.as_slice(), &[franking_tag, &context]);
        Ok(mac.finalize().into_bytes().into())
    }

    /// Whether a MAC is the hub's own, as when a message is reported to it. It takes the same time
    /// for every MAC.
    #[must_use]
    pub fn made(
        &self,
        server_frank: &[u8; 32],
        franking_tag: &[u8; 32],
        context: &FrankContext,
    ) -> bool {
        wire::encode(context).is_ok_and(|context| {
            let mac = mac(self.0.as_slice(), &[franking_tag, &context]);
            mac.verify_slice(server_frank).is_ok()
        })
    }
}

/// HMAC-SHA256 (RFC 2104): a key longer than a block is hashed, a shorter one is padded.
fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    match block.get_mut(..key.len()) {
        Some(start) => start.copy_from_slice(key),
        None => {
            let hashed = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(key)));
            let start = block.iter_mut().zip(hashed.iter());
            start.for_each(|(to, from)| *to = *from);
        }
    }
    let mut mac = Hmac::new((&*block).into());
    parts.iter().for_each(|part| mac.update(part));
    mac
}

/// Who franks the messages of the epoch, and in which room; `None` when nobody does.
pub(super) fn agent(epoch: &EpochState) -> Result<Option<(FrankingAgent, Text)>, Reject> {
    let agent = epoch.state::<FrankingKey>()?;
    let room = epoch.state::<RoomMetadata>()?;
    Ok(agent.zip(room.map(|room| room.room_uri)))
}

/// MIMI-22, what the sender answers for: the tag is of this message, which names its own sender and
/// room.
pub(super) fn check_tag(
    tag: &[u8; 32],
    claims: &Claims,
    application_data: &[u8],
    user: &Identity,
    room_uri: &Text,
) -> Result<(), Reject> {
    let reject = |detail: String| Err(Reject::peer("MIMI-22", detail));
    let Some(salt) = &claims.salt else {
        return reject("a franked message has no salt".into());
    };
    if franking_tag(salt.as_slice(), application_data) != *tag {
        return reject("the franking tag is of another message".into());
    }
    let sender = claims.sender.as_deref().unwrap_or_default();
    if sender.as_bytes() != user.as_bytes() {
        return reject(format!(
            "a franked message of {user} says it is of {sender:?}"
        ));
    }
    let room = claims.room.as_deref().unwrap_or_default();
    match room == room_uri.0 {
        true => Ok(()),
        false => reject(format!(
            "a franked message in {room_uri:?} says it is in {room:?}"
        )),
    }
}

/// MIMI-22: the credential of whoever franks speaks of the domain whose room it is.
pub(super) fn check_domain(hub: &Identity, room_uri: &Text) -> Result<(), Reject> {
    let text = std::str::from_utf8(hub.as_bytes()).unwrap_or_default();
    let domain = authority(text).unwrap_or(text);
    match authority(&room_uri.0) == Some(domain) {
        true => Ok(()),
        false => Err(Reject::peer(
            "MIMI-22",
            format!("{hub} franks messages of the room {room_uri:?}, which is not of its domain"),
        )),
    }
}

/// The authority of a URI, such as `a.example` (RFC 3986, section 3.2).
fn authority(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    rest.split(['/', '?', '#'])
        .next()
        .filter(|authority| !authority.is_empty())
}

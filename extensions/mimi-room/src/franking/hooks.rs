//! How franking plugs into groups and hubs.

use std::sync::Arc;

use mls_trellis_hooks::{
    AadItem, AadView, AcceptView, Action, Actor, Claims, CommitView, Component, ComponentId,
    ContentType, Draft, EpochState, FoldView, GroupState, Hooks, HubStamp, Identity, Invariant,
    Judge, Plugin, Reject, Sent, SignatureKey, StampView, Unverified,
    wire::{self, Text},
};

use super::{Frank, FrankAad, FrankContext, FrankingAgent, HubKey, state, wire::to_be_signed};
use crate::{MimiUris, People};

/// What the hub's signature is made with.
const LABEL: &str = "FrankingIntegrityTBS";

/// Franking: of our own messages, of those that come in, and at a hub.
#[derive(Clone)]
pub struct Franking {
    people: Arc<dyn People>,
    hub: Option<HubKey>,
}

mls_trellis_registry::register! {
    /// Franking at members.
    pub static FRANKING: Franking::default
}

impl Franking {
    /// Franking with users that are read from credentials in another way than the default,
    /// [`MimiUris`].
    #[must_use]
    pub fn with_people(people: impl People) -> Self {
        Self {
            people: Arc::new(people),
            hub: None,
        }
    }

    /// The same at a hub with this key.
    #[must_use]
    pub fn at_hub(mut self, key: HubKey) -> Self {
        self.hub = Some(key);
        self
    }
}

impl Default for Franking {
    fn default() -> Self {
        Self::with_people(MimiUris)
    }
}

impl Plugin for Franking {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks
            .component(Arc::new(FrankTag(self)))
            .aad_item()
            .hub_stamp();
        hooks
            .component(Arc::new(FrankingKey))
            .group_state()
            .invariant()
            .judge();
    }
}

/// The tag in a message's SafeAAD, and the frank beside the message.
#[derive(Clone)]
pub struct FrankTag(Arc<Franking>);

impl Component for FrankTag {
    const NAME: &'static str = "frank_aad";
    const DEFAULT_ID: ComponentId = ComponentId(0x0020);
    const DRAFT: Draft = Draft::new("draft-ietf-mimi-protocol", "06", "5.4.1");
}

impl AadItem for FrankTag {
    type Item = FrankAad;

    fn item(&self, cx: &AadView<'_>) -> Result<Option<FrankAad>, Reject> {
        if state::agent(cx.epoch)?.is_none() {
            return Ok(None);
        }
        let (Some(data), Some(claims)) = (cx.application_data, cx.claims) else {
            return Ok(None);
        };
        let named = claims.sender.is_some() && claims.room.is_some();
        let salt = claims.salt.as_ref().filter(|_| named);
        Ok(salt.map(|salt| FrankAad {
            franking_tag: state::franking_tag(salt.as_slice(), data),
        }))
    }

    fn check_item(&self, cx: &AadView<'_>, from: &Actor, item: &FrankAad) -> Result<(), Reject> {
        let Some((_, room_uri)) = state::agent(cx.epoch)? else {
            return Ok(());
        };
        let (ContentType::Application, Some(data)) = (cx.content_type, cx.application_data) else {
            return Ok(());
        };
        // A message of a format that nobody here can read is no error (CA-13).
        let (Some(claims), Some(client)) = (cx.claims, from.identity(cx.epoch)) else {
            return Ok(());
        };
        self.check_tag(item, client, claims, data, &room_uri)
    }
}

impl HubStamp for FrankTag {
    type Stamp = Frank;

    /// MIMI-15.
    fn stamp(&self, cx: &AcceptView<'_>) -> Result<Option<Frank>, Reject> {
        let tag = cx.items.get(&cx.id);
        let (Some(tag), Some(key)) = (tag, &self.0.hub) else {
            return Ok(None);
        };
        let Some((agent, room_uri)) = state::agent(cx.epoch)? else {
            return Ok(None);
        };
        let malformed =
            |e: wire::WireError| Reject::peer("MIMI-15", format!("the franking tag: {e}"));
        let tag: FrankAad = wire::decode(tag.as_slice()).map_err(malformed)?;
        if agent.signature_key.as_slice() != cx.signer.public_key() {
            let detail = "the hub's signature key is not the one that franks the group's messages";
            return Err(Reject::misuse("MIMI-15", detail));
        }
        let known = |client: &Identity| self.user(client).as_bytes() == cx.sender.as_bytes();
        if !cx.epoch.leaves.values().any(|leaf| known(&leaf.identity)) {
            let detail = format!("{:?} is nobody in the group", cx.sender);
            return Err(Reject::peer("MIMI-15", detail));
        }
        let context = FrankContext {
            sender_uri: cx.sender.into(),
            room_uri,
            accepted_timestamp: cx.accepted_at,
        };
        let too_long = |e: wire::WireError| Reject::misuse("MIMI-15", e.to_string());
        let server_frank = key
            .server_frank(&tag.franking_tag, &context)
            .map_err(too_long)?;
        let cipher_suite = cx.epoch.cipher_suite;
        let content = to_be_signed(server_frank, cipher_suite, &context).map_err(too_long)?;
        let signature = cx.signer.sign(LABEL, &content);
        let signature = signature.map_err(|e| Reject::misuse("MIMI-15", e.to_string()))?;
        Ok(Some(Frank {
            server_frank,
            cipher_suite,
            integrity_signature: signature.into(),
        }))
    }

    /// MIMI-22.
    fn check_stamp(&self, cx: &StampView<'_>, frank: &Frank) -> Result<(), Reject> {
        let reject = |detail: &str| Err(Reject::peer("MIMI-22", detail));
        let Some((agent, room_uri)) = state::agent(cx.epoch)? else {
            return reject("nobody franks messages of this group");
        };
        let Some(tag) = cx.items.get(&cx.id) else {
            return reject("the message has a frank and no franking tag");
        };
        let tag = wire::decode(tag.as_slice());
        let tag: FrankAad = tag.map_err(|e| Reject::peer("MIMI-22", e.to_string()))?;
        let Some(claims) = cx.claims else {
            let detail = "a frank cannot be checked: no plugin reads the message";
            return Err(Reject::incompatible("MIMI-22", detail));
        };
        self.check_tag(&tag, cx.identity, claims, cx.application_data, &room_uri)?;
        if frank.cipher_suite != cx.epoch.cipher_suite {
            return reject("the frank is of another cipher suite than the group");
        }
        let key = SignatureKey {
            cipher_suite: cx.epoch.cipher_suite,
            bytes: agent.signature_key.as_slice(),
        };
        let hub = match cx.credentials.verify(&agent.credential(), &key) {
            Ok(verified) => verified.identity,
            Err(Unverified::Reject(reject)) => return Err(reject),
            Err(missing) => {
                return Err(Reject::incompatible("MIMI-22", missing.to_string()));
            }
        };
        state::check_domain(&hub, &room_uri)?;
        let context = FrankContext {
            // The same as the room's and the sender's own: that was checked.
            sender_uri: Text(claims.sender.clone().unwrap_or_default()),
            room_uri,
            accepted_timestamp: cx.accepted_at,
        };
        let content = to_be_signed(frank.server_frank, frank.cipher_suite, &context)
            .map_err(|e| Reject::peer("MIMI-22", e.to_string()))?;
        let signature = frank.integrity_signature.as_slice();
        let genuine = cx.signatures.verify(&key, LABEL, &content, signature);
        match genuine {
            true => Ok(()),
            false => reject("the hub did not sign this frank, of this sender, room and time"),
        }
    }
}

impl FrankTag {
    fn user(&self, client: &Identity) -> Identity {
        self.0.people.user(client)
    }

    fn check_tag(
        &self,
        item: &FrankAad,
        client: &Identity,
        claims: &Claims,
        application_data: &[u8],
        room_uri: &Text,
    ) -> Result<(), Reject> {
        let user = self.user(client);
        state::check_tag(
            &item.franking_tag,
            claims,
            application_data,
            &user,
            room_uri,
        )
    }
}

/// Who franks the group's messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrankingKey;

impl Component for FrankingKey {
    const NAME: &'static str = "franking_signature_key";
    const DEFAULT_ID: ComponentId = ComponentId(0x0021);
    const DRAFT: Draft = Draft::new("draft-ietf-mimi-protocol", "06", "5.4.1");
}

impl GroupState for FrankingKey {
    type State = FrankingAgent;
    type Update = FrankingAgent;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        mut agent: Option<FrankingAgent>,
        updates: &[Sent<FrankingAgent>],
    ) -> Result<FrankingAgent, Reject> {
        for update in updates {
            may_change(cx.before, &update.from)
                .map_err(|reject| reject.culprit_at(update.position))?;
            agent = Some(update.body.clone());
        }
        agent.ok_or_else(|| Reject::misuse("MIMI-24", "there is no franking key"))
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, _: &FrankingAgent) -> Result<(), Reject> {
        may_change(cx.before, from)
    }
}

/// MIMI-20: who the room's policy says, and every member where it says nothing.
fn may_change(epoch: &EpochState, from: &Actor) -> Result<(), Reject> {
    let policy = epoch.may(from, &Action::new(FrankingKey::NAME, "set"));
    policy.unwrap_or_else(|| match from {
        Actor::Member(_) => Ok(()),
        _ => Err(Reject::peer(
            "MIMI-20",
            format!("{from} is not a member and changes who franks messages"),
        )),
    })
}

impl Invariant for FrankingKey {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        epoch.state::<Self>().map(drop)
    }

    /// MIMI-24.
    fn concerns(&self, epoch: &EpochState) -> Vec<Reject> {
        let tag = epoch.ids.of::<FrankTag>();
        let franks = epoch.data(epoch.ids.of::<Self>()).is_some();
        let tagged = epoch.required_aad().ok().flatten();
        let tagged = tagged.is_some_and(|listed| listed.contains(&tag));
        let concern = (franks && !tagged).then(|| {
            let detail = "messages are to be franked, and their SafeAAD has no franking tag";
            Reject::peer("MIMI-24", detail)
        });
        concern.into_iter().collect()
    }
}

impl Judge for FrankingKey {
    /// MIMI-24.
    fn concerns(&self, cx: &CommitView<'_>) -> Vec<Reject> {
        let (before, after) = (cx.before.data(cx.id), cx.after.data(cx.id));
        let changed = before.is_some() && after.is_some() && before != after;
        let concern = changed.then(|| {
            let detail = "the franking key is replaced in a group that goes on";
            Reject::peer("MIMI-24", detail)
        });
        concern.into_iter().collect()
    }
}

//! Why a client cannot be added to a group: a trial of the Add, by the functions that judge commits.
//!
//! Nothing is changed, nothing is signed, and no key is used.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, AddedKeyPackage, Change, EpochState, Lack, LeafIndex, Plugins, Reject, Sent,
};
use openmls::key_packages::KeyPackage;
use openmls_rust_crypto::RustCrypto;

use crate::{
    Error, Group, PublicGroup, Result,
    assess::{Assessed, assess},
    event::Who,
    incoming::{key_package_in, long_enough, of_suite},
    judge::{self, Transition},
    roster,
};

/// Something that stands in the way of an Add, or would be so in the group with the newcomer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// How much it weighs.
    pub weight: Weight,
    /// Whom it is about: a member, or the newcomer, who has no position yet. `None` when it is about
    /// the group as a whole.
    pub who: Option<Who>,
    /// What they lack, if it is that.
    pub lacks: Option<Lack>,
    /// The plugin that is linked for what they lack, if one is.
    pub name: Option<&'static str>,
    /// The rule, the plugin that names it, who is at fault, and the words for it.
    pub reject: Reject,
}

/// How much an [`Obstacle`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Every member refuses a commit with this Add.
    Refused,
    /// We do not commit it ourselves; if another does, it is an alarm.
    Avoided,
    /// It is so in the group already, and keeps nobody from being added.
    Known,
}

impl Weight {
    /// Whether it keeps us from adding the client.
    #[must_use]
    pub fn is_in_the_way(self) -> bool {
        self != Self::Known
    }
}

impl Group {
    /// Why we cannot add the client of this KeyPackage message: who lacks what, and which rules speak
    /// against it. Empty, or all of [`Weight::Known`], when we can.
    ///
    /// What is asked is an Add alone. A component may want something else in the same commit.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mls_trellis_engine::{Client, GroupConfig, KeyPackageOptions, Requirements, SoftwareSigner};
    /// # use mls_trellis_hooks::{CipherSuite, Credential};
    /// # use mls_trellis_registry::Registry;
    /// # let plugins = Registry::empty().with(mls_trellis_basic::Basic).build()?;
    /// # let client = |name: &str| -> Result<Client, Box<dyn std::error::Error>> {
    /// #     let signer = SoftwareSigner::generate(CipherSuite(0x0001))?;
    /// #     let identity = Credential::basic(name);
    /// #     Ok(Client::builder(plugins.clone()).identity(identity, Arc::new(signer)).build()?)
    /// # };
    /// # let (alice, bob) = (client("alice")?, client("bob")?);
    /// let mut room = alice.create_group(GroupConfig::new(b"room"))?;
    /// let package = bob.key_package(&KeyPackageOptions::default())?;
    /// assert!(room.why_not(&package.message)?.is_empty());
    ///
    /// let other = KeyPackageOptions::default().cipher_suite(CipherSuite(0x0003));
    /// # let signer = Arc::new(SoftwareSigner::generate(CipherSuite(0x0003))?);
    /// # let bob = Client::builder(plugins.clone()).identity(Credential::basic("bob"), signer).build()?;
    /// let package = bob.key_package(&other)?;
    /// assert_eq!(room.why_not(&package.message)?[0].reject.rule(), "ENG-13");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the message is no KeyPackage, or one that OpenMLS refuses whatever the group, for its
    /// signatures or lifetime above all; [`Error::Missing`] when something must be fetched first; ENG-12 when we are not a member.
    pub fn why_not(&mut self, key_package: &[u8]) -> Result<Vec<Obstacle>> {
        if !self.is_active()? {
            return Err(Reject::misuse("ENG-12", "we are not a member any more").into());
        }
        let own = self.own_leaf()?;
        let key_package = key_package_in(key_package, &RustCrypto::default())?;
        let plugins = self.client().plugins();
        let now = Some(self.client().now());
        let mut obstacles = of_key_package(plugins, self.epoch(), own, &key_package, now)?;
        if let Err(reject) = long_enough(&key_package, self.client()) {
            obstacles.push(Obstacle::bare(Weight::Avoided, reject));
        }
        Ok(sorted(obstacles))
    }
}

impl PublicGroup {
    /// Why a member cannot add the client of this KeyPackage message, as if `committer` did; as
    /// [`Group::why_not`] but for what only the member's own client can tell.
    ///
    /// # Errors
    /// As [`Group::why_not`]; ENG-9 when the committer is not a member.
    pub fn why_not(&self, key_package: &[u8], committer: LeafIndex) -> Result<Vec<Obstacle>> {
        if self.epoch().leaf(committer).is_none() {
            return Err(Reject::misuse("ENG-9", format!("{committer} is not a member")).into());
        }
        let key_package = key_package_in(key_package, &RustCrypto::default())?;
        let now = self.now();
        let obstacles = of_key_package(self.plugins(), self.epoch(), committer, &key_package, now)?;
        Ok(sorted(obstacles))
    }
}

/// The obstacles to adding a KeyPackage that is sound by itself.
fn of_key_package(
    plugins: &Plugins,
    before: &EpochState,
    committer: LeafIndex,
    key_package: &KeyPackage,
    now: Option<u64>,
) -> Result<Vec<Obstacle>> {
    // Of a client of another cipher suite or unreadable credential there is nothing more to say.
    let readable = of_suite(key_package, before.cipher_suite)
        .and_then(|()| roster::added_key_package(key_package, plugins));
    match readable {
        Ok(added) => why_not(plugins, before, committer, &added, now).map_err(Error::Missing),
        Err(reject) => Ok(vec![Obstacle::bare(Weight::Refused, reject)]),
    }
}

/// The obstacles to an Add, as a pure function of what everybody sees.
///
/// # Errors
/// What must be fetched before a credential can be judged.
fn why_not(
    plugins: &Plugins,
    before: &EpochState,
    committer: LeafIndex,
    added: &AddedKeyPackage,
    now: Option<u64>,
) -> Result<Vec<Obstacle>, Vec<String>> {
    let committer = Actor::Member(committer);
    let add = [Sent {
        from: committer.clone(),
        by_reference: false,
        position: 0,
        body: Change::Add(added.clone()),
    }];
    let mut after = before.clone();
    after.epoch = before.epoch.saturating_add(1);
    after.leaves = roster::after(before, &add, &committer, None).leaves;
    let mut places = after.leaves.iter();
    let newcomer = places.find(|(_, leaf)| Arc::ptr_eq(leaf, &added.leaf));
    let newcomer = newcomer.map(|(index, _)| *index);
    let transition = Transition {
        committer: &committer,
        proposals: &add,
        path: None,
        before,
        after: &after,
    };
    let found = judge::findings(plugins, &transition)?;
    let unsupported = newcomer.map(|index| judge::newcomer(&after, index));
    let refusals = unsupported.into_iter().flatten().chain(found.refusals);

    let weighed = |weight: Weight| {
        let after = &after;
        move |reject: Reject| Obstacle::of(plugins, after, newcomer, weight, reject)
    };
    let refused = refusals.flat_map(weighed(Weight::Refused));
    let assessed = now.map(|now| assess(plugins, &after, &found.admitted, now));
    let assessed = assessed.map(Assessed::avoided).transpose()?;
    let avoided = found
        .concerns
        .into_iter()
        .chain(assessed.into_iter().flatten());
    let known = found.known.into_iter();
    Ok(refused
        .chain(avoided.flat_map(weighed(Weight::Avoided)))
        .chain(known.flat_map(weighed(Weight::Known)))
        .collect())
}

/// What weighs most comes first; otherwise in the order in which it was found.
fn sorted(mut obstacles: Vec<Obstacle>) -> Vec<Obstacle> {
    obstacles.sort_by_key(|obstacle| obstacle.weight);
    obstacles
}

impl Obstacle {
    /// One for each thing that is lacked, or one if it is not that.
    fn of(
        plugins: &Plugins,
        after: &EpochState,
        newcomer: Option<LeafIndex>,
        weight: Weight,
        reject: Reject,
    ) -> Vec<Self> {
        let who = |index: LeafIndex| {
            let leaf = after.leaf(index)?;
            Some(Who {
                leaf: (newcomer != Some(index)).then_some(index.0),
                identity: leaf.identity.as_bytes().to_vec(),
            })
        };
        let Some(lacking) = reject.lacks().cloned() else {
            // The commit has one proposal only: who is named by it is the newcomer.
            let named = reject.culprit().and(newcomer);
            return vec![Self {
                who: named.and_then(who),
                ..Self::bare(weight, reject)
            }];
        };
        let one = |lack: Lack| Self {
            who: who(lacking.who),
            name: name(plugins, &lack),
            lacks: Some(lack),
            ..Self::bare(weight, reject.clone())
        };
        lacking.what.iter().cloned().map(one).collect()
    }

    fn bare(weight: Weight, reject: Reject) -> Self {
        Self {
            weight,
            who: None,
            lacks: None,
            name: None,
            reject,
        }
    }
}

/// The plugin that is linked for what somebody lacks.
fn name(plugins: &Plugins, lack: &Lack) -> Option<&'static str> {
    match lack {
        Lack::Extension(id) => plugins.extension(*id).map(|entry| entry.name),
        Lack::Proposal(id) => plugins.proposal(*id).map(|entry| entry.name),
        Lack::Credential(id) => plugins.credential(*id).map(|entry| entry.name),
        Lack::Component(id) | Lack::AadItem(id) => plugins.component(*id).map(|entry| entry.name),
        Lack::WireFormat(id) => plugins.wire_format(*id).map(|entry| entry.name),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use mls_trellis_hooks::LeafInfo;
    use mls_trellis_registry::Registry;

    use super::*;

    #[test]
    fn leaf_3_a_newcomer_that_lists_nothing() {
        let plugins = Registry::empty().with(mls_trellis_basic::Basic);
        let plugins = plugins.build().unwrap();
        let before = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
        let added = AddedKeyPackage {
            // It has no capabilities.
            leaf: Arc::new(LeafInfo::basic("bob")),
            dictionary: None,
            extensions: Vec::new(),
        };
        let told = why_not(&plugins, &before, LeafIndex(0), &added, None).unwrap();
        let bobs = told.iter().filter(|o| {
            o.reject.rule() == "LEAF-3" && o.who.as_ref().is_some_and(|who| who.leaf.is_none())
        });
        let lacks: Vec<_> = bobs.map(|o| o.lacks.clone().unwrap()).collect();
        assert_eq!(
            lacks,
            [
                Lack::Credential(added.leaf.credential.credential_type),
                Lack::CipherSuite(before.cipher_suite),
            ]
        );
    }
}

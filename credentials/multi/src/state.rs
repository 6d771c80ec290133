//! What makes bindings valid, and who must understand them.

use std::collections::BTreeSet;

use mls_trellis_hooks::{
    Capabilities, CipherSuite, Credential, CredentialType, EpochState, Facts, Identity, Ids, Kinds,
    LeafInfo, Reject, SignatureKey, Unverified, Verified, VerifyView, wire,
};

use crate::{
    CredentialBinding, Multi, WeakMulti,
    wire::{self as bindings_wire, LABEL},
};

/// More bindings than this are dubious (MC-11): each costs whoever sees the leaf a verification.
pub const MANY: usize = 8;

/// The bindings of one credential: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bindings {
    first: CredentialBinding,
    others: Vec<CredentialBinding>,
}

impl Bindings {
    /// These bindings, the one that says who the client is first.
    ///
    /// # Errors
    /// MC-9 when there are none.
    pub fn new(bindings: impl IntoIterator<Item = CredentialBinding>) -> Result<Self, Reject> {
        let mut bindings = bindings.into_iter();
        let first = bindings.next();
        let first = first.ok_or_else(|| Reject::peer("MC-9", "the credential binds nothing"))?;
        Ok(Self {
            first,
            others: bindings.collect(),
        })
    }

    /// Reads the content of a credential.
    ///
    /// # Errors
    /// MC-7 when it is malformed; MC-9 when it has no bindings.
    pub fn parse(content: &[u8]) -> Result<Self, Reject> {
        let bindings = bindings_wire::decode(content);
        Self::new(bindings.map_err(|e| Reject::peer("MC-7", e.to_string()))?)
    }

    /// All bindings, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &CredentialBinding> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// A credential that everybody must understand as a whole (`multi`).
    ///
    /// # Errors
    /// When the bindings are longer than a vector can be.
    pub fn multi(&self, ids: &Ids) -> Result<Credential, wire::WireError> {
        self.credential(ids.credential::<Multi>())
    }

    /// A credential of which everybody must understand a part (`weak-multi`).
    ///
    /// # Errors
    /// When the bindings are longer than a vector can be.
    pub fn weak_multi(&self, ids: &Ids) -> Result<Credential, wire::WireError> {
        self.credential(ids.credential::<WeakMulti>())
    }

    fn credential(&self, credential_type: CredentialType) -> Result<Credential, wire::WireError> {
        let content = bindings_wire::encode(&self.iter().cloned().collect())?;
        Ok(Credential {
            credential_type,
            content: content.into(),
        })
    }

    fn len(&self) -> usize {
        1 + self.others.len()
    }
}

/// MC-10: no multi-credential inside another.
fn outermost(kinds: &Kinds<'_>) -> Result<(), Reject> {
    match kinds.is_inner() {
        true => Err(Reject::peer(
            "MC-10",
            "a multi-credential inside of another credential",
        )),
        false => Ok(()),
    }
}

/// Whom a `multi` speaks of: its first binding's.
pub(crate) fn identify_multi(content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject> {
    outermost(kinds)?;
    kinds.identify(&Bindings::parse(content)?.first.credential.as_credential())
}

/// Whose client that is.
pub(crate) fn user_of_multi(content: &[u8], kinds: &Kinds<'_>) -> Option<Identity> {
    let bindings = Bindings::parse(content).ok()?;
    kinds.user(&bindings.first.credential.as_credential())
}

/// Whom a `weak-multi` speaks of: the first of its bindings whose kind is known here; if none is,
/// nobody who could be named, and still the same one everywhere.
pub(crate) fn identify_weak(content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject> {
    outermost(kinds)?;
    let bindings = Bindings::parse(content)?;
    let known = |b: &&CredentialBinding| kinds.has(b.credential.credential_type);
    match bindings.iter().find(known) {
        Some(binding) => kinds.identify(&binding.credential.as_credential()),
        None => unknown(&bindings.first),
    }
}

/// An identity for a credential that nobody here can read.
fn unknown(binding: &CredentialBinding) -> Result<Identity, Reject> {
    let credential = wire::encode(&binding.credential);
    let credential = credential.map_err(|e| Reject::peer("MC-7", e.to_string()))?;
    Ok([b"weak-multi\0", credential.as_slice()].concat()[..].into())
}

/// MC-2, MC-3: all bindings are understood and valid.
pub(crate) fn verify_multi(
    content: &[u8],
    key: &SignatureKey<'_>,
    cx: &VerifyView<'_>,
) -> Result<Verified, Unverified> {
    outermost(&cx.kinds)?;
    let bindings = Bindings::parse(content)?;
    for binding in bindings.iter() {
        if !is_supported(binding, cx) {
            return Err(Reject::incompatible(
                "MC-2",
                format!("{} is not supported here", describe(binding)),
            )
            .into());
        }
    }
    let all: Vec<_> = bindings.iter().collect();
    let verified = verify_each(&all, key, cx)?;
    let names = all.iter().map(|binding| {
        let name = cx.kinds.name(binding.credential.credential_type);
        name.unwrap_or_default()
    });
    let facts = facts(names.zip(&verified));
    Ok(verdict(&bindings, verified)?.with_facts(facts))
}

/// What all of the bindings say: everybody verified them all. It is valid while all of them are.
fn facts<'v>(verified: impl Iterator<Item = (&'static str, &'v Verified)>) -> Facts {
    verified.fold(Facts::default(), |mut facts, (kind, verified)| {
        let inner = verified.facts.clone();
        facts.validity = match (facts.validity, inner.validity) {
            (Some(a), Some(b)) => Some(a.and(b)),
            (a, b) => a.or(b),
        };
        facts.vouchers.extend(inner.vouchers.iter().cloned());
        facts.status.extend(inner.status.iter().cloned());
        facts.holding(kind, inner)
    })
}

/// MC-6: all bindings that are understood are valid.
pub(crate) fn verify_weak(
    content: &[u8],
    key: &SignatureKey<'_>,
    cx: &VerifyView<'_>,
) -> Result<Verified, Unverified> {
    outermost(&cx.kinds)?;
    let bindings = Bindings::parse(content)?;
    let supported: Vec<_> = bindings.iter().filter(|b| is_supported(b, cx)).collect();
    if supported.is_empty() {
        return unchecked(&bindings, cx);
    }
    let verified = verify_each(&supported, key, cx)?;
    let identities: BTreeSet<_> = verified.iter().map(|v| v.identity.clone()).collect();
    let verdict = verdict(&bindings, verified)?;
    match identities.len() {
        1 => Ok(verdict),
        _ => Ok(verdict.with_concern(Reject::peer(
            "MC-15",
            "the bindings speak of different clients, and not everybody reads the same one",
        ))),
    }
}

/// The verdict on a `weak-multi` of which nothing can be checked. Where its kind could be read, the
/// name it claims must not be believed; where not, nobody believes anything.
fn unchecked(bindings: &Bindings, cx: &VerifyView<'_>) -> Result<Verified, Unverified> {
    let reject = Reject::incompatible("MC-5", "nothing of the credential can be checked here");
    if bindings
        .iter()
        .any(|b| cx.kinds.has(b.credential.credential_type))
    {
        return Err(reject.into());
    }
    Ok(Verified::new(unknown(&bindings.first)?).with_concern(reject))
}

fn is_supported(binding: &CredentialBinding, cx: &VerifyView<'_>) -> bool {
    cx.kinds.has(binding.credential.credential_type) && cx.signatures.knows(binding.cipher_suite)
}

/// Verifies each of the bindings. What is missing for some is told for all of them at once.
fn verify_each(
    bindings: &[&CredentialBinding],
    key: &SignatureKey<'_>,
    cx: &VerifyView<'_>,
) -> Result<Vec<Verified>, Unverified> {
    let mut verified = Vec::new();
    let mut missing = Vec::new();
    for binding in bindings {
        match verify_binding(binding, key, cx) {
            Ok(one) => verified.push(one),
            Err(Unverified::Missing(needs)) => missing.extend(needs),
            Err(reject) => return Err(reject),
        }
    }
    match missing.is_empty() {
        true => Ok(verified),
        false => Err(Unverified::Missing(missing)),
    }
}

/// MC-7, MC-8: the credential is genuine and belongs to `credential_key`, which signed the leaf's key.
fn verify_binding(
    binding: &CredentialBinding,
    key: &SignatureKey<'_>,
    cx: &VerifyView<'_>,
) -> Result<Verified, Unverified> {
    let tbs = binding.tbs(key.bytes);
    let tbs = tbs.map_err(|e| Reject::peer("MC-7", e.to_string()))?;
    let signature = binding.signature.as_slice();
    if !cx.signatures.verify(&binding.key(), LABEL, &tbs, signature) {
        return Err(Reject::peer(
            "MC-7",
            format!(
                "the signature of {} is not of this leaf's key, or not by its own",
                describe(binding)
            ),
        )
        .into());
    }
    cx.verify(&binding.credential.as_credential(), &binding.key())
}

/// The first verified binding says who it is; what troubles any of them troubles the whole.
fn verdict(bindings: &Bindings, verified: Vec<Verified>) -> Result<Verified, Unverified> {
    let mut verified = verified.into_iter();
    let first = verified.next();
    let mut verdict = first.ok_or_else(|| Reject::peer("MC-9", "the credential binds nothing"))?;
    verdict.concerns.extend(verified.flat_map(|v| v.concerns));
    // Of a weak one not everybody verifies the same, so it says nothing that rules could be about.
    verdict.facts = Facts::default();
    match bindings.len() {
        0..=MANY => Ok(verdict),
        many => Ok(verdict.with_concern(Reject::peer(
            "MC-11",
            format!("{many} bindings in one credential; {MANY} are enough"),
        ))),
    }
}

fn describe(binding: &CredentialBinding) -> String {
    let CredentialBinding {
        cipher_suite,
        credential,
        ..
    } = binding;
    format!(
        "the binding of credential type {} with cipher suite {cipher_suite}",
        credential.credential_type
    )
}

/// MC-1, MC-2, MC-4, MC-5: every member's leaf says that it understands what it must of every
/// member's credential.
pub(crate) fn all_understand(epoch: &EpochState) -> Result<(), Reject> {
    let (multi, weak) = (
        epoch.ids.credential::<Multi>(),
        epoch.ids.credential::<WeakMulti>(),
    );
    // Members whose leaves say the same need to be asked only once.
    let says = |leaf: &LeafInfo| {
        let Capabilities {
            credentials,
            cipher_suites,
            ..
        } = &leaf.capabilities;
        (credentials.clone(), cipher_suites.clone())
    };
    let holds = |leaf: &LeafInfo| [multi, weak].contains(&leaf.credential.credential_type);
    if !epoch.leaves.values().any(|leaf| holds(leaf)) {
        return Ok(());
    }
    let members: BTreeSet<_> = epoch.leaves.values().map(|leaf| says(leaf)).collect();
    for holder in epoch.leaves.values().filter(|leaf| holds(leaf)) {
        let bindings = Bindings::parse(&holder.credential.content)?;
        let is_multi = holder.credential.credential_type == multi;
        for (credentials, suites) in &members {
            let understands = match is_multi {
                true => understand_all(&bindings, multi, credentials, suites),
                false => understand_one(&bindings, weak, credentials, suites),
            };
            understands.map_err(|(rule, what)| {
                let who = &holder.identity;
                Reject::incompatible(rule, format!("a member does not support {what} of {who}"))
            })?;
        }
    }
    Ok(())
}

type NotUnderstood = (&'static str, String);

fn understand_all(
    bindings: &Bindings,
    multi: CredentialType,
    credentials: &BTreeSet<CredentialType>,
    suites: &BTreeSet<CipherSuite>,
) -> Result<(), NotUnderstood> {
    if !credentials.contains(&multi) {
        return Err(("MC-1", format!("credential type {multi}")));
    }
    let unknown = bindings
        .iter()
        .find(|b| !understands(b, credentials, suites));
    match unknown {
        Some(binding) => Err(("MC-2", describe(binding))),
        None => Ok(()),
    }
}

fn understand_one(
    bindings: &Bindings,
    weak: CredentialType,
    credentials: &BTreeSet<CredentialType>,
    suites: &BTreeSet<CipherSuite>,
) -> Result<(), NotUnderstood> {
    if !credentials.contains(&weak) {
        return Err(("MC-4", format!("credential type {weak}")));
    }
    let known = bindings.iter().any(|b| understands(b, credentials, suites));
    match known {
        true => Ok(()),
        false => Err(("MC-5", "any binding".to_owned())),
    }
}

fn understands(
    binding: &CredentialBinding,
    credentials: &BTreeSet<CredentialType>,
    suites: &BTreeSet<CipherSuite>,
) -> bool {
    credentials.contains(&binding.credential.credential_type)
        && suites.contains(&binding.cipher_suite)
}

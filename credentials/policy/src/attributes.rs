//! Conditions on claims, in Cedar.
//!
//! Cedar skips a policy that fails to evaluate, so that a `forbid` on a claim that is not there would
//! allow. Two things prevent that here. The schema is made of the declared claims, all of them optional,
//! and policies are validated against it strictly: one that looks at a claim without asking whether it
//! is there (`principal has x509 && ...`) does not load. And should a policy fail to evaluate all the
//! same, or a claim be of another type than declared, the answer is no.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt::Write as _,
    str::FromStr as _,
};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use mls_trellis_hooks::{Claim, Facts, wire::Text};

use crate::{Attributes, ClaimType, depth, merged::merged, wire::MAX_POLICIES};

/// Claims that everybody has, besides those of their credentials.
const OWN: &str = "  identity: String,\n  domain: String,\n  kind: String,\n  user?: String,\n";

/// Policies that are ready to be asked.
pub(crate) struct Conditions {
    authorizer: Authorizer,
    policies: PolicySet,
    /// The same, for who is permitted.
    merged: Option<PolicySet>,
    claims: Tree,
    principal: EntityUid,
    member: EntityUid,
    external_sender: EntityUid,
    group: EntityUid,
}

/// Whom the policies are asked about.
pub(crate) struct Subject<'a> {
    pub(crate) identity: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) user: Option<String>,
    pub(crate) kind: &'a str,
    /// What its credentials say, by kind.
    pub(crate) sources: &'a [(&'a str, &'a Facts)],
    pub(crate) external: bool,
}

/// The declared claims, by the names on the way to them.
#[derive(Debug, PartialEq, Eq)]
enum Tree {
    Leaf(ClaimType),
    Branch(BTreeMap<String, Tree>),
}

impl Conditions {
    /// # Errors
    /// Every reason why the policies cannot be used, for people.
    pub(crate) fn new(attributes: &Attributes) -> Result<Self, Vec<String>> {
        let claims = Tree::of(attributes.claims.iter())?;
        let text = &attributes.policies.0;
        if text.len() > MAX_POLICIES {
            return Err(vec![format!(
                "policies of {} bytes are too long",
                text.len()
            )]);
        }
        depth::check(text).map_err(|why| vec![why])?;
        let schema = Schema::from_str(&claims.schema());
        let schema = schema.map_err(|e| vec![format!("the claims: {}", whole(&e))])?;
        let policies = PolicySet::from_str(text);
        let policies = policies.map_err(|e| vec![format!("the policies: {}", whole(&e))])?;
        if policies.policies().next().is_none() {
            return Err(vec!["no policy permits anything".to_owned()]);
        }
        let verdict = Validator::new(schema).validate(&policies, ValidationMode::Strict);
        // A policy that can never apply was meant otherwise, so that warnings count.
        let mut wrong: Vec<_> = verdict.validation_errors().map(|e| whole(&e)).collect();
        wrong.extend(verdict.validation_warnings().map(|w| whole(&w)));
        wrong.sort();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let entity = |name: &str| EntityUid::from_str(name).map_err(|e| vec![e.to_string()]);
        Ok(Self {
            authorizer: Authorizer::new(),
            merged: merged(&policies),
            policies,
            claims,
            principal: entity("Client::\"it\"")?,
            member: entity("Action::\"member\"")?,
            external_sender: entity("Action::\"external_sender\"")?,
            group: entity("Group::\"this\"")?,
        })
    }

    /// # Errors
    /// Why the subject is not permitted, for people.
    pub(crate) fn permit(&self, who: &Subject<'_>) -> Result<(), String> {
        let (principal, resource) = (self.principal.clone(), self.group.clone());
        let entity = Entity::new(principal.clone(), self.attributes(who)?, HashSet::new());
        let entity = entity.map_err(|e| whole(&e))?;
        let entities = Entities::from_entities([entity], None).map_err(|e| whole(&e))?;
        let action = match who.external {
            true => &self.external_sender,
            false => &self.member,
        };
        let context = Context::empty();
        let request = Request::new(principal, action.clone(), resource, context, None);
        let request = request.map_err(|e| whole(&e))?;
        if let Some(merged) = &self.merged {
            let answer = self.authorizer.is_authorized(&request, merged, &entities);
            let failed = answer.diagnostics().errors().next().is_some();
            if answer.decision() == Decision::Allow && !failed {
                return Ok(());
            }
        }
        let answer = self
            .authorizer
            .is_authorized(&request, &self.policies, &entities);
        let failed: BTreeSet<_> = answer.diagnostics().errors().map(|e| whole(&e)).collect();
        if let Some(failed) = failed.first() {
            return Err(format!("a policy cannot be evaluated: {failed}"));
        }
        let reasons: BTreeSet<_> = answer
            .diagnostics()
            .reason()
            .map(ToString::to_string)
            .collect();
        match (answer.decision(), reasons.is_empty()) {
            (Decision::Allow, _) => Ok(()),
            (Decision::Deny, true) => Err("no attribute policy permits it".to_owned()),
            (Decision::Deny, false) => {
                let names: Vec<_> = reasons.iter().map(|id| self.name(id)).collect();
                Err(format!("forbidden by {}", names.join(", ")))
            }
        }
    }

    /// What a policy is called: its annotation `@id`, or the number that Cedar gave it.
    fn name(&self, id: &str) -> String {
        let policy = self
            .policies
            .policies()
            .find(|policy| policy.id().to_string() == id);
        let name = policy.and_then(|policy| policy.annotation("id"));
        name.unwrap_or(id).to_owned()
    }

    fn attributes(
        &self,
        who: &Subject<'_>,
    ) -> Result<HashMap<String, RestrictedExpression>, String> {
        let mut attributes = HashMap::new();
        let mut set = |name: &str, value: RestrictedExpression| {
            attributes.insert(name.to_owned(), value);
        };
        set("identity", text(who.identity));
        set("domain", text(who.domain));
        set("kind", text(who.kind));
        if let Some(user) = &who.user {
            set("user", text(user));
        }
        let Tree::Branch(kinds) = &self.claims else {
            return Ok(attributes);
        };
        for (kind, facts) in who.sources {
            let Some(declared) = kinds.get(*kind) else {
                continue;
            };
            let issuer = facts.issuer.clone().map(Claim::Text);
            let value = declared.record(kind, |name| match name {
                // A claim of that name counts more than who vouches for it.
                "issuer" => facts.claims.get(name).or(issuer.as_ref()),
                _ => facts.claims.get(name),
            })?;
            attributes.insert((*kind).to_owned(), value);
        }
        Ok(attributes)
    }
}

impl Tree {
    fn of<'a>(
        claims: impl IntoIterator<Item = (&'a Text, &'a ClaimType)>,
    ) -> Result<Self, Vec<String>> {
        let mut root = BTreeMap::new();
        let mut wrong = Vec::new();
        for (Text(claim), claim_type) in claims {
            if let Err(why) = plant(&mut root, claim, *claim_type) {
                wrong.push(format!("claim {claim:?} {why}"));
            }
        }
        match wrong.is_empty() {
            true => Ok(Self::Branch(root)),
            false => Err(wrong),
        }
    }

    /// The schema, in Cedar's own language.
    fn schema(&self) -> String {
        let mut out = format!("entity Group;\nentity Client = {{\n{OWN}");
        if let Self::Branch(kinds) = self {
            for (kind, tree) in kinds {
                let _ = writeln!(out, "  \"{kind}\"?: {},", tree.cedar_type());
            }
        }
        out.push_str("};\naction member, external_sender appliesTo ");
        out.push_str("{ principal: Client, resource: Group, context: {} };\n");
        out
    }

    fn cedar_type(&self) -> String {
        match self {
            Self::Leaf(ClaimType::Flag) => "Bool".to_owned(),
            Self::Leaf(ClaimType::Number) => "Long".to_owned(),
            Self::Leaf(ClaimType::Text) => "String".to_owned(),
            Self::Leaf(ClaimType::Texts) => "Set<String>".to_owned(),
            Self::Branch(members) => {
                let members = members.iter();
                let members =
                    members.map(|(name, tree)| format!("\"{name}\"?: {}", tree.cedar_type()));
                format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The members that were declared, of those that there are.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    fn record<'c>(
        &self,
        name: &str,
        get: impl Fn(&str) -> Option<&'c Claim>,
    ) -> Result<RestrictedExpression, String> {
        let Self::Branch(members) = self else {
            return Err(format!(
                "claim {name} is not the record that the policy declares"
            ));
        };
        let mut record = Vec::new();
        for (member, tree) in members {
            if let Some(value) = get(member) {
                let value = tree.value(&format!("{name}.{member}"), value)?;
                record.push((member.clone(), value));
            }
        }
        RestrictedExpression::new_record(record).map_err(|e| whole(&e))
    }

    /// A claim as it was declared; members that were not are left out.
    ///
    /// # Errors
    /// When it is of another type, or an issuer's number is none of Cedar's.
    fn value(&self, name: &str, claim: &Claim) -> Result<RestrictedExpression, String> {
        let other = |wanted: &dyn std::fmt::Display| {
            Err(format!(
                "claim {name} is not the {wanted} that the policy declares"
            ))
        };
        Ok(match (self, claim) {
            (Self::Leaf(ClaimType::Flag), Claim::Flag(flag)) => {
                RestrictedExpression::new_bool(*flag)
            }
            (Self::Leaf(ClaimType::Number), Claim::Number(number)) => {
                RestrictedExpression::new_long(*number)
            }
            (Self::Leaf(ClaimType::Text), Claim::Text(value)) => text(value),
            (Self::Leaf(wanted @ ClaimType::Texts), Claim::List(values)) => {
                let texts: Option<Vec<_>> = values.iter().map(|v| v.as_text().map(text)).collect();
                match texts {
                    Some(texts) => RestrictedExpression::new_set(texts),
                    None => return other(wanted),
                }
            }
            (Self::Branch(_), Claim::Record(values)) => {
                self.record(name, |member| values.get(member))?
            }
            (Self::Leaf(wanted), _) => return other(wanted),
            (Self::Branch(_), _) => return other(&"record"),
        })
    }
}

/// Puts a claim into its place.
fn plant(
    members: &mut BTreeMap<String, Tree>,
    path: &str,
    claim_type: ClaimType,
) -> Result<(), &'static str> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err("is not made of names of letters, digits and underscores");
    }
    match rest {
        None if members.contains_key(name) => Err("stands inside of another claim, or around one"),
        None => {
            members.insert(name.to_owned(), Tree::Leaf(claim_type));
            Ok(())
        }
        Some(rest) => {
            let branch = || Tree::Branch(BTreeMap::new());
            match members.entry(name.to_owned()).or_insert_with(branch) {
                Tree::Branch(inner) => plant(inner, rest, claim_type),
                Tree::Leaf(_) => Err("stands inside of another claim, or around one"),
            }
        }
    }
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

/// An error with all its causes, on one line.
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

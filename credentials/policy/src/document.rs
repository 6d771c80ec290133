//! The policy as people write it: TOML, refused with line and column.
//!
//! What it says of the group becomes [`Rules`], what it says of us becomes [`Local`]. Nothing in it is
//! ignored: a key that is not known, a claim that was not declared, a rule that nobody could satisfy is
//! an error before anybody is judged by it.

use std::{collections::BTreeMap, fmt, ops::Range};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mls_trellis_hooks::wire::Text;
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Attributes, ClaimType, Domain, Local, Mode, Requirement, Rules, Succession, Weight,
    attributes::Conditions, state, wire::LANGUAGE,
};

/// The JSON Schema of documents, for editors.
pub const SCHEMA: &str = include_str!("../schema/policy.schema.json");

const DAY: u64 = 24 * 60 * 60;
const HOUR: u64 = 60 * 60;

/// A policy document that makes sense.
///
/// ```
/// use mls_trellis_policy::Document;
///
/// let document = Document::parse(r#"
///     language = 1
///     version = 1
///
///     [domains."a.example"]
///     credentials = ["x509"]
/// "#)?;
/// assert_eq!(document.rules().domains.len(), 1);
///
/// let errors = Document::parse("language = 1\nversion = 1\ncolour = 'red'").unwrap_err();
/// assert_eq!((errors.0[0].line, errors.0[0].rule), (3, "POL-1"));
/// # Ok::<(), mls_trellis_policy::PolicyErrors>(())
/// ```
#[derive(Clone, Debug)]
pub struct Document {
    rules: Rules,
    local: Local,
    anchors: Vec<Anchor>,
}

/// Whom to believe about a domain, as a kind of credential reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anchor {
    /// The domain.
    pub domain: String,
    /// The kind of credential, by name.
    pub kind: String,
    /// What the kind reads: of `x509` a certificate in DER, of `sd_jwt` a JSON object.
    pub data: Vec<u8>,
}

/// Why a document is none: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PolicyErrors(pub Vec<PolicyError>);

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// POL-1 when it cannot be read, POL-2 when it makes no sense.
    pub rule: &'static str,
    /// What is wrong.
    pub detail: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            rule,
            detail,
        } = self;
        write!(f, "{line}:{column}: {rule}: {detail}")
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&errors.join("\n"))
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Everything that is wrong with it; of what is no TOML, or of the wrong shape, the first thing.
    pub fn parse(text: &str) -> Result<Self, PolicyErrors> {
        let source = Source(text);
        let parsed = toml::from_str::<Written>(text);
        let written = parsed.map_err(|e| {
            let at = e.span().unwrap_or(0..0);
            PolicyErrors(vec![source.error(&at, "POL-1", e.message())])
        })?;
        let language = &written.language;
        if *language.get_ref() != LANGUAGE {
            let known = format!("only language {LANGUAGE} is known here");
            return Err(PolicyErrors(vec![source.error(
                &language.span(),
                "POL-1",
                known,
            )]));
        }
        let (rules, errors) = written.rules(source);
        let local = written.local.as_ref().map(Ours::local).unwrap_or_default();
        match errors.is_empty() {
            true => Ok(Self {
                rules,
                local,
                anchors: written.anchors(),
            }),
            false => Err(PolicyErrors(errors)),
        }
    }

    /// What the group is to say: the state of the component.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What we think ourselves.
    #[must_use]
    pub fn local(&self) -> &Local {
        &self.local
    }

    /// Whom to believe about which domain: the settings of kinds of credentials.
    #[must_use]
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// The kinds of credentials that it speaks of, by name, in ascending order.
    #[must_use]
    pub fn kinds(&self) -> Vec<&str> {
        let domains = self.rules.domains.values();
        let domains = domains.chain(self.rules.external_senders.values());
        let mut kinds: Vec<_> = domains
            .flat_map(|domain| {
                let changes = domain
                    .succession
                    .iter()
                    .flat_map(|step| [&step.from, &step.to]);
                domain.credentials.iter().chain(changes)
            })
            .map(|kind| kind.0.as_str())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// A document's text, to say where something stands.
#[derive(Clone, Copy)]
struct Source<'t>(&'t str);

impl Source<'_> {
    fn error(
        self,
        at: &Range<usize>,
        rule: &'static str,
        detail: impl Into<String>,
    ) -> PolicyError {
        let before = self.0.get(..at.start).unwrap_or(self.0);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        PolicyError {
            line,
            column,
            rule,
            detail: detail.into(),
        }
    }
}

/// The document as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    language: Spanned<u16>,
    version: u32,
    #[serde(default)]
    administrators: Vec<Spanned<String>>,
    #[serde(default)]
    domains: BTreeMap<Spanned<String>, WrittenDomain>,
    #[serde(default)]
    external_senders: BTreeMap<Spanned<String>, WrittenDomain>,
    attributes: Option<WrittenAttributes>,
    local: Option<Ours>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDomain {
    credentials: Vec<Spanned<String>>,
    #[serde(default)]
    anchors: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default)]
    issuers: Vec<Spanned<String>>,
    #[serde(default)]
    require: Vec<WrittenRequirement>,
    max_validity_days: Option<u32>,
    clients_per_user: Option<u32>,
    #[serde(default)]
    succession: Vec<WrittenSuccession>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRequirement {
    claim: Spanned<String>,
    any_of: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSuccession {
    from: Spanned<String>,
    to: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAttributes {
    #[serde(default)]
    claims: BTreeMap<Spanned<String>, Spanned<String>>,
    policies: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ours {
    #[serde(default = "avoid")]
    expired: WrittenWeight,
    #[serde(default)]
    min_remaining_days: u32,
    #[serde(default)]
    renew_before_days: u32,
    revocation: Option<WrittenRevocation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRevocation {
    mode: WrittenMode,
    max_age_hours: Option<u32>,
    #[serde(default = "alarm")]
    unknown: WrittenWeight,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenWeight {
    Allow,
    Alarm,
    Avoid,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenMode {
    Off,
    Soft,
    HardForNew,
    Hard,
}

fn avoid() -> WrittenWeight {
    WrittenWeight::Avoid
}

fn alarm() -> WrittenWeight {
    WrittenWeight::Alarm
}

impl WrittenWeight {
    fn weight(self) -> Option<Weight> {
        match self {
            Self::Allow => None,
            Self::Alarm => Some(Weight::Alarm),
            Self::Avoid => Some(Weight::Avoid),
        }
    }
}

impl Ours {
    fn local(&self) -> Local {
        let days = |days: u32| u64::from(days) * DAY;
        let local = Local::default()
            .expired(self.expired.weight().unwrap_or(Weight::Alarm))
            .min_remaining(days(self.min_remaining_days))
            .renew_before(days(self.renew_before_days));
        let Some(revocation) = &self.revocation else {
            return local;
        };
        let mode = match revocation.mode {
            WrittenMode::Off => Mode::Off,
            WrittenMode::Soft => Mode::Soft,
            WrittenMode::HardForNew => Mode::HardForNew,
            WrittenMode::Hard => Mode::Hard,
        };
        let local = local.revocation(mode).unknown(revocation.unknown.weight());
        match revocation.max_age_hours {
            Some(hours) => local.max_age(u64::from(hours) * HOUR),
            None => local,
        }
    }
}

impl Written {
    /// The rules, and everything that is wrong with them.
    fn rules(&self, source: Source<'_>) -> (Rules, Vec<PolicyError>) {
        let mut errors = Vec::new();
        let (attributes, wrong) = match &self.attributes {
            None => (None, Vec::new()),
            Some(written) => written.attributes(source),
        };
        errors.extend(wrong);
        let domains = |written: &BTreeMap<Spanned<String>, WrittenDomain>| {
            let domain = |(name, domain): (&Spanned<String>, &WrittenDomain)| {
                (Text(name.get_ref().clone()), domain.domain())
            };
            written.iter().map(domain).collect()
        };
        let rules = Rules {
            language: *self.language.get_ref(),
            version: self.version,
            administrators: texts(&self.administrators),
            domains: domains(&self.domains),
            external_senders: domains(&self.external_senders),
            attributes,
        };
        let places = self.places();
        for wrong in state::contradictions(&rules) {
            let found = places.iter().find(|(domain, value, _)| {
                wrong.domain.as_deref() == *domain && wrong.value == *value
            });
            let of_domain = || {
                let mut places = places.iter();
                places.find(|(domain, _, _)| wrong.domain.as_deref() == *domain)
            };
            let at = found
                .or_else(of_domain)
                .map_or(0..0, |(_, _, at)| at.clone());
            errors.push(source.error(&at, "POL-2", wrong.to_string()));
        }
        errors.extend(self.bad_anchors(source));
        if let Some(ours) = &self.local {
            errors.extend(ours.contradiction(self, source));
        }
        errors.sort_by_key(|error| (error.line, error.column));
        (rules, errors)
    }

    fn written_anchors(
        &self,
    ) -> impl Iterator<Item = (&Spanned<String>, &String, &Spanned<String>)> {
        let domains = self.domains.iter().chain(&self.external_senders);
        domains.flat_map(|(domain, written)| {
            let anchors = written.anchors.iter();
            anchors.flat_map(move |(kind, anchors)| {
                anchors.iter().map(move |anchor| (domain, kind, anchor))
            })
        })
    }

    fn anchors(&self) -> Vec<Anchor> {
        let anchor = |(domain, kind, text): (&Spanned<String>, &String, &Spanned<String>)| {
            Some(Anchor {
                domain: domain.get_ref().clone(),
                kind: kind.clone(),
                data: data(text.get_ref())?,
            })
        };
        self.written_anchors().filter_map(anchor).collect()
    }

    fn bad_anchors(&self, source: Source<'_>) -> Vec<PolicyError> {
        let bad = |(_, _, text): &(_, _, &Spanned<String>)| data(text.get_ref()).is_none();
        let error = |(_, _, text): (_, _, &Spanned<String>)| {
            let detail = "an anchor is PEM, base64 or a JSON object";
            source.error(&text.span(), "POL-2", detail)
        };
        self.written_anchors().filter(bad).map(error).collect()
    }

    /// Where values stand, by their domain; a domain's name first.
    fn places(&self) -> Vec<(Option<&str>, &str, Range<usize>)> {
        let mut places = Vec::new();
        for administrator in &self.administrators {
            places.push((None, administrator.get_ref().as_str(), administrator.span()));
        }
        for (name, domain) in self.domains.iter().chain(&self.external_senders) {
            let key = Some(name.get_ref().as_str());
            places.push((key, name.get_ref(), name.span()));
            let claims = domain.require.iter().map(|requirement| &requirement.claim);
            let steps = domain
                .succession
                .iter()
                .flat_map(|step| [&step.from, &step.to]);
            let values = domain.credentials.iter().chain(&domain.issuers);
            for value in claims.chain(steps).chain(values) {
                places.push((key, value.get_ref(), value.span()));
            }
        }
        places
    }
}

impl WrittenDomain {
    fn domain(&self) -> Domain {
        let text = |text: &Spanned<String>| Text(text.get_ref().clone());
        let requirement = |written: &WrittenRequirement| Requirement {
            claim: text(&written.claim),
            any_of: written.any_of.iter().cloned().map(Text).collect(),
        };
        let succession = |written: &WrittenSuccession| Succession {
            from: text(&written.from),
            to: text(&written.to),
        };
        Domain {
            credentials: texts(&self.credentials),
            issuers: texts(&self.issuers),
            require: self.require.iter().map(requirement).collect(),
            max_validity: self.max_validity_days.map(|days| u64::from(days) * DAY),
            clients_per_user: self.clients_per_user,
            succession: self.succession.iter().map(succession).collect(),
        }
    }
}

impl WrittenAttributes {
    fn attributes(&self, source: Source<'_>) -> (Option<Attributes>, Vec<PolicyError>) {
        let mut errors = Vec::new();
        let mut claims = BTreeMap::new();
        for (claim, written) in &self.claims {
            match ClaimType::named(written.get_ref()) {
                Some(claim_type) => drop(claims.insert(Text(claim.get_ref().clone()), claim_type)),
                None => {
                    let detail = "a claim is a flag, a number, a text or texts";
                    errors.push(source.error(&written.span(), "POL-2", detail));
                }
            }
        }
        let attributes = Attributes {
            claims: claims.into_iter().collect(),
            policies: Text(self.policies.get_ref().clone()),
        };
        if errors.is_empty()
            && let Err(wrong) = Conditions::new(&attributes)
        {
            let at = self.policies.span();
            errors.extend(wrong.into_iter().map(|why| source.error(&at, "POL-2", why)));
        }
        (Some(attributes), errors)
    }
}

impl Ours {
    /// Nobody's credential can have longer to live when it is added than it lives at all.
    fn contradiction(&self, written: &Written, source: Source<'_>) -> Option<PolicyError> {
        let mut domains = written.domains.iter();
        let (name, _) = domains.find(|(_, domain)| {
            let most = domain.max_validity_days;
            most.is_some_and(|most| most < self.min_remaining_days)
        })?;
        let detail = format!(
            "{}: no credential lives for the {} days that it must have left (min_remaining_days)",
            name.get_ref(),
            self.min_remaining_days
        );
        Some(source.error(&name.span(), "POL-2", detail))
    }
}

/// What an anchor stands for: JSON is itself, anything else is base64, in PEM or alone.
fn data(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.starts_with('{') {
        return Some(text.as_bytes().to_vec());
    }
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    let digits: String = lines.flat_map(str::split_whitespace).collect();
    let data = BASE64_STANDARD.decode(digits).ok()?;
    (!data.is_empty()).then_some(data)
}

fn texts(written: &[Spanned<String>]) -> Vec<Text> {
    let texts = written.iter().map(|text| Text(text.get_ref().clone()));
    texts.collect()
}

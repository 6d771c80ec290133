//! The document as it is written, and what becomes of it.

use std::{collections::BTreeMap, ops::Range};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mls_trellis_hooks::wire::Text;
use serde::Deserialize;
use toml::Spanned;

use super::{Anchor, PolicyError};
use crate::{
    Attributes, ClaimType, Domain, Local, Mode, Requirement, Rules, Succession, Weight,
    attributes::Conditions, state,
};

const DAY: u64 = 24 * 60 * 60;
const HOUR: u64 = 60 * 60;

/// A document's text, to say where something stands.
#[derive(Clone, Copy)]
pub(super) struct Source<'t>(pub(super) &'t str);

impl Source<'_> {
    pub(super) fn error(
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
pub(super) struct Written {
    pub(super) language: Spanned<u16>,
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
    /// What we think ourselves.
    pub(super) fn local(&self) -> Local {
        self.local.as_ref().map(Ours::local).unwrap_or_default()
    }

    /// The rules, and everything that is wrong with them.
    pub(super) fn rules(&self, source: Source<'_>) -> (Rules, Vec<PolicyError>) {
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

    pub(super) fn anchors(&self) -> Vec<Anchor> {
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

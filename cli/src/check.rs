//! `trellis check`: whether a policy lets a client into a group, offline.
//!
//! The client is what its KeyPackage says. Its credential is verified by the anchors of the policy, then
//! judged by the policy's two layers: what the group is to say, and what we think at a time.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use mls_trellis_bundle::policy::{Compiled, Decision, Document};
use mls_trellis_engine::{Error, MemoryStore, PublicGroup, check_key_package};
use mls_trellis_hooks::{Assessment, Candidate, Facts, Plugins, Validity, Voucher};
use mls_trellis_wire::ObjectType;
use serde_json::{Value, json};

use crate::{
    inspect::{Encoding, Input, read},
    policy,
};

/// Whom to check, and by what.
#[derive(Debug, clap::Args)]
pub struct Request {
    /// The policy document; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// The client: an MLSMessage with its KeyPackage.
    #[arg(long, value_name = "FILE")]
    pub key_package: PathBuf,
    /// The group that it is to be in, for credentials that are bound to one: an MLSMessage with a
    /// GroupInfo.
    #[arg(long, value_name = "FILE")]
    pub group_info: Option<PathBuf>,
    /// The second of Unix time at which to judge; now if not given.
    #[arg(long, value_name = "SECONDS")]
    pub at: Option<u64>,
    /// How the files are written down; detected if not given, as `trellis inspect` does.
    #[arg(long, value_enum)]
    pub encoding: Option<Encoding>,
    /// One JSON document instead of words.
    #[arg(long)]
    pub json: bool,
}

/// Writes what the policy says. Returns the exit code: 0 when the client is let in, 3 when not, or 2 if
/// an input is unusable, which is told on `err`.
///
/// # Errors
/// When writing fails.
pub fn run(request: &Request, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let answer = match of(request) {
        Ok(answer) => answer,
        Err(errors) => {
            for error in errors {
                writeln!(err, "trellis: {error}")?;
            }
            return Ok(2);
        }
    };
    match request.json {
        true => writeln!(out, "{}", answer.json())?,
        false => write!(out, "{}", answer.text())?,
    }
    Ok(match answer.is_allowed() {
        true => 0,
        false => 3,
    })
}

fn of(request: &Request) -> Result<Answer, Vec<String>> {
    let file = request.policy.display();
    let text = policy::load(&request.policy);
    let document = text.and_then(|text| policy::lint(&text));
    let document = document.map_err(|errors| -> Vec<String> {
        errors
            .iter()
            .map(|error| format!("{file}:{error}"))
            .collect()
    })?;
    let bytes = |file: &PathBuf| -> Result<Vec<u8>, Vec<String>> {
        let told = |e: &dyn std::fmt::Display| vec![format!("{}: {e}", file.display())];
        let content = read(file).map_err(|e| told(&e))?;
        let input = match request.encoding {
            None => Ok(Input::detect(ObjectType::Message, content)),
            Some(encoding) => Input::read_as(encoding, content),
        };
        Ok(input.map_err(|e| told(&e))?.bytes().to_vec())
    };
    let key_package = bytes(&request.key_package)?;
    let group_info = request.group_info.as_ref().map(bytes).transpose()?;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH);
    let at = request
        .at
        .unwrap_or_else(|| now().map_or(0, |now| now.as_secs()));
    let plugins = policy::plugins(&document)?;
    check(&document, &plugins, &key_package, group_info.as_deref(), at).map_err(|error| vec![error])
}

/// Checks a KeyPackage message by a policy, at a second of Unix time, as if its client were to be added
/// to the group of a GroupInfo message.
///
/// # Errors
/// When an input is unusable, for people. A credential that is not genuine is none of these.
pub fn check(
    document: &Document,
    plugins: &Plugins,
    key_package: &[u8],
    group_info: Option<&[u8]>,
    at: u64,
) -> Result<Answer, String> {
    let compiled = Compiled::new(document.rules().clone()).map_err(|e| e.to_string())?;
    let judge = |who: &Candidate<'_>| {
        let ours = document.local().judge(who, at);
        let others = plugins.assessors().iter();
        let others: Vec<_> = others.map(|entry| entry.rule.assess(who, at)).collect();
        Answer {
            identity: Some(who.verified.identity.to_string()),
            kind: who.epoch.ids.kind(who.credential.credential_type),
            facts: who.verified.facts.clone(),
            at,
            refused: None,
            group: compiled.decide(who),
            avoided: ours.is_avoided() || others.iter().any(keeps_out),
            ours: ours.decision,
            others: others.iter().filter_map(told).collect(),
        }
    };
    let checked = match group_info {
        None => check_key_package(plugins, key_package, judge),
        Some(group_info) => {
            let store = Arc::new(MemoryStore::default());
            let group = PublicGroup::follow(plugins.clone(), store, group_info, None);
            let group = group.map_err(|e| format!("the group: {e}"))?;
            group.check_key_package(key_package, judge)
        }
    };
    match checked {
        Ok(answer) => Ok(answer),
        Err(Error::Rejected(reject)) => {
            let why = format!("{}: {}", reject.rule(), reject.detail());
            Ok(Answer::refused(why, at))
        }
        Err(Error::Missing(needs)) => Ok(Answer::refused(
            format!("missing: {}", needs.join(", ")),
            at,
        )),
        Err(other) => Err(format!("the client: {other}")),
    }
}

/// What a policy says of a client.
#[derive(Debug)]
pub struct Answer {
    identity: Option<String>,
    kind: Option<&'static str>,
    facts: Facts,
    at: u64,
    /// Why its credential is not genuine, or cannot be called so.
    refused: Option<String>,
    group: Decision,
    ours: Decision,
    /// What kinds of credentials think, each by its rule: whom the group believes and we do not.
    others: Vec<(String, String)>,
    avoided: bool,
}

impl Answer {
    fn refused(why: String, at: u64) -> Self {
        Self {
            identity: None,
            kind: None,
            facts: Facts::default(),
            at,
            refused: Some(why),
            group: Decision::default(),
            ours: Decision::default(),
            others: Vec::new(),
            avoided: false,
        }
    }

    /// Whether the client is let in: nothing is told that is more than an alarm.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.refused.is_none() && self.group.is_allowed() && !self.avoided
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let verdict = match self.is_allowed() {
            true => "allow",
            false => "deny",
        };
        let mut lines = vec![verdict.to_owned()];
        if let Some(why) = &self.refused {
            lines.push(format!("  {why} (the credential is not genuine)"));
        }
        let findings = |decision: &Decision, whose: &str| -> Vec<String> {
            let findings = decision.findings.iter();
            let line = |finding: &mls_trellis_bundle::policy::Finding| {
                format!("  {}: {} ({whose})", finding.rule, finding.detail)
            };
            findings.map(line).collect()
        };
        lines.extend(findings(&self.group, "the group's rules"));
        lines.extend(findings(&self.ours, "ours"));
        let others = self.others.iter();
        lines.extend(others.map(|(rule, detail)| format!("  {rule}: {detail} (ours)")));
        lines.extend(self.evidence());
        lines.join("\n") + "\n"
    }

    /// What was looked at.
    fn evidence(&self) -> Vec<String> {
        let Some(identity) = &self.identity else {
            return Vec::new();
        };
        let kind = self.kind.unwrap_or("a credential");
        let mut lines = vec![format!("{kind} of {identity}, judged at {}", self.at)];
        if let Some(issuer) = &self.facts.issuer {
            lines.push(format!("  issued by {issuer}"));
        }
        let valid = |validity: Validity| {
            let (from, until) = (validity.not_before, validity.not_after);
            format!("valid from {from} to {until}")
        };
        if let Some(validity) = self.facts.validity {
            lines.push(format!("  {}", valid(validity)));
        }
        for Voucher { name, validity } in &self.facts.vouchers {
            lines.push(format!("  vouched for by {name}, {}", valid(*validity)));
        }
        for status in &self.facts.status {
            lines.push(format!("  status told by {}", told_by(status)));
        }
        lines
    }

    /// The same as one JSON document.
    #[must_use]
    pub fn json(&self) -> Value {
        let finding = |finding: &mls_trellis_bundle::policy::Finding| json!({ "rule": finding.rule, "detail": finding.detail });
        let valid = |validity: Validity| [validity.not_before, validity.not_after];
        let voucher =
            |voucher: &Voucher| json!({ "name": voucher.name, "valid": valid(voucher.validity) });
        let findings =
            |decision: &Decision| -> Vec<Value> { decision.findings.iter().map(finding).collect() };
        let mut ours = findings(&self.ours);
        let others = self.others.iter();
        ours.extend(others.map(|(rule, detail)| json!({ "rule": rule, "detail": detail })));
        json!({
            "allow": self.is_allowed(),
            "identity": self.identity,
            "kind": self.kind,
            "at": self.at,
            "not_genuine": self.refused,
            "group": findings(&self.group),
            "ours": ours,
            "issuer": self.facts.issuer,
            "valid": self.facts.validity.map(valid),
            "chain": self.facts.vouchers.iter().map(voucher).collect::<Vec<_>>(),
            "status": self.facts.status.iter().map(told_by).collect::<Vec<_>>(),
        })
    }
}

fn keeps_out(assessment: &Assessment) -> bool {
    matches!(assessment, Assessment::Avoid(_) | Assessment::Missing(_))
}

/// An assessment as a rule and what it says.
fn told(assessment: &Assessment) -> Option<(String, String)> {
    match assessment {
        Assessment::Alarm(reject) | Assessment::Avoid(reject) => {
            Some((reject.rule().to_owned(), reject.detail().to_owned()))
        }
        Assessment::Missing(needs) => {
            let needs = needs.join(", ");
            Some(("CRED-5".to_owned(), format!("to be fetched first: {needs}")))
        }
        _ => None,
    }
}

fn told_by(status: &mls_trellis_hooks::StatusRef) -> String {
    use mls_trellis_hooks::StatusRef;

    match status {
        StatusRef::Certificate { serial, .. } => format!("certificate {}", hex::encode(serial)),
        StatusRef::Token { uri, index } => format!("{uri} at {index}"),
    }
}

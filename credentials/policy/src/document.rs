//! The policy as people write it: TOML, refused with line and column.
//!
//! What it says of the group becomes [`Rules`], what it says of us becomes [`Local`]. Nothing in it is
//! ignored: a key that is not known, a claim that was not declared, a rule that nobody could satisfy is
//! an error before anybody is judged by it.

mod written;

use std::fmt;

use crate::{
    Local, Rules,
    document::written::{Source, Written},
    wire::LANGUAGE,
};

/// The JSON Schema of documents, for editors.
pub const SCHEMA: &str = include_str!("../schema/policy.schema.json");

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
        let local = written.local();
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

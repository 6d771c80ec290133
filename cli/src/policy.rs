//! `trellis policy`: what is wrong with a policy document, before a group has it.
//!
//! ```
//! use mls_trellis_cli::policy::lint;
//!
//! let text = "language = 1\nversion = 1\n[domains.\"a.example\"]\ncredentials = [\"x508\"]\n";
//! assert_eq!(lint(text).unwrap_err(), ["x508 is no kind of credential that is linked here"]);
//! ```

use std::{
    io::{self, Write},
    path::PathBuf,
};

use mls_trellis_bundle::{
    ALL,
    policy::{Anchor, Document},
    sd_jwt::{PublicKey, SdJwt, Trust},
    x509::{Policy, X509},
};
use mls_trellis_hooks::Plugins;
use mls_trellis_registry::Registry;
use serde_json::Value;

use crate::inspect::read;

/// What to do with a document.
#[derive(Debug, clap::Subcommand)]
pub enum Request {
    /// Says what is wrong with a policy document, with line and column.
    Lint {
        /// The document; `-` is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Writes what is wrong with the document. Returns the exit code: 0 when nothing is, or 2.
///
/// # Errors
/// When writing fails.
pub fn run(request: &Request, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let Request::Lint { file } = request;
    let name = file.display();
    match load(file).and_then(|text| lint(&text)) {
        Ok(document) => {
            let rules = document.rules();
            let (version, domains) = (rules.version, rules.domains.len());
            writeln!(
                out,
                "{name}: version {version} of a policy for {domains} domains"
            )?;
            Ok(0)
        }
        Err(errors) => {
            for error in errors {
                writeln!(err, "{name}:{error}")?;
            }
            Ok(2)
        }
    }
}

/// A document, and all that is wrong with it: also what only the linked kinds of credentials can tell.
///
/// # Errors
/// Everything that is wrong, for people.
pub fn lint(text: &str) -> Result<Document, Vec<String>> {
    let document = Document::parse(text);
    let document = document.map_err(|e| e.0.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let plugins = plugins(&document)?;
    let linked: Vec<_> = plugins.credentials().map(|entry| entry.name).collect();
    let unknown = document
        .kinds()
        .into_iter()
        .filter(|kind| !linked.contains(kind));
    // Certificates are linked, and installed once there is an anchor.
    let unknown = unknown.filter(|kind| *kind != "x509");
    let unknown: Vec<_> = unknown
        .map(|kind| format!("{kind} is no kind of credential that is linked here"))
        .collect();
    match unknown.is_empty() {
        true => Ok(document),
        false => Err(unknown),
    }
}

pub(crate) fn load(file: &PathBuf) -> Result<String, Vec<String>> {
    let content = read(file).map_err(|e| vec![format!(" {e}")])?;
    String::from_utf8(content).map_err(|e| vec![format!(" {e}")])
}

/// All plugins, which believe whom the document says.
pub(crate) fn plugins(document: &Document) -> Result<Plugins, Vec<String>> {
    let (mut x509, mut trust) = (Policy::default(), Trust::default());
    for anchor in document.anchors() {
        let Anchor {
            domain, kind, data, ..
        } = anchor;
        let told = |e: &dyn std::fmt::Display| vec![format!(" an anchor of {domain}: {e}")];
        match kind.as_str() {
            "x509" => x509 = x509.anchor(data, [domain.as_str()]).map_err(|e| told(&e))?,
            "sd_jwt" => trust = issuer(trust, data).map_err(|e| told(&e))?,
            other => return Err(told(&format!("{other} has no anchors"))),
        }
    }
    Registry::discover()
        .with_all(ALL)
        .with(X509::new(x509))
        .with(SdJwt::new(trust))
        .build()
        .map_err(|e| vec![format!(" {e}")])
}

/// An issuer of tokens: `iss`, its key as `jwk`, and perhaps for whom key bindings are, `aud`.
fn issuer(trust: Trust, data: &[u8]) -> Result<Trust, String> {
    let issuer: Value = serde_json::from_slice(data).map_err(|e| e.to_string())?;
    let iss = issuer.get("iss").and_then(Value::as_str).ok_or("no iss")?;
    let key = PublicKey::from_jwk(issuer.get("jwk").unwrap_or(&Value::Null));
    let trust = trust.issuer(iss, [key.map_err(|e| e.to_string())?]);
    Ok(match issuer.get("aud").and_then(Value::as_str) {
        Some(audience) => trust.audience(audience),
        None => trust,
    })
}

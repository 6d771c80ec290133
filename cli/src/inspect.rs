//! `trellis inspect`: what is in an MLS object, offline.
//!
//! Every field is shown with its place in the bytes. Data of components is put into words by the
//! linked plugins; data of others is shown as bytes.
//!
//! ```
//! use mls_trellis_cli::inspect::{Input, inspect};
//! use mls_trellis_wire::ObjectType;
//!
//! let plugins = mls_trellis_bundle::plugins()?;
//! let input = Input::detect(ObjectType::Remove, b"0000 0007".to_vec());
//! let text = inspect(ObjectType::Remove, &input, &plugins)?.text();
//! assert_eq!(text, "0..4  Remove\n0..4    removed: 7\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod components;
mod input;

use std::{
    fs,
    io::{self, Read as _, Write},
    path::PathBuf,
};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
pub use input::{Encoding, Input};
use mls_trellis_hooks::Plugins;
use mls_trellis_wire::{Node, ObjectType, WireError, decode, render};
use serde_json::json;

use crate::page::{self, Html};

/// What to inspect, and how to show it.
#[derive(Debug, clap::Args)]
pub struct Request {
    /// One JSON document per object, a line each.
    #[arg(long)]
    pub json: bool,
    /// Shows the objects as a page for a browser, too, with pictures of their ratchet trees.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// What the objects are.
    #[arg(
        long = "as",
        value_name = "TYPE",
        default_value = "message",
        value_parser = object_types(),
    )]
    pub object: ObjectType,
    /// How the objects are written down; detected if not given.
    ///
    /// The content of a file is taken as hex or base64 if it consists of that alphabet and white
    /// space alone, and the bytes it stands for decode as the object. Otherwise it is taken as it
    /// is. The output says how it was taken.
    #[arg(long, value_enum)]
    pub encoding: Option<Encoding>,
    /// Files with one object each; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// Shows all files of the request; a bad one does not keep the others from being shown. Returns the
/// exit code: 0, or 2 if a file could not be read or decoded, which is told on `err`.
///
/// # Errors
/// When writing fails.
pub fn run(
    request: &Request,
    plugins: &Plugins,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let mut code = 0;
    let mut sections = Html::default();
    for file in &request.files {
        let name = file.display();
        let content = match read(file) {
            Ok(content) => content,
            Err(error) => {
                writeln!(err, "trellis: {name}: {error}")?;
                code = 2;
                continue;
            }
        };
        let input = match request.encoding {
            None => Ok(Input::detect(request.object, content)),
            Some(encoding) => Input::read_as(encoding, content),
        };
        let input = match input {
            Ok(input) => input,
            Err(error) => {
                writeln!(err, "trellis: {name}: {error}")?;
                code = 2;
                continue;
            }
        };
        match inspect(request.object, &input, plugins) {
            Ok(object) => {
                let (kind, bytes) = (request.object, input.bytes().len());
                let title = format!(
                    "{name}: {kind}, {bytes} bytes, read as {}",
                    input.encoding()
                );
                page::object(&title, &object.node, &mut sections);
                match request.json {
                    true => writeln!(out, "{}", object.json(&name.to_string(), &input))?,
                    false => writeln!(out, "# {title}\n{}", object.text())?,
                }
            }
            Err(error) => {
                let (object, encoding) = (request.object, input.encoding());
                writeln!(
                    err,
                    "trellis: {name}: no {object}, read as {encoding}: {error}"
                )?;
                code = 2;
            }
        }
    }
    if let Some(file) = &request.html {
        page::write(file, &page::objects(sections))?;
    }
    Ok(code)
}

/// Decodes one object and puts the data of linked components into words.
///
/// # Errors
/// When the bytes are not one object of that type, and nothing else.
pub fn inspect<'i>(
    object: ObjectType,
    input: &'i Input,
    plugins: &Plugins,
) -> Result<Inspected<'i>, WireError> {
    let mut node = decode(object, input.bytes())?;
    components::explain(&mut node, plugins);
    Ok(Inspected { object, node })
}

/// A decoded object with remarks of the plugins.
#[derive(Debug)]
pub struct Inspected<'i> {
    object: ObjectType,
    node: Node<'i>,
}

impl Inspected<'_> {
    /// A tree with one field a line.
    #[must_use]
    pub fn text(&self) -> String {
        render::text(&self.node)
    }

    /// The same tree as one JSON document, together with where it comes from.
    #[must_use]
    pub fn json(&self, file: &str, input: &Input) -> serde_json::Value {
        json!({
            "file": file,
            "as": self.object.name(),
            "encoding": input.encoding().to_string(),
            "bytes": input.bytes().len(),
            "object": render::json(&self.node),
        })
    }
}

/// The content of a file, or of standard input.
pub(crate) fn read(file: &PathBuf) -> io::Result<Vec<u8>> {
    if file.as_os_str() != "-" {
        return fs::read(file);
    }
    let mut content = Vec::new();
    io::stdin().read_to_end(&mut content)?;
    Ok(content)
}

fn object_types() -> impl clap::builder::TypedValueParser<Value = ObjectType> {
    let names = ObjectType::ALL.iter().map(|object| object.name());
    PossibleValuesParser::new(names).try_map(|name| name.parse::<ObjectType>())
}

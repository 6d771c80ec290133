//! Pages for a browser: one file each, with everything in it. A page loads nothing and runs nothing.

mod fields;
mod html;
mod timeline;
mod tree;

use std::{fs, io, path::Path};

pub(crate) use fields::{object, objects};
pub(crate) use html::Html;
pub(crate) use timeline::story;
pub(crate) use tree::{Tree, name_of_leaf};

const STYLE: &str = include_str!("page/style.css");

/// Whatever a page would say, the browser fetches and executes nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Writes a page to a file. An error names the file.
pub(crate) fn write(file: &Path, page: &str) -> io::Result<()> {
    let named = |error: io::Error| {
        let words = format!("{}: {error}", file.display());
        io::Error::new(error.kind(), words)
    };
    fs::write(file, page).map_err(named)
}

/// A whole page with this title and body.
fn page(title: &str, body: impl FnOnce(&mut Html)) -> String {
    let mut html = Html::default();
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |html| {
            html.line("meta", &[("charset", "utf-8")], "");
            let policy = ("http-equiv", "Content-Security-Policy");
            html.line("meta", &[policy, ("content", POLICY)], "");
            let scale = "width=device-width, initial-scale=1";
            html.line("meta", &[("name", "viewport"), ("content", scale)], "");
            html.line("title", &[], title);
            html.style(STYLE);
        });
        html.element("body", &[], body);
    });
    format!("<!DOCTYPE html>\n{}\n", html.into_string())
}

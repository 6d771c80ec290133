//! Links from document to document.

use crate::document::{files, read, root};

/// The targets of a document's links that are neither on the web nor within the document.
fn targets(document: &str) -> Vec<String> {
    let links = document
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let paths = links.map(|link| link.split('#').next().unwrap_or_default());
    let local = paths.filter(|path| !path.is_empty() && !path.contains("://"));
    local.map(str::to_owned).collect()
}

#[test]
fn every_link_leads_to_a_file() {
    let mut documents = files("docs", ".md");
    let top = [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
    ];
    documents.extend(top.map(str::to_owned));
    let mut broken = Vec::new();
    for document in documents {
        let path = root().join(&document);
        for target in targets(&read(&document)) {
            if !path.with_file_name(&target).exists() {
                broken.push(format!("{document} -> {target}"));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn links_are_found() {
    let document = "[a](x/y.md#part) and [b](https://example.org/) and [c](#here) [d](../z)";
    assert_eq!(targets(document), ["x/y.md", "../z"]);
}

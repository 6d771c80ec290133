//! Inspected objects as a page: their fields, folded, with their places in the bytes.

use mls_trellis_wire::{Node, Value, render};

use super::{Html, Tree, page};

/// Deeper than this, fields are folded up at first.
const OPEN: usize = 3;

/// So are the items of longer lists.
const SHORT: usize = 8;

/// One object's part of a page.
pub(crate) fn object(title: &str, node: &Node<'_>, html: &mut Html) {
    html.element("section", &[], |html| {
        html.line("h2", &[], title);
        trees(node, html);
        field(node, None, 0, html);
    });
}

/// The page of some objects.
pub(crate) fn objects(objects: Html) -> String {
    page("Inspected objects", |html| {
        html.line("h1", &[], "Inspected objects");
        html.append(objects);
    })
}

/// Every ratchet tree in the object.
fn trees(node: &Node<'_>, html: &mut Html) {
    let is_tree = |node: &&Node<'_>| node.kind == "optional<Node>";
    for tree in node.walk().filter(is_tree).filter_map(Tree::read) {
        html.element("div", &[("class", "card")], |html| {
            html.line("h3", &[], &format!("Ratchet tree of {}", tree.size()));
            tree.draw(None, html);
        });
    }
}

fn field(node: &Node<'_>, index: Option<usize>, depth: usize, html: &mut Html) {
    let children = node.children();
    if children.is_empty() || render::is_on_one_line(node) {
        html.element("div", &[("class", "field")], |html| line(node, index, html));
        return;
    }
    let open = ("open", "");
    let attributes = [("class", "fields"), open];
    let shown = if depth < OPEN { 2 } else { 1 };
    html.element(
        "details",
        attributes.get(..shown).unwrap_or_default(),
        |html| {
            html.element("summary", &[], |html| line(node, index, html));
            let is_list = matches!(node.value, Value::List(_));
            let below = match is_list && children.len() > SHORT {
                true => OPEN,
                false => depth + 1,
            };
            for (index, child) in children.iter().enumerate() {
                field(child, is_list.then_some(index), below, html);
            }
        },
    );
}

/// A field's place, name, value and note.
fn line(node: &Node<'_>, index: Option<usize>, html: &mut Html) {
    let place = format!("{}..{}", node.span.start, node.span.end);
    html.line("span", &[("class", "at code")], &place);
    match index {
        Some(index) => html.text(&format!("[{index}] ")),
        None if node.name.is_empty() => {}
        None => html.text(&format!("{}: ", node.name)),
    }
    html.line("span", &[("class", "code")], &render::summary(node));
    if let Some(note) = &node.note {
        html.line("span", &[("class", "soft")], &format!(" {note}"));
    }
}

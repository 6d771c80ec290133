//! A ratchet tree as a picture: the root at the left, the leaves in a column at the right.

use std::ops::Range;

use mls_trellis_hooks::Identity;
use mls_trellis_wire::{Node, Value};

use super::Html;

/// From one level to the next, from one leaf to the next, in pixels.
const LEVEL: usize = 26;
const ROW: usize = 22;
/// Around the picture.
const EDGE: usize = 10;
/// Of longer names only the beginning is drawn.
const SHOWN: usize = 28;
/// As many blank leaves, and nothing above them, are one line.
const MANY: usize = 4;

/// A ratchet tree (RFC 9420, section 7.8): its nodes in the order of the array.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree(Vec<Slot>);

/// What stands at a place of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Slot {
    Blank,
    Leaf(String),
    Parent { unmerged: usize },
}

impl Tree {
    /// The tree that a decoded `ratchet_tree` speaks of, if leaves and parents stand where they
    /// belong.
    pub(crate) fn read(ratchet_tree: &Node<'_>) -> Option<Self> {
        let nodes = ratchet_tree.children().iter().enumerate();
        nodes
            .map(|(index, node)| match (&node.value, index % 2) {
                (Value::Absent, _) => Some(Slot::Blank),
                (_, 0) => Some(Slot::Leaf(name_of_leaf(node.get("leaf_node")?))),
                _ => {
                    let unmerged = node.get("parent_node.unmerged_leaves")?.children().len();
                    Some(Slot::Parent { unmerged })
                }
            })
            .collect::<Option<_>>()
            .map(Self)
    }

    /// How many members there are, in words.
    pub(crate) fn size(&self) -> String {
        match self.members() {
            1 => "1 member".to_owned(),
            more => format!("{more} members"),
        }
    }

    /// How many leaves are not blank.
    pub(crate) fn members(&self) -> usize {
        let is_member = |slot: &&Slot| matches!(slot, Slot::Leaf(_));
        self.0.iter().filter(is_member).count()
    }

    /// Draws the tree. The direct path of the leaf `fresh` stands out.
    pub(crate) fn draw(&self, fresh: Option<u32>, html: &mut Html) {
        let leaves = self.0.len().div_ceil(2).next_power_of_two();
        let height = usize::try_from(leaves.ilog2()).unwrap_or_default();
        let mut picture = Picture {
            tree: self,
            fresh: fresh.and_then(|leaf| usize::try_from(leaf).ok()),
            leaf_x: EDGE + height * LEVEL,
            next_y: EDGE,
            text_width: 0,
            edges: Html::default(),
            nodes: Html::default(),
        };
        picture.subtree(0, height, EDGE);
        let Picture {
            leaf_x,
            next_y,
            text_width,
            edges,
            nodes,
            ..
        } = picture;
        let width = (leaf_x + EDGE * 2 + text_width).to_string();
        let height = (next_y + EDGE - ROW).to_string();
        let label = format!("A ratchet tree of {}", self.size());
        html.element("div", &[("class", "tree"), ("tabindex", "0")], |html| {
            let attributes = [
                ("role", "img"),
                ("aria-label", label.as_str()),
                ("width", &width),
                ("height", &height),
            ];
            html.element("svg", &attributes, |html| {
                html.append(edges);
                html.append(nodes);
            });
        });
    }

    fn slot(&self, index: usize) -> &Slot {
        self.0.get(index).unwrap_or(&Slot::Blank)
    }

    /// Whether nothing at all stands at these places.
    fn is_empty(&self, places: Range<usize>) -> bool {
        let end = places.end.min(self.0.len());
        let slots = self.0.get(places.start..end).unwrap_or_default();
        slots.iter().all(|slot| *slot == Slot::Blank)
    }
}

/// The name of the member whose LeafNode this is.
pub(crate) fn name_of_leaf(leaf: &Node<'_>) -> String {
    let identity = leaf.get("credential.identity").and_then(Node::as_bytes);
    match (identity, leaf.get("credential.credential_type")) {
        (Some(identity), _) => Identity::from(identity).to_string(),
        (
            None,
            Some(Node {
                value: Value::Uint { value, label, .. },
                ..
            }),
        ) => match label {
            Some(label) => format!("({label})"),
            None => format!("(credential 0x{value:04x})"),
        },
        _ => "(no credential)".to_owned(),
    }
}

/// A picture half drawn, leaf by leaf from the top.
struct Picture<'t> {
    tree: &'t Tree,
    fresh: Option<usize>,
    leaf_x: usize,
    next_y: usize,
    text_width: usize,
    /// Drawn first, for the nodes cover their ends.
    edges: Html,
    nodes: Html,
}

impl Picture<'_> {
    /// Draws the subtree of this height whose leaves begin here, with its root at `x`. Answers where
    /// the root is in the other direction.
    fn subtree(&mut self, first_leaf: usize, height: usize, x: usize) -> usize {
        let leaves = 1 << height;
        // Its nodes are neighbours in the array, and its root is in their middle.
        let (first, root) = (first_leaf * 2, first_leaf * 2 + leaves - 1);
        let is_fresh = self
            .fresh
            .is_some_and(|leaf| (first_leaf..first_leaf + leaves).contains(&leaf));
        if height == 0 {
            return self.leaf(first_leaf, is_fresh);
        }
        if leaves >= MANY && self.tree.is_empty(first..first + leaves * 2 - 1) && !is_fresh {
            return self.blanks(leaves, x);
        }
        let half = first_leaf + leaves / 2;
        let upper = self.subtree(first_leaf, height - 1, x + LEVEL);
        let lower = self.subtree(half, height - 1, x + LEVEL);
        let y = upper.midpoint(lower);
        let is_upper = self.fresh.is_some_and(|leaf| leaf < half);
        for (child_y, is_upper_child) in [(upper, true), (lower, false)] {
            let class = fresh_class("", is_fresh && is_upper == is_upper_child);
            let line = format!("M{x} {y}V{child_y}H{}", x + LEVEL);
            self.edges
                .line("path", &[("class", class), ("d", &line)], "");
        }
        let (class, what) = match self.tree.slot(root) {
            Slot::Parent { unmerged: 0 } => ("full", format!("node {root}")),
            Slot::Parent { unmerged } => ("full", format!("node {root}, {unmerged} unmerged")),
            _ => ("blank", format!("node {root}, blank")),
        };
        self.dot(x, y, fresh_class(class, is_fresh), &what);
        y
    }

    fn leaf(&mut self, leaf: usize, is_fresh: bool) -> usize {
        let (x, y) = (self.leaf_x, self.row());
        match self.tree.slot(leaf * 2) {
            Slot::Leaf(name) => {
                self.dot(
                    x,
                    y,
                    fresh_class("full", is_fresh),
                    &format!("leaf {leaf}: {name}"),
                );
                let mut shown: String = name.chars().take(SHOWN).collect();
                if shown.len() < name.len() {
                    shown.push('…');
                }
                self.label(x, y, "", &format!("{leaf} {shown}"));
            }
            _ => {
                self.dot(
                    x,
                    y,
                    fresh_class("blank", is_fresh),
                    &format!("leaf {leaf}, blank"),
                );
                self.label(x, y, "dim", &format!("{leaf}"));
            }
        }
        y
    }

    /// A subtree with nothing in it.
    fn blanks(&mut self, leaves: usize, x: usize) -> usize {
        let y = self.row();
        let what = format!("{leaves} blank leaves");
        self.dot(x, y, "blank", &what);
        self.label(x, y, "dim", &what);
        y
    }

    fn row(&mut self) -> usize {
        let y = self.next_y;
        self.next_y += ROW;
        y
    }

    fn dot(&mut self, x: usize, y: usize, class: &str, what: &str) {
        let (x, y) = (x.to_string(), y.to_string());
        let attributes = [("class", class), ("cx", &x), ("cy", &y), ("r", "5")];
        self.nodes
            .element("circle", &attributes, |html| html.line("title", &[], what));
    }

    fn label(&mut self, x: usize, y: usize, class: &str, text: &str) {
        // Of twelve pixels' type; what is not Latin may be as wide as high.
        let width = |c: char| if c.is_ascii() { 8 } else { 13 };
        self.text_width = self.text_width.max(text.chars().map(width).sum());
        let (x, y) = ((x + EDGE).to_string(), (y + 4).to_string());
        self.nodes
            .line("text", &[("class", class), ("x", &x), ("y", &y)], text);
    }
}

/// The class of what the last commit renewed, or not.
fn fresh_class(class: &'static str, is_fresh: bool) -> &'static str {
    match (class, is_fresh) {
        ("full", true) => "full fresh",
        ("blank", true) => "blank fresh",
        ("", true) => "fresh",
        (class, _) => class,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    /// A tree whose leaves have these names, or none, and that has parents at these places.
    fn tree(leaves: &[&str], parents: &[(usize, usize)]) -> Tree {
        let mut slots = vec![Slot::Blank; leaves.len() * 2 - 1];
        for (index, name) in leaves
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty())
        {
            slots[index * 2] = Slot::Leaf((*name).to_owned());
        }
        for (place, unmerged) in parents {
            slots[*place] = Slot::Parent {
                unmerged: *unmerged,
            };
        }
        Tree(slots)
    }

    /// The picture, an element a line.
    fn drawn(tree: &Tree, fresh: Option<u32>) -> String {
        let mut html = Html::default();
        tree.draw(fresh, &mut html);
        html.into_string().replace("><", ">\n<")
    }

    #[test]
    fn one_leaf_is_a_tree() {
        insta::assert_snapshot!(drawn(&tree(&["alice"], &[]), None));
    }

    #[test]
    fn three_leaves_and_the_path_of_the_last() {
        let tree = tree(&["alice", "bob", "carol"], &[(1, 0), (3, 1)]);
        insta::assert_snapshot!(drawn(&tree, Some(2)));
    }

    #[test]
    fn five_leaves_with_blanks() {
        let tree = tree(&["alice", "", "carol", "", "erin"], &[(7, 0)]);
        insta::assert_snapshot!(drawn(&tree, None));
    }

    #[test]
    fn an_empty_tree_is_one_blank() {
        let picture = drawn(&Tree::default(), None);
        assert_eq!(picture.matches("<circle").count(), 1, "{picture}");
        assert!(picture.contains("leaf 0, blank"), "{picture}");
    }

    #[test]
    fn a_path_that_is_not_in_the_tree_is_none() {
        let tree = tree(&["alice", "bob"], &[]);
        assert_eq!(drawn(&tree, Some(7)), drawn(&tree, None));
    }

    #[test]
    fn the_path_ends_at_its_leaf() {
        let names: Vec<_> = (0..8).map(|leaf| format!("m{leaf}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        for leaf in 0..8 {
            let picture = drawn(&tree(&names, &[]), Some(leaf));
            let fresh: Vec<_> = picture
                .lines()
                .filter(|line| line.contains("fresh"))
                .collect();
            let of = |element: &str| fresh.iter().filter(|l| l.starts_with(element)).count();
            assert_eq!((of("<path"), of("<circle")), (3, 4), "{picture}");
            assert!(picture.contains(&format!("<title>leaf {leaf}: m{leaf}</title>")));
            // The leaf's own row is where its edge arrives.
            let y = EDGE + usize::try_from(leaf).unwrap() * ROW;
            let edge = format!("V{y}H{}", EDGE + 3 * LEVEL);
            assert!(fresh.iter().any(|line| line.contains(&edge)), "{picture}");
        }
    }

    #[test]
    fn two_hundred_members_have_a_line_each_and_blanks_share_one() {
        let names: Vec<_> = (0..200).map(|leaf| format!("member {leaf}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let picture = drawn(&tree(&names, &[]), Some(199));
        for leaf in 0..200 {
            let label = format!(">{leaf} member {leaf}</text>");
            assert!(picture.contains(&label), "{leaf}");
        }
        for blanks in [8, 16, 32] {
            assert!(picture.contains(&format!(">{blanks} blank leaves</text>")));
        }
        assert_eq!(picture.matches("<text").count(), 203);
    }

    #[test]
    fn long_names_are_cut_and_markup_in_them_is_text() {
        let name = format!("<script>{}", "x".repeat(40));
        let picture = drawn(&tree(&[&name], &[]), None);
        assert!(!picture.contains("<script"), "{picture}");
        let shown = format!(">0 &lt;script&gt;{}…</text>", "x".repeat(20));
        assert!(picture.contains(&shown), "{picture}");
    }

    #[test]
    fn what_stands_in_the_wrong_place_is_no_tree() {
        let node = |name, value| Node {
            name,
            kind: "",
            span: 0..0,
            header: 0,
            value,
            component: None,
            note: None,
        };
        let item = |name| {
            node(
                "",
                Value::Struct(vec![node(name, Value::Struct(Vec::new()))]),
            )
        };
        let blank = || node("", Value::Absent);
        let read = |items| Tree::read(&node("", Value::List(items)));
        assert_eq!(read(vec![item("parent_node")]), None);
        assert_eq!(read(vec![blank(), item("leaf_node")]), None);
        let one = read(vec![item("leaf_node"), blank()]).unwrap();
        assert_eq!(one.members(), 1);
    }
}

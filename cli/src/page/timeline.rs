//! The demo's story as a page: scene by scene, with a card for each epoch and each refusal.

use mls_trellis_hooks::Reject;
use mls_trellis_rules::Rule;

use super::{Html, page};
use crate::demo::story::{Epoch, Proposal, StateChange, Told};

/// Trees with more members are folded up at first.
const SMALL: usize = 16;

const LEGEND: &str = "In the ratchet trees, full nodes have keys and dashed ones are blank. \
    Green is what the commit's path renewed.";

/// The page of a whole story.
pub(crate) fn story(title: &str, told: &[Told]) -> String {
    page(title, |html| {
        html.element("header", &[], |html| {
            html.line("h1", &[], title);
            summary(told, html);
        });
        let mut scene = 0;
        // Each scene is a list of its own, with its title above.
        let begins = |told: &Told| matches!(told, Told::Scene(_));
        html.element("main", &[], |html| {
            for events in told.chunk_by(|_, next| !begins(next)) {
                let (first, rest) = match events {
                    [Told::Scene(title), rest @ ..] => (Some(title), rest),
                    rest => (None, rest),
                };
                if let Some(title) = first {
                    scene += 1;
                    html.line("h2", &[], &format!("{scene}. {title}"));
                }
                html.element("ol", &[("class", "story")], |html| {
                    rest.iter().for_each(|told| event(told, html));
                });
            }
        });
    })
}

/// How it ended, and links to the epochs.
fn summary(told: &[Told], html: &mut Html) {
    let epochs: Vec<_> = told
        .iter()
        .filter_map(|told| match told {
            Told::Epoch(epoch) => Some(epoch.number.to_string()),
            _ => None,
        })
        .collect();
    let count = |is: fn(&Told) -> bool| told.iter().filter(|told| is(told)).count();
    let refusals = count(|told| matches!(told, Told::Refuses { .. }));
    let differ = count(|told| matches!(told, Told::Verdict { agreed: false, .. }));
    html.element("p", &[], |html| {
        match differ {
            0 => badge(true, "everybody agrees", html),
            _ => badge(false, "not everybody agrees", html),
        }
        html.text(&format!(" {} epochs, {refusals} refusals", epochs.len()));
    });
    html.line("p", &[("class", "soft")], LEGEND);
    html.element("nav", &[("aria-label", "Epochs")], |html| {
        for number in &epochs {
            html.line("a", &[("href", &format!("#epoch-{number}"))], number);
        }
    });
}

fn event(told: &Told, html: &mut Html) {
    match told {
        Told::Scene(title) => html.line("li", &[], title),
        Told::Act { who, does } => html.element("li", &[("class", "act")], |html| {
            html.line("span", &[("class", "who")], who);
            html.line("span", &[], does);
        }),
        Told::Refuses { who, reject } => html.element("li", &[("class", "refusal")], |html| {
            html.element("div", &[("class", "card")], |html| {
                refusal(who, reject, html)
            });
        }),
        Told::Epoch(epoch) => {
            let id = format!("epoch-{}", epoch.number);
            html.element("li", &[("class", "epoch"), ("id", &id)], |html| {
                html.element("div", &[("class", "card")], |html| card(epoch, html));
            });
        }
        Told::Verdict { agreed, what } => html.element("li", &[], |html| {
            badge(*agreed, if *agreed { "agreed" } else { "differ" }, html);
            html.text(&format!(" {what}"));
        }),
    }
}

fn badge(good: bool, text: &str, html: &mut Html) {
    let class = if good { "badge" } else { "badge bad" };
    html.line("span", &[("class", class)], text);
}

/// A refusal, and what is known of its rule.
fn refusal(who: &str, reject: &Reject, html: &mut Html) {
    let plugin = match reject.plugin() {
        "" => String::new(),
        plugin => format!(", rule of plugin {plugin}"),
    };
    html.element("p", &[], |html| {
        html.line("span", &[("class", "who")], who);
        html.text(" refuses: ");
        html.line("span", &[("class", "rule")], reject.rule());
        html.text(&format!(" ({}{plugin})", reject.blame()));
    });
    html.line("p", &[], reject.detail());
    rule(reject.rule(), html);
}

/// What a rule says and where it comes from, if it is one of the index.
fn rule(id: &str, html: &mut Html) {
    if let Some(rule) = Rule::find(id) {
        let words = format!("The rule: {} ({}, {})", rule.says, rule.section, rule.tag);
        html.line("p", &[("class", "soft")], &words);
    }
}

fn card(epoch: &Epoch, html: &mut Html) {
    html.line("h3", &[], &format!("Epoch {}", epoch.number));
    let path = match epoch.path_of {
        Some(_) => "with a path",
        None => "without a path",
    };
    let commit = match &epoch.committer {
        Some(name) => format!("Committed by {name}, {path}."),
        None => "The group is founded.".to_owned(),
    };
    html.line("p", &[("class", "soft")], &commit);
    if !epoch.proposals.is_empty() {
        html.line("h4", &[], "Proposals");
        html.element("ul", &[], |html| {
            epoch.proposals.iter().for_each(|one| proposal(one, html));
        });
    }
    for change in &epoch.states {
        state(change, html);
    }
    for (id, detail) in &epoch.alarms {
        html.line("h4", &[], &format!("Alarm: {id}"));
        html.line("p", &[], detail);
        rule(id, html);
    }
    tree(epoch, html);
}

fn proposal(proposal: &Proposal, html: &mut Html) {
    html.element("li", &[], |html| {
        html.line("span", &[("class", "code")], &proposal.what);
        if let Some(from) = &proposal.by_reference_of {
            let from = format!(" of {from}, by reference");
            html.line("span", &[("class", "soft")], &from);
        }
    });
}

/// A state before and after, with what is new in it marked.
fn state(change: &StateChange, html: &mut Html) {
    html.line("h4", &[], &format!("State of {}", change.component));
    let (before, after) = (change.before.as_deref(), change.after.as_deref());
    let (head, tail) = common(before.unwrap_or_default(), after.unwrap_or_default());
    let both = before.is_some() && after.is_some();
    for (class, name, text) in [("old", "before", before), ("now", "after", after)] {
        let Some(text) = text else { continue };
        html.element("pre", &[("class", class), ("title", name)], |html| {
            let (start, rest) = text.split_at_checked(head).unwrap_or(("", text));
            let end = rest.len().saturating_sub(tail);
            match rest.split_at_checked(end) {
                Some((middle, end)) if both && !middle.is_empty() => {
                    html.text(start);
                    html.line("mark", &[], middle);
                    html.text(end);
                }
                _ => html.text(text),
            }
        });
    }
    if after.is_none() {
        html.line("p", &[], "It is dropped.");
    }
}

/// How many bytes two texts begin with, and then end with, alike.
fn common(one: &str, other: &str) -> (usize, usize) {
    let alike = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        let alike = pairs.take_while(|(a, b)| a == b);
        alike.map(|(a, _)| a.len_utf8()).sum()
    };
    let head = alike(&mut one.chars().zip(other.chars()));
    let rest = |text: &'_ str| text.get(head..).unwrap_or_default().to_owned();
    let (one, other) = (rest(one), rest(other));
    let tail = alike(&mut one.chars().rev().zip(other.chars().rev()));
    (head, tail)
}

fn tree(epoch: &Epoch, html: &mut Html) {
    let open = ("open", "");
    let attributes = match epoch.tree.members() <= SMALL {
        true => &[open][..],
        false => &[],
    };
    html.element("details", attributes, |html| {
        let title = match epoch.path_of {
            Some(_) => ", and what the committer's path renewed",
            None => "",
        };
        html.line(
            "summary",
            &[],
            &format!("Ratchet tree of {}{title}", epoch.tree.size()),
        );
        epoch.tree.draw(epoch.path_of, html);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_texts_share_is_not_counted_twice() {
        assert_eq!(common("votes: 1", "votes: 11"), (8, 0));
        assert_eq!(common("aa", "a"), (1, 0));
        assert_eq!(common("[é]", "[è]"), (1, 1));
        assert_eq!(common("same", "same"), (4, 0));
        assert_eq!(common("", "new"), (0, 0));
    }

    fn change(before: Option<&str>, after: Option<&str>) -> String {
        let mut html = Html::default();
        let change = StateChange {
            component: "poll".to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        state(&change, &mut html);
        html.into_string()
    }

    #[test]
    fn what_changed_is_marked_on_both_sides() {
        let both = change(Some("votes: é1 (open)"), Some("votes: è2 (open)"));
        assert!(both.contains("votes: <mark>é1</mark> (open)"), "{both}");
        assert!(both.contains("votes: <mark>è2</mark> (open)"), "{both}");
        assert!(!change(None, Some("new")).contains("<mark>"));
        assert!(change(Some("old"), None).contains("dropped"));
    }

    #[test]
    fn an_unhappy_end_is_said_first() {
        let told = [Told::Verdict {
            agreed: false,
            what: "epoch".to_owned(),
        }];
        assert!(story("t", &told).contains("not everybody agrees"));
        assert!(!story("t", &[]).contains("not everybody"));
    }

    #[test]
    fn whatever_is_told_is_text() {
        let evil = "</li><script>alert(1)</script>";
        let reject = Reject::peer("ADU-3", evil);
        let told = [
            Told::Scene(evil.to_owned()),
            Told::Act {
                who: evil.to_owned(),
                does: evil.to_owned(),
            },
            Told::Refuses {
                who: evil.to_owned(),
                reject,
            },
            Told::Epoch(Box::new(Epoch {
                committer: Some(evil.to_owned()),
                proposals: vec![Proposal {
                    what: evil.to_owned(),
                    by_reference_of: Some(evil.to_owned()),
                }],
                states: vec![StateChange {
                    component: evil.to_owned(),
                    before: Some(evil.to_owned()),
                    after: Some(format!("{evil}!")),
                }],
                alarms: vec![(evil.to_owned(), evil.to_owned())],
                ..Epoch::default()
            })),
            Told::Verdict {
                agreed: true,
                what: evil.to_owned(),
            },
        ];
        let page = story(evil, &told);
        assert!(!page.contains("<script"), "{page}");
        // Title, heading, scene; two of the act, two of the refusal, eight of the epoch; verdict.
        assert_eq!(page.matches("&lt;script&gt;").count(), 16, "{page}");
    }
}

//! Telling what happens.

use std::io::{self, Write};

use mls_trellis_hooks::Reject;
use serde_json::{Value, json};

use super::story::{Epoch, Told};

// Removed on the way out when the output is no terminal.
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const PLAIN: &str = "\x1b[0m";

/// Writes the events of the demo, as text or as JSON, and keeps them.
pub(super) struct Report<'o> {
    out: &'o mut dyn Write,
    json: bool,
    scene: usize,
    told: Vec<Told>,
}

impl<'o> Report<'o> {
    pub(super) fn new(json: bool, out: &'o mut dyn Write) -> Self {
        Self {
            out,
            json,
            scene: 0,
            told: Vec::new(),
        }
    }

    /// All that happened.
    pub(super) fn into_told(self) -> Vec<Told> {
        self.told
    }

    /// A scene begins.
    pub(super) fn scene(&mut self, title: &str) -> io::Result<()> {
        self.scene += 1;
        self.told.push(Told::Scene(title.to_owned()));
        let number = self.scene;
        match self.json {
            true => self.event("scene", json!({ "title": title })),
            false => writeln!(self.out, "\n{BOLD}{number:2}. {title}{PLAIN}"),
        }
    }

    /// Somebody does something.
    pub(super) fn act(&mut self, who: &str, does: &str) -> io::Result<()> {
        self.keep_act(who, does.to_owned());
        match self.json {
            true => self.event("act", json!({ "who": who, "does": does })),
            false => self.line(who, does),
        }
    }

    /// Somebody sends something of so many bytes.
    pub(super) fn sends(&mut self, who: &str, what: &str, bytes: usize) -> io::Result<()> {
        self.keep_act(who, format!("{what} ({bytes} bytes)"));
        match self.json {
            true => self.event("sends", json!({ "who": who, "what": what, "bytes": bytes })),
            false => self.line(who, &format!("{what} {DIM}({bytes} bytes){PLAIN}")),
        }
    }

    /// Somebody refuses something.
    pub(super) fn refuses(&mut self, who: &str, reject: &Reject) -> io::Result<()> {
        self.told.push(Told::Refuses {
            who: who.to_owned(),
            reject: reject.clone(),
        });
        match self.json {
            true => self.event(
                "refuses",
                json!({
                    "who": who,
                    "rule": reject.rule(),
                    "plugin": reject.plugin(),
                    "blame": reject.blame().to_string(),
                    "detail": reject.detail(),
                }),
            ),
            false => {
                let (rule, detail) = (reject.rule(), reject.detail());
                let plugin = match reject.plugin() {
                    "" => String::new(),
                    plugin => format!(", rule of plugin {plugin}"),
                };
                let why = format!("{detail} ({}{plugin})", reject.blame());
                self.line(who, &format!("{RED}refuses, {rule}{PLAIN}: {why}"))
            }
        }
    }

    /// The group is in a new epoch. Text and JSON have told so much of it as they tell.
    pub(super) fn epoch(&mut self, epoch: Epoch) {
        self.told.push(Told::Epoch(Box::new(epoch)));
    }

    /// The outcome of one comparison at the end.
    pub(super) fn verdict(&mut self, agreed: bool, what: &str) -> io::Result<()> {
        let kept = what.to_owned();
        self.told.push(Told::Verdict { agreed, what: kept });
        let (colour, word) = match agreed {
            true => (GREEN, "agreed"),
            false => (RED, "DIFFER"),
        };
        match self.json {
            true => self.event("verdict", json!({ "agreed": agreed, "what": what })),
            false => writeln!(self.out, "      {colour}{word}{PLAIN}   {what}"),
        }
    }

    fn keep_act(&mut self, who: &str, does: String) {
        let who = who.to_owned();
        self.told.push(Told::Act { who, does });
    }

    fn line(&mut self, who: &str, does: &str) -> io::Result<()> {
        writeln!(self.out, "      {CYAN}{who:<8}{PLAIN} {does}")
    }

    fn event(&mut self, event: &str, mut details: Value) -> io::Result<()> {
        if let Some(details) = details.as_object_mut() {
            details.insert("event".into(), event.into());
            details.insert("scene".into(), self.scene.into());
        }
        writeln!(self.out, "{details}")
    }
}

//! `trellis why-not`: why a client cannot be added to a group, offline.
//!
//! The group is what a GroupInfo says, the client what its KeyPackage says. The Add is tried by the
//! rules that the engine and the linked plugins judge commits by; nothing is signed or stored.
//!
//! ```
//! # use std::sync::Arc;
//! # use mls_trellis_engine::{Client, GroupConfig, KeyPackageOptions, SoftwareSigner};
//! # use mls_trellis_hooks::{CipherSuite, Credential, LeafIndex};
//! # let plugins = mls_trellis_bundle::plugins()?;
//! # let client = |name: &str| -> Result<Client, Box<dyn std::error::Error>> {
//! #     let signer = SoftwareSigner::generate(CipherSuite(0x0001))?;
//! #     let identity = Credential::basic(name);
//! #     Ok(Client::builder(plugins.clone()).identity(identity, Arc::new(signer)).build()?)
//! # };
//! # let mut room = client("alice")?.create_group(GroupConfig::new(b"room"))?;
//! # let group_info = room.group_info()?;
//! # let key_package = client("bob")?.key_package(&KeyPackageOptions::default())?.message;
//! use mls_trellis_cli::why_not::why_not;
//!
//! let answer = why_not(&plugins, &group_info, None, &key_package, None)?;
//! assert!(!answer.is_in_the_way());
//! assert!(answer.text().ends_with("Nothing stands in the way.\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use mls_trellis_engine::{MemoryStore, Obstacle, PublicGroup, Weight};
use mls_trellis_hooks::{EpochState, Identity, LeafIndex, Plugins};
use mls_trellis_wire::ObjectType;
use serde_json::{Value, json};

use crate::{
    inspect::{Encoding, Input, read},
    table,
};

const HEADINGS: [&str; 7] = ["WHO", "LACKS", "NUMBER", "NAME", "RULE", "WEIGHT", "WORDS"];

/// Whom to add, and to what.
#[derive(Debug, clap::Args)]
pub struct Request {
    /// The client: an MLSMessage with its KeyPackage; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub add: PathBuf,
    /// The group: an MLSMessage with a GroupInfo.
    #[arg(long, value_name = "FILE")]
    pub group_info: PathBuf,
    /// The group's ratchet tree, if the GroupInfo has none inside.
    #[arg(long, value_name = "FILE")]
    pub ratchet_tree: Option<PathBuf>,
    /// The member that would commit the Add, by its leaf; the first one if not given.
    #[arg(long, value_name = "LEAF")]
    pub by: Option<u32>,
    /// How the files are written down; detected if not given, as `trellis inspect` does.
    #[arg(long, value_enum)]
    pub encoding: Option<Encoding>,
    /// One JSON document instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Writes what stands in the way. Returns the exit code: 0 when nothing does, 3 when something does,
/// or 2 if an input is unusable, which is told on `err`.
///
/// # Errors
/// When writing fails.
pub fn run(
    request: &Request,
    plugins: &Plugins,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let answer = match of(request, plugins) {
        Ok(answer) => answer,
        Err(error) => {
            writeln!(err, "trellis: {error}")?;
            return Ok(2);
        }
    };
    match request.json {
        true => writeln!(out, "{}", answer.json())?,
        false => write!(out, "{}", answer.text())?,
    }
    Ok(match answer.is_in_the_way() {
        true => 3,
        false => 0,
    })
}

fn of(request: &Request, plugins: &Plugins) -> Result<Answer, Unusable> {
    let bytes = |object, file: &PathBuf| {
        let content = read(file).map_err(|e| Unusable(format!("{}: {e}", file.display())))?;
        let input = match request.encoding {
            None => Ok(Input::detect(object, content)),
            Some(encoding) => Input::read_as(encoding, content),
        };
        let input = input.map_err(|e| Unusable(format!("{}: {e}", file.display())))?;
        Ok::<_, Unusable>(input.bytes().to_vec())
    };
    let group_info = bytes(ObjectType::Message, &request.group_info)?;
    let tree = request.ratchet_tree.as_ref();
    let tree = tree.map(|file| bytes(ObjectType::RatchetTree, file));
    let key_package = bytes(ObjectType::Message, &request.add)?;
    let by = request.by.map(LeafIndex);
    why_not(
        plugins,
        &group_info,
        tree.transpose()?.as_deref(),
        &key_package,
        by,
    )
}

/// An input with which the question cannot be answered, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

/// Tries the Add of a KeyPackage message to the group of a GroupInfo message, as if the member `by`
/// committed it, or the first one.
///
/// # Errors
/// When one of them is something else, is not genuine, or the group cannot be followed with these
/// plugins; when `by` is not a member.
pub fn why_not(
    plugins: &Plugins,
    group_info: &[u8],
    ratchet_tree: Option<&[u8]>,
    key_package: &[u8],
    by: Option<LeafIndex>,
) -> Result<Answer, Unusable> {
    let store = Arc::new(MemoryStore::default());
    let group = PublicGroup::follow(plugins.clone(), store, group_info, ratchet_tree);
    let group = group.map_err(|e| Unusable(format!("the group: {e}")))?;
    let first = group.members().next().map(|(index, _)| index);
    let committer = by.or(first).unwrap_or(LeafIndex(0));
    let obstacles = group.why_not(key_package, committer);
    Ok(Answer {
        obstacles: obstacles.map_err(|e| Unusable(format!("the client: {e}")))?,
        epoch: group.epoch().clone(),
        committer,
    })
}

/// What stands in the way of an Add, and in which group.
#[derive(Debug)]
pub struct Answer {
    obstacles: Vec<Obstacle>,
    epoch: EpochState,
    committer: LeafIndex,
}

impl Answer {
    /// Whether something does.
    #[must_use]
    pub fn is_in_the_way(&self) -> bool {
        self.obstacles.iter().any(|o| o.weight.is_in_the_way())
    }

    /// A table, after a line that says of which group.
    #[must_use]
    pub fn text(&self) -> String {
        let group = Identity(self.epoch.group_id.clone());
        let (epoch, by) = (self.epoch.epoch, self.committer_name());
        let mut text = format!("# group {group}, epoch {epoch}, if {by} commits the Add\n");
        if !self.obstacles.is_empty() {
            let rows = self.obstacles.iter().map(as_row);
            text += &table::text(HEADINGS, rows);
        }
        if !self.is_in_the_way() {
            text += "Nothing stands in the way.\n";
        }
        text
    }

    /// The same as one JSON document.
    #[must_use]
    pub fn json(&self) -> Value {
        let obstacles: Vec<_> = self.obstacles.iter().map(as_json).collect();
        json!({
            "group": Identity(self.epoch.group_id.clone()).to_string(),
            "epoch": self.epoch.epoch,
            "committer": { "leaf": self.committer.0, "name": self.committer_name() },
            "in_the_way": self.is_in_the_way(),
            "obstacles": obstacles,
        })
    }

    fn committer_name(&self) -> String {
        let leaf = self.epoch.leaf(self.committer);
        leaf.map(|leaf| leaf.identity.to_string())
            .unwrap_or_default()
    }
}

fn as_row(obstacle: &Obstacle) -> [String; HEADINGS.len()] {
    let lacks = obstacle.lacks.as_ref();
    let or_dash = |text: Option<String>| text.unwrap_or("-".to_owned());
    // What is lacked has been said by the other columns.
    let words = match lacks {
        Some(_) => None,
        None => Some(words(obstacle)),
    };
    [
        or_dash(who(obstacle)),
        or_dash(lacks.map(|lack| lack.kind().to_owned())),
        or_dash(lacks.and_then(number)),
        or_dash(name(obstacle)),
        obstacle.reject.rule().to_owned(),
        weight(obstacle.weight).to_owned(),
        or_dash(words),
    ]
}

fn as_json(obstacle: &Obstacle) -> Value {
    let lacks = obstacle
        .lacks
        .as_ref()
        .map(|lack| json!({ "kind": lack.kind(), "number": number(lack), "name": name(obstacle) }));
    let who = obstacle.who.as_ref();
    let who = who.map(|who| json!({ "leaf": who.leaf, "name": who.name() }));
    json!({
        "who": who,
        "lacks": lacks,
        "rule": obstacle.reject.rule(),
        "weight": weight(obstacle.weight),
        "plugin": Some(obstacle.reject.plugin()).filter(|plugin| !plugin.is_empty()),
        "words": obstacle.reject.detail(),
    })
}

/// A member with its leaf; the newcomer has none.
fn who(obstacle: &Obstacle) -> Option<String> {
    let who = obstacle.who.as_ref()?;
    Some(match who.leaf {
        Some(leaf) => format!("{} (leaf {leaf})", who.name()),
        None => format!("{} (new)", who.name()),
    })
}

fn number(lack: &mls_trellis_hooks::Lack) -> Option<String> {
    lack.number().map(|number| format!("{number:#06x}"))
}

/// The name of the plugin that is linked for what is lacked; of a media type, its own.
fn name(obstacle: &Obstacle) -> Option<String> {
    match &obstacle.lacks {
        Some(mls_trellis_hooks::Lack::MediaType(name)) => Some(name.clone()),
        _ => obstacle.name.map(str::to_owned),
    }
}

/// What is refused, and by which plugin.
fn words(obstacle: &Obstacle) -> String {
    let reject = &obstacle.reject;
    match reject.plugin() {
        "" => reject.detail().to_owned(),
        plugin => format!("{plugin}: {}", reject.detail()),
    }
}

fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Refused => "refused",
        Weight::Avoided => "avoided",
        Weight::Known => "known",
    }
}

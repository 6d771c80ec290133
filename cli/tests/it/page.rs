//! Pages for a browser, through the binary.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use mls_trellis_bundle::poll::{Poll, Update};
use mls_trellis_engine::{Client, GroupConfig, MemoryStore, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, Component as _, Credential, wire};

use super::{json_lines, text, trellis};

/// The report of the demo, and what it told as JSON.
fn report() -> (String, Vec<serde_json::Value>) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.html");
    let output = trellis(&["demo", "--json", "--report", file.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    (
        fs::read_to_string(file).unwrap(),
        json_lines(&output.stdout),
    )
}

/// The page of an object.
fn inspected(object: &str, input: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.html");
    let file = file.to_str().unwrap();
    let arguments = ["inspect", "--as", object, "--html", file, "-"];
    let output = trellis(&arguments, input);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!output.stdout.is_empty(), "the text is there, too");
    fs::read_to_string(file).unwrap()
}

/// The ratchet tree of a group of one.
fn tree_of_one(name: &str) -> Vec<u8> {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let client = Client::builder(mls_trellis_bundle::plugins().unwrap())
        .store(Arc::new(MemoryStore::default()))
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap();
    let mut group = client.create_group(GroupConfig::new(b"room")).unwrap();
    group.ratchet_tree().unwrap()
}

/// A ratchet tree of as many leaves, all the same, with blank parents.
fn tree_of(count: usize) -> Vec<u8> {
    let one = tree_of_one("somebody with a name");
    // A vector of one item that is there.
    let header = 1 << (one[0] >> 6);
    let mut nodes = one[header..].to_vec();
    for _ in 1..count {
        nodes.push(0);
        nodes.extend(&one[header..]);
    }
    let length = u32::try_from(nodes.len()).unwrap();
    let prefix = match length {
        0x40..0x4000 => (length | 0x4000).to_be_bytes()[2..].to_vec(),
        _ => (length | 0x8000_0000).to_be_bytes().to_vec(),
    };
    [prefix, nodes].concat()
}

/// Checks that every element is closed in its turn, that attributes are quoted, and that nothing
/// would be loaded or executed. Answers how often each element stands there.
fn check(page: &str) -> std::collections::BTreeMap<String, usize> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap();
    let mut open: Vec<String> = Vec::new();
    let mut count = std::collections::BTreeMap::new();
    while let Some((before, tag)) = rest.split_once('<') {
        assert!(!before.contains('>') || open.last().is_some_and(|e| e == "style"));
        let (tag, after) = tag.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{tag}");
        while !attributes.is_empty() {
            let (attribute, value) = attributes.split_once("=\"").expect(tag);
            let (value, more) = value.split_once('"').expect(tag);
            assert!(
                !["src", "style", "srcset", "data"].contains(&attribute),
                "{tag}"
            );
            assert!(!attribute.starts_with("on"), "{tag}");
            assert!(attribute != "href" || value.starts_with('#'), "{tag}");
            attributes = more.trim_start();
        }
        *count.entry(name.to_owned()).or_default() += 1;
        if name != "meta" {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for never in ["script", "link", "img", "iframe", "object", "base", "form"] {
        assert!(!count.contains_key(never), "{never}");
    }
    for never in ["url(", "@import", "http://", "https://"] {
        assert!(!page.contains(never), "{never}");
    }
    count
}

#[test]
fn the_report_is_one_page_with_a_tree_for_each_epoch() {
    let (page, events) = report();
    let elements = check(&page);
    let scenes = events.iter().filter(|event| event["event"] == "scene");
    assert_eq!(elements["h2"], scenes.count());
    let epochs = page.matches("<li class=\"epoch\"").count();
    assert!(epochs >= 13, "{epochs}");
    assert_eq!(elements["svg"], epochs);
    for epoch in 0..epochs {
        assert!(page.contains(&format!("id=\"epoch-{epoch}\"")), "{epoch}");
        assert!(
            page.contains(&format!("href=\"#epoch-{epoch}\"")),
            "{epoch}"
        );
    }
    assert!(page.contains("everybody agrees") && !page.contains("not everybody"));
}

#[test]
fn the_report_says_what_commits_did() {
    let (page, _) = report();
    let epoch = |number: u32| {
        let begin = format!("<h3>Epoch {number}</h3>");
        let (_, card) = page.split_once(&begin).unwrap();
        card.split_once("</li></ol>").unwrap().0.to_owned()
    };
    let welcome = epoch(1);
    for name in ["bob", "ivan", "mallory"] {
        assert!(welcome.contains(&format!(">add: {name}<")), "{welcome}");
    }
    let external = epoch(2);
    assert!(external.contains("Committed by carol, with a path."));
    assert!(external.contains(">self_remove</span><span class=\"soft\"> of ivan, by reference<"));
    // She has taken Ivan's leaf.
    assert!(external.contains("class=\"full fresh\" cx=\"62\" cy=\"54\""));
    let proposed = epoch(3);
    assert!(proposed.contains("app_data_update: poll: Open {"));
    assert!(proposed.contains(" of bob, by reference"));
    assert!(proposed.contains("State of poll (0x8042)"));
    // The name stays, the subject is new.
    assert!(epoch(4).contains("room_subject: Text(&quot;<mark>lunch</mark>&quot;)"));
    assert!(page.contains(">remove: mallory<"));
}

#[test]
fn every_refusal_is_explained() {
    let (page, events) = report();
    let refusals = events.iter().filter(|event| event["event"] == "refuses");
    let mut count = 0;
    for refusal in refusals {
        count += 1;
        let rule = mls_trellis_rules::Rule::find(refusal["rule"].as_str().unwrap()).unwrap();
        let says = rule.says.replace('"', "&quot;");
        assert!(page.contains(&format!("The rule: {says} (")), "{}", rule.id);
    }
    assert_eq!(page.matches("<li class=\"refusal\"").count(), count);
}

#[test]
fn an_inspected_object_has_its_fields_and_its_tree() {
    let page = inspected("ratchet-tree", &tree_of_one("alice"));
    let elements = check(&page);
    assert_eq!(elements["svg"], 1);
    assert!(page.contains(">0 alice</text>"), "{page}");
    assert!(page.contains("signature_key: "), "{page}");
    assert!(page.contains("<span class=\"at code\">0.."), "{page}");
}

#[test]
fn an_object_without_a_tree_has_no_picture() {
    let page = inspected("remove", &[0, 0, 0, 7]);
    assert!(!check(&page).contains_key("svg"));
    assert!(
        page.contains("removed: <span class=\"code\">7</span>"),
        "{page}"
    );
}

#[test]
fn long_lists_are_folded_up() {
    let opened = |page: &str| page.matches("<details class=\"fields\" open=").count();
    assert!(opened(&inspected("ratchet-tree", &tree_of(2))) > 3);
    assert_eq!(opened(&inspected("ratchet-tree", &tree_of(20))), 1);
}

#[test]
fn secrets_are_not_shown() {
    let page = inspected("group-secrets", &[&[32][..], &[0xab; 32], &[0, 0]].concat());
    check(&page);
    assert!(page.contains("joiner_secret: ") && page.contains("secret, 32 bytes"));
    assert!(!page.contains("abab"), "{page}");
}

#[test]
fn markup_in_bytes_stays_text() {
    let evil = "<script>alert(1)</script>\"'&";
    let page = inspected("ratchet-tree", &tree_of_one(evil));
    check(&page);
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"),
        "{page}"
    );

    let update = wire::encode(&Update::open(evil, [evil])).unwrap();
    let mut bytes = Poll::DEFAULT_ID.0.to_be_bytes().to_vec();
    bytes.extend([1, u8::try_from(update.len()).unwrap()]);
    assert!(update.len() < 64, "a length of one byte");
    bytes.extend(update);
    let page = inspected("app-data-update", &bytes);
    check(&page);
    assert!(
        page.contains("poll: Open {") && page.contains("&lt;script&gt;"),
        "{page}"
    );
}

#[test]
fn a_page_that_cannot_be_written_is_an_error() {
    let nowhere = Path::new("no such directory").join("out.html");
    let nowhere = nowhere.to_str().unwrap();
    for arguments in [
        &["demo", "--report", nowhere][..],
        &["inspect", "--as", "remove", "--html", nowhere, "-"],
    ] {
        let output = trellis(arguments, &[0, 0, 0, 7]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(nowhere));
    }
}

/// Needs Chromium on the path; says so if there is none.
#[test]
fn nothing_sticks_out_of_a_page() {
    let Some(browser) = browser() else {
        eprintln!("SKIPPED: no Chromium on the path, so no page is laid out");
        return;
    };
    let pages = [report().0, inspected("ratchet-tree", &tree_of(200))];
    assert_eq!(pages[1].matches("somebody with a name</text>").count(), 200);
    for page in &pages {
        check(page);
        for width in [1280, 390] {
            let (content, frame) = widths(&browser, page, width);
            assert_eq!(frame, width);
            assert!(content <= frame, "{content} pixels in {frame}");
        }
    }
}

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .find(|file| file.is_file())
}

/// How wide the browser lays a page out, in a frame of this width.
fn widths(browser: &Path, page: &str, width: u32) -> (u32, u32) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page.html");
    // A window cannot be as narrow as a telephone, but a frame can.
    let page = serde_json::to_string(page).unwrap().replace("</", "<\\/");
    let frame = format!(
        "<title></title><body><script>
        const frame = document.createElement('iframe');
        frame.style = 'border: 0; width: {width}px';
        frame.onload = () => {{
            const width = frame.contentDocument.documentElement.scrollWidth;
            document.title = `${{width}} ${{frame.contentWindow.innerWidth}}`;
        }};
        frame.srcdoc = {page};
        document.body.append(frame);
        </script></body>"
    );
    fs::write(&file, frame).unwrap();

    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        .args(["--window-size=1400,900", "--virtual-time-budget=5000"])
        .arg(format!("--user-data-dir={}", directory.path().display()))
        .arg("--dump-dom")
        .arg(&file)
        .stdout(fs::File::create(directory.path().join("dom")).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            panic!("the browser does not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let dom = fs::read_to_string(directory.path().join("dom")).unwrap();
    let (_, title) = dom.split_once("<title>").expect("a page");
    let (title, _) = title.split_once("</title>").unwrap();
    let (content, frame) = title.split_once(' ').unwrap();
    (content.parse().unwrap(), frame.parse().unwrap())
}

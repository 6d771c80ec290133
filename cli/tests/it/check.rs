//! Whether a policy lets a client in, through the binary.

use std::{fs, path::PathBuf, process::Output, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mls_trellis_bundle::{
    ALL,
    trust_anchors::{Anchor, TrustAnchors, Vouched},
    x509::{Chain, Policy, X509},
};
use mls_trellis_engine::{Client, GroupConfig, KeyPackageOptions, Signer as _, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, Credential, CredentialType};
use mls_trellis_issuer::{Company, Kind};
use mls_trellis_registry::Registry;
use tempfile::TempDir;

use super::{json_lines, text, trellis};

/// In June 2025: certificates are from January to December.
const JUNE: &str = "1750000000";
const NEXT_YEAR: &str = "1780000000";

fn company() -> Company {
    Company::of("a.example", 1)
}

fn policy(extra: &str) -> String {
    let root = STANDARD.encode(company().root().issue());
    format!(
        "language = 1\nversion = 1\n\n[domains.\"a.example\"]\ncredentials = [\"x509\"]\n\
         anchors = {{ x509 = [\"{root}\"] }}\n{extra}\n"
    )
}

/// A client with a certificate of that company, or with a name only.
fn client(company: Option<&Company>) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let credential = match company {
        None => Credential::basic("mimi://a.example/d/alice/phone"),
        Some(company) => {
            let spki = Kind::Ed25519.spki(signer.public_key());
            let leaf = company.certificate(&spki, "alice/phone", "alice");
            let chain = Chain::new([leaf.issue(), company.authority().issue()]).unwrap();
            chain.credential(&Default::default()).unwrap()
        }
    };
    let anchor = company.unwrap_or(&self::company()).root().issue();
    let policy = Policy::default().anchor(&anchor, ["a.example"]).unwrap();
    let plugins = Registry::empty().with_all(ALL).with(X509::new(policy));
    Client::builder(plugins.build().unwrap())
        .identity(credential, Arc::new(signer))
        .build()
        .unwrap()
}

/// Files, and the command that reads them.
struct Files(TempDir);

impl Files {
    fn of(policy: &str, client: &Client) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        let key_package = client.key_package(&KeyPackageOptions::default());
        fs::write(files.path("kp.bin"), key_package.unwrap().message).unwrap();
        fs::write(files.path("p.toml"), policy).unwrap();
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn check(&self, arguments: &[&str]) -> Output {
        let (policy, key_package) = (self.path("p.toml"), self.path("kp.bin"));
        let files = [
            "check",
            "--policy",
            policy.to_str().unwrap(),
            "--key-package",
            key_package.to_str().unwrap(),
        ];
        trellis(&[&files[..], arguments].concat(), b"")
    }

    fn lint(&self) -> Output {
        trellis(
            &["policy", "lint", self.path("p.toml").to_str().unwrap()],
            b"",
        )
    }
}

#[test]
fn who_fits_is_let_in_with_evidence() {
    let files = Files::of(
        &policy("max_validity_days = 398"),
        &client(Some(&company())),
    );
    let output = files.check(&["--at", JUNE]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    insta::assert_snapshot!(text(&output.stdout), @"
    allow
    x509 of mimi://a.example/d/alice/phone, judged at 1750000000
      issued by CN=authority of a.example
      valid from 1735689600 to 1767139200
      vouched for by CN=authority of a.example, valid from 1577836800 to 2208988800
      vouched for by CN=root of a.example, valid from 1577836800 to 2208988800
      status told by certificate 03
      status told by certificate 02
    ");
    let lint = files.lint();
    assert_eq!(lint.status.code(), Some(0));
    assert!(text(&lint.stdout).ends_with("version 1 of a policy for 1 domains\n"));
}

#[test]
fn who_breaks_a_rule_is_not() {
    let rules = "issuers = [\"CN=somebody else\"]\nmax_validity_days = 90";
    let files = Files::of(&policy(rules), &client(Some(&company())));
    let output = files.check(&["--at", NEXT_YEAR]);
    assert_eq!(output.status.code(), Some(3));
    insta::assert_snapshot!(text(&output.stdout), @"
    deny
      POL-5: CN=authority of a.example vouches for nobody of a.example (x509) (the group's rules)
      POL-7: the x509 credential is valid for 31449600 s, not 7776000 (the group's rules)
      POL-12: the credential is over since 12860800 s (ours)
    x509 of mimi://a.example/d/alice/phone, judged at 1780000000
      issued by CN=authority of a.example
      valid from 1735689600 to 1767139200
      vouched for by CN=authority of a.example, valid from 1577836800 to 2208988800
      vouched for by CN=root of a.example, valid from 1577836800 to 2208988800
      status told by certificate 03
      status told by certificate 02
    ");
    let json = files.check(&["--at", NEXT_YEAR, "--json"]);
    assert_eq!(json.status.code(), Some(3));
    let [answer] = &json_lines(&json.stdout)[..] else {
        panic!("{}", text(&json.stdout));
    };
    assert_eq!(answer["allow"], false);
    assert_eq!(answer["group"][1]["rule"], "POL-7");
    assert_eq!(answer["ours"][0]["rule"], "POL-12");
    assert_eq!(answer["chain"][1]["name"], "CN=root of a.example");
}

#[test]
fn a_group_that_believes_others_is_not_enough() {
    // The group believes a new authority of a.example, and the policy's anchor is the old one.
    let new = Company::of("a.example", 3);
    let client = client(Some(&new));
    let files = Files::of(&policy(""), &client);
    let anchor = Anchor::new(CredentialType::X509, new.root().issue());
    let vouched = Vouched {
        domains: [("a.example".into(), vec![anchor])].into_iter().collect(),
    };
    let config = GroupConfig::new(b"room").with::<TrustAnchors>(&vouched);
    let info = client.create_group(config).unwrap().group_info().unwrap();
    fs::write(files.path("gi.bin"), info).unwrap();
    let info = files.path("gi.bin");
    let output = files.check(&["--at", JUNE, "--group-info", info.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    let missing = "CRED-5: to be fetched first: the certificate of the issuer CN=root of a.example";
    assert!(told.contains(missing), "{told}");
}

#[test]
fn a_credential_that_is_not_genuine_is_not_let_in() {
    let impostor = Company::of("a.example", 9);
    let files = Files::of(&policy(""), &client(Some(&impostor)));
    let output = files.check(&["--at", JUNE]);
    assert_eq!(output.status.code(), Some(3));
    insta::assert_snapshot!(text(&output.stdout), @"
    deny
      missing: the certificate of the issuer CN=root of a.example with key identifier 0112070707070707070707070707070707070707 (the credential is not genuine)
    ");

    let files = Files::of(&policy(""), &client(None));
    let output = files.check(&["--at", JUNE]);
    assert_eq!(output.status.code(), Some(3));
    insta::assert_snapshot!(text(&output.stdout), @"
    deny
      POL-4: a.example has no credentials of kind basic (the group's rules)
    basic of mimi://a.example/d/alice/phone, judged at 1750000000
    ");
}

#[test]
fn the_group_is_told_where_it_matters() {
    let files = Files::of(&policy(""), &client(Some(&company())));
    let mut room = client(Some(&company()))
        .create_group(GroupConfig::new(b"room"))
        .unwrap();
    let info = files.path("gi.bin");
    fs::write(&info, room.group_info().unwrap()).unwrap();
    let output = files.check(&["--at", JUNE, "--group-info", info.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    fs::write(&info, "no group").unwrap();
    let output = files.check(&["--group-info", info.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn unusable_input_is_2_and_says_where() {
    let client = client(Some(&company()));
    for (document, said) in [
        (
            "language = 1\nversion = 1\ncolour = 1",
            "p.toml:3:1: POL-1: unknown field `colour`",
        ),
        (
            "language = 1\nversion = 1\n[domains.\"a.example\"]\ncredentials = [\"x508\"]",
            "x508 is no kind of credential that is linked here",
        ),
        (
            "language = 1\nversion = 1\n[domains.\"a.example\"]\ncredentials = [\"x509\"]\nanchors = { x509 = [\"AQID\"] }",
            "an anchor of a.example: X5-14",
        ),
        (
            "language = 1\nversion = 1\n[domains.\"a.example\"]\ncredentials = [\"sd_jwt\"]\nanchors = { sd_jwt = [\"{}\"] }",
            "an anchor of a.example: no iss",
        ),
    ] {
        let files = Files::of(document, &client);
        for output in [files.check(&[]), files.lint()] {
            assert_eq!(output.status.code(), Some(2));
            assert!(output.stdout.is_empty());
            assert!(
                text(&output.stderr).contains(said),
                "{}",
                text(&output.stderr)
            );
        }
    }
    let files = Files::of(&policy(""), &client);
    fs::write(files.path("kp.bin"), "nobody").unwrap();
    assert_eq!(files.check(&[]).status.code(), Some(2));
    fs::remove_file(files.path("p.toml")).unwrap();
    assert_eq!(files.check(&[]).status.code(), Some(2));
    assert_eq!(files.lint().status.code(), Some(2));
}

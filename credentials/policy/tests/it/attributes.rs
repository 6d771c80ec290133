//! Conditions on claims.

use mls_trellis_hooks::{Claim, Door};
use mls_trellis_policy::Document;

use crate::{
    POLICY,
    badge::{Holder, broken, decide, judge},
};

fn policy(claims: &str, policies: &str) -> String {
    format!("{POLICY}\n[attributes]\nclaims = {{ {claims} }}\npolicies = '''\n{policies}\n'''\n")
}

const CLAIMS: &str = r#""badge.level" = "text", "badge.keys" = "texts", "badge.rank" = "number""#;

fn errors(claims: &str, policies: &str) -> String {
    let document = Document::parse(&policy(claims, policies));
    document.map(drop).unwrap_err().to_string()
}

#[test]
fn pol_11_what_is_permitted_is_let_in() {
    let board = policy(
        CLAIMS,
        r#"permit (principal, action, resource)
            when { principal has badge.level && principal.badge.level == "board" };"#,
    );
    let mut holder = Holder::alice();
    insta::assert_snapshot!(decide(&board, &holder), @"
    deny
      POL-11: no attribute policy permits it
    ");
    holder.level = "board".to_owned();
    assert!(decide(&board, &holder).is_allowed());
}

#[test]
fn pol_11_what_is_forbidden_is_kept_out() {
    let locked = policy(
        CLAIMS,
        r#"permit (principal, action, resource);
        @id("nobody with a key to the lift")
        forbid (principal, action == Action::"member", resource)
            when { principal has badge.keys && principal.badge.keys.contains("lift") };"#,
    );
    insta::assert_snapshot!(decide(&locked, &Holder::alice()), @"
    deny
      POL-11: forbidden by nobody with a key to the lift
    ");
}

#[test]
fn pol_11_a_policy_asks_whether_a_claim_is_there() {
    // A policy that fails is skipped by Cedar, so that this would let everybody in.
    insta::assert_snapshot!(errors(CLAIMS, r#"permit (principal, action, resource);
        forbid (principal, action, resource) when { principal.badge.rank > 3 };"#), @"
        22:12: POL-2: for policy `policy1`, unable to guarantee safety of access to optional attribute `badge.rank` on entity type `Client`
        22:12: POL-2: for policy `policy1`, unable to guarantee safety of access to optional attribute `badge` on entity type `Client`
        ");
}

#[test]
fn pol_11_claims_are_declared_before_they_are_used() {
    insta::assert_snapshot!(errors(CLAIMS, r#"permit (principal, action, resource)
        when { principal has badge.height && principal.badge.height > 3 };"#), @"22:12: POL-2: for policy `policy0`, policy is impossible: the policy expression evaluates to false for all valid requests");
    insta::assert_snapshot!(errors(r#""badge.level" = "words""#, "permit (principal, action, resource);"), @"21:28: POL-2: a claim is a flag, a number, a text or texts");
    insta::assert_snapshot!(errors(r#""badge.level" = "text", "badge.level.of" = "text""#, "permit (principal, action, resource);"), @r#"22:12: POL-2: claim "badge.level.of" stands inside of another claim, or around one"#);
    insta::assert_snapshot!(errors(r#""badge.le vel" = "text""#, "permit (principal, action, resource);"), @r#"22:12: POL-2: claim "badge.le vel" is not made of names of letters, digits and underscores"#);
    insta::assert_snapshot!(errors(CLAIMS, "permit (principal, action"), @"22:12: POL-2: the policies: unexpected end of input");
    insta::assert_snapshot!(errors(CLAIMS, ""), @"22:12: POL-2: no policy permits anything");
    insta::assert_snapshot!(errors(CLAIMS, r#"permit (principal, action, resource) when { principal.kind == 3 };"#), @"22:12: POL-2: the types Long and String are not compatible");
}

#[test]
fn pol_11_a_claim_of_another_type_than_declared_keeps_out() {
    let rank = policy(CLAIMS, "permit (principal, action, resource);");
    let alice = Holder::alice();
    let judge = |claim: Option<Claim>| {
        let mut verified = alice.verified();
        verified
            .facts
            .claims
            .extend(claim.map(|claim| ("rank".to_owned(), claim)));
        judge(&rank, Door::Add, &alice.leaf(), None, &verified)
    };
    assert!(judge(None).is_allowed());
    assert!(judge(Some(Claim::Number(4))).is_allowed());
    let text = judge(Some(Claim::Text("4".to_owned())));
    insta::assert_snapshot!(text, @"
    deny
      POL-11: claim badge.rank is not the number that the policy declares
    ");
    assert_eq!(broken(&judge(Some(Claim::List(vec![])))), ["POL-11"]);
}

/// Arithmetic that overflows is an error of the policy, and an error is no.
#[test]
fn pol_11_what_cannot_be_evaluated_keeps_out() {
    let overflow = policy(
        CLAIMS,
        r#"permit (principal, action, resource);
        forbid (principal, action, resource) when {
            principal has badge.rank && principal.badge.rank + 1 > 9223372036854775806
        };"#,
    );
    let alice = Holder::alice();
    let mut verified = alice.verified();
    verified
        .facts
        .claims
        .insert("rank".to_owned(), Claim::Number(i64::MAX));
    let decision = judge(&overflow, Door::Add, &alice.leaf(), None, &verified);
    insta::assert_snapshot!(decision, @"
    deny
      POL-11: a policy cannot be evaluated: error while evaluating policy `policy1`: integer overflow while attempting to add the values `9223372036854775807` and `1`
    ");
}

/// Whoever writes the policy is not always a friend: its text comes in a `GroupInfo`, too. What is too
/// deep is refused before it is parsed; what is not is evaluated on any stack.
#[test]
fn policies_nest_only_so_deep() {
    let constructs: [fn(usize) -> String; 11] = [
        |n| format!("{}true{}", "(".repeat(n), ")".repeat(n)),
        |n| format!("{}1{} == 1", "[".repeat(n), "]".repeat(n)),
        |n| format!("{}1{} == 1", "{\"a\":".repeat(n), "}".repeat(n)),
        |n| {
            format!(
                "{}true{}",
                "if true then ".repeat(n),
                " else true".repeat(n)
            )
        },
        |n| format!("{}true", "!".repeat(n)),
        |n| format!("1{} == 1", " + 1".repeat(n)),
        |n| format!("1{} == 1", " * -1".repeat(n)),
        |n| format!("principal{}", ".a".repeat(n)),
        |n| format!("principal{}", "[\"a\"]".repeat(n)),
        |n| format!("true{}", " || true".repeat(n)),
        |n| format!("true{}", " && true".repeat(n)),
    ];
    let verdict = |condition: String| {
        let permit = format!("permit (principal, action, resource) when {{ {condition} }};");
        match Document::parse(&policy(CLAIMS, &permit)) {
            Ok(_) => decide(&policy(CLAIMS, &permit), &Holder::alice()).to_string(),
            Err(errors) => errors.0[0].detail.clone(),
        }
    };
    let small = std::thread::Builder::new().stack_size(512 * 1024);
    let checked = small.spawn(move || {
        for construct in constructs {
            // From nothing to far beyond: no depth is evaluated by chance.
            for n in (0..=140).chain([1_000]) {
                let said = verdict(construct(n));
                assert!(
                    !said.contains("recursion") && !said.contains("evaluated"),
                    "{n}: {said}"
                );
                assert!(n < 1_000 || said.contains(" than "), "{said}");
            }
        }
        verdict(format!("true{}", " && true".repeat(120)))
    });
    assert_eq!(checked.unwrap().join().unwrap(), "allow");
}

#[test]
fn text_and_comments_do_not_nest() {
    let brackets = "(".repeat(100);
    let permit = format!(
        "// {brackets}\npermit (principal, action, resource) unless {{ principal.kind == \"\\\"{brackets}\" }};"
    );
    assert!(decide(&policy("", &permit), &Holder::alice()).is_allowed());
}

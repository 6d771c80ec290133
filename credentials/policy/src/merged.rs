//! The same policies with fewer of them: every `forbid` that applies to everybody becomes part of one.
//!
//! Each policy costs Cedar something whatever it says. Of one that forbids where *any* of some conditions
//! holds, a subject who is permitted is one for whom none of them holds, so that all were evaluated, and
//! an error in any is found as well. Whoever is not permitted by these is judged by the policies as they
//! were written, which say why. So the answer is the same, and most are given sooner.

use cedar_policy::{Effect, Policy, PolicyId, PolicySet};
use serde_json::{Value, json};

/// The merged policies, or `None` when there is nothing to merge.
pub(crate) fn merged(policies: &PolicySet) -> Option<PolicySet> {
    let mut rest = PolicySet::new();
    let mut conditions = Vec::new();
    for policy in policies.policies() {
        match condition(policy) {
            Some(condition) => conditions.push(condition),
            None => rest.add(policy.clone()).ok()?,
        }
    }
    if conditions.len() < 2 {
        return None;
    }
    let any = json!({ "op": "All" });
    let forbid = json!({
        "effect": "forbid",
        "principal": any,
        "action": any,
        "resource": any,
        "conditions": [{ "kind": "when", "body": joined("||", conditions)? }],
    });
    let id = PolicyId::new("every forbid that applies to everybody");
    rest.add(Policy::from_json(Some(id), forbid).ok()?).ok()?;
    Some(rest)
}

/// What a policy forbids, if it applies to everybody.
fn condition(policy: &Policy) -> Option<Value> {
    if policy.effect() != Effect::Forbid {
        return None;
    }
    let written = policy.to_json().ok()?;
    let scopes = ["/principal/op", "/action/op", "/resource/op"];
    let all = |scope: &&str| written.pointer(scope).is_some_and(|op| op == "All");
    if !scopes.iter().all(all) {
        return None;
    }
    let clauses = written.get("conditions")?.as_array()?.iter();
    let clauses = clauses.map(|clause| {
        let body = clause.get("body")?;
        match clause.get("kind")?.as_str()? {
            "when" => Some(body.clone()),
            "unless" => Some(json!({ "!": { "arg": body } })),
            _ => None,
        }
    });
    joined("&&", clauses.collect::<Option<_>>()?)
}

/// All of them with that operator between, as flat a tree as can be; `None` when there are none.
fn joined(operator: &str, mut all: Vec<Value>) -> Option<Value> {
    if all.len() < 2 {
        return all.pop();
    }
    let right = all.split_off(all.len() / 2);
    let (left, right) = (joined(operator, all)?, joined(operator, right)?);
    Some(json!({ operator: { "left": left, "right": right } }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use cedar_policy::{
        Authorizer, Context, Decision, Entities, Entity, EntityUid, Request, RestrictedExpression,
    };

    use super::*;

    /// Conditions on three numbers that may be there, in every form; the last overflows for large ones.
    const POLICIES: &str = "
        permit (principal, action, resource);
        permit (principal, action == Action::\"b\", resource) when { principal has n };
        forbid (principal, action, resource) when { principal has a && principal.a == 1 };
        forbid (principal, action, resource) when { principal has b } unless { principal.b < 2 };
        forbid (principal, action == Action::\"b\", resource) when { principal has c };
        forbid (principal, action, resource) unless { !(principal has c) || principal.c > 0 };
        forbid (principal, action, resource) when { principal has a } when { principal has c };
        forbid (principal, action, resource)
            when { principal has b && principal.b * 9223372036854775807 == 0 };
    ";

    fn entity(name: &str) -> EntityUid {
        name.parse().unwrap()
    }

    /// Whether somebody is permitted, and nothing failed.
    fn permits(policies: &PolicySet, numbers: [Option<i64>; 3], action: &str) -> bool {
        let numbers = ["a", "b", "c"].into_iter().zip(numbers);
        let numbers = numbers.filter_map(|(name, number)| {
            Some((name.to_owned(), RestrictedExpression::new_long(number?)))
        });
        let it = entity("Client::\"it\"");
        let who = Entity::new(it.clone(), numbers.collect(), Default::default()).unwrap();
        let entities = Entities::from_entities([who], None).unwrap();
        let group = entity("Group::\"this\"");
        let request = Request::new(it, entity(action), group, Context::empty(), None).unwrap();
        let answer = Authorizer::new().is_authorized(&request, policies, &entities);
        answer.decision() == Decision::Allow && answer.diagnostics().errors().count() == 0
    }

    #[test]
    fn the_same_are_permitted() {
        let policies: PolicySet = POLICIES.parse().unwrap();
        let merged = merged(&policies).unwrap();
        assert_eq!(merged.policies().count(), 4); // two permit, one is for one action, and the merged one
        let numbers = [None, Some(-1), Some(0), Some(1), Some(2), Some(i64::MAX)];
        let mut permitted = 0;
        for a in numbers {
            for b in numbers {
                for c in numbers {
                    for action in ["Action::\"a\"", "Action::\"b\""] {
                        let written = permits(&policies, [a, b, c], action);
                        assert_eq!(
                            permits(&merged, [a, b, c], action),
                            written,
                            "{a:?} {b:?} {c:?}"
                        );
                        permitted += usize::from(written);
                    }
                }
            }
        }
        assert!(permitted > 10, "{permitted}");
    }

    #[test]
    fn where_there_is_nothing_to_merge_nothing_is() {
        for policies in ["permit (principal, action, resource);", ""] {
            assert!(merged(&policies.parse().unwrap()).is_none());
        }
    }
}

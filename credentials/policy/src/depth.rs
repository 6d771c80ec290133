//! How deep the expressions of a policy may nest.
//!
//! Cedar's parser has no bound of its own, so that brackets enough overflow the stack; its evaluator
//! stops where the stack of the moment ends, so that the same policy could be evaluated by one member and
//! be an error to another. Both are out of reach below this bound, which is kept before anything is
//! parsed.

/// The deepest expression, in links: a bracket, a member, an operator, each inside of the one before.
const MAX_DEPTH: usize = 24;
/// The longest row of `&&` and `||` in one policy.
const MAX_TERMS: usize = 128;

/// # Errors
/// What is too deep, for people.
pub(crate) fn check(policies: &str) -> Result<(), String> {
    // One count for each bracket that is open: the links so far in the term that stands there.
    let mut open = vec![0_usize];
    let mut terms = 0;
    let mut rest = policies.chars().peekable();
    while let Some(c) = rest.next() {
        let mut link = || {
            if let Some(links) = open.last_mut() {
                *links += 1;
            }
        };
        match c {
            '"' => {
                while let Some(c) = rest.next() {
                    match c {
                        '"' => break,
                        '\\' => drop(rest.next()),
                        _ => {}
                    }
                }
            }
            '/' if rest.peek() == Some(&'/') => while rest.next_if(|c| *c != '\n').is_some() {},
            '(' | '[' | '{' => {
                link();
                open.push(0);
            }
            ')' | ']' | '}' => {
                open.pop();
            }
            '.' | '+' | '-' | '*' | '!' => link(),
            'a'..='z' | 'A'..='Z' | '_' => {
                let mut word = String::from(c);
                while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                if word == "if" {
                    link();
                }
            }
            // A new term of a row.
            '&' | '|' | ',' | ';' => {
                terms = match c {
                    ';' => 0,
                    '&' | '|' => terms + 1,
                    _ => terms,
                };
                if let Some(links) = open.last_mut() {
                    *links = 0;
                }
            }
            _ => {}
        }
        if open.iter().sum::<usize>() > MAX_DEPTH {
            return Err(format!("the policies nest deeper than {MAX_DEPTH} levels"));
        }
        // Two characters make one of them.
        if terms > 2 * MAX_TERMS {
            return Err(format!("a policy has more than {MAX_TERMS} terms"));
        }
    }
    Ok(())
}

//! Names of the outside world that several drafts use.
//!
//! ```
//! use mls_trellis_hooks::names;
//!
//! assert!(names::is_domain("xn--bcher-kva.example"));
//! assert!(!names::is_domain("B\u{fc}cher.example."));
//! ```

/// Whether a text is a fully qualified domain in A-labels, in lower case and without a dot at the end:
/// two labels or more, of letters, digits and hyphens (RFC 1123, section 2.1; RFC 5890).
#[must_use]
pub fn is_domain(text: &str) -> bool {
    text.contains('.') && is_host(text)
}

/// Whether a text is the host of a URI by its name, in its one spelling: as [`is_domain`], but one
/// label will do. So there is neither user information nor a port.
#[must_use]
pub fn is_host(text: &str) -> bool {
    let in_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(in_label)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_domain() {
        for domain in ["a.example", "xn--bcher-kva.example", "1.a-b.example"] {
            assert!(is_domain(domain), "{domain}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for other in [
            "example",
            "a.example.",
            ".example",
            "A.example",
            "-a.example",
            &long,
            "a b.c",
        ] {
            assert!(!is_domain(other), "{other}");
        }
    }
}

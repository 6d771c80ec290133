//! Writing HTML in which every element is closed and every text is escaped.

/// Elements without content. Everything else gets an end tag.
const VOID: [&str; 2] = ["meta", "br"];

/// HTML as it is written. Text goes in escaped, always.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

/// An attribute and its value.
pub(crate) type Attribute<'v> = (&'static str, &'v str);

impl Html {
    /// An element with whatever `inside` writes. A class of no name is left out.
    pub(crate) fn element(
        &mut self,
        name: &'static str,
        attributes: &[Attribute<'_>],
        inside: impl FnOnce(&mut Self),
    ) {
        self.0.push('<');
        self.0.push_str(name);
        let is_empty = |attribute: &&Attribute<'_>| **attribute == ("class", "");
        for (attribute, value) in attributes.iter().filter(|one| !is_empty(one)) {
            self.0.push(' ');
            self.0.push_str(attribute);
            self.0.push_str("=\"");
            self.text(value);
            self.0.push('"');
        }
        self.0.push('>');
        if VOID.contains(&name) {
            return;
        }
        inside(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element with text and nothing else.
    pub(crate) fn line(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// Text, also in an attribute. Characters that HTML has no place for are replaced.
    pub(crate) fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\n' => self.0.push('\n'),
                // They would turn the text around them.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    self.0.push(char::REPLACEMENT_CHARACTER);
                }
                c if c.is_control() => self.0.push(char::REPLACEMENT_CHARACTER),
                c => self.0.push(c),
            }
        }
    }

    /// What was written elsewhere.
    pub(crate) fn append(&mut self, other: Self) {
        self.0.push_str(&other.0);
    }

    /// A style sheet of ours. Nothing in it is escaped, so it is known at compile time.
    pub(super) fn style(&mut self, sheet: &'static str) {
        self.0.push_str("<style>");
        self.0.push_str(sheet);
        self.0.push_str("</style>");
    }

    /// What was written.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_wherever_it_stands() {
        let mut html = Html::default();
        html.line("p", &[("title", "\"><b>")], "<script>a && b</script>");
        assert_eq!(
            html.into_string(),
            "<p title=\"&quot;&gt;&lt;b&gt;\">&lt;script&gt;a &amp;&amp; b&lt;/script&gt;</p>"
        );
    }

    #[test]
    fn what_steers_a_reader_is_replaced() {
        let mut html = Html::default();
        html.text("a\0b\u{202e}c\x1b\nd");
        assert_eq!(html.into_string(), "a\u{fffd}b\u{fffd}c\u{fffd}\nd");
    }

    #[test]
    fn void_elements_have_no_end() {
        let mut html = Html::default();
        html.element("p", &[], |html| html.line("br", &[], ""));
        assert_eq!(html.into_string(), "<p><br></p>");
    }
}

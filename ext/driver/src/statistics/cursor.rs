//! Skipping through a document without parsing it.

use memchr::{memchr, memchr2};

/// A position in a document that librdkafka wrote. Braces are assumed not to occur in strings: names of topics and brokers
/// have none, and other strings are skipped on their own.
pub struct Cursor<'a> {
    text: &'a str,
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning of a document.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Enters the next object; false if the next value is not an object.
    pub fn enter(&mut self) -> bool {
        self.pass_blanks();
        let object = self.peek() == Some(b'{');
        self.at += usize::from(object);
        object
    }

    /// The name of the next member, before whose value it stops; or the end of the object, which it leaves. None if there
    /// is neither.
    pub fn name(&mut self) -> Option<Option<&'a str>> {
        self.pass_blanks();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(None);
        }
        let start = self.at + 1;
        self.pass_text()?;
        let name = &self.text[start..self.at - 1];
        self.pass_blanks();
        Some(Some(name))
    }

    /// The rest of the document.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Skips a value.
    pub fn pass(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.pass_text(),
            b'{' => self.pass_object(),
            b'[' => self.pass_to(|rest| memchr(b']', rest), 1),
            _ => self.pass_to(|rest| memchr2(b',', b'}', rest), 0),
        }
    }

    /// Skips separators of names and values. Whether they are valid is left to the parser of what remains.
    pub fn pass_blanks(&mut self) {
        let blanks = self.rest().bytes().take_while(|sign| matches!(sign, b' ' | b'\n' | b'\t' | b'\r' | b',' | b':'));
        self.at += blanks.count();
    }

    fn pass_text(&mut self) -> Option<()> {
        (self.peek()? == b'"').then(|| self.at += 1)?;
        while self.text.as_bytes()[self.at + memchr2(b'"', b'\\', self.rest().as_bytes())?] == b'\\' {
            self.pass_to(|rest| memchr(b'\\', rest), 2)?;
        }
        self.pass_to(|rest| memchr(b'"', rest), 1)
    }

    fn pass_object(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            self.pass_to(|rest| memchr2(b'{', b'}', rest), 1)?;
            match self.text.as_bytes()[self.at - 1] {
                b'{' => depth += 1,
                _ if depth == 1 => return Some(()),
                _ => depth -= 1,
            }
        }
    }

    /// Skips everything before the match, and that many bytes.
    fn pass_to(&mut self, find: impl Fn(&[u8]) -> Option<usize>, more: usize) -> Option<()> {
        let at = self.at + find(self.rest().as_bytes())? + more;
        self.text.is_char_boundary(at).then(|| self.at = at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_all_kinds_are_passed() {
        let mut cursor =
            Cursor::new(r#" { "a":1, "b\"}": "}\\", "c": { "d": { }, "e": [ 1 ] }, "f": [ 2, 3 ], "g": true } x"#);
        assert!(cursor.enter());
        let mut names = Vec::new();
        while let Some(name) = cursor.name().unwrap() {
            names.push(name);
            cursor.pass().unwrap();
        }
        assert_eq!((names, cursor.rest()), (vec!["a", "b\\\"}", "c", "f", "g"], " x"));
    }

    #[test]
    fn what_is_cut_off_has_no_end() {
        let whole = r#"{ "a": { "b": [ "\u00e9", 1 ] }, "é\"": 2 }"#;
        for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            let mut cursor = Cursor::new(&whole[..end]);
            let found = cursor.enter().then(|| {
                while cursor.name()?.is_some() {
                    cursor.pass()?;
                }
                Some(())
            });
            assert_eq!(found.flatten(), None, "{end}");
        }
        for text in ["{", "{ 1", "{ é", "{ \"\\é", "", "[", "{ \"a\": {"] {
            let mut cursor = Cursor::new(text);
            assert!(
                !cursor.enter() || cursor.name().is_none_or(|name| name.is_some() && cursor.pass().is_none()),
                "{text}"
            );
        }
    }
}

//! Passing through a document without reading it.

use memchr::{memchr, memchr2};

/// A place in a document as librdkafka writes it. Braces are taken to be no part of a text: names of topics and brokers have
/// none, and what else is a text is passed over on its own.
pub struct Cursor<'a> {
    text: &'a str,
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Enters the object that is next; false if there is none.
    pub fn enter(&mut self) -> bool {
        self.pass_blanks();
        let object = self.peek() == Some(b'{');
        self.at += usize::from(object);
        object
    }

    /// The name of the next member, whose value comes next; or the end of the object, which is left. None if there is
    /// neither.
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

    /// What is left of the document.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes a value.
    pub fn pass(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.pass_text(),
            b'{' => self.pass_object(),
            b'[' => self.pass_to(|rest| memchr(b']', rest), 1),
            _ => self.pass_to(|rest| memchr2(b',', b'}', rest), 0),
        }
    }

    /// Passes what separates names and values; two commas in a row are for the reader of what is left to find.
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

    /// Passes all up to what is found, and so many bytes.
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

//! Skipping through a document without parsing it.

use memchr::{memchr, memchr2};

/// A position in a document that librdkafka wrote. Braces are assumed not to occur in strings: names of topics and brokers
/// have none, and other strings are skipped on their own.
#[derive(Clone)]
pub struct Cursor<'a> {
    text: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning of a document.
    pub fn new(text: &'a [u8]) -> Self {
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
    pub fn name(&mut self) -> Option<Option<&'a [u8]>> {
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
    pub fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
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

    /// Skips an object of plain values that is not shorter than this, and does not look at so many of its bytes.
    pub fn pass_plain(&mut self, least: usize) -> Option<()> {
        self.at += least - 1;
        self.pass_to(|rest| memchr(b'}', rest), 1)
    }

    /// The length that an object with the same names as the next one has at least. None if the next value is not an object,
    /// or contains objects or arrays.
    pub fn least_plain(&self) -> Option<usize> {
        let mut cursor = self.clone();
        let mut spare = 0;
        cursor.enter().then_some(())?;
        while cursor.name()?.is_some() {
            let start = cursor.at;
            let shortest = match cursor.peek()? {
                b'{' | b'[' => return None,
                b'"' => 2,
                b't' | b'f' => 4,
                _ => 1,
            };
            cursor.pass()?;
            spare += (cursor.at - start).saturating_sub(shortest);
        }
        Some(cursor.at - self.at - spare)
    }

    /// Skips separators of names and values. Whether they are valid is left to the parser of what remains.
    pub fn pass_blanks(&mut self) {
        let blanks = self.rest().iter().take_while(|sign| matches!(sign, b' ' | b'\n' | b'\t' | b'\r' | b',' | b':'));
        self.at += blanks.count();
    }

    fn pass_text(&mut self) -> Option<()> {
        (self.peek()? == b'"').then(|| self.at += 1)?;
        loop {
            self.pass_to(|rest| memchr2(b'"', b'\\', rest), 1)?;
            if self.text[self.at - 1] == b'"' {
                return Some(());
            }
            self.at += 1;
        }
    }

    fn pass_object(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            self.pass_to(|rest| memchr2(b'{', b'}', rest), 1)?;
            match self.text[self.at - 1] {
                b'{' => depth += 1,
                _ if depth == 1 => return Some(()),
                _ => depth -= 1,
            }
        }
    }

    /// Skips everything before the match, and that many bytes.
    fn pass_to(&mut self, find: impl Fn(&[u8]) -> Option<usize>, more: usize) -> Option<()> {
        self.at += find(self.rest())? + more;
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_all_kinds_are_passed() {
        let mut cursor =
            Cursor::new(br#" { "a":1, "b\"}": "}\\", "c": { "d": { }, "e": [ 1 ] }, "f": [ 2, 3 ], "g": true } x"#);
        assert!(cursor.enter());
        let mut names = Vec::new();
        while let Some(name) = cursor.name().unwrap() {
            names.push(name);
            cursor.pass().unwrap();
        }
        assert_eq!((names, cursor.rest()), (vec![&b"a"[..], b"b\\\"}", b"c", b"f", b"g"], &b" x"[..]));
    }

    #[test]
    fn plain_objects_are_passed_without_a_look_at_their_shortest_length() {
        let objects = r#"{ "n":-1001, "s":"none", "b":false, "f":0.5 } { "n":7, "s":"", "b":true, "f":1 } { "n":12, "#;
        let mut cursor = Cursor::new(objects.as_bytes());
        let least = cursor.least_plain().unwrap();
        assert_eq!(least, r#"{ "n":7, "s":"", "b":true, "f":1}"#.len());
        for rest in [r#"{ "n":7, "s":"", "b":true, "f":1 } { "n":12, "#, r#"{ "n":12, "#] {
            cursor.pass_plain(least).unwrap();
            cursor.pass_blanks();
            assert_eq!(cursor.rest(), rest.as_bytes());
        }
        assert_eq!((cursor.least_plain(), cursor.pass_plain(least)), (None, None));
        for other in ["5", "{ \"a\": {} }", "{ \"a\": [] }", ""] {
            assert_eq!(Cursor::new(other.as_bytes()).least_plain(), None, "{other}");
        }
    }

    #[test]
    fn what_is_cut_off_has_no_end() {
        let whole = r#"{ "a": { "b": [ "\u00e9", 1 ] }, "é\"": 2 }"#.as_bytes();
        for end in 0..whole.len() {
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
            let mut cursor = Cursor::new(text.as_bytes());
            assert!(
                !cursor.enter() || cursor.name().is_none_or(|name| name.is_some() && cursor.pass().is_none()),
                "{text}"
            );
        }
    }
}

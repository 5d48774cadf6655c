//! Reads JSON as librdkafka writes it. Values borrow from the document. Objects that hardly differ from one before, as the
//! partitions of a topic do, are recognised, and read several times faster.

use std::{borrow::Cow, fmt, ops::Range, rc::Rc};

/// Any value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number that is too large for [`Integer`](Self::Integer).
    Unsigned(u64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object, in the order of the document.
    Object(Rc<Members<'a>>),
    /// An object like an earlier one, except for the values at these indices.
    Twin(Rc<Members<'a>>, Vec<(usize, Json<'a>)>),
}

/// Names and values of an object.
pub type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// The error that a document is not JSON.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonError {
    at: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "invalid JSON at byte {}", self.at)
    }
}

impl std::error::Error for JsonError {}

impl<'a> Json<'a> {
    /// Reads a document.
    pub fn parse(document: &'a [u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(document).map_err(|error| JsonError { at: error.valid_up_to() })?;
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        reader.skip_space();
        if reader.at < text.len() { reader.fail() } else { Ok(value) }
    }
}

/// What tests look at.
#[cfg(test)]
impl<'a> Json<'a> {
    /// The member with that name, if this is an object that has one.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let (Self::Object(members) | Self::Twin(members, _)) = self else { return None };
        let place = members.iter().position(|(own, _)| own == name)?;
        let changed = match self {
            Self::Twin(_, changes) => changes.iter().find_map(|(changed, value)| (*changed == place).then_some(value)),
            _ => None,
        };
        Some(changed.unwrap_or(&members[place].1))
    }

    /// The members of an object. None in a twin; an object that contains objects or arrays never is one.
    pub fn members(&self) -> Option<&Members<'a>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// Whether this is a string with that text.
    pub fn is_text(&self, text: &str) -> bool {
        matches!(self, Self::Text(own) if own == text)
    }
}

/// More members than most objects of statistics have.
const CAPACITY: usize = 48;
/// How many earlier objects an object is compared with. Partitions that are fetched differ from those that are not.
const MODELS: usize = 2;
/// An object with more changes is not a twin.
const MOST_CHANGES: usize = 8;
/// How deeply values may be nested.
const DEEPEST: usize = 64;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// An object of plain values, of which later objects may be twins.
struct Model<'a> {
    members: Rc<Members<'a>>,
    text: Range<usize>,
    /// The ranges of the values in the document.
    values: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        self.skip_space();
        match self.peek() {
            Some(b'{') if depth < DEEPEST => Ok(Json::Object(self.object(depth)?.members)),
            Some(b'[') if depth < DEEPEST => self.array(depth),
            _ => self.plain(),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let mut items = Vec::new();
        self.at += 1;
        while self.goes_on(b']', items.is_empty())? {
            items.push(self.value(depth + 1)?);
        }
        Ok(Json::Array(items))
    }

    fn object(&mut self, depth: usize) -> Result<Model<'a>, JsonError> {
        let start = self.at;
        let mut members = Vec::with_capacity(CAPACITY);
        let mut values = Vec::with_capacity(CAPACITY);
        let mut models = Vec::new();
        self.at += 1;
        while self.goes_on(b'}', members.is_empty())? {
            let name = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            let start = self.at;
            let value = if self.peek() == Some(b'{') && depth < DEEPEST {
                self.sibling(depth + 1, &mut models)?
            } else {
                self.value(depth + 1)?
            };
            members.push((name, value));
            values.push(start..self.at);
        }
        Ok(Model { members: Rc::new(members), text: start..self.at, values })
    }

    /// Reads an object that is a member of another object.
    fn sibling(&mut self, depth: usize, models: &mut Vec<Model<'a>>) -> Result<Json<'a>, JsonError> {
        let twin = models.iter().enumerate().find_map(|(index, model)| Some((index, self.twin(model)?)));
        if let Some((index, (twin, end))) = twin {
            models[..=index].rotate_right(1);
            self.at = end;
            return Ok(twin);
        }
        let own = self.object(depth)?;
        let value = Json::Object(Rc::clone(&own.members));
        let plain = |value: &Json<'_>| !matches!(value, Json::Object(_) | Json::Twin(..) | Json::Array(_));
        if !own.members.is_empty() && own.members.iter().all(|(_, value)| plain(value)) {
            models.truncate(MODELS - 1);
            models.insert(0, own);
        }
        Ok(value)
    }

    /// Compares the text with a model's, and reads only the values that differ. Returns where the object ends, too.
    fn twin(&self, model: &Model<'a>) -> Option<(Json<'a>, usize)> {
        let text = self.text.as_bytes();
        let mut changes = Vec::new();
        let (mut at, mut from) = (self.at, model.text.start);
        loop {
            let same = common_prefix(&text[at..], &text[from..model.text.end]);
            let differs = from + same;
            if differs == model.text.end {
                return Some((Json::Twin(Rc::clone(&model.members), changes), at + same));
            }
            let place = model.values.partition_point(|value| value.start <= differs).checked_sub(1)?;
            let value = &model.values[place];
            // The texts differ between values, or in a value that was read already: the members are not the same.
            if value.end < differs || value.start < from || changes.len() == MOST_CHANGES {
                return None;
            }
            let mut reader = Reader { text: self.text, at: at + (value.start - from) };
            changes.push((place, reader.plain().ok()?));
            (at, from) = (reader.at, value.end);
        }
    }

    fn plain(&mut self) -> Result<Json<'a>, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Json::Text),
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>, JsonError> {
        if !self.text[self.at..].starts_with(word) {
            return self.fail();
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Json<'a>, JsonError> {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|sign| !matches!(sign, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let number = &rest[..end.unwrap_or(rest.len())];
        let digits = number.strip_prefix('-').unwrap_or(number);
        let whole = digits.bytes().all(|digit| digit.is_ascii_digit());
        let signed = || number.parse().map(Json::Integer).ok().filter(|_| whole);
        let unsigned = || number.parse().map(Json::Unsigned).ok().filter(|_| whole);
        let float =
            || number.parse().map(Json::Float).ok().filter(|_| digits.starts_with(|sign: char| sign.is_ascii_digit()));
        let Some(value) = signed().or_else(unsigned).or_else(float) else { return self.fail() };
        self.at += number.len();
        Ok(value)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.skip_space();
        let start = self.at;
        self.expect(b'"')?;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(_) => self.at += 1,
                None => return self.fail(),
            }
        }
        self.at += 1;
        let quoted = &self.text[start..self.at];
        if !escaped {
            return Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1]));
        }
        serde_json::from_str(quoted).map(Cow::Owned).or_else(|_| self.fail())
    }

    /// Passes the separator before the next item; false at the end of the items.
    fn goes_on(&mut self, end: u8, first: bool) -> Result<bool, JsonError> {
        self.skip_space();
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
        }
        Ok(true)
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek() != Some(byte) {
            return self.fail();
        }
        self.at += 1;
        Ok(())
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fail<T>(&self) -> Result<T, JsonError> {
        Err(JsonError { at: self.at })
    }
}

/// The length of the prefix that both have in common.
fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    const STEP: usize = 32;
    let steps = one.chunks_exact(STEP).zip(other.chunks_exact(STEP)).take_while(|(one, other)| one == other).count();
    let bytes = one.iter().zip(other).skip(steps * STEP).take_while(|(one, other)| one == other).count();
    steps * STEP + bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object<'a>(members: impl IntoIterator<Item = (&'a str, Json<'a>)>) -> Json<'a> {
        Json::Object(Rc::new(members.into_iter().map(|(name, value)| (name.into(), value)).collect()))
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let json = Json::parse(br#"{"z": [null, true, -1, 18446744073709551615, 0.5], "a": "\"", "k\n": {"x": "y"}}"#)
            .unwrap();
        let numbers = [Json::Null, Json::Bool(true), Json::Integer(-1), Json::Unsigned(u64::MAX), Json::Float(0.5)];
        let expected = object([
            ("z", Json::Array(numbers.to_vec())),
            ("a", Json::Text("\"".into())),
            ("k\n", object([("x", Json::Text("y".into()))])),
        ]);
        assert_eq!(json, expected);
        assert!(json.get("a").unwrap().is_text("\""));
    }

    #[test]
    fn objects_that_hardly_differ_share_what_they_have() {
        let text =
            br#"{"0": {"n": 0, "s": "a", "k": 7}, "1": {"n": 1, "s": "a", "k": 7}, "2": {"n": 22, "s": "", "k": 78},
            "3": {"n": 0, "s": "a", "k": 7, "x": 1}, "4": {"n": 0, "s": "a", "k": 7}}"#;
        let json = Json::parse(text).unwrap();
        let changes = |name: &str| match json.get(name) {
            Some(Json::Twin(_, changes)) => Some(changes.clone()),
            _ => None,
        };
        assert_eq!(changes("0"), None);
        assert_eq!(changes("1"), Some(vec![(0, Json::Integer(1))]));
        assert_eq!(changes("2").unwrap().len(), 3);
        assert_eq!((changes("3"), changes("4")), (None, Some(vec![])));
        assert_eq!(json.get("2").unwrap().get("k"), Some(&Json::Integer(78)));
        assert_eq!(json.get("1").unwrap().get("k"), Some(&Json::Integer(7)));
        assert_eq!(json.get("1").unwrap().get("x"), None);
    }

    #[test]
    fn objects_of_two_kinds_alternate() {
        let kind = |first: i64, index: i64| {
            let members: Vec<_> = (first..first + 10).map(|value| format!("\"k{}\": {value}", value - first)).collect();
            format!("\"{index}\": {{{}, \"n\": {index}}}", members.join(", "))
        };
        let objects: Vec<_> = (0..6).map(|index| kind(index % 2 * 50, index)).collect();
        let text = format!("{{{}}}", objects.join(", "));
        let json = Json::parse(text.as_bytes()).unwrap();
        for index in 0..6 {
            let own = json.get(&index.to_string()).unwrap();
            match own {
                Json::Twin(_, changes) => assert_eq!(changes, &[(10, Json::Integer(index))]),
                _ => assert!(index < 2, "{index} is read as one of its own"),
            }
            assert_eq!(own.get("k9"), Some(&Json::Integer(index % 2 * 50 + 9)));
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "{} {}",
            "[1 2]",
            "{\"a\" 1}",
            "{1: 2}",
            "nul",
            "-",
            "+1",
            "1.2.3",
            "\"",
            "\"\\q\"",
            "\"\\",
            "\u{e9}",
        ] {
            assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(Json::parse(b"\xff"), Err(JsonError { at: 0 }));
        assert!(Json::parse("[".repeat(100_000).as_bytes()).is_err());
    }
}

//! Finds the lists of partitions, which make up nearly all of a document, without parsing it.

use std::{borrow::Cow, ops::Range};

use hashbrown::HashSet;
use memchr::memmem::Finder;

use super::cursor::Cursor;

/// The entry of a topic for messages that have no partition yet.
const NO_PARTITION: &[u8] = b"-1";

/// The positions of a document's parts.
pub struct Partitions<'a> {
    text: &'a [u8],
    of_producer: bool,
    brokers: Vec<List<'a>>,
    topics: Vec<(&'a [u8], List<'a>)>,
    /// The range of all topics.
    all_topics: Range<usize>,
}

/// An object whose members are partitions, with their names and ranges.
struct List<'a> {
    place: Range<usize>,
    members: Vec<(&'a [u8], Range<usize>)>,
}

impl<'a> Partitions<'a> {
    /// Finds the partitions. None if the document is not one of librdkafka's statistics.
    pub fn find(text: &'a [u8]) -> Option<Self> {
        let mut found = Self { text, of_producer: false, brokers: Vec::new(), topics: Vec::new(), all_topics: 0..0 };
        let mut cursor = Cursor::new(text);
        cursor.enter().then_some(())?;
        while let Some(name) = cursor.name()? {
            match name {
                b"brokers" if cursor.enter() => {
                    let lists = lists(&mut cursor, b"toppars")?;
                    found.brokers = lists.into_iter().map(|(_, list)| list).collect();
                }
                b"topics" if cursor.enter() => {
                    let start = cursor.at;
                    found.topics = lists(&mut cursor, b"partitions")?;
                    found.all_topics = start..cursor.at - 1;
                }
                other => {
                    found.of_producer |= other == b"type" && cursor.rest().starts_with(b"\"producer\"");
                    cursor.pass()?;
                }
            }
        }
        Some(found)
    }

    /// The number of partitions of each topic. The entry for messages without a partition does not count, and topics without
    /// partitions are left out.
    pub fn counts(&self) -> impl Iterator<Item = (Cow<'a, str>, usize)> {
        let count = |list: &List<'_>| list.members.iter().filter(|(number, _)| *number != NO_PARTITION).count();
        let counts = self.topics.iter().map(move |(topic, list)| (String::from_utf8_lossy(topic), count(list)));
        counts.filter(|(_, count)| *count > 0)
    }

    /// Reduces the document as `statistics.unassigned.include = false` asks for: a producer's has no topics and partitions,
    /// a consumer's only the partitions that are fetched. Totals stay.
    pub fn without_unassigned(&self) -> Vec<u8> {
        let [fetch_state, desired, unknown] = ["\"fetch_state\"", "\"desired\"", "\"unknown\""].map(Member::new);
        let mut fetched = HashSet::new();
        let mut edits = Vec::new();
        if self.of_producer {
            edits.push((self.all_topics.clone(), Vec::new()));
        } else {
            for (topic, list) in &self.topics {
                edits.push(self.keep(list, |number, partition| {
                    let fetching = !fetch_state.is(b"\"none\"", partition);
                    if fetching && number != NO_PARTITION {
                        fetched.insert([topic, &b"-"[..], number].concat());
                    }
                    // Partitions that are wanted but unknown to the cluster, and the entry for messages without one, stay.
                    let missed = || desired.is(b"true", partition) && unknown.is(b"true", partition);
                    fetching || number == NO_PARTITION || missed()
                }));
            }
        }
        edits.extend(self.brokers.iter().map(|list| self.keep(list, |name, _| fetched.contains(name))));
        edits.sort_by_key(|(place, _)| place.start);
        let mut rest = 0;
        let mut left = Vec::new();
        for (place, text) in edits {
            left.extend(&self.text[rest..place.start]);
            left.extend(text);
            rest = place.end;
        }
        left.extend(&self.text[rest..]);
        left
    }

    /// The range of a list, with its members that are wanted.
    fn keep(&self, list: &List<'_>, mut wanted: impl FnMut(&[u8], &[u8]) -> bool) -> (Range<usize>, Vec<u8>) {
        let members = list.members.iter().filter(|(name, place)| wanted(name, &self.text[place.clone()]));
        let members: Vec<_> = members.map(|(_, place)| &self.text[place.clone()]).collect();
        (list.place.clone(), members.join(&b", "[..]))
    }
}

/// The lists with that name in the members of the object that was entered. Leaves the object.
fn lists<'a>(cursor: &mut Cursor<'a>, wanted: &[u8]) -> Option<Vec<(&'a [u8], List<'a>)>> {
    let mut lists = Vec::new();
    while let Some(owner) = cursor.name()? {
        cursor.enter().then_some(())?;
        while let Some(name) = cursor.name()? {
            if name == wanted && cursor.enter() {
                lists.push((owner, list(cursor)?));
            } else {
                cursor.pass()?;
            }
        }
    }
    Some(lists)
}

/// The members of the list that was entered. Leaves the list. librdkafka prints all members of a list in the same way, so
/// the first one tells how far away the end of another one is at least.
fn list<'a>(cursor: &mut Cursor<'a>) -> Option<List<'a>> {
    let (start, mut members, mut least) = (cursor.at, Vec::new(), None);
    loop {
        cursor.pass_blanks();
        let place = cursor.at;
        let Some(name) = cursor.name()? else { return Some(List { place: start..cursor.at - 1, members }) };
        if members.is_empty() {
            least = cursor.least_plain();
        }
        match least {
            Some(least) => cursor.pass_plain(least)?,
            None => cursor.pass()?,
        }
        members.push((name, place..cursor.at));
    }
}

/// Finds a member by its name in objects of plain values. It is made once for a document, since that takes as long as a
/// search.
struct Member<'a>(Finder<'a>);

impl<'a> Member<'a> {
    /// With the name in its quotes.
    fn new(name: &'a str) -> Self {
        Self(Finder::new(name))
    }

    /// Whether the member has that value.
    fn is(&self, value: &[u8], object: &[u8]) -> bool {
        let after = self.0.find(object).map(|at| &object[at + self.0.needle().len()..]);
        after.and_then(|rest| rest.strip_prefix(b":")).is_some_and(|rest| rest.trim_ascii_start().starts_with(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

    const CONSUMER: &str = r#"{
        "type": "consumer",
        "brokers": { "b": { "toppars": { "t-0": {}, "t-1": {} }, "tx": 5 } },
        "topics": { "t": { "age": 1, "partitions": {
            "0": { "fetch_state": "active" },
            "1": { "fetch_state": "none", "desired": false, "unknown": false },
            "2": { "fetch_state":"none", "desired":true, "unknown":true },
            "-1": { "fetch_state": "none" }
        } } },
        "rxmsgs": 9
    }"#;

    fn filtered(text: &str) -> String {
        String::from_utf8(Partitions::find(text.as_bytes()).unwrap().without_unassigned()).unwrap()
    }

    fn json(text: &str) -> Json<'_> {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_consumer_keeps_what_it_fetches() {
        let left = filtered(CONSUMER);
        let statistics = json(&left);
        let topic = statistics.get("topics").unwrap().get("t").unwrap();
        let partitions = topic.get("partitions").unwrap().members().unwrap();
        assert_eq!(partitions.iter().map(|(number, _)| &**number).collect::<Vec<_>>(), ["0", "2", "-1"]);
        let broker = statistics.get("brokers").unwrap().get("b").unwrap();
        assert_eq!(broker.get("toppars"), Some(&json(r#"{ "t-0": {} }"#)));
        assert_eq!(broker.get("tx"), Some(&Json::Integer(5)));
        assert_eq!(statistics.get("rxmsgs"), Some(&Json::Integer(9)));
    }

    #[test]
    fn a_producer_keeps_no_partitions() {
        let left = filtered(&CONSUMER.replace("\"consumer\"", "\"producer\""));
        let statistics = json(&left);
        assert_eq!(statistics.get("topics"), Some(&json("{}")));
        assert_eq!(statistics.get("brokers").unwrap().get("b"), Some(&json(r#"{ "toppars": {}, "tx": 5 }"#)));
    }

    #[test]
    fn counts_leave_out_the_unassigned_entry() {
        let text = br#"{ "topics": {
            "a": { "partitions": { "0": {}, "1": {}, "-1": {} } },
            "b": { "partitions": { "-1": {} } }
        } }"#;
        assert_eq!(Partitions::find(text).unwrap().counts().collect::<Vec<_>>(), [("a".into(), 2)]);
    }

    #[test]
    fn other_documents_have_none() {
        for text in
            ["", "[]", "{ \"topics\": { \"t\": 5 } }", &CONSUMER[..300], "{ \"topics\": { \"t\": { \"partitions\": { é"]
        {
            assert!(Partitions::find(text.as_bytes()).is_none(), "{text}");
        }
        let without_lists = "{ \"type\": \"consumer\", \"topics\": {}, \"ts\": 5 }";
        assert_eq!(filtered(without_lists), without_lists);
    }
}

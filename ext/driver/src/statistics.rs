//! librdkafka's statistics documents.

use std::borrow::Cow;

use hashbrown::HashSet;

use crate::Json;

/// A document that can be read although librdkafka escapes neither the client's name nor its id, with which every document
/// begins. Bytes that are no UTF-8, there or in a topic's name, are replaced.
pub fn readable<'a>(document: &'a [u8], client: &str) -> Cow<'a, str> {
    let special =
        |sign: char| sign == '"' || sign == '\\' || sign.is_ascii_control() || sign == char::REPLACEMENT_CHARACTER;
    // Nearly all documents are valid UTF-8, and checking valid text is several times faster than repairing other text.
    let text = std::str::from_utf8(document).map_or_else(|_| String::from_utf8_lossy(document), Cow::Borrowed);
    if !client.contains(special) {
        return text;
    }
    let id = client.rsplit_once('#').map_or(client, |(id, _)| id);
    let begin = |name: &str, id: &str| format!("{{ \"name\": {name}, \"client_id\": {id}, ");
    match text.strip_prefix(&begin(&format!("\"{client}\""), &format!("\"{id}\""))) {
        Some(rest) => {
            let quoted = |text: &str| serde_json::Value::from(text).to_string();
            Cow::Owned(begin(&quoted(client), &quoted(id)) + rest)
        }
        None => text,
    }
}

/// How many partitions each topic of a document has. The entry for messages without a partition (`-1`) does not count,
/// and topics without partitions are left out.
pub fn partition_counts<'a>(statistics: &'a Json<'_>) -> Vec<(&'a str, usize)> {
    let topics = statistics.get("topics").and_then(Json::members);
    let counts = topics.into_iter().flatten().filter_map(|(name, topic)| {
        let partitions = topic.get("partitions")?.members()?;
        let count = partitions.iter().filter(|(partition, _)| partition != "-1").count();
        (count > 0).then_some((&**name, count))
    });
    counts.collect()
}

/// What `statistics.unassigned.include = false` leaves of a document: of a producer's no topics and partitions at all,
/// of a consumer's only the partitions that it fetches. Totals stay.
pub fn without_unassigned(statistics: &mut Json<'_>) {
    let fetched = if statistics.get("type").is_some_and(|kind| kind.is_text("producer")) {
        if let Some(topics) = statistics.get_mut("topics").and_then(Json::members_mut) {
            topics.clear();
        }
        HashSet::new()
    } else {
        drop_unfetched(statistics)
    };
    let brokers = statistics.get_mut("brokers").and_then(Json::members_mut);
    for (_, broker) in brokers.into_iter().flatten() {
        if let Some(partitions) = broker.get_mut("toppars").and_then(Json::members_mut) {
            partitions.retain(|(name, _)| fetched.contains(&**name));
        }
    }
}

/// Drops the partitions that are not fetched and returns the names of the others, as brokers list them. Partitions that
/// are wanted but unknown to the cluster, and the entry for messages without one, stay.
fn drop_unfetched(statistics: &mut Json<'_>) -> HashSet<String> {
    let mut fetched = HashSet::new();
    let topics = statistics.get_mut("topics").and_then(Json::members_mut);
    for (topic, value) in topics.into_iter().flatten() {
        if let Some(partitions) = value.get_mut("partitions").and_then(Json::members_mut) {
            partitions.retain(|(number, partition)| {
                let is = |key: &str| partition.get(key) == Some(&Json::Bool(true));
                let fetching = !partition.get("fetch_state").is_some_and(|state| state.is_text("none"));
                if fetching && number != "-1" {
                    fetched.insert(format!("{topic}-{number}"));
                }
                fetching || number == "-1" || (is("desired") && is("unknown"))
            });
        }
    }
    fetched
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSUMER: &str = r#"{
        "type": "consumer",
        "brokers": { "b": { "toppars": { "t-0": {}, "t-1": {} }, "tx": 5 } },
        "topics": { "t": { "age": 1, "partitions": {
            "0": { "fetch_state": "active" },
            "1": { "fetch_state": "none", "desired": false, "unknown": false },
            "2": { "fetch_state": "none", "desired": true, "unknown": true },
            "-1": { "fetch_state": "none" }
        } } },
        "rxmsgs": 9
    }"#;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_name_of_the_client_may_be_anything() {
        for id in ["a\"b", "a\\", "\\n", "line\nbreak", "a#b\"", "\", \"type\": \"x"] {
            let name = format!("{id}#producer-1");
            let document = format!(r#"{{ "name": "{name}", "client_id": "{id}", "type": "producer", "ts":5 }}"#);
            let text = readable(document.as_bytes(), &name);
            let json = Json::parse(text.as_bytes()).unwrap();
            assert!(json.get("name").unwrap().is_text(&name), "{id}");
            assert!(json.get("client_id").unwrap().is_text(id), "{id}");
            assert!(json.get("type").unwrap().is_text("producer"), "{id}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf8_are_replaced() {
        let document = b"{ \"name\": \"\xff#producer-1\", \"client_id\": \"\xff\", \"topics\": { \"\xfe\": {} } }";
        let text = readable(document, "\u{fffd}#producer-1");
        assert_eq!(Json::parse(text.as_bytes()).unwrap().get("topics"), Some(&json("{ \"\u{fffd}\": {} }")));
    }

    #[test]
    fn a_consumer_keeps_what_it_fetches() {
        let mut statistics = json(CONSUMER);
        without_unassigned(&mut statistics);
        let topic = statistics.get("topics").unwrap().get("t").unwrap();
        let partitions = topic.get("partitions").unwrap().members().unwrap();
        assert_eq!(partitions.iter().map(|(number, _)| &**number).collect::<Vec<_>>(), ["0", "2", "-1"]);
        let broker = statistics.get("brokers").unwrap().get("b").unwrap();
        assert_eq!(broker.get("toppars"), Some(&json(r#"{ "t-0": {} }"#)));
        assert_eq!(statistics.get("rxmsgs"), Some(&Json::Integer(9)));
    }

    #[test]
    fn a_producer_keeps_no_partitions() {
        let text = CONSUMER.replace("\"consumer\"", "\"producer\"");
        let mut statistics = json(&text);
        without_unassigned(&mut statistics);
        assert_eq!(statistics.get("topics"), Some(&json("{}")));
        assert_eq!(statistics.get("brokers").unwrap().get("b"), Some(&json(r#"{ "toppars": {}, "tx": 5 }"#)));
    }

    #[test]
    fn counts_leave_out_the_unassigned_entry() {
        let statistics = json(
            r#"{ "topics": {
                "a": { "partitions": { "0": {}, "1": {}, "-1": {} } },
                "b": { "partitions": { "-1": {} } }
            } }"#,
        );
        assert_eq!(partition_counts(&statistics), [("a", 2)]);
    }
}

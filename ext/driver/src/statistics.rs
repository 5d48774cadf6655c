//! librdkafka's statistics documents.

use serde_json::{Map, Value};

/// Reads a document, keeping the order of its keys.
pub fn parse(json: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(json)
}

/// How many partitions each topic of a document has. The entry for messages without a partition (`-1`) does not count,
/// and topics without partitions are left out.
pub fn partition_counts(statistics: &Value) -> Vec<(&str, usize)> {
    let topics = statistics.get("topics").and_then(Value::as_object);
    let counts = topics.into_iter().flatten().filter_map(|(name, topic)| {
        let partitions = topic.get("partitions")?.as_object()?;
        let count = partitions.keys().filter(|partition| *partition != "-1").count();
        (count > 0).then_some((name.as_str(), count))
    });
    counts.collect()
}

/// What `statistics.unassigned.include = false` leaves of a document: of a producer's no topics and partitions at all,
/// of a consumer's only the partitions that it fetches. Totals stay.
pub fn without_unassigned(statistics: &mut Value) {
    let fetched = if statistics.get("type").and_then(Value::as_str) == Some("producer") {
        statistics["topics"] = Value::Object(Map::new());
        Vec::new()
    } else {
        drop_unfetched(statistics)
    };
    let brokers = statistics.get_mut("brokers").and_then(Value::as_object_mut);
    for broker in brokers.into_iter().flat_map(|brokers| brokers.values_mut()) {
        if let Some(partitions) = broker.get_mut("toppars").and_then(Value::as_object_mut) {
            partitions.retain(|name, _| fetched.iter().any(|kept| kept == name));
        }
    }
}

/// Drops the partitions that are not fetched and returns the names of the others, as brokers list them. Partitions that
/// are wanted but unknown to the cluster, and the entry for messages without one, stay.
fn drop_unfetched(statistics: &mut Value) -> Vec<String> {
    let mut fetched = Vec::new();
    let topics = statistics.get_mut("topics").and_then(Value::as_object_mut);
    for (topic, value) in topics.into_iter().flatten() {
        if let Some(partitions) = value.get_mut("partitions").and_then(Value::as_object_mut) {
            partitions.retain(|number, partition| {
                let is = |key: &str| partition.get(key).and_then(Value::as_bool) == Some(true);
                let fetching = partition.get("fetch_state").and_then(Value::as_str) != Some("none");
                if fetching && number != "-1" {
                    fetched.push(format!("{topic}-{number}"));
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
    use serde_json::json;

    fn consumer() -> Value {
        json!({
            "type": "consumer",
            "brokers": { "b": { "toppars": { "t-0": {}, "t-1": {} }, "tx": 5 } },
            "topics": { "t": { "age": 1, "partitions": {
                "0": { "fetch_state": "active" },
                "1": { "fetch_state": "none", "desired": false, "unknown": false },
                "2": { "fetch_state": "none", "desired": true, "unknown": true },
                "-1": { "fetch_state": "none" }
            } } },
            "rxmsgs": 9
        })
    }

    #[test]
    fn a_consumer_keeps_what_it_fetches() {
        let mut statistics = consumer();
        without_unassigned(&mut statistics);
        let kept: Vec<_> = statistics["topics"]["t"]["partitions"].as_object().unwrap().keys().collect();
        assert_eq!(kept, ["0", "2", "-1"]);
        assert_eq!(statistics["brokers"]["b"]["toppars"], json!({ "t-0": {} }));
        assert_eq!(statistics["rxmsgs"], 9);
    }

    #[test]
    fn a_producer_keeps_no_partitions() {
        let mut statistics = consumer();
        statistics["type"] = json!("producer");
        without_unassigned(&mut statistics);
        assert_eq!(statistics["topics"], json!({}));
        assert_eq!(statistics["brokers"]["b"], json!({ "toppars": {}, "tx": 5 }));
    }

    #[test]
    fn counts_leave_out_the_unassigned_entry() {
        let statistics = json!({ "topics": {
            "a": { "partitions": { "0": {}, "1": {}, "-1": {} } },
            "b": { "partitions": { "-1": {} } }
        } });
        assert_eq!(partition_counts(&statistics), [("a", 2)]);
    }
}

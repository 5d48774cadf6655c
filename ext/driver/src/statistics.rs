//! librdkafka's statistics documents.

mod cursor;
mod partitions;

use std::borrow::Cow;

pub use partitions::Partitions;

/// Makes a document valid JSON: librdkafka does not escape the client's name and id, with which every document begins.
/// Bytes that are not UTF-8, there or in a topic's name, are replaced.
pub fn readable<'a>(document: &'a [u8], client: &str) -> Cow<'a, str> {
    let special =
        |sign: char| sign == '"' || sign == '\\' || sign.is_ascii_control() || sign == char::REPLACEMENT_CHARACTER;
    // Nearly all documents are valid UTF-8, and a check is several times faster than a lossy conversion.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

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
}

//! librdkafka's statistics documents.

mod cursor;
mod partitions;

use std::borrow::Cow;

pub use partitions::Partitions;

/// Makes a document valid JSON, but for bytes that are not UTF-8: librdkafka does not escape the client's name and id, with
/// which every document begins.
pub fn readable<'a>(document: &'a [u8], client: &[u8]) -> Cow<'a, [u8]> {
    if !client.iter().any(|sign| matches!(sign, b'"' | b'\\') || sign.is_ascii_control()) {
        return document.into();
    }
    let id = client.iter().rposition(|sign| *sign == b'#').map_or(client, |end| &client[..end]);
    let begin = |quote: fn(&[u8]) -> Vec<u8>| {
        [b"{ \"name\": ", &*quote(client), b", \"client_id\": ", &*quote(id), b", "].concat()
    };
    match document.strip_prefix(&*begin(|text| [b"\"", text, b"\""].concat())) {
        Some(rest) => {
            let quoted = begin(|text| serde_json::Value::from(String::from_utf8_lossy(text)).to_string().into_bytes());
            [&quoted, rest].concat().into()
        }
        None => document.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

    #[test]
    fn the_name_of_the_client_may_be_anything() {
        for id in ["a\"b", "a\\", "\\n", "line\nbreak", "a#b\"", "\", \"type\": \"x"] {
            let name = format!("{id}#producer-1");
            let document = format!(r#"{{ "name": "{name}", "client_id": "{id}", "type": "producer", "ts":5 }}"#);
            let text = readable(document.as_bytes(), name.as_bytes());
            let json = Json::parse(&text).unwrap();
            assert!(json.get("name").unwrap().is_text(&name), "{id}");
            assert!(json.get("client_id").unwrap().is_text(id), "{id}");
            assert!(json.get("type").unwrap().is_text("producer"), "{id}");
        }
    }

    #[test]
    fn a_name_that_is_no_utf8_may_need_escapes_too() {
        let document = b"{ \"name\": \"\xff\\#producer-1\", \"client_id\": \"\xff\\\", \"ts\":5 }";
        let text = readable(document, b"\xff\\#producer-1");
        assert!(Json::parse(&text).unwrap().get("client_id").unwrap().is_text("\u{fffd}\\"));
    }
}

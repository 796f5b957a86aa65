//! The replies that are texts for people, as data: INFO, CLIENT LIST, CLUSTER NODES and the like. Numbers
//! become numbers, lists lists; a text that has no parts is a string.

use serde_json::{Map, Value as Json};

use crate::resp::value::Value;
use crate::shell::words::Command;

/// A text's parser.
type Parser = fn(&str) -> Json;

/// Command words, and how the text that answers them is read.
const PARSERS: &[(&[&str], Parser)] = &[
    (&["info"], info),
    (&["client", "list"], clients),
    (&["client", "info"], client),
    (&["cluster", "info"], fields),
    (&["cluster", "nodes"], nodes),
    (&["cluster", "replicas"], nodes),
    (&["cluster", "slaves"], nodes),
];

/// The data in the answer to a command, if that is a text which has some.
pub fn parse(command: &Command<'_>, value: &Value) -> Option<Json> {
    let parser = PARSERS.iter().find(|row| command.starts_with(row.0))?.1;
    match value {
        Value::Array(lines) => {
            let lines: Option<Vec<&str>> = lines.iter().map(Value::as_str).collect();
            Some(parser(&lines?.join("\n")))
        }
        Value::Bulk(_) | Value::Simple(_) | Value::Verbatim(..) => value.as_str().map(parser),
        _ => None,
    }
}

/// `# Section` and `name:value` lines; `db0:keys=1,expires=0` is an object.
fn info(text: &str) -> Json {
    let mut sections = Map::new();
    let mut section = String::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("# ") {
            section = name.to_ascii_lowercase();
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let entry = sections.entry(section.clone()).or_insert_with(|| Json::Object(Map::new()));
        if let Some(fields) = entry.as_object_mut() {
            fields.insert(name.to_owned(), compound(value));
        }
    }
    Json::Object(sections)
}

/// `name:value` lines.
fn fields(text: &str) -> Json {
    let pairs = text.lines().filter_map(|line| line.trim_end().split_once(':'));
    Json::Object(pairs.map(|(name, value)| (name.to_owned(), scalar(value))).collect())
}

/// `a=1,b=2`, or a scalar.
fn compound(value: &str) -> Json {
    let pairs: Option<Vec<(&str, &str)>> = value.split(',').map(|part| part.split_once('=')).collect();
    match pairs {
        Some(pairs) => {
            Json::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), scalar(value))).collect())
        }
        None => scalar(value),
    }
}

/// A number if it is written as a number is, else a string.
fn scalar(text: &str) -> Json {
    let plain = !text.starts_with('+') && (text == "0" || !text.starts_with('0') || text.starts_with("0."));
    if plain && let Ok(number) = text.parse::<i64>() {
        return Json::from(number);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    match text.parse::<f64>() {
        Ok(number) if plain && digits => Json::from(number),
        _ => Json::from(text),
    }
}

/// A line of `name=value` words for each client.
fn clients(text: &str) -> Json {
    text.lines().filter(|line| !line.trim().is_empty()).map(client).collect()
}

fn client(line: &str) -> Json {
    let pairs = line.split_whitespace().filter_map(|word| word.split_once('='));
    Json::Object(pairs.map(|(name, value)| (name.to_owned(), scalar(value))).collect())
}

/// A line for each node: `id address flags master ping pong epoch link slots...`.
fn nodes(text: &str) -> Json {
    const NAMES: [&str; 8] =
        ["id", "address", "flags", "master", "ping_sent", "pong_received", "epoch", "link"];
    let node = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut node = Map::new();
        for (name, word) in NAMES.iter().zip(&words) {
            let value = match *name {
                "flags" => word.split(',').map(Json::from).collect(),
                "master" if *word == "-" => Json::Null,
                "id" | "master" | "address" => Json::from(*word),
                _ => scalar(word),
            };
            node.insert((*name).to_owned(), value);
        }
        let slots = words.iter().skip(NAMES.len()).map(|word| Json::from(*word)).collect();
        node.insert("slots".to_owned(), slots);
        Json::Object(node)
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(line: &str, text: &str) -> String {
        let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let value = Value::Bulk(text.to_owned().into());
        parse(&Command::new(&words).unwrap(), &value).unwrap().to_string()
    }

    #[test]
    fn texts_become_data() {
        let info = "# Server\r\nredis_version:7.2.4\r\nhz:10\r\nratio:1.50\r\n\r\n# Keyspace\r\ndb0:keys=1,avg_ttl=0\r\n";
        let expected = r#"{"server":{"redis_version":"7.2.4","hz":10,"ratio":1.5},"keyspace":{"db0":{"keys":1,"avg_ttl":0}}}"#;
        assert_eq!(data("INFO", info), expected);
        assert_eq!(data("CLIENT LIST", "id=3 name= db=0\n"), r#"[{"id":3,"name":"","db":0}]"#);
        let node = data("CLUSTER NODES", "07c3 127.0.0.1:1@2,h myself,master - 0 0 1 connected 0-5 7\n");
        assert!(node.contains(r#""flags":["myself","master"],"master":null"#), "{node}");
        assert!(node.ends_with(r#""link":"connected","slots":["0-5","7"]}]"#), "{node}");
    }

    #[test]
    fn only_numbers_become_numbers() {
        for (text, json) in
            [("007", "\"007\""), ("1e5", "\"1e5\""), ("-3", "-3"), ("inf", "\"inf\""), ("0", "0")]
        {
            assert_eq!(scalar(text).to_string(), json, "{text}");
        }
    }
}

//! Replies that have rows and columns: hashes, sorted sets, streams, lists of clients, the slow log, INFO. As a
//! table, or turned on their side where rows are wide.
//!
//! | command | columns |
//! |---|---|
//! | HGETALL, CONFIG GET, HELLO and other maps | name, value |
//! | ... WITHSCORES | member, score |
//! | XRANGE, XREVRANGE | id, a column for each field |
//! | SLOWLOG GET | id, time, us, command, client |
//! | CLIENT LIST, INFO, CLUSTER NODES | what their text names |

use serde_json::Value as Json;

use super::texts;
use crate::args::cli::Output;
use crate::clock;
use crate::resp::value::Value;
use crate::shell::words::Command;
use crate::ui::table::Table;
use crate::ui::{Out, Result, Style};

/// Longest text of a cell; what is longer is cut, and the whole is one command away.
const CELL_CHARS_MAX: usize = 120;

/// Rows with their headings.
#[derive(Debug, PartialEq, Eq)]
pub struct Rows {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The rows of a reply, if it has any.
pub fn of(command: &Command<'_>, value: &Value) -> Option<Rows> {
    let value = match value {
        Value::Attribute(_, value) => value,
        other => other,
    };
    if let Some(document) = texts::parse(command, value) {
        return of_document(&document);
    }
    match command.name().as_str() {
        "xrange" | "xrevrange" => stream(value.as_list()?),
        "slowlog" if command.starts_with(&["slowlog", "get"]) => slow_log(value.as_list()?),
        "hgetall" => pairs(value, ["field", "value"]),
        "config" => pairs(value, ["directive", "value"]),
        _ if has_scores(command) => pairs(value, ["member", "score"]),
        _ if matches!(value, Value::Map(_)) => pairs(value, ["name", "value"]),
        _ => of_maps(value),
    }
}

fn has_scores(command: &Command<'_>) -> bool {
    command.name().starts_with('z')
        && command.args().iter().any(|word| word.eq_ignore_ascii_case(b"withscores"))
}

impl Rows {
    fn new(header: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self { header: header.iter().map(|name| (*name).to_owned()).collect(), rows }
    }

    /// Prints them in one of the two forms, and how many there are.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn print(&self, out: &mut Out, shape: Output) -> Result<()> {
        if shape == Output::Vertical {
            return self.print_vertically(out);
        }
        let mut table = Table::new(&self.header);
        for row in &self.rows {
            table.row(row.iter().map(|cell| cut(cell).into()).collect());
        }
        table.print(out)?;
        out.line(&out.paint(Style::Faint, &format!("({} rows)", self.rows.len())))
    }

    fn print_vertically(&self, out: &mut Out) -> Result<()> {
        let width = self.header.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (at, row) in self.rows.iter().enumerate() {
            out.line(&out.paint(Style::Faint, &format!("--- {} of {}", at + 1, self.rows.len())))?;
            for (name, cell) in self.header.iter().zip(row).filter(|pair| !pair.1.is_empty()) {
                out.line(&format!("{name:>width$}  {cell}"))?;
            }
        }
        Ok(())
    }
}

fn cut(cell: &str) -> String {
    match cell.char_indices().nth(CELL_CHARS_MAX) {
        Some((at, _)) => format!("{}...", &cell[..at]),
        None => cell.to_owned(),
    }
}

/// What a cell shows: text as it is, control characters escaped, other bytes as the prompt quotes them.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "(nil)".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Array(items) | Value::Set(items) | Value::Push(items) => {
            items.iter().map(cell).collect::<Vec<_>>().join(" ")
        }
        Value::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| format!("{}={}", cell(key), cell(value)))
            .collect::<Vec<_>>()
            .join(" "),
        Value::Attribute(_, value) => cell(value),
        Value::Double(_, text) | Value::BigNumber(text) => String::from_utf8_lossy(text).into_owned(),
        Value::Simple(bytes) | Value::Bulk(bytes) | Value::Error(bytes) | Value::Verbatim(_, bytes) => {
            text(bytes)
        }
    }
}

fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().flat_map(shown).collect(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}

fn shown(character: char) -> Vec<char> {
    if character.is_control() { character.escape_default().collect() } else { vec![character] }
}

/// A map, or a flat list of names and values, or a list of pairs.
fn pairs(value: &Value, header: [&str; 2]) -> Option<Rows> {
    let rows: Vec<Vec<String>> = match value {
        Value::Map(pairs) => pairs.iter().map(|(key, value)| vec![cell(key), cell(value)]).collect(),
        Value::Array(items)
            if items.iter().all(|item| item.as_list().is_some_and(|pair| pair.len() == 2)) =>
        {
            items.iter().filter_map(Value::as_list).map(|pair| vec![cell(&pair[0]), cell(&pair[1])]).collect()
        }
        Value::Array(items) if items.len().is_multiple_of(2) => {
            items.chunks(2).map(|pair| vec![cell(&pair[0]), cell(&pair[1])]).collect()
        }
        _ => return None,
    };
    (!rows.is_empty()).then(|| Rows::new(&header, rows))
}

/// Entries of a stream: a column for each field that any entry has.
fn stream(entries: &[Value]) -> Option<Rows> {
    let mut header = vec!["id".to_owned()];
    let mut rows: Vec<Vec<String>> = Vec::new();
    for entry in entries {
        let [id, fields] = entry.as_list()? else { return None };
        let mut row = vec![String::new(); header.len()];
        row[0] = cell(id);
        for pair in fields.as_list()?.chunks(2) {
            let (name, value) = (cell(pair.first()?), cell(pair.get(1)?));
            match header.iter().skip(1).position(|known| *known == name) {
                Some(at) => row[at + 1] = value,
                None => {
                    header.push(name);
                    row.push(value);
                }
            }
        }
        rows.push(row);
    }
    rows.iter_mut().for_each(|row| row.resize(header.len(), String::new()));
    (!rows.is_empty()).then_some(Rows { header, rows })
}

fn slow_log(entries: &[Value]) -> Option<Rows> {
    let row = |entry: &Value| {
        let parts = entry.as_list()?;
        let time = clock::local_text(parts.get(1)?.as_int()? * 1000);
        let client = parts.get(4).map(cell).unwrap_or_default();
        Some(vec![cell(&parts[0]), time, cell(parts.get(2)?), cell(parts.get(3)?), client])
    };
    let rows: Option<Vec<_>> = entries.iter().map(row).collect();
    rows.filter(|rows| !rows.is_empty())
        .map(|rows| Rows::new(&["id", "time", "us", "command", "client"], rows))
}

/// A list of maps with the same names: XINFO GROUPS, and what RESP2 makes flat lists of.
fn of_maps(value: &Value) -> Option<Rows> {
    let items = value.as_list()?;
    let mut header: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for item in items {
        let pairs: Vec<(String, String)> = match item {
            Value::Map(pairs) => pairs.iter().map(|(key, value)| (cell(key), cell(value))).collect(),
            _ => return None,
        };
        if header.is_empty() {
            header = pairs.iter().map(|pair| pair.0.clone()).collect();
        }
        rows.push(pairs.into_iter().map(|pair| pair.1).collect::<Vec<_>>());
    }
    rows.iter_mut().for_each(|row| row.resize(header.len(), String::new()));
    (!rows.is_empty()).then_some(Rows { header, rows })
}

/// What was text: a list of objects has a row for each, an object a row for each of its names.
fn of_document(document: &Json) -> Option<Rows> {
    match document {
        Json::Array(items) => {
            let first = items.first()?.as_object()?;
            let header: Vec<String> = first.keys().cloned().collect();
            let row = |item: &Json| header.iter().map(|name| json_text(item.get(name))).collect();
            let rows = items.iter().map(row).collect();
            Some(Rows { header, rows })
        }
        Json::Object(sections) => {
            let rows = sections.iter().flat_map(|(section, value)| match value {
                Json::Object(fields) => fields
                    .iter()
                    .map(|(name, value)| vec![section.clone(), name.clone(), json_text(Some(value))])
                    .collect(),
                value => vec![vec![String::new(), section.clone(), json_text(Some(value))]],
            });
            Some(Rows::new(&["section", "name", "value"], rows.collect()))
        }
        _ => None,
    }
}

fn json_text(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(items)) => {
            items.iter().map(|item| json_text(Some(item))).collect::<Vec<_>>().join(",")
        }
        Some(Json::Object(fields)) => fields
            .iter()
            .map(|(name, value)| format!("{name}={}", json_text(Some(value))))
            .collect::<Vec<_>>()
            .join(","),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::Bulk(text.into())
    }

    fn table(line: &str, value: &Value, shape: Output) -> String {
        let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let (mut out, text) = Out::captured();
        of(&Command::new(&words).unwrap(), value).unwrap().print(&mut out, shape).unwrap();
        text.text()
    }

    #[test]
    fn replies_with_rows() {
        let flat = Value::Array(["f", "1", "gé\n", "two words"].map(bulk).to_vec());
        let expected = "field  value\nf      1\ngé\\n   two words\n(2 rows)\n";
        assert_eq!(table("HGETALL h", &flat, Output::Table), expected);
        assert!(table("ZRANGE z 0 -1 WITHSCORES", &flat, Output::Table).starts_with("member  score"));
        let entry = |id: &str, fields: &[&str]| {
            Value::Array(vec![bulk(id), Value::Array(fields.iter().map(|field| bulk(field)).collect())])
        };
        let entries = Value::Array(vec![entry("1-1", &["a", "1"]), entry("2-1", &["b", "2"])]);
        assert_eq!(
            table("XRANGE s - +", &entries, Output::Table),
            "id   a  b\n1-1  1\n2-1     2\n(2 rows)\n"
        );
        let clients = bulk("id=1 name=x\nid=2 name=\n");
        assert_eq!(table("CLIENT LIST", &clients, Output::Table), "id  name\n1   x\n2\n(2 rows)\n");
        let vertical = "--- 1 of 2\n  id  1\nname  x\n--- 2 of 2\n  id  2\n";
        assert_eq!(table("CLIENT LIST", &clients, Output::Vertical), vertical);
    }

    #[test]
    fn what_has_no_rows_stays_as_it_is() {
        let words = [b"GET".to_vec(), b"k".to_vec()];
        assert_eq!(of(&Command::new(&words).unwrap(), &bulk("x")), None);
        let words = [b"HGETALL".to_vec(), b"k".to_vec()];
        assert_eq!(of(&Command::new(&words).unwrap(), &Value::Array(Vec::new())), None);
    }
}

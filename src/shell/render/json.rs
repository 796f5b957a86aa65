//! JSON as redis-cli writes it: compact, keys that are no strings made into strings. An error is
//! `error:"..."`, which is not JSON; scripts look for it. Bytes that are not UTF-8 pass as they are.

use crate::resp::quote::repr;
use crate::resp::value::Value;
use crate::shell::format::Format;

/// Appends a reply without its newline.
pub fn write(out: &mut Vec<u8>, value: &Value, format: Format) {
    match value {
        Value::Error(line) => {
            out.extend_from_slice(b"error:");
            string(out, line, format);
        }
        Value::Simple(text) | Value::Bulk(text) | Value::Verbatim(_, text) => string(out, text, format),
        Value::Double(_, text) | Value::BigNumber(text) => out.extend_from_slice(text),
        Value::Int(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(yes) => out.extend_from_slice(yes.to_string().as_bytes()),
        Value::Attribute(_, value) => write(out, value, format),
        Value::Array(items) | Value::Set(items) | Value::Push(items) => {
            enclosed(out, b"[]", items, |out, item| write(out, item, format));
        }
        Value::Map(pairs) => enclosed(out, b"{}", pairs, |out, (key, value)| {
            map_key(out, key, format);
            out.push(b':');
            write(out, value, format);
        }),
    }
}

fn enclosed<T>(out: &mut Vec<u8>, brackets: &[u8; 2], items: &[T], each: impl Fn(&mut Vec<u8>, &T)) {
    out.push(brackets[0]);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        each(out, item);
    }
    out.push(brackets[1]);
}

/// A map's key: JSON wants strings, so anything else is its own JSON between quotes.
fn map_key(out: &mut Vec<u8>, key: &Value, format: Format) {
    let mut text = Vec::new();
    write(&mut text, key, format);
    let is_string = matches!(key, Value::Error(_)) || text.first() == Some(&b'"');
    if !is_string {
        out.push(b'"');
    }
    out.extend_from_slice(&text);
    if !is_string {
        out.push(b'"');
    }
}

fn string(out: &mut Vec<u8>, text: &[u8], format: Format) {
    match format {
        Format::QuotedJson => ascii_string(out, text),
        _ => utf8_string(out, text),
    }
}

/// The prompt's quoting, its backslashes doubled.
fn ascii_string(out: &mut Vec<u8>, text: &[u8]) {
    let mut quoted = Vec::new();
    repr(&mut quoted, text);
    for byte in quoted {
        if byte == b'\\' {
            out.push(byte);
        }
        out.push(byte);
    }
}

fn utf8_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0..=0x1f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            other => out.push(other),
        }
    }
    out.push(b'"');
}

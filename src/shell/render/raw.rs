//! The bytes alone: elements one after another, nesting lost, errors with a newline of their own.

use crate::resp::value::Value;

/// Appends a reply without its end.
pub fn write(out: &mut Vec<u8>, value: &Value, delimiter: &[u8]) {
    match value {
        Value::Null => {}
        Value::Error(line) => {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        Value::Simple(text)
        | Value::Bulk(text)
        | Value::Double(_, text)
        | Value::BigNumber(text)
        | Value::Verbatim(_, text) => out.extend_from_slice(text),
        Value::Bool(yes) => out.extend_from_slice(if *yes { b"(true)" } else { b"(false)" }),
        Value::Int(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Value::Attribute(_, value) => write(out, value, delimiter),
        Value::Array(items) | Value::Set(items) | Value::Push(items) => {
            between(out, items, delimiter, |out, item| write(out, item, delimiter));
        }
        Value::Map(pairs) => between(out, pairs, delimiter, |out, (key, value)| {
            write(out, key, delimiter);
            out.push(b' ');
            write(out, value, delimiter);
        }),
    }
}

/// Writes each item, with the delimiter between two.
fn between<T>(out: &mut Vec<u8>, items: &[T], delimiter: &[u8], each: impl Fn(&mut Vec<u8>, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(delimiter);
        }
        each(out, item);
    }
}

//! Comma-separated values: one reply is one line, nesting is flattened, an error is `ERROR,"..."`.

use crate::resp::quote::repr;
use crate::resp::value::Value;

/// Appends a reply without its newline.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Error(line) => {
            out.extend_from_slice(b"ERROR,");
            repr(out, line);
        }
        Value::Simple(text) | Value::Bulk(text) | Value::Verbatim(_, text) => repr(out, text),
        Value::Double(_, text) | Value::BigNumber(text) => out.extend_from_slice(text),
        Value::Int(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Value::Null => out.extend_from_slice(b"NULL"),
        Value::Bool(yes) => out.extend_from_slice(yes.to_string().as_bytes()),
        Value::Attribute(_, value) => write(out, value),
        Value::Array(items) | Value::Set(items) | Value::Push(items) => list(out, items.iter()),
        Value::Map(pairs) => list(out, pairs.iter().flat_map(|(key, value)| [key, value])),
    }
}

fn list<'a>(out: &mut Vec<u8>, items: impl Iterator<Item = &'a Value>) {
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, item);
    }
}

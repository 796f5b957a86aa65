//! For people: types and quotes, elements numbered.
//!
//! ```text
//! 1) "a"                   array, push: n)      the first element stands on its parent's line,
//! 2) 1) (integer) 2        set: n~              the others are indented by the width of the
//!    2) (nil)              map: n# k => v       parent's number plus two
//! ```
//!
//! Attributes, at which redis-cli ends, are left out.

use crate::resp::quote::repr;
use crate::resp::value::Value;

/// Appends a reply and its newline.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    write_at(out, value, 0);
}

fn write_at(out: &mut Vec<u8>, value: &Value, indent: usize) {
    match value {
        Value::Array(items) => sequence(out, items, indent, b')', "(empty array)"),
        Value::Push(items) => sequence(out, items, indent, b')', "(empty push)"),
        Value::Set(items) => sequence(out, items, indent, b'~', "(empty set)"),
        Value::Map(pairs) => map(out, pairs, indent),
        Value::Attribute(_, value) => write_at(out, value, indent),
        scalar => {
            write_scalar(out, scalar);
            out.push(b'\n');
        }
    }
}

fn write_scalar(out: &mut Vec<u8>, value: &Value) {
    let mut tagged = |tag: &str, text: &[u8]| {
        out.extend_from_slice(tag.as_bytes());
        out.extend_from_slice(text);
    };
    match value {
        Value::Error(line) => tagged("(error) ", line),
        Value::Int(n) => tagged("(integer) ", n.to_string().as_bytes()),
        Value::Double(_, text) => tagged("(double) ", text),
        Value::BigNumber(text) => tagged("(big number) ", text),
        Value::Bool(true) => tagged("(true)", b""),
        Value::Bool(false) => tagged("(false)", b""),
        Value::Null => tagged("(nil)", b""),
        Value::Simple(text) => tagged("", text),
        Value::Verbatim(_, text) => tagged("", text),
        Value::Bulk(bytes) => repr(out, bytes),
        Value::Array(_) | Value::Push(_) | Value::Set(_) | Value::Map(_) | Value::Attribute(..) => {}
    }
}

fn sequence(out: &mut Vec<u8>, items: &[Value], indent: usize, mark: u8, empty: &str) {
    if items.is_empty() {
        return line(out, empty);
    }
    let width = digits(items.len());
    for (at, item) in items.iter().enumerate() {
        number(out, at, indent, width, mark);
        write_at(out, item, indent + width + 2);
    }
}

fn map(out: &mut Vec<u8>, pairs: &[(Value, Value)], indent: usize) {
    if pairs.is_empty() {
        return line(out, "(empty hash)");
    }
    let width = digits(pairs.len());
    for (at, (key, value)) in pairs.iter().enumerate() {
        number(out, at, indent, width, b'#');
        let inner = indent + width + 2;
        write_at(out, key, inner);
        out.pop();
        out.extend_from_slice(b" => ");
        if is_multiline(value) {
            out.push(b'\n');
            out.resize(out.len() + inner, b' ');
        }
        write_at(out, value, inner);
    }
}

/// The number before an element. The first stands where the parent left off.
fn number(out: &mut Vec<u8>, at: usize, indent: usize, width: usize, mark: u8) {
    if at > 0 {
        out.resize(out.len() + indent, b' ');
    }
    out.extend_from_slice(format!("{:>width$}", at + 1).as_bytes());
    out.extend_from_slice(&[mark, b' ']);
}

fn digits(n: usize) -> usize {
    n.to_string().len()
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

/// Whether a map's value takes more than one line, and so begins on its own.
fn is_multiline(value: &Value) -> bool {
    match value {
        Value::Array(items) | Value::Set(items) | Value::Push(items) => match items.as_slice() {
            [only] => is_multiline(only),
            items => !items.is_empty(),
        },
        Value::Map(pairs) => match pairs.as_slice() {
            [only] => is_multiline(&only.1),
            pairs => !pairs.is_empty(),
        },
        Value::Attribute(_, value) => is_multiline(value),
        _ => false,
    }
}

/// A client-side caching invalidation as one line; none if the value is not one.
pub fn invalidation(value: &Value) -> Option<Vec<u8>> {
    let Value::Push(items) = value else { return None };
    let [kind, Value::Array(keys)] = items.as_slice() else { return None };
    if kind.as_bytes()? != b"invalidate" {
        return None;
    }
    let quoted = |key: &Value| [b"'", key.as_bytes().unwrap_or_default(), b"'"].concat();
    let keys: Vec<Vec<u8>> = keys.iter().map(quoted).collect();
    Some([b"-> invalidate: ".as_slice(), &keys.join(b", ".as_slice()), b"\n"].concat())
}

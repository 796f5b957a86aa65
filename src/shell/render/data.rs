//! JSON that is always JSON, for programs: `rtool cli --json`. What JSON has no form for:
//!
//! | reply | JSON |
//! |---|---|
//! | bytes that are no UTF-8 | `{"$b64":"..."}` |
//! | an error | `{"error":{"code":"WRONGTYPE","message":"..."}}` |
//! | infinity, not a number | `"inf"`, `"-inf"`, `"nan"` |
//! | a map's key that is no string | its own JSON, as a string |
//! | a value with attributes | `{"$attributes":{...},"value":...}` |

use crate::resp::value::Value;

/// Appends a reply without its newline.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Error(line) => error(out, &String::from_utf8_lossy(line)),
        Value::Simple(text) | Value::Bulk(text) | Value::Verbatim(_, text) => string(out, text),
        Value::Double(number, text) if number.is_finite() => out.extend_from_slice(text),
        Value::Double(_, text) => string(out, text),
        Value::BigNumber(text) => out.extend_from_slice(text),
        Value::Int(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(yes) => out.extend_from_slice(yes.to_string().as_bytes()),
        Value::Attribute(attributes, value) => {
            out.extend_from_slice(b"{\"$attributes\":");
            map(out, attributes);
            out.extend_from_slice(b",\"value\":");
            write(out, value);
            out.push(b'}');
        }
        Value::Array(items) | Value::Set(items) | Value::Push(items) => {
            out.push(b'[');
            separated(out, items, write);
            out.push(b']');
        }
        Value::Map(pairs) => map(out, pairs),
    }
}

fn map(out: &mut Vec<u8>, pairs: &[(Value, Value)]) {
    out.push(b'{');
    separated(out, pairs, |out, (key, value)| {
        match key.as_bytes() {
            Some(text) if std::str::from_utf8(text).is_ok() => string(out, text),
            _ => {
                let mut json = Vec::new();
                write(&mut json, key);
                string(out, &json);
            }
        }
        out.push(b':');
        write(out, value);
    });
    out.push(b'}');
}

fn separated<T>(out: &mut Vec<u8>, items: &[T], each: impl Fn(&mut Vec<u8>, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        each(out, item);
    }
}

/// Appends a string, or the object for bytes that are none.
pub fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes()),
        Err(_) => out.extend_from_slice(format!("{{\"$b64\":\"{}\"}}", base64(bytes)).as_bytes()),
    }
}

fn error(out: &mut Vec<u8>, line: &str) {
    let (code, message) = match line.split_once(' ') {
        Some((code, message)) if !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            (code, message)
        }
        _ => ("ERR", line),
    };
    let document = serde_json::json!({ "error": { "code": code, "message": message } });
    out.extend_from_slice(document.to_string().as_bytes());
}

/// Base 64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let padded = [group[0], group.get(1).copied().unwrap_or(0), group.get(2).copied().unwrap_or(0)];
        let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        for digit in 0..4 {
            let shown = digit <= group.len();
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if shown { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &Value) -> String {
        let mut out = Vec::new();
        write(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_json_has_no_form_for() {
        assert_eq!(json(&Value::Bulk(vec![0xff, 0x00])), r#"{"$b64":"/wA="}"#);
        let error = Value::Error("WRONGTYPE not that".into());
        assert_eq!(json(&error), r#"{"error":{"code":"WRONGTYPE","message":"not that"}}"#);
        assert_eq!(json(&Value::Double(f64::INFINITY, "inf".into())), "\"inf\"");
        assert_eq!(json(&Value::Map(vec![(Value::Int(1), Value::Null)])), r#"{"1":null}"#);
        let with =
            Value::Attribute(vec![(Value::Simple("a".into()), Value::Int(1))], Box::new(Value::Int(2)));
        assert_eq!(json(&with), r#"{"$attributes":{"a":1},"value":2}"#);
        assert_eq!(json(&Value::Bulk("é\u{1}".into())), "\"é\\u0001\"");
    }

    #[test]
    fn base_64() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}

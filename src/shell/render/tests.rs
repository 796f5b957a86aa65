//! Every type in every format. The expected texts were taken from redis-cli 7.0.15 (big numbers, at
//! which it ends, aside); `tests/it/cli_vs_redis.rs` compares with the real one.

use bytes::BytesMut;

use super::Renderer;
use crate::resp::value::{Decoder, Value};
use crate::shell::face::Face;
use crate::shell::format::Format;

fn value(wire: &str) -> Value {
    let (value, used) = Decoder::new().decode(wire.as_bytes()).unwrap().unwrap();
    assert_eq!(used, wire.len(), "{wire:?}");
    value
}

/// A reply in the five formats: human, raw, csv, json, quoted json.
#[track_caller]
fn check(wire: &str, expected: [&str; 5]) {
    let formats = [Format::Human, Format::Raw, Format::Csv, Format::Json, Format::QuotedJson];
    for (format, expected) in formats.into_iter().zip(expected) {
        let text = Renderer::new(format, Face::RedisCli).reply(&value(wire), false);
        assert_eq!(String::from_utf8_lossy(&text), expected, "{wire:?} as {format:?}");
    }
}

#[test]
fn scalars() {
    check("+OK\r\n", ["OK\n", "OK\n", "\"OK\"\n", "\"OK\"\n", "\"OK\"\n"]);
    check(":-5\r\n", ["(integer) -5\n", "-5\n", "-5\n", "-5\n", "-5\n"]);
    check("$-1\r\n", ["(nil)\n", "\n", "NULL\n", "null\n", "null\n"]);
    check("_\r\n", ["(nil)\n", "\n", "NULL\n", "null\n", "null\n"]);
    check("#t\r\n", ["(true)\n", "(true)\n", "true\n", "true\n", "true\n"]);
    check("#f\r\n", ["(false)\n", "(false)\n", "false\n", "false\n", "false\n"]);
    check(",3.141\r\n", ["(double) 3.141\n", "3.141\n", "3.141\n", "3.141\n", "3.141\n"]);
    check("(123\r\n", ["(big number) 123\n", "123\n", "123\n", "123\n", "123\n"]);
}

#[test]
fn strings() {
    let quoted = "\"a\\\"b\\n\\x00\\xc3\\xa9\"\n";
    let json = "\"a\\\"b\\n\\u0000é\"\n";
    let doubled = "\"a\\\\\"b\\\\n\\\\x00\\\\xc3\\\\xa9\"\n";
    check("$7\r\na\"b\n\0é\r\n", [quoted, "a\"b\n\0é\n", quoted, json, doubled]);
    check("$0\r\n\r\n", ["\"\"\n", "\n", "\"\"\n", "\"\"\n", "\"\"\n"]);
    check("=7\r\ntxt:a b\r\n", ["a b\n", "a b\n", "\"a b\"\n", "\"a b\"\n", "\"a b\"\n"]);
}

#[test]
fn errors() {
    let table =
        ["(error) ERR x\n", "ERR x\n\n", "ERROR,\"ERR x\"\n", "error:\"ERR x\"\n", "error:\"ERR x\"\n"];
    check("-ERR x\r\n", table);
    check("!5\r\nERR x\r\n", table);
}

#[test]
fn aggregates() {
    check("*0\r\n", ["(empty array)\n", "\n", "\n", "[]\n", "[]\n"]);
    check("~0\r\n", ["(empty set)\n", "\n", "\n", "[]\n", "[]\n"]);
    check("%0\r\n", ["(empty hash)\n", "\n", "\n", "{}\n", "{}\n"]);
    check(
        "*2\r\n:1\r\n*2\r\n+a\r\n$-1\r\n",
        [
            "1) (integer) 1\n2) 1) a\n   2) (nil)\n",
            "1\na\n\n",
            "1,\"a\",NULL\n",
            "[1,[\"a\",null]]\n",
            "[1,[\"a\",null]]\n",
        ],
    );
    check(
        "~2\r\n:1\r\n:2\r\n",
        ["1~ (integer) 1\n2~ (integer) 2\n", "1\n2\n", "1,2\n", "[1,2]\n", "[1,2]\n"],
    );
    check(
        "%2\r\n+a\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n",
        [
            "1# a => (integer) 1\n2# (integer) 2 => \n   1) (integer) 3\n   2) (integer) 4\n",
            "a 1\n2 3\n4\n",
            "\"a\",1,2,3,4\n",
            "{\"a\":1,\"2\":[3,4]}\n",
            "{\"a\":1,\"2\":[3,4]}\n",
        ],
    );
}

#[test]
fn numbers_are_aligned() {
    let wire = format!("*11\r\n{}", ":7\r\n".repeat(11));
    let text = Renderer::new(Format::Human, Face::RedisCli).reply(&value(&wire), false);
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with(" 1) (integer) 7\n 2) ") && text.ends_with("11) (integer) 7\n"), "{text}");
}

#[test]
fn text_replies_are_raw_in_every_format() {
    for format in [Format::Human, Format::Raw, Format::Csv, Format::Json] {
        let text = Renderer::new(format, Face::RedisCli).reply(&value("$4\r\na\r\nb\r\n"), true);
        assert_eq!(text, b"a\r\nb");
    }
}

#[test]
fn delimiters_are_for_raw_only() {
    let mut renderer = Renderer::new(Format::Raw, Face::RedisCli);
    renderer.element_delimiter = b", ".to_vec();
    renderer.reply_delimiter = b";".to_vec();
    assert_eq!(renderer.reply(&value("*2\r\n:1\r\n:2\r\n"), false), b"1, 2;");
}

#[test]
fn invalidations_are_one_line_for_people() {
    let push = value(">2\r\n$10\r\ninvalidate\r\n*2\r\n+a\r\n+b\r\n");
    assert_eq!(Renderer::new(Format::Human, Face::RedisCli).push(&push), b"-> invalidate: 'a', 'b'\n");
    assert_eq!(Renderer::new(Format::Raw, Face::RedisCli).push(&push), b"invalidate\na\nb\n");
}

#[test]
fn attributes_are_left_out() {
    check("|1\r\n+ttl\r\n:5\r\n:1\r\n", ["(integer) 1\n", "1\n", "1\n", "1\n", "1\n"]);
}

#[test]
fn a_long_reply_is_rendered_in_one_pass() {
    let mut wire = BytesMut::from("*100000\r\n");
    wire.extend_from_slice("$1\r\nx\r\n".repeat(100_000).as_bytes());
    let text =
        Renderer::new(Format::Raw, Face::RedisCli).reply(&value(&String::from_utf8_lossy(&wire)), false);
    assert_eq!(text.len(), 200_000);
}

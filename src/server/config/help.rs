//! The directives for people: one block of lines per directive, from the table.

use super::table::{Directive, Flags, Settings, Standing, TABLE};
use super::value::{Kind, Unit};

/// Every directive with its values, default and sentence, in the table's order.
pub fn all() -> String {
    let defaults = Settings::default();
    TABLE.iter().map(|row| one(row, &defaults)).collect::<Vec<_>>().join("\n")
}

/// One directive: name and syntax, then what it does, its default and what to know about it.
pub fn one(row: &Directive, defaults: &Settings) -> String {
    let mut text = format!("{} {}\n    {}\n", row.name, syntax(&row.kind), row.about);
    if !row.flags.has(Flags::FILE_ONLY) {
        let default = String::from_utf8_lossy(&row.value(defaults)).into_owned();
        let default = if default.is_empty() { "none".to_owned() } else { default };
        text.push_str(&format!("    Default: {default}.{}\n", change(row.flags)));
    }
    if !row.aliases.is_empty() {
        text.push_str(&format!("    Also called: {}.\n", row.aliases.join(", ")));
    }
    match row.standing {
        Standing::Used => {}
        Standing::Later => text.push_str("    Accepted, without effect so far.\n"),
        Standing::Moot => text.push_str("    Accepted; it has no meaning in this engine.\n"),
    }
    text
}

fn change(flags: Flags) -> &'static str {
    if flags.has(Flags::FIXED) {
        " Fixed while the server runs."
    } else if flags.has(Flags::PROTECTED) {
        " CONFIG SET needs enable-protected-configs."
    } else {
        ""
    }
}

/// What a value looks like.
pub fn syntax(kind: &Kind) -> String {
    match kind {
        Kind::YesNo => "yes|no".into(),
        Kind::Int(low, high, unit) => format!("{}{}", unit_name(*unit), bounds(*low, *high)),
        Kind::Octal(_) => "MODE".into(),
        Kind::Memory(..) => "BYTES[kb|mb|gb]".into(),
        Kind::MemoryOrPercent => "BYTES[kb|mb|gb]|PERCENT%".into(),
        Kind::Text(_) | Kind::OptionalText(_) => "TEXT".into(),
        Kind::Secret => "SECRET".into(),
        Kind::Folder => "FOLDER".into(),
        Kind::OneOf(names) => names.join("|"),
        Kind::AnyOf(names) => format!("{} ...", names.join("|")),
        Kind::Word(text) | Kind::Words(text) | Kind::Line(_, _, text) => (*text).into(),
    }
}

/// Bounds worth telling: not those that only mean "any number".
fn bounds(low: i64, high: i64) -> String {
    if high < i64::from(i32::MAX) { format!(" ({low} to {high})") } else { String::new() }
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "NUMBER",
        Unit::Seconds => "SECONDS",
        Unit::Millis => "MILLISECONDS",
        Unit::Micros => "MICROSECONDS",
        Unit::Bytes => "BYTES",
        Unit::Percent => "PERCENT",
        Unit::Port => "PORT",
        Unit::Hertz => "TIMES-A-SECOND",
        Unit::Minutes => "MINUTES",
    }
}

//! JSON on standard output. Every document carries the schema version, so that a script written
//! against one version notices the next.

use serde_json::Value as Json;

/// Version of the shape of every JSON document; it changes only when a field changes its meaning or
/// disappears, not when one is added.
pub const SCHEMA: u32 = 1;

/// The text of a document, indented for people, ending in a newline.
pub fn render(document: &Json) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_else(|_| "null".to_owned());
    text.push('\n');
    text
}

//! Replies as text, byte for byte as redis-cli 7 writes them, since scripts and eyes are used to it.
//! One file per format; each appends to a buffer and knows nothing of terminals. What redis-cli
//! cannot show (big numbers end it) is shown in the same spirit.
//!
//! ```text
//! Value --human | raw | csv | json--> bytes, and the end of the reply:
//!          \n      -D    \n    \n     none for text replies (INFO), which are raw in every format
//! ```

mod csv;
mod data;
mod human;
mod json;
mod raw;
pub mod rows;
pub mod texts;

#[cfg(test)]
mod tests;

pub use data::string as data_string;

use super::face::Face;
use super::format::Format;
use super::words::Command;
use crate::args::cli::Output;
use crate::resp::value::Value;

/// How replies are written: the format and the raw format's delimiters.
#[derive(Debug, Clone)]
pub struct Renderer {
    /// The format.
    pub format: Format,
    /// Between the elements of a raw reply.
    pub element_delimiter: Vec<u8>,
    /// After a raw reply.
    pub reply_delimiter: Vec<u8>,
    /// Whether a reply that is one string is written without anything behind it: files get the very bytes.
    pub exact: bool,
    /// The form of replies with rows.
    pub shape: Output,
    /// Whose JSON it is.
    face: Face,
}

impl Renderer {
    /// A renderer with newlines as delimiters.
    pub fn new(format: Format, face: Face) -> Self {
        Self {
            format,
            element_delimiter: b"\n".to_vec(),
            reply_delimiter: b"\n".to_vec(),
            exact: false,
            shape: Output::Plain,
            face,
        }
    }

    /// The answer to a command: some are texts for people, which are not quoted; as data, they are taken apart.
    pub fn answer(&self, command: &Command<'_>, value: &Value) -> Vec<u8> {
        if !self.is_data() {
            return self.reply(value, command.answers_text());
        }
        match texts::parse(command, value) {
            Some(document) => format!("{document}\n").into_bytes(),
            None => self.reply(value, false),
        }
    }

    /// A reply with types and quotes, whatever the format.
    pub fn for_people(&self, value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        human::write(&mut out, value);
        out
    }

    /// Whether replies must be JSON in every case.
    pub fn is_data(&self) -> bool {
        self.format == Format::Json && self.face == Face::Own
    }

    /// A whole reply. `text` says that the command answers with text for people.
    pub fn reply(&self, value: &Value, text: bool) -> Vec<u8> {
        let mut out = Vec::new();
        if text {
            raw::write(&mut out, value, &self.element_delimiter);
            return out;
        }
        match self.format {
            Format::Human => human::write(&mut out, value),
            Format::Raw => {
                raw::write(&mut out, value, &self.element_delimiter);
                if !(self.exact && matches!(value, Value::Bulk(_) | Value::Verbatim(..))) {
                    out.extend_from_slice(&self.reply_delimiter);
                }
            }
            Format::Csv => {
                csv::write(&mut out, value);
                out.push(b'\n');
            }
            Format::Json if self.is_data() => {
                data::write(&mut out, value);
                out.push(b'\n');
            }
            Format::Json | Format::QuotedJson => {
                json::write(&mut out, value, self.format);
                out.push(b'\n');
            }
        }
        out
    }

    /// A push that came by itself: an invalidation in one line, anything else as a reply.
    pub fn push(&self, value: &Value) -> Vec<u8> {
        match human::invalidation(value) {
            Some(line) if self.format == Format::Human => line,
            _ => self.reply(value, false),
        }
    }
}

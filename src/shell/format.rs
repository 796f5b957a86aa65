//! The formats of replies and which of them the options ask for.

use crate::args::cli::CliArgs;

/// How replies are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: types, quotes, numbered elements.
    Human,
    /// The bytes alone.
    Raw,
    /// Comma-separated, strings quoted.
    Csv,
    /// JSON, strings in UTF-8.
    Json,
    /// JSON, strings in ASCII with the escapes of [`Format::Human`].
    QuotedJson,
}

impl Format {
    /// The format the options ask for, if any.
    pub fn asked_for(args: &CliArgs) -> Option<Self> {
        let choices = [
            (args.raw, Self::Raw),
            (args.no_raw, Self::Human),
            (args.csv, Self::Csv),
            (args.json, Self::Json),
            (args.quoted_json, Self::QuotedJson),
            (args.output.is_some(), Self::Human),
        ];
        choices.iter().find(|choice| choice.0).map(|choice| choice.1)
    }

    /// Whether the format is one of the two JSON ones.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::QuotedJson)
    }
}

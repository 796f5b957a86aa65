//! The one error type of the edge. Modules below have their own typed errors; whoever talks to the
//! user turns them into this: what kind it is (which decides the exit code), one sentence, the chain
//! of causes, and where possible the command to type next.
//!
//! A secret is never part of a message: whoever builds one names where the secret came from instead.

use serde_json::{Value as Json, json};

use super::exit::Exit;
use super::json::SCHEMA;
use super::out::{Console, Style};

/// What went wrong, as far as the caller's script must tell cases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `serve` or `cli` failed.
    Failed,
    /// The command line or the topology file is wrong.
    Usage,
    /// Refused for safety; nothing changed.
    Refused,
    /// Refused because data would be lost; nothing changed.
    DataLoss,
    /// Stopped half way.
    Incomplete,
    /// A step's outcome is not known.
    Unknown,
    /// Another operation is running.
    Locked,
    /// A server is out of reach; nothing changed.
    Unreachable,
    /// The proof at the end failed.
    Verification,
    /// The group is not healthy.
    Unhealthy,
    /// Ctrl-C.
    Interrupted,
    /// The reader of our output went away: a clean, silent end.
    PipeClosed,
}

/// Kinds with their machine name and exit code: what the manual prints and the tests check.
pub const KINDS: &[(Kind, &str, Exit)] = &[
    (Kind::Failed, "failed", Exit::FAILED),
    (Kind::Usage, "usage", Exit::USAGE),
    (Kind::Refused, "refused", Exit::REFUSED),
    (Kind::DataLoss, "data-loss", Exit::DATA_LOSS),
    (Kind::Incomplete, "incomplete", Exit::INCOMPLETE),
    (Kind::Unknown, "unknown", Exit::UNKNOWN),
    (Kind::Locked, "locked", Exit::LOCKED),
    (Kind::Unreachable, "unreachable", Exit::UNREACHABLE),
    (Kind::Verification, "verification", Exit::VERIFICATION),
    (Kind::Unhealthy, "unhealthy", Exit::UNHEALTHY),
    (Kind::Interrupted, "interrupted", Exit::INTERRUPTED),
    (Kind::PipeClosed, "pipe-closed", Exit::DONE),
];

impl Kind {
    fn row(self) -> (&'static str, Exit) {
        let found = KINDS.iter().find(|row| row.0 == self);
        found.map_or(("failed", Exit::FAILED), |row| (row.1, row.2))
    }

    /// The stable name that `--json` carries.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The exit code of this kind.
    pub fn exit(self) -> Exit {
        self.row().1
    }
}

/// An error as the user meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// One sentence without a final full stop.
    pub message: String,
    /// Why, outermost cause first.
    pub causes: Vec<String>,
    /// What to do about it, preferably a command.
    pub hint: Option<String>,
    json: bool,
    details: Vec<(String, Json)>,
}

/// Result at the edge.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error {
            kind,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            json: false,
            details: Vec::new(),
        }
    }

    /// General failure (`serve`, `cli`).
    pub fn failed(message: impl Into<String>) -> Error {
        Error::new(Kind::Failed, message)
    }

    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Kind::Usage, message)
    }

    /// Adds one cause below those already there.
    #[must_use]
    pub fn cause(mut self, cause: impl std::fmt::Display) -> Error {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds an error and its whole chain of sources as causes.
    #[must_use]
    pub fn source(mut self, error: &dyn std::error::Error) -> Error {
        let mut next = Some(error);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// What to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a field to the JSON form: what was planned, what was done.
    #[must_use]
    pub fn detail(mut self, name: &str, value: Json) -> Error {
        self.details.push((name.to_owned(), value));
        self
    }

    /// Has the error printed as JSON on standard output, for a command run with `--json`.
    #[must_use]
    pub fn as_json(mut self, json: bool) -> Error {
        self.json = json;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.kind.exit()
    }

    /// The error as `--json` shows it.
    pub fn to_json(&self) -> Json {
        let mut document = json!({
            "schema": SCHEMA,
            "ok": false,
            "error": {
                "kind": self.kind.name(),
                "exit": self.exit().code(),
                "message": self.message,
                "causes": self.causes,
                "hint": self.hint,
            },
        });
        if let Some(document) = document.as_object_mut() {
            document.extend(self.details.clone());
        }
        document
    }

    /// Prints the error in the face it was made for and returns the code to exit with.
    pub fn report(&self, console: &mut Console) -> Exit {
        if self.kind == Kind::PipeClosed {
            return Exit::DONE;
        }
        if self.json {
            // The output is the last thing this process does; if it is closed nobody is reading.
            let _ = console.data.json(&self.to_json());
        } else {
            self.print(console);
        }
        self.exit()
    }

    fn print(&self, console: &mut Console) {
        let notes = &mut console.notes;
        let label = notes.paint(Style::Bad, "error:");
        notes.note(&format!("{label} {}", self.message));
        for cause in &self.causes {
            notes.note(&format!("  because: {cause}"));
        }
        if let Some(hint) = &self.hint {
            let label = notes.paint(Style::Good, "try:");
            notes.note(&format!("  {label} {hint}"));
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_name() {
        let mut names: Vec<_> = KINDS.iter().map(|row| row.1).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len());
    }

    #[test]
    fn exit_codes_are_the_contracts() {
        let code = |kind: Kind| kind.exit().code();
        assert_eq!(code(Kind::Usage), 2);
        assert_eq!(code(Kind::Refused), 3);
        assert_eq!(code(Kind::DataLoss), 4);
        assert_eq!(code(Kind::Incomplete), 5);
        assert_eq!(code(Kind::Unknown), 6);
        assert_eq!(code(Kind::Locked), 7);
        assert_eq!(code(Kind::Unreachable), 8);
        assert_eq!(code(Kind::Verification), 9);
        assert_eq!(code(Kind::Unhealthy), 10);
        assert_eq!(code(Kind::PipeClosed), 0);
    }

    #[test]
    fn an_error_prints_its_causes_and_its_hint() {
        let (mut console, data, notes) = Console::captured();
        let error = Error::new(Kind::Refused, "no").cause("it lives").hint("rtool status");
        assert_eq!(error.report(&mut console).code(), 3);
        assert_eq!(notes.text(), "error: no\n  because: it lives\n  try: rtool status\n");
        assert_eq!(data.text(), "");
    }

    #[test]
    fn json_errors_go_to_standard_output() {
        let (mut console, data, notes) = Console::captured();
        let exit = Error::usage("bad").as_json(true).report(&mut console);
        assert_eq!(exit.code(), 2);
        assert!(data.text().contains("\"kind\": \"usage\""), "{}", data.text());
        assert_eq!(notes.text(), "");
    }

    #[test]
    fn a_closed_pipe_is_silent() {
        let (mut console, data, notes) = Console::captured();
        assert_eq!(Error::new(Kind::PipeClosed, "").report(&mut console).code(), 0);
        assert_eq!((data.text(), notes.text()), (String::new(), String::new()));
    }
}

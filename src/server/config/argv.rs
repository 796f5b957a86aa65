//! The command line of `rtool serve`, read the way redis-server reads its own, so that scripts and
//! unit files can change the program's name and nothing else.
//!
//! ```text
//! [FILE] [-] [--directive value ...] ... [-]          and rtool's own:  --config FILE
//! ```
//!
//! Options become lines of configuration text that stand after the file: `--port 6380` is the line
//! `port "6380"`. A word that begins with `--` starts a new option, but not right after an option's
//! name: there it is the value. `--save` alone means `--save ""`. Since options end up as lines, a bad
//! one is reported like a bad line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::resp::quote;

use super::reader::LoadError;

/// What a command line asks to be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The configuration file.
    pub file: Option<OsString>,
    /// Whether standard input is read too, after the file.
    pub stdin: bool,
    /// The options, as configuration text to be read last.
    pub options: Vec<u8>,
}

/// Reads the arguments after `serve`. They are bytes to the system, and a password may be any bytes.
pub fn parse(args: &[impl AsRef<OsStr>]) -> Result<Source, LoadError> {
    let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_ref().as_bytes()).collect();
    let mut parser = Parser { args: &args, at: 0, value_due: false, source: Source::default() };
    if let Some(first) = args.first()
        && !first.starts_with(b"-")
    {
        parser.source.file = Some(os(first));
        parser.at = 1;
    }
    while let Some(arg) = args.get(parser.at) {
        parser.argument(arg)?;
        parser.at += 1;
    }
    Ok(parser.source)
}

struct Parser<'a> {
    args: &'a [&'a [u8]],
    at: usize,
    /// The word before was an option's bare name: whatever comes next is its value.
    value_due: bool,
    source: Source,
}

impl Parser<'_> {
    fn argument(&mut self, arg: &[u8]) -> Result<(), LoadError> {
        if arg == b"-" && (self.at == 0 || self.at + 1 == self.args.len()) {
            self.source.stdin = true;
            return Ok(());
        }
        match arg.strip_prefix(b"--") {
            Some(_) if self.value_due => self.value(arg),
            Some(b"config") => return self.file(),
            Some(option) if option.eq_ignore_ascii_case(b"sentinel") => return Err(LoadError::Sentinel),
            Some(option) => self.option(option),
            None => self.value(arg),
        }
        Ok(())
    }

    fn file(&mut self) -> Result<(), LoadError> {
        self.at += 1;
        let Some(file) = self.args.get(self.at) else {
            return Err(LoadError::Usage("--config needs the name of a file".into()));
        };
        if let Some(other) = self.source.file.replace(os(file)) {
            let (one, two) = (other.display(), String::from_utf8_lossy(file));
            return Err(LoadError::Usage(format!("two configuration files are given: '{one}' and '{two}'")));
        }
        Ok(())
    }

    fn option(&mut self, option: &[u8]) {
        let text = &mut self.source.options;
        if !text.is_empty() {
            text.push(b'\n');
        }
        text.extend_from_slice(option);
        text.push(b' ');
        // `"--port 6380"` as one word brings its value along.
        let bare = quote::split(option).is_ok_and(|words| words.len() == 1);
        self.value_due = bare;
        if bare && option.eq_ignore_ascii_case(b"save") && self.next_is_option_or_end() {
            self.source.options.extend_from_slice(b"\"\"");
            self.value_due = false;
        }
    }

    fn next_is_option_or_end(&self) -> bool {
        self.args.get(self.at + 1).is_none_or(|next| next.starts_with(b"--"))
    }

    fn value(&mut self, word: &[u8]) {
        quote::repr(&mut self.source.options, word);
        self.source.options.push(b' ');
        self.value_due = false;
    }
}

fn os(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> Source {
        parse(line).expect("a good command line")
    }

    #[test]
    fn options_become_lines() {
        let table: &[(&[&str], &str)] = &[
            (&["--port", "6380"], "port \"6380\" "),
            (&["--port 6380"], "port 6380 "),
            (
                &["--port", "6380", "--replicaof", "127.0.0.1", "6379"],
                "port \"6380\" \nreplicaof \"127.0.0.1\" \"6379\" ",
            ),
            (&["--save", "3600", "1", "--save", "60", "10"], "save \"3600\" \"1\" \nsave \"60\" \"10\" "),
            (&["--save", ""], "save \"\" "),
            (&["--save"], "save \"\""),
            (&["--save", "--port", "1"], "save \"\"\nport \"1\" "),
            (&["--requirepass", "--secret"], "requirepass \"--secret\" "),
            (&["--bind", "a b", "--port", "1"], "bind \"a b\" \nport \"1\" "),
            (&["--requirepass", "a\"b"], "requirepass \"a\\\"b\" "),
            (&["--port"], "port "),
        ];
        for (line, expected) in table {
            assert_eq!(String::from_utf8_lossy(&read(line).options), *expected, "{line:?}");
        }
    }

    #[test]
    fn files_and_standard_input() {
        let source = read(&["redis.conf", "--port", "1", "-"]);
        assert_eq!((source.file, source.stdin), (Some("redis.conf".into()), true));
        let source = read(&["-", "--port", "1"]);
        assert!(source.file.is_none() && source.stdin);
        let source = read(&["--port", "1", "--config", "a.conf"]);
        assert_eq!(source.file, Some("a.conf".into()));
        assert_eq!(read(&[]), Source::default());
        let source = read(&["--requirepass", "-", "--port", "1"]);
        assert!(!source.stdin, "a dash in the middle is a value");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for line in
            [&["--config"][..], &["a.conf", "--config", "b.conf"], &["--sentinel"], &["a", "--Sentinel"]]
        {
            assert!(parse(line).is_err(), "{line:?}");
        }
    }
}

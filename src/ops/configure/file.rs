//! A configuration file as lines: directives are changed where they stand, everything else stays as it is.
//!
//! ```text
//! set NAME VALUE     the last line that sets it is changed, earlier ones go; none: behind the line that shows it
//!                    as a comment ("# NAME ..."), else at the end
//! the last word      an include further down that sets it too would win: then the line goes to the end
//! ```

use std::path::{Path, PathBuf};

use crate::limits::CONFIG_INCLUDE_DEPTH_MAX;
use crate::ops::directives::{included, read, words};
use crate::resp::quote;

/// Stands above what had no place.
const OUR_REMARK: &str = "# Set by rtool configure";

/// The lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Without their ends.
    pub lines: Vec<String>,
    /// Where it is: includes are found from the folder that the server starts in, not from here.
    path: PathBuf,
}

impl File {
    /// Reads a file; one that is not there is empty.
    ///
    /// # Errors
    /// The system's words.
    pub fn read(path: &Path) -> Result<File, String> {
        let text = match read(path) {
            Err(_) if !path.exists() => String::new(),
            other => other?,
        };
        Ok(File { lines: text.lines().map(str::to_owned).collect(), path: path.to_owned() })
    }

    /// The text to write.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The value that counts: the last one, includes read in their place.
    ///
    /// # Errors
    /// An include cannot be read, so nobody can say.
    pub fn value(&self, names: &[&str]) -> Result<Option<String>, String> {
        value(&self.lines, names, &self.path, 0)
    }

    /// Sets a directive that has one value; `names` are its spellings, the first is written.
    ///
    /// # Errors
    /// An include cannot be read.
    pub fn set(&mut self, names: &[&str], words: &[&str]) -> Result<(), String> {
        let line = written(names[0], words);
        let places: Vec<usize> = (0..self.lines.len()).filter(|at| sets(&self.lines[*at], names)).collect();
        match places.split_last() {
            Some((last, earlier)) => {
                if !says(&self.lines[*last], names, words) {
                    self.lines[*last].clone_from(&line);
                }
                earlier.iter().rev().for_each(|at| drop(self.lines.remove(*at)));
            }
            None => self.insert(names, &line),
        }
        if self.value(names)?.as_deref() != Some(words.join(" ").as_str()) {
            // An include below has the last word: ours goes behind it.
            self.lines.retain(|line| !sets(line, names));
            self.append(&line);
        }
        Ok(())
    }

    /// Takes a directive out.
    ///
    /// # Errors
    /// An include sets it, which only its owner can mend.
    pub fn remove(&mut self, names: &[&str]) -> Result<(), String> {
        self.lines.retain(|line| !sets(line, names));
        match self.value(names)? {
            None => Ok(()),
            Some(value) => Err(format!("an included file says \"{} {value}\": remove that line", names[0])),
        }
    }

    fn insert(&mut self, names: &[&str], line: &str) {
        let shows = |text: &String| text.trim_start().strip_prefix('#').is_some_and(|rest| sets(rest, names));
        match self.lines.iter().rposition(shows) {
            Some(at) => self.lines.insert(at + 1, line.to_owned()),
            None => self.append(line),
        }
    }

    fn append(&mut self, line: &str) {
        if !self.lines.iter().any(|line| line == OUR_REMARK) {
            self.lines.extend([String::new(), OUR_REMARK.to_owned()]);
        }
        self.lines.push(line.to_owned());
    }
}

/// A line as it is written: words that could be misread are quoted.
fn written(name: &str, words: &[&str]) -> String {
    let mut line = name.to_owned();
    for word in words {
        let is_plain = !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'\\#".contains(&byte));
        let mut shown = Vec::new();
        match is_plain {
            true => shown.extend_from_slice(word.as_bytes()),
            false => quote::repr(&mut shown, word.as_bytes()),
        }
        line.push(' ');
        line.push_str(&String::from_utf8_lossy(&shown));
    }
    line
}

fn sets(line: &str, names: &[&str]) -> bool {
    words(line).is_some_and(|words| names.contains(&words[0].as_str()))
}

fn says(line: &str, names: &[&str], wanted: &[&str]) -> bool {
    words(line).is_some_and(|words| words[0] == names[0] && words[1..] == *wanted)
}

fn value(lines: &[String], names: &[&str], path: &Path, depth: usize) -> Result<Option<String>, String> {
    if depth > CONFIG_INCLUDE_DEPTH_MAX {
        return Err(format!("{} is included too deeply", path.display()));
    }
    let mut found = None;
    for words in lines.iter().filter_map(|line| words(line)) {
        match words[0].as_str() {
            "include" => {
                for inner in included(words.get(1).map_or("", String::as_str))? {
                    let text = read(&inner)?;
                    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
                    found = value(&lines, names, &inner, depth + 1)?.or(found);
                }
            }
            name if names.contains(&name) => found = Some(words[1..].join(" ")),
            _ => {}
        }
    }
    Ok(found)
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is in both.
    Kept(String),
    /// It goes.
    Gone(String),
    /// It comes.
    New(String),
}

/// What differs, by the longest common run of lines from both ends and a search between: enough for edits of
/// single lines.
pub fn diff(before: &[String], after: &[String]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < before.len() || right < after.len() {
        match (before.get(left), after.get(right)) {
            (Some(old), Some(new)) if old == new => {
                changes.push(Change::Kept(old.clone()));
                (left, right) = (left + 1, right + 1);
            }
            (Some(old), _) if !after[right.min(after.len())..].contains(old) => {
                changes.push(Change::Gone(old.clone()));
                left += 1;
            }
            (_, Some(new)) => {
                changes.push(Change::New(new.clone()));
                right += 1;
            }
            (Some(old), None) => {
                changes.push(Change::Gone(old.clone()));
                left += 1;
            }
            (None, None) => break,
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File { lines: text.lines().map(str::to_owned).collect(), path: PathBuf::from("x") }
    }

    #[test]
    fn a_directive_changes_where_it_stands() {
        let mut edited = file("# head\nPort 1\nappendonly no\nport 2 # not a remark\n# tail\n");
        edited.set(&["port"], &["7"]).unwrap();
        edited.set(&["appendonly"], &["yes"]).unwrap();
        assert_eq!(edited.text(), "# head\nappendonly yes\nport 7\n# tail\n");
        let same = edited.clone();
        edited.set(&["port"], &["7"]).unwrap();
        assert_eq!(edited, same);
    }

    #[test]
    fn a_new_one_stands_behind_its_example() {
        let mut edited = file("# requirepass foobared\n\n# end\n");
        edited.set(&["requirepass"], &["a b"]).unwrap();
        edited.set(&["replicaof", "slaveof"], &["h", "1"]).unwrap();
        assert_eq!(
            edited.text(),
            "# requirepass foobared\nrequirepass \"a b\"\n\n# end\n\n# Set by rtool configure\nreplicaof h 1\n"
        );
    }

    #[test]
    fn an_include_further_down_does_not_win() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner.conf");
        std::fs::write(&inner, "appendonly no\nslaveof 1.2.3.4 5\n").unwrap();
        let mut edited = file(&format!("appendonly yes\ninclude {}\n", inner.display()));
        assert_eq!(edited.value(&["appendonly"]).unwrap().as_deref(), Some("no"));
        edited.set(&["appendonly"], &["yes"]).unwrap();
        assert!(edited.text().ends_with("# Set by rtool configure\nappendonly yes\n"), "{}", edited.text());
        let error = edited.remove(&["replicaof", "slaveof"]).unwrap_err();
        assert!(error.contains("1.2.3.4 5"), "{error}");
        let all = file(&format!("include {}/*.conf\n", folder.path().display()));
        assert_eq!(all.value(&["appendonly"]).unwrap().as_deref(), Some("no"));
    }

    #[test]
    fn differences_by_line() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let changes = diff(&lines("a b c"), &lines("a x c d"));
        let shown: Vec<String> = changes
            .iter()
            .map(|change| match change {
                Change::Kept(line) => format!(" {line}"),
                Change::Gone(line) => format!("-{line}"),
                Change::New(line) => format!("+{line}"),
            })
            .collect();
        assert_eq!(shown, [" a", "-b", "+x", " c", "+d"]);
    }
}

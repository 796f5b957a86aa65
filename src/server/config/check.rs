//! Conditions on values beyond their kind, in Redis's words.

use crate::catalog;

use super::special::FileLines;

/// Longest host name, in bytes, with its end mark, as in Redis.
const HOST_NAME_BYTES_MAX: usize = 256;

/// The variables that a title template may use.
const TITLE_VARIABLES: &[&str] =
    &["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"];

fn is_base_name(name: &str) -> bool {
    !name.contains(['/', '\\'])
}

fn base_name(name: &str, empty: Option<&'static str>, path: &'static str) -> Result<(), &'static str> {
    match empty {
        Some(why) if name.is_empty() => Err(why),
        _ if is_base_name(name) => Ok(()),
        _ => Err(path),
    }
}

/// `dbfilename`: a name in `dir`.
pub(super) fn db_filename(name: &str) -> Result<(), &'static str> {
    base_name(name, None, "dbfilename can't be a path, just a filename")
}

/// `appendfilename`: a name, not empty.
pub(super) fn aof_filename(name: &str) -> Result<(), &'static str> {
    base_name(name, Some("appendfilename can't be empty"), "appendfilename can't be a path, just a filename")
}

/// `appenddirname`: a name, not empty.
pub(super) fn aof_dirname(name: &str) -> Result<(), &'static str> {
    base_name(name, Some("appenddirname can't be empty"), "appenddirname can't be a path, just a dirname")
}

/// `cluster-announce-hostname`.
pub(super) fn hostname(name: &str) -> Result<(), &'static str> {
    if name.len() >= HOST_NAME_BYTES_MAX {
        return Err("Hostnames must be less than 256 characters");
    }
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if name.bytes().all(fine) {
        Ok(())
    } else {
        Err("Hostnames may only contain alphanumeric characters, hyphens or dots")
    }
}

/// `cluster-announce-human-nodename`: no character that would break the cluster's own file.
pub(super) fn nodename(name: &str) -> Result<(), &'static str> {
    if name.contains(|c| "!#$%&()*+:;<>?@[]^{|}~".contains(c)) {
        return Err("Announced human node name contained invalid character");
    }
    Ok(())
}

/// `proc-title-template`: only known variables, every one closed, not empty; `{{` is a brace.
pub(super) fn title_template(template: &str) -> Result<(), &'static str> {
    let refusal = Err("template format is invalid or contains unknown variables");
    if template.is_empty() {
        return refusal;
    }
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        if let Some(tail) = after.strip_prefix('{') {
            rest = tail;
            continue;
        }
        let Some((variable, tail)) = after.split_once('}') else { return refusal };
        if !TITLE_VARIABLES.contains(&variable) {
            return refusal;
        }
        rest = tail;
    }
    Ok(())
}

/// `rename-command`: each line needs a command that exists after the lines before it, and a name that
/// is free. Judges the last of `lines`.
pub(super) fn rename(lines: &FileLines) -> Result<(), &'static str> {
    let Some((last, earlier)) = lines.0.split_last() else { return Ok(()) };
    let [from, to] = last.as_slice() else { return Ok(()) };
    if !names_command(from, earlier) {
        return Err("No such command in rename-command");
    }
    if !to.is_empty() && !from.eq_ignore_ascii_case(to) && names_command(to, earlier) {
        return Err("Target command name already exists");
    }
    Ok(())
}

/// Whether a command has this name once these lines are in force: the last line about it decides.
fn names_command(name: &[u8], lines: &[Vec<Vec<u8>>]) -> bool {
    let decided = lines.iter().rev().find_map(|line| match line.as_slice() {
        [_, to] if to.eq_ignore_ascii_case(name) => Some(true),
        [from, _] if from.eq_ignore_ascii_case(name) => Some(false),
        _ => None,
    });
    decided.unwrap_or_else(|| catalog::lookup(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_renamed_line_by_line() {
        let table: &[(&[[&str; 2]], bool)] = &[
            (&[["FLUSHALL", ""]], true),
            (&[["flushall", "wipe"], ["wipe", "flushall"]], true),
            (&[["flushall", "wipe"], ["flushall", "x"]], false),
            (&[["flushall", ""], ["get", "flushall"]], true),
            (&[["get", "SET"]], false),
            (&[["nothing", "x"]], false),
            (&[["get", "x"], ["set", "X"]], false),
        ];
        for (lines, good) in table {
            let words = |line: &[&str; 2]| line.iter().map(|word| word.as_bytes().to_vec()).collect();
            let lines = FileLines(lines.iter().map(words).collect());
            assert_eq!(rename(&lines).is_ok(), *good, "{:?}", lines.0);
        }
    }

    #[test]
    fn file_names_must_not_be_paths() {
        assert!(db_filename("dump.rdb").is_ok() && db_filename("").is_ok());
        assert!(db_filename("a/b").is_err() && db_filename("a\\b").is_err());
        assert!(aof_filename("").is_err() && aof_dirname("x/y").is_err());
    }

    #[test]
    fn names_and_templates_are_checked() {
        assert!(hostname("a-1.example").is_ok() && hostname("a_b").is_err());
        assert!(nodename("node-1_a.b").is_ok() && nodename("a*b").is_err());
        assert!(title_template("{title} {port} {{x").is_ok());
        assert!(title_template("{nothing}").is_err() && title_template("{title").is_err());
        assert!(title_template("").is_err());
    }
}

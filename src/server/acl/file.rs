//! Users in files: `user NAME RULE ...` lines of redis.conf, and the ACL file, which has nothing else.
//!
//! ```text
//!  start:  requirepass -> lines of redis.conf -> or the ACL file     one wrong line: the server does not start
//!  LOAD:   every line is right -> all users are replaced             one wrong line: nothing changes
//!  SAVE:   all users -> temporary file -> fsync -> rename            as CONFIG REWRITE writes
//! ```

use std::fmt::Write as _;
use std::fs;

use crate::server::config::{FileLines, Settings, UserLines, os_reason, replace_file};
use crate::server::{Server, log};

use super::rules::{Refusal, Rules, is_user_name, join_selectors};
use super::{DEFAULT, Replaced, clients, every_channel};

/// What is wrong with a user's line of redis.conf: the word, and why.
pub type LineFault = (Vec<u8>, &'static str);

/// Checks the last of the users' lines, as far as it can be before the start: a command may yet be unknown.
pub fn check_user_line(lines: &FileLines, settings: &Settings) -> Result<(), LineFault> {
    let Some((line, earlier)) = lines.0.split_last() else { return Ok(()) };
    let Some((name, rules)) = line.split_first() else { return Ok(()) };
    if earlier.iter().any(|other| other.first() == Some(name)) {
        return Err((name.clone(), "Duplicate user found. A user can only be defined once in config files"));
    }
    match parse_rules(rules, every_channel(settings)) {
        Err(LineError::Unmatched(open)) => Err((open, "Unmatched parenthesis in acl selector")),
        Err(LineError::Rule(rule, why)) if why != Refusal::Unknown => {
            Err((without_secret(&rule), why.as_str()))
        }
        _ => Ok(()),
    }
}

/// A rule as it may be shown: a password is not.
fn without_secret(rule: &[u8]) -> Vec<u8> {
    match rule.first() {
        Some(sign @ (b'>' | b'<')) => [&[*sign], &b"(redacted)"[..]].concat(),
        _ => rule.to_vec(),
    }
}

enum LineError {
    Unmatched(Vec<u8>),
    Rule(Vec<u8>, Refusal),
}

fn parse_rules(words: &[Vec<u8>], every_channel: bool) -> Result<Rules, LineError> {
    let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    let joined = join_selectors(&words).map_err(|open| LineError::Unmatched(open.to_vec()))?;
    let mut rules = Rules::new(every_channel);
    let taken = rules.apply_all(&joined, every_channel);
    taken.map_err(|(rule, why)| LineError::Rule(rule.to_vec(), why))?;
    Ok(rules)
}

/// The users that the configuration names, before the first client comes. An error is for the log, and the end
/// of the process.
pub fn load_at_start(server: &'static Server) -> Result<(), String> {
    let settings = server.config.snapshot();
    let from_file = !settings.aclfile.is_empty();
    if from_file && !settings.user.0.0.is_empty() {
        return Err("Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This setup is very likely to lead to configuration errors and security holes, please define either an ACL file or declare users directly in your redis.conf, but not both.".into());
    }
    if from_file {
        let loaded = load(server);
        return loaded.map_err(|why| format!("Aborting Redis startup because of ACL errors: {why}"));
    }
    for line in &settings.user.0.0 {
        configured_user(server, &settings, line)?;
    }
    Ok(())
}

fn configured_user(server: &'static Server, settings: &Settings, line: &[Vec<u8>]) -> Result<(), String> {
    let Some((name, words)) = line.split_first() else { return Ok(()) };
    let shown = String::from_utf8_lossy(name);
    if !is_user_name(name) {
        return Err("Spaces not allowed in ACL usernames".into());
    }
    let mut all: Vec<&[u8]> = vec![b"reset"];
    all.extend(words.iter().map(Vec::as_slice));
    let set = server.acl.set(&server.gates, name, &all, every_channel(settings));
    let (_, user) = set.map_err(|error| match error {
        super::SetError::Unmatched(open) => {
            format!("Unmatched parenthesis in acl selector starting at '{}'.", String::from_utf8_lossy(&open))
        }
        super::SetError::Rule(rule, why) => {
            let rule = without_secret(&rule);
            let rule = String::from_utf8_lossy(&rule);
            format!("Error loading ACL rule '{rule}' for the user named '{shown}': {}", why.as_str())
        }
    })?;
    if !user.rules().is_enabled() {
        log::notice(format_args!(
            "The user '{shown}' is disabled (there is no 'on' modifier in the user description). Make sure this is not a configuration error."
        ));
    }
    Ok(())
}

/// ACL LOAD: all users of the ACL file in the place of those there are, or what is wrong with it.
pub fn load(server: &'static Server) -> Result<(), String> {
    let settings = server.config.snapshot();
    let name = &settings.aclfile;
    let text = fs::read(settings.path(name))
        .map_err(|e| format!("Error loading ACLs, opening file '{name}': {}", os_reason(&e)))?;
    let users = parse(&text, name, every_channel(&settings))?;
    let replaced: Replaced = server.acl.replace_all(&server.gates, users);
    clients::follow(server, &replaced);
    Ok(())
}

/// The users of a file's text, or everything that is wrong with it in one line.
fn parse(text: &[u8], file: &str, every_channel: bool) -> Result<Vec<(Vec<u8>, Rules)>, String> {
    let mut users: Vec<(Vec<u8>, Rules)> = Vec::new();
    let mut faults = String::new();
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let mut page = FilePage { file, line: index + 1, faults: &mut faults, every_channel };
        if let Some(user) = page.user(line, &users) {
            users.push(user);
        }
    }
    if faults.is_empty() {
        return Ok(users);
    }
    Err(faults + "WARNING: ACL errors detected, no change to the previously active ACL rules was performed")
}

/// Where a line stands, and where its faults go.
struct FilePage<'a> {
    file: &'a str,
    line: usize,
    faults: &'a mut String,
    every_channel: bool,
}

impl FilePage<'_> {
    fn fault(&mut self, words: std::fmt::Arguments<'_>) {
        let _ = write!(self.faults, "{words}"); // a String takes everything
    }

    fn user(&mut self, line: &[u8], known: &[(Vec<u8>, Rules)]) -> Option<(Vec<u8>, Rules)> {
        let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let (file, at) = (self.file, self.line);
        let (Some(b"user"), Some(name)) = (words.first().copied(), words.get(1)) else {
            self.fault(format_args!("{file}:{at} should start with user keyword followed by the username. "));
            return None;
        };
        let shown = String::from_utf8_lossy(name);
        if !is_user_name(name) {
            self.fault(format_args!("'{file}:{at}: username '{shown}' contains invalid characters. "));
            return None;
        }
        if known.iter().any(|(other, _)| other == name) {
            self.fault(format_args!("WARNING: Duplicate user '{shown}' found on line {at}. "));
            return None;
        }
        self.rules(&words[2..]).map(|rules| (name.to_vec(), rules))
    }

    fn rules(&mut self, words: &[&[u8]]) -> Option<Rules> {
        let (file, at) = (self.file, self.line);
        let Ok(joined) = join_selectors(words) else {
            self.fault(format_args!("{file}:{at}: Unmatched parenthesis in selector definition."));
            return None;
        };
        let mut rules = Rules::new(self.every_channel);
        let mut told = false;
        for rule in &joined {
            let rule = rule.trim_ascii();
            match rules.apply(rule, self.every_channel) {
                Ok(()) => {}
                // A command's name is no secret; of other faults the first is told, the rest may follow from it.
                Err(Refusal::Unknown) => {
                    let (rule, why) = (String::from_utf8_lossy(rule), Refusal::Unknown.as_str());
                    self.fault(format_args!("{file}:{at}: Error in applying operation '{rule}': {why}. "));
                }
                Err(why) if !told => {
                    told = true;
                    self.fault(format_args!("{file}:{at}: {}. ", why.as_str()));
                }
                Err(_) => {}
            }
        }
        let taken = rules.apply_all(&[], self.every_channel);
        taken.is_ok().then_some(rules)
    }
}

/// ACL SAVE: all users into the ACL file.
pub fn save(server: &'static Server) -> Result<(), String> {
    let settings = server.config.snapshot();
    let mut text = Vec::new();
    for user in server.acl.all() {
        text.extend_from_slice(&user.line());
        text.push(b'\n');
    }
    replace_file(&settings.path(&settings.aclfile), &text).map_err(|e| os_reason(&e))
}

/// What CONFIG REWRITE writes of users: none when they have a file of their own. A default user that is what
/// `requirepass` makes it needs no line, and without one an edited `requirepass` keeps its meaning.
pub fn describe(server: &'static Server, settings: &mut Settings) {
    let mut lines = FileLines::default();
    if settings.aclfile.is_empty() {
        let mut plain = Rules::all();
        plain.set_password(settings.requirepass.get());
        let plain = plain.describe();
        for user in server.acl.all() {
            let rules = user.rules().describe();
            if *user.name != *DEFAULT || rules != plain {
                lines.0.push(vec![user.name.to_vec(), rules]);
            }
        }
    }
    settings.user = UserLines(lines);
}

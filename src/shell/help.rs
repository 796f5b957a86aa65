//! `help`: what a command does, from the catalog, without asking any server.

use super::hints;
use crate::catalog::{self, Command};
use crate::ui::{Out, Result, Style};

const GENERAL: &str = "\
To get help about commands type:
      \"help @<group>\" to get a list of commands in <group>
      \"help <command>\" for help on <command>
      \"help <tab>\" to get a list of possible help topics
      \"quit\" to exit

To set preferences:
      \":set hints\" enable online hints
      \":set nohints\" disable online hints
";

/// Prints the help on some words: nothing, `@group`, or the beginning of a command's name.
///
/// # Errors
/// The output cannot be written.
pub fn print(out: &mut Out, words: &[Vec<u8>]) -> Result<()> {
    let words: Vec<String> =
        words.iter().map(|word| String::from_utf8_lossy(word).to_ascii_lowercase()).collect();
    let Some(first) = words.first() else {
        return out.bytes(format!("rtool {}\n{GENERAL}", env!("CARGO_PKG_VERSION")).as_bytes());
    };
    let group = first.strip_prefix('@');
    let chosen: Vec<&Command> =
        catalog::all().iter().filter(|command| matches(command, group, &words)).collect();
    if chosen.is_empty() {
        return out.line(&format!("No help for '{}'.", words.join(" ")));
    }
    for command in chosen {
        let page = page(out, command, group.is_none());
        out.bytes(page.as_bytes())?;
    }
    out.line("")
}

fn matches(command: &Command, group: Option<&str>, words: &[String]) -> bool {
    match group {
        Some(group) => command.group.name() == group,
        None => {
            let mut names = command.full_name.split('|');
            words.iter().all(|word| names.next() == Some(word))
        }
    }
}

fn page(out: &Out, command: &Command, with_group: bool) -> String {
    let name = command.full_name.replace('|', " ").to_ascii_uppercase();
    let title = [out.paint(Style::Strong, &name), out.paint(Style::Faint, &hints::whole(command))];
    let facts = [
        ("summary", command.summary),
        ("since", command.since),
        ("complexity", command.complexity),
        ("group", if with_group { command.group.name() } else { "" }),
    ];
    let mut page = format!("\n  {}\n", title.join(" ").trim_end());
    for (label, text) in facts.iter().filter(|fact| !fact.1.is_empty()) {
        page.push_str(&format!("  {} {text}\n", out.paint(Style::Warn, &format!("{label}:"))));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(line: &str) -> String {
        let (mut out, text) = Out::captured();
        let words: Vec<Vec<u8>> = line.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
        print(&mut out, &words).unwrap();
        text.text()
    }

    #[test]
    fn pages() {
        let get = help("GET");
        assert!(get.starts_with("\n  GET key\n") && get.ends_with("  group: string\n\n"), "{get}");
        assert!(help("config rewrite").contains("CONFIG REWRITE"));
        assert!(help("config").contains("CONFIG GET") && help("config").contains("CONFIG SET"));
        assert!(help("@string").contains("  GETRANGE key start end\n"));
        assert!(help("").contains("help @<group>"));
        assert_eq!(help("frobnicate it"), "No help for 'frobnicate it'.\n");
    }
}

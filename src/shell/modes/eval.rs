//! `--eval FILE key ... , arg ...`: runs a Lua script of a file. `--ldb` would debug it; the servers that have a
//! debugger want redis-cli for it, and we say so.

use std::os::unix::ffi::OsStrExt;

use super::{Context, Step};
use crate::client::system_text;
use crate::shell::oneshot;
use crate::shell::words::Command;
use crate::ui::Exit;

const NO_DEBUGGER: &str = "The Lua debugger is not part of this shell: run the script with --eval alone, \
and redis.log() what you want to see.";

/// Runs the script.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    if context.modes().ldb || context.modes().ldb_sync_mode {
        return Err(context.failed(NO_DEBUGGER));
    }
    let path = context.modes().eval.clone().unwrap_or_default();
    let script = match std::fs::read(&path) {
        Ok(script) => script,
        Err(error) => {
            let reason = system_text(&error);
            return Err(context.failed(&format!("Can't open file '{}': {reason}", path.display())));
        }
    };
    let words: Vec<&[u8]> = context.args.command.iter().map(|word| word.as_bytes()).collect();
    let command = command(script, &words);
    if !context.engine.face.is_strict() && !words.contains(&(b"," as &[u8])) && !words.is_empty() {
        context
            .engine
            .console
            .notes
            .note("Note: without a lone comma every word is a key name (KEYS), none an argument");
    }
    let Some(command) = Command::new(&command) else { return Ok(Exit::DONE) };
    let outcome = context.engine.issue(&command, 1).await?;
    Ok(oneshot::exit(context.engine, outcome))
}

/// EVAL with the words before the first lone comma as keys.
fn command(script: Vec<u8>, words: &[&[u8]]) -> Vec<Vec<u8>> {
    let comma = words.iter().position(|word| *word == b",");
    let keys = comma.unwrap_or(words.len());
    let mut command = vec![b"EVAL".to_vec(), script, keys.to_string().into_bytes()];
    let kept = words.iter().enumerate().filter(|(at, _)| Some(*at) != comma);
    command.extend(kept.map(|(_, word)| word.to_vec()));
    command
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_lone_comma_parts_keys_and_arguments() {
        let words = |line: &str| {
            let words: Vec<&[u8]> =
                line.split(' ').filter(|word| !word.is_empty()).map(str::as_bytes).collect();
            let command = command(b"s".to_vec(), &words);
            command
                .iter()
                .map(|word| String::from_utf8_lossy(word).into_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(words("a b , c ,"), "EVAL s 2 a b c ,");
        assert_eq!(words("a"), "EVAL s 1 a");
        assert_eq!(words(", x"), "EVAL s 0 x");
        assert_eq!(words(""), "EVAL s 0");
    }
}

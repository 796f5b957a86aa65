//! Questions: yes or no, and a password that shows only stars. Prompts go to standard error; answers
//! come from standard input. Without a terminal a question is never assumed to be answered.

use std::io::{self, BufRead, IsTerminal, Read};

use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};

use super::error::{Error, Kind, Result};
use super::out::Out;
use crate::limits::SECRET_BYTES_MAX;

/// Asks a question; only `y` or `yes` means yes.
///
/// # Errors
/// [`Kind::Refused`] when there is no terminal to answer on.
pub fn confirm(notes: &mut Out, question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Error::new(
            Kind::Refused,
            "this needs a confirmation, and there is no terminal to ask on",
        )
        .hint("repeat with --yes after reading the plan (--dry-run prints it)"));
    }
    notes.bytes(format!("{question} [y/N] ").as_bytes())?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| read_error(&error))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks for a word to be typed exactly: for what must not happen by a slip of the finger.
///
/// # Errors
/// [`Kind::Refused`] when there is no terminal to answer on.
pub fn typed(notes: &mut Out, what: &str, word: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Error::new(
            Kind::Refused,
            "this needs a confirmation, and there is no terminal to ask on",
        ));
    }
    notes.bytes(format!("Type the name of the {what}, {word}, to go on: ").as_bytes())?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| read_error(&error))?;
    Ok(answer.trim() == word)
}

/// Reads a password: masked on a terminal, else the first line of standard input.
///
/// # Errors
/// [`Kind::Interrupted`] on Ctrl-C, [`Kind::Failed`] when the input cannot be read.
pub fn password(notes: &mut Out, prompt: &str) -> Result<Vec<u8>> {
    if !io::stdin().is_terminal() {
        let mut line = Vec::new();
        let limit = SECRET_BYTES_MAX as u64;
        io::stdin().lock().take(limit).read_until(b'\n', &mut line).map_err(|error| read_error(&error))?;
        let end = line.strip_suffix(b"\n").map_or(line.len(), <[u8]>::len);
        line.truncate(end);
        return Ok(line.strip_suffix(b"\r").unwrap_or(&line).to_vec());
    }
    let typed = {
        // Echo goes off before the prompt invites to type: the first keys are part of the password.
        let _quiet = Unechoed::start()?;
        notes.bytes(prompt.as_bytes())?;
        read_masked(&mut io::stdin().lock(), notes)
    };
    notes.line("")?;
    typed
}

/// Reads bytes up to Enter, showing a star for each character and honouring backspace.
fn read_masked(input: &mut dyn Read, notes: &mut Out) -> Result<Vec<u8>> {
    const INTERRUPT: u8 = 3;
    const END_OF_INPUT: u8 = 4;
    const BACKSPACE: u8 = 8;
    const DELETE: u8 = 127;
    let mut typed = Vec::new();
    let mut byte = [0u8];
    while typed.len() < SECRET_BYTES_MAX {
        if input.read(&mut byte).map_err(|error| read_error(&error))? == 0 {
            break;
        }
        match byte[0] {
            b'\n' | b'\r' | END_OF_INPUT => break,
            INTERRUPT => return Err(Error::new(Kind::Interrupted, "interrupted")),
            BACKSPACE | DELETE if typed.is_empty() => {}
            BACKSPACE | DELETE => {
                erase_char(&mut typed);
                notes.bytes(b"\x08 \x08")?;
            }
            other => {
                typed.push(other);
                if !is_continuation(other) {
                    notes.bytes(b"*")?;
                }
            }
        }
    }
    Ok(typed)
}

/// Removes the last UTF-8 character.
fn erase_char(typed: &mut Vec<u8>) {
    while typed.pop().is_some_and(is_continuation) {}
}

fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

fn read_error(error: &io::Error) -> Error {
    Error::failed("cannot read the answer").source(error)
}

/// The terminal without echo, line editing and signals; restored when dropped.
struct Unechoed(Termios);

impl Unechoed {
    fn start() -> Result<Unechoed> {
        let failed =
            |error: nix::Error| Error::failed("cannot switch the terminal's echo off").source(&error);
        let before = tcgetattr(io::stdin()).map_err(failed)?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::ISIG);
        quiet.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &quiet).map_err(failed)?;
        Ok(Unechoed(before))
    }
}

impl Drop for Unechoed {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> (Result<Vec<u8>>, String) {
        let (mut notes, shown) = Out::captured();
        let password = read_masked(&mut &keys[..], &mut notes);
        (password, shown.text())
    }

    #[test]
    fn a_password_shows_stars_only() {
        assert_eq!(typed(b"geheim\n"), (Ok(b"geheim".to_vec()), "******".to_owned()));
    }

    #[test]
    fn backspace_takes_a_whole_character() {
        assert_eq!(typed("aü\x7fb\r".as_bytes()).0, Ok(b"ab".to_vec()));
        assert_eq!(typed(b"\x7fa\n").0, Ok(b"a".to_vec()));
    }

    #[test]
    fn ctrl_c_is_an_interruption() {
        assert_eq!(typed(b"abc\x03").0.unwrap_err().kind, Kind::Interrupted);
    }
}

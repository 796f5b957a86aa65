//! `rtool completions` and `rtool man`: what is generated from the clap definitions.
//!
//! Both are pure functions from the definition to bytes; writing them is the caller's. The committed
//! copies under `completions/` and `man/` are compared with these by `tests/tidy.rs`.

use std::io;
use std::path::PathBuf;

use clap_complete::Shell;

/// The operand of `rtool completions`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell to write for
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  rtool completions bash >/etc/bash_completion.d/rtool
  rtool completions zsh >~/.zfunc/_rtool
  rtool completions fish >~/.config/fish/completions/rtool.fish";

/// The operand of `rtool man`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = MAN_EXAMPLES)]
pub struct ManArgs {
    /// The folder the pages go to; it is created when absent
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
}

const MAN_EXAMPLES: &str = "\
Examples:
  rtool man ~/.local/share/man/man1";

/// The completion script for one shell.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::definition(), "rtool", &mut script);
    script
}

/// The file name a shell's script has under `completions/`: where each shell looks for it.
pub fn completions_file(shell: Shell) -> String {
    use clap_complete::Generator;
    shell.file_name("rtool")
}

/// The long help of one subcommand; the whole program's for a name nobody knows.
pub fn help(subcommand: &str) -> String {
    let mut root = super::definition();
    root.build();
    let command = root.find_subcommand_mut(subcommand).cloned();
    command.unwrap_or(root).render_long_help().to_string()
}

/// Every manual page as (file name, text): `rtool.1` and `rtool-SUBCOMMAND.1`.
pub fn man_pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut root = super::definition();
    root.build();
    let subcommands: Vec<clap::Command> = root.get_subcommands().cloned().collect();
    std::iter::once(root).chain(subcommands).map(page).collect()
}

/// One page; building the root gave every subcommand the name `rtool-SUBCOMMAND` for this.
fn page(command: clap::Command) -> io::Result<(String, Vec<u8>)> {
    let man = clap_mangen::Man::new(command).manual("rtool");
    let mut text = Vec::new();
    man.render(&mut text)?;
    Ok((man.get_filename(), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn five_shells_have_a_script_that_knows_the_subcommands() {
        assert_eq!(Shell::value_variants().len(), 5);
        for &shell in Shell::value_variants() {
            let script = String::from_utf8(completions(shell)).unwrap();
            for name in ["serve", "cli", "status", "replicate", "promote", "tutorial"] {
                assert!(script.contains(name), "{shell} does not complete {name}");
            }
        }
    }

    #[test]
    fn each_subcommand_has_its_page() {
        let pages = man_pages().unwrap();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["rtool.1", "rtool-serve.1", "rtool-cli.1", "rtool-promote.1", "rtool-man.1"] {
            assert!(names.contains(&name), "{name} is missing among {names:?}");
        }
        assert!(pages.iter().all(|(_, text)| !text.is_empty()));
    }
}

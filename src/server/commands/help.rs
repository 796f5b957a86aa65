//! The HELP subcommands: a head, the subcommands with their sentences, and HELP itself; and the error that
//! points to them.

use crate::server::commands::parse;
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;

/// A subcommand of a container that gets no further: the words of Redis where it looks at the subcommand and
/// its arguments in one.
pub fn wrong_arguments(command: &str, subcommand: &[u8]) -> Fault {
    Fault::err(format!(
        "unknown subcommand or wrong number of arguments for '{}'. Try {command} HELP.",
        parse::lossy(subcommand)
    ))
}

/// Writes the help of a container command. A sentence may have several lines.
pub fn write(ctx: &mut Ctx<'_>, command: &str, rows: &[(&str, &str)]) {
    let mut lines = vec![format!("{command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")];
    for (syntax, sentence) in rows.iter().chain(&[("HELP", "Print this help.")]) {
        lines.push((*syntax).to_owned());
        lines.extend(sentence.lines().map(|line| format!("    {line}")));
    }
    ctx.reply.array(lines.len());
    lines.iter().for_each(|line| ctx.reply.simple(line));
}

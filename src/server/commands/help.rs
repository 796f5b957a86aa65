//! The HELP subcommands: a head, the subcommands with their sentences, and HELP itself.

use crate::server::ctx::Ctx;

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

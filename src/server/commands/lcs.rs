//! LCS: the longest common subsequence of two strings, by dynamic programming over a table of 32-bit
//! lengths, walked backwards for the subsequence and its ranges.

use crate::limits::LCS_TABLE_BYTES_MAX;
use crate::resp::Args;
use crate::server::commands::{parse, string};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::IntText;

#[derive(Default)]
struct Options {
    length_only: bool,
    ranges: bool,
    with_lengths: bool,
    shortest: i64,
}

/// A run that both strings share: positions, both ends included.
struct Match {
    a: (usize, usize),
    b: (usize, usize),
}

impl Match {
    fn len(&self) -> usize {
        self.a.1 - self.a.0 + 1
    }
}

/// The command.
pub fn lcs(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let a = text_of(ctx, args.at(1))?;
    let b = text_of(ctx, args.at(2))?;
    let options = parse_options(args)?;
    let table = Table::new(&a, &b)?;
    let total = table.at(a.len(), b.len());
    if options.length_only {
        ctx.reply.int(i64::from(total));
        return Ok(());
    }
    let (common, matches) = table.walk(&a, &b);
    if !options.ranges {
        ctx.reply.bulk(&common);
        return Ok(());
    }
    reply_ranges(ctx, &options, &matches, total);
    Ok(())
}

fn parse_options(args: Args<'_>) -> Result<Options, Fault> {
    let mut options = Options::default();
    let mut i = 3;
    while i < args.len() {
        let word = args.at(i);
        if parse::is(word, "idx") {
            options.ranges = true;
        } else if parse::is(word, "len") {
            options.length_only = true;
        } else if parse::is(word, "withmatchlen") {
            options.with_lengths = true;
        } else if parse::is(word, "minmatchlen") && i + 1 < args.len() {
            options.shortest = parse::int(args.at(i + 1))?.max(0);
            i += 1;
        } else {
            return Err(fault::SYNTAX);
        }
        i += 1;
    }
    if options.ranges && options.length_only {
        return Err(Fault::new("ERR If you want both the length and indexes, please just use IDX."));
    }
    Ok(options)
}

fn text_of(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<Vec<u8>, Fault> {
    let wrong = |_| Fault::new("ERR The specified keys must contain string values");
    let mut scratch = IntText::default();
    let entry = string::read(&mut ctx.data, key).map_err(wrong)?;
    Ok(entry.map_or_else(Vec::new, |e| e.value().bytes(&mut scratch).to_vec()))
}

fn reply_ranges(ctx: &mut Ctx<'_>, options: &Options, matches: &[Match], total: u32) {
    let shown: Vec<&Match> = matches.iter().filter(|m| m.len() as i64 >= options.shortest).collect();
    let reply = &mut *ctx.reply;
    reply.map(2);
    reply.bulk(b"matches");
    reply.array(shown.len());
    for m in shown {
        reply.array(2 + usize::from(options.with_lengths));
        for (start, end) in [m.a, m.b] {
            reply.array(2);
            reply.count(start);
            reply.count(end);
        }
        if options.with_lengths {
            reply.count(m.len());
        }
    }
    reply.bulk(b"len");
    reply.int(i64::from(total));
}

/// Lengths of the longest common subsequence of every pair of prefixes.
struct Table {
    width: usize,
    cells: Vec<u32>,
}

impl Table {
    fn new(a: &[u8], b: &[u8]) -> Result<Table, Fault> {
        let too_long = || Fault::new("ERR String too long for LCS");
        let width = b.len() + 1;
        let size = (a.len() + 1).checked_mul(width).ok_or_else(too_long)?;
        if size.saturating_mul(4) > LCS_TABLE_BYTES_MAX {
            return Err(Fault::new(
                "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
            ));
        }
        let mut table = Table { width, cells: vec![0; size] };
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                let best =
                    if x == y { table.at(i, j) + 1 } else { table.at(i, j + 1).max(table.at(i + 1, j)) };
                table.cells[(i + 1) * width + j + 1] = best;
            }
        }
        Ok(table)
    }

    fn at(&self, i: usize, j: usize) -> u32 {
        self.cells[i * self.width + j]
    }

    /// The subsequence, and its runs from the last to the first.
    fn walk(&self, a: &[u8], b: &[u8]) -> (Vec<u8>, Vec<Match>) {
        let (mut i, mut j) = (a.len(), b.len());
        let (mut common, mut matches): (Vec<u8>, Vec<Match>) = (Vec::new(), Vec::new());
        while i > 0 && j > 0 {
            if a[i - 1] == b[j - 1] {
                i -= 1;
                j -= 1;
                common.push(a[i]);
                match matches.last_mut() {
                    Some(run) if run.a.0 == i + 1 && run.b.0 == j + 1 => (run.a.0, run.b.0) = (i, j),
                    _ => matches.push(Match { a: (i, i), b: (j, j) }),
                }
            } else if self.at(i - 1, j) > self.at(i, j - 1) {
                i -= 1;
            } else {
                j -= 1;
            }
        }
        common.reverse();
        (common, matches)
    }
}

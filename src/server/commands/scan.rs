//! KEYS and SCAN. KEYS looks at the whole database at one instant. SCAN visits one shard at a time, each
//! under its own lock; its cursor is the table's cursor with the shard's number in the low bits:
//!
//! ```text
//!   cursor = (table cursor << 6) | shard      0 starts, and 0 ends
//! ```
//!
//! The end of shard s is the start of shard s + 1, so a cursor of 0 only comes back after the last one.

use crate::limits::SHARDS;
use crate::resp::{Args, glob};
use crate::server::commands::Table;
use crate::server::commands::parse;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::{EntryRef, expiry};

/// This family's handlers.
pub const TABLE: Table = &[("keys", keys), ("scan", scan)];

const SHARD_BITS: u32 = SHARDS.trailing_zeros();

fn keys(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let pattern = args.at(1);
    let all = glob::matches_all(pattern);
    let (db, now_ms) = (ctx.data.db, ctx.now_ms());
    let place = ctx.reply.deferred();
    let (reply, mut count) = (&mut *ctx.reply, 0);
    for shard in 0..SHARDS {
        ctx.data.held.shard(shard).db(db).each(&mut |entry| {
            let shown = all || glob::matches(pattern, entry.key());
            if shown && !expiry::is_expired(entry.expire_ms(), now_ms) {
                reply.bulk(entry.key());
                count += 1;
            }
        });
    }
    ctx.reply.close_array(place, count);
    Ok(())
}

/// What SCAN lets through.
struct Filter<'a> {
    pattern: Option<&'a [u8]>,
    kind: Option<&'a [u8]>,
    now_ms: i64,
}

impl Filter<'_> {
    /// Sorts an entry: what is shown, what has to be deleted (of any type), and what is neither.
    fn sort(&self, entry: &EntryRef<'_>, found: &mut Vec<Vec<u8>>, expired: &mut Vec<Vec<u8>>) {
        if !self.pattern.is_none_or(|p| glob::matches(p, entry.key())) {
            return;
        }
        if expiry::is_expired(entry.expire_ms(), self.now_ms) {
            expired.push(entry.key().to_vec());
        } else if self.kind.is_none_or(|k| parse::is(k, entry.kind().name())) {
            found.push(entry.key().to_vec());
        }
    }
}

/// Places looked at before SCAN ends although it has not found as many as asked for, per one asked. A shard
/// without keys is not one of them, so that a scan of an empty database ends at once.
const LOOKS_PER_WANTED: usize = 10;

fn scan(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let cursor = parse::cursor(args.at(1))?;
    let mut filter = Filter { pattern: None, kind: None, now_ms: ctx.now_ms() };
    let mut wanted = 10;
    let mut i = 2;
    while i < args.len() {
        let value = args.get(i + 1).ok_or(fault::SYNTAX)?;
        match args.at(i).to_ascii_lowercase().as_slice() {
            b"count" => {
                let count = parse::int(value)?;
                wanted = usize::try_from(count).ok().filter(|n| *n > 0).ok_or(fault::SYNTAX)?;
            }
            b"match" => filter.pattern = Some(value).filter(|p| !glob::matches_all(p)),
            b"type" => filter.kind = Some(value),
            _ => return Err(fault::SYNTAX),
        }
        i += 2;
    }
    let (next, found) = collect(ctx, cursor, wanted, &filter);
    ctx.reply.array(2);
    ctx.reply.bulk(next.to_string().as_bytes());
    ctx.reply.array(found.len());
    found.iter().for_each(|key| ctx.reply.bulk(key));
    Ok(())
}

fn collect(ctx: &mut Ctx<'_>, cursor: u64, wanted: usize, filter: &Filter<'_>) -> (u64, Vec<Vec<u8>>) {
    let db = ctx.data.db;
    let mut shard = (cursor % SHARDS as u64) as usize;
    let mut inner = cursor >> SHARD_BITS;
    let (mut found, mut looks) = (Vec::new(), wanted.saturating_mul(LOOKS_PER_WANTED));
    while found.len() < wanted && looks > 0 {
        let mut expired = Vec::new();
        let look;
        (inner, look) = ctx.data.held.visit(shard, |shard| {
            let db = shard.db(db);
            let next = db.scan(inner, &mut |entry| filter.sort(&entry, &mut found, &mut expired));
            (next, usize::from(!db.is_empty()))
        });
        ctx.data.expire_found(shard, &expired);
        looks -= look;
        if inner == 0 {
            shard += 1;
            if shard == SHARDS {
                return (0, found);
            }
        }
    }
    ((inner << SHARD_BITS) | shard as u64, found)
}

const _: () = assert!(1 << SHARD_BITS == SHARDS);

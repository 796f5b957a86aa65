//! DEBUG about keys: OBJECT, POPULATE, DIGEST, DIGEST-VALUE.

use crate::persist::rdb::{Encoder, value};
use crate::resp::Args;
use crate::server::commands::{list, parse};
use crate::server::ctx::{Ctx, fresh_access};
use crate::server::digest;
use crate::server::fault::{self, Fault};
use crate::server::tracking::Cause;
use crate::store::types::list::{List, ListRef, Node, Rules};
use crate::store::{EntryRef, Str, lru};

use super::everything;

pub(super) fn digest(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    everything(ctx);
    let sum = digest::of_all(&ctx.server.keyspace, ctx.data.held);
    ctx.reply.simple(&sum.hex());
    Ok(())
}

/// Keys whose time is over count as long as they are there.
pub(super) fn digest_value(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    everything(ctx);
    let (db, keys) = (ctx.data.db, args.tail(2));
    ctx.reply.array(keys.len());
    for key in keys.iter() {
        let (slice, hash) = ctx.data.raw(db, key);
        let sum = digest::of_value(slice.get(hash, key));
        ctx.reply.simple(&sum.hex());
    }
    Ok(())
}

/// Bytes of the value in an RDB file.
fn serialized_len(entry: EntryRef<'_>) -> usize {
    let mut out = Vec::new();
    value::encode(&mut Encoder::new(true), &mut out, entry.value());
    out.len()
}

pub(super) fn object(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    everything(ctx);
    let rules = list::rules(ctx.settings);
    let (db, now_ms, key) = (ctx.data.db, ctx.now_ms(), args.at(2));
    let (slice, hash) = ctx.data.raw(db, key);
    let entry = slice.get(hash, key).ok_or(fault::NO_SUCH_KEY)?;
    let mut line = format!(
        "Value at:{:p} refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
        entry.key().as_ptr(),
        entry.encoding().name(),
        serialized_len(entry),
        entry.access(),
        lru::lru_idle_seconds(entry.access(), now_ms),
    );
    if let Some(ListRef::Big(list)) = ListRef::of(entry.value()) {
        line += &quicklist(list, rules);
    }
    ctx.reply.simple(&line);
    Ok(())
}

/// What DEBUG OBJECT adds for a big list.
fn quicklist(list: &List, rules: Rules) -> String {
    let nodes = list.node_count();
    let bytes: usize = list.nodes().map(Node::size).sum();
    format!(
        " ql_nodes:{nodes} ql_avg_node:{:.2} ql_listpack_max:{} ql_compressed:{} ql_uncompressed_size:{bytes}",
        list.len() as f64 / nodes.max(1) as f64,
        rules.fill,
        u8::from(rules.depth != 0),
    )
}

/// POPULATE count [prefix] [size]: keys that are not there yet; no replica hears of them.
pub(super) fn populate(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let count = not_negative(args.at(2))?;
    let prefix = args.get(3).unwrap_or(b"key");
    let size = args.get(4).map_or(Ok(0), not_negative)? as usize;
    everything(ctx);
    let db = ctx.data.db;
    let access = fresh_access(ctx.settings, ctx.now_ms());
    for n in 0..count {
        let key = [prefix, format!(":{n}").as_bytes()].concat();
        if ctx.data.peek(&key).is_some() {
            continue;
        }
        let mut value = format!("value:{n}").into_bytes();
        if size > 0 {
            value.resize(size, 0);
        }
        let (slice, hash) = ctx.data.raw(db, &key);
        slice.insert(hash, &key, Str::Bytes(&value), None, access);
        ctx.server.watches.touch(db, &key, || false);
        ctx.data.tell_trackers(&key, Cause::Command(ctx.data.client));
    }
    ctx.reply.ok();
    Ok(())
}

fn not_negative(arg: &[u8]) -> Result<i64, Fault> {
    const WORDS: &str = "ERR value is out of range, must be positive";
    let value = parse::int_or(arg, WORDS)?;
    if value < 0 { Err(Fault::new(WORDS)) } else { Ok(value) }
}

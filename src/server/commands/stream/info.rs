//! XINFO: streams, groups and consumers described.

use super::{no_such_group, put_entries, put_entry, put_id, stream_of};
use crate::resp::{Args, Reply};
use crate::server::commands::help as help_text;
use crate::server::commands::parse::{self, is};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::types::stream::{Consumer, Group, Id, Stream};

/// Entries of each list that FULL shows when COUNT does not say.
const FULL_COUNT: usize = 10;

/// What XINFO STREAM says in both forms.
fn put_counters(reply: &mut Reply, stream: &Stream) {
    reply.bulk(b"length");
    reply.count(stream.len());
    reply.bulk(b"radix-tree-keys");
    reply.count(stream.nodes().len());
    reply.bulk(b"radix-tree-nodes");
    reply.count(stream.nodes().len() + 1);
    reply.bulk(b"last-generated-id");
    put_id(reply, stream.last_id);
    reply.bulk(b"max-deleted-entry-id");
    put_id(reply, stream.max_deleted_id);
    reply.bulk(b"entries-added");
    reply.int(stream.entries_added as i64);
    reply.bulk(b"recorded-first-entry-id");
    put_id(reply, stream.first_id());
}

fn put_short(reply: &mut Reply, stream: &Stream) {
    reply.map(10);
    put_counters(reply, stream);
    reply.bulk(b"groups");
    reply.count(stream.group_count());
    reply.bulk(b"first-entry");
    match stream.range(Id::MIN, Id::MAX).next() {
        Some(entry) => put_entry(reply, &entry),
        None => reply.null(),
    }
    reply.bulk(b"last-entry");
    match stream.range_back(Id::MIN, Id::MAX).next() {
        Some(entry) => put_entry(reply, &entry),
        None => reply.null(),
    }
}

/// How far a group is.
fn put_progress(reply: &mut Reply, stream: &Stream, group: &Group) {
    reply.bulk(b"last-delivered-id");
    put_id(reply, group.last_id);
    reply.bulk(b"entries-read");
    match group.entries_read {
        Some(read) => reply.int(read as i64),
        None => reply.null(),
    }
    reply.bulk(b"lag");
    match stream.lag(group) {
        Some(lag) => reply.int(lag),
        None => reply.null(),
    }
}

fn put_full(reply: &mut Reply, stream: &Stream, most: usize) {
    reply.map(9);
    put_counters(reply, stream);
    reply.bulk(b"entries");
    put_entries(reply, stream.range(Id::MIN, Id::MAX).take(most));
    reply.bulk(b"groups");
    reply.array(stream.group_count());
    for (name, group) in stream.groups() {
        reply.map(7);
        reply.bulk(b"name");
        reply.bulk(name);
        put_progress(reply, stream, group);
        put_pending_of_group(reply, group, most);
        reply.bulk(b"consumers");
        reply.array(group.consumer_count());
        group.consumers().for_each(|consumer| put_full_consumer(reply, group, consumer, most));
    }
}

fn put_pending_of_group(reply: &mut Reply, group: &Group, most: usize) {
    reply.bulk(b"pel-count");
    reply.count(group.pending().len());
    reply.bulk(b"pending");
    reply.array(group.pending().len().min(most));
    for (id, pending) in group.pending().iter().take(most) {
        reply.array(4);
        put_id(reply, id);
        reply.bulk(group.consumer(pending.consumer).map_or(b"", |consumer| &consumer.name));
        reply.int(pending.delivered_ms);
        reply.int(pending.count as i64);
    }
}

fn put_full_consumer(reply: &mut Reply, group: &Group, consumer: &Consumer, most: usize) {
    reply.map(5);
    reply.bulk(b"name");
    reply.bulk(&consumer.name);
    reply.bulk(b"seen-time");
    reply.int(consumer.seen_ms);
    reply.bulk(b"active-time");
    reply.int(consumer.active_ms);
    reply.bulk(b"pel-count");
    reply.count(consumer.pending().len());
    reply.bulk(b"pending");
    reply.array(consumer.pending().len().min(most));
    for (id, ()) in consumer.pending().iter().take(most) {
        let (time, count) = group.pending().get(id).map_or((0, 0), |p| (p.delivered_ms, p.count));
        reply.array(3);
        put_id(reply, id);
        reply.int(time);
        reply.int(count as i64);
    }
}

pub(super) fn stream(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let stream = stream_of(&mut ctx.data, args.at(2))?.ok_or(fault::NO_SUCH_KEY)?;
    if args.len() == 3 {
        put_short(ctx.reply, stream);
        return Ok(());
    }
    if !is(args.at(3), "full") || !matches!(args.len(), 4 | 6) {
        return Err(wrong_arguments(args));
    }
    let mut most = FULL_COUNT;
    if args.len() == 6 {
        if !is(args.at(4), "count") {
            return Err(wrong_arguments(args));
        }
        most = match parse::int(args.at(5))? {
            0 => usize::MAX,
            count => usize::try_from(count).unwrap_or(FULL_COUNT),
        };
    }
    put_full(ctx.reply, stream, most);
    Ok(())
}

fn wrong_arguments(args: Args<'_>) -> Fault {
    help_text::wrong_arguments("XINFO", args.at(1))
}

pub(super) fn groups(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let stream = stream_of(&mut ctx.data, args.at(2))?.ok_or(fault::NO_SUCH_KEY)?;
    ctx.reply.array(stream.group_count());
    for (name, group) in stream.groups() {
        ctx.reply.map(6);
        ctx.reply.bulk(b"name");
        ctx.reply.bulk(name);
        ctx.reply.bulk(b"consumers");
        ctx.reply.count(group.consumer_count());
        ctx.reply.bulk(b"pending");
        ctx.reply.count(group.pending().len());
        put_progress(ctx.reply, stream, group);
    }
    Ok(())
}

pub(super) fn consumers(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name, now_ms) = (args.at(2), args.at(3), ctx.now_ms());
    let stream = stream_of(&mut ctx.data, key)?.ok_or(fault::NO_SUCH_KEY)?;
    let group = stream.group(name).ok_or_else(|| no_such_group(key, name))?;
    ctx.reply.array(group.consumer_count());
    for consumer in group.consumers() {
        let active = consumer.active_ms;
        let inactive = if active < 0 { active } else { now_ms.saturating_sub(active) };
        ctx.reply.map(4);
        ctx.reply.bulk(b"name");
        ctx.reply.bulk(&consumer.name);
        ctx.reply.bulk(b"pending");
        ctx.reply.count(consumer.pending().len());
        ctx.reply.bulk(b"idle");
        ctx.reply.int(now_ms.saturating_sub(consumer.seen_ms).max(0));
        ctx.reply.bulk(b"inactive");
        ctx.reply.int(inactive);
    }
    Ok(())
}

pub(super) fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        ("CONSUMERS <key> <groupname>", "Show consumers of <groupname>."),
        ("GROUPS <key>", "Show the stream consumer groups."),
        ("STREAM <key> [FULL [COUNT <count>]", "Show information about the stream."),
    ];
    help_text::write(ctx, "XINFO", &rows);
    Ok(())
}

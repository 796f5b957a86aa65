//! XREAD and XREADGROUP: entries behind an id, new ones for a group, or what a consumer has not
//! acknowledged; with BLOCK they wait for the first. A command that waits runs again when one of its keys
//! changes, so `$` and `+` are replaced by the ids they meant when it came.

use super::{Place, put_entries, put_entry, put_id, stream_of, strict_id};
use crate::resp::{Args, OwnedArgs, Reply};
use crate::server::blocking::{Empty, KeyWait};
use crate::server::commands::parse::{self, is};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::Kind;
use crate::store::types::stream::{Id, Pending, Stream};

/// From where a stream is read.
#[derive(Clone, Copy)]
enum From {
    /// Behind an id.
    Behind(Id),
    /// `>`: what no consumer of the group has been given.
    New,
}

/// What is asked for.
struct Request<'a> {
    /// 0 is no limit.
    count: usize,
    blocks: bool,
    deadline_ms: Option<u64>,
    group: Option<(&'a [u8], &'a [u8])>,
    noack: bool,
    /// Where the first key is.
    keys_at: usize,
    streams: Vec<(&'a [u8], From)>,
}

const UNBALANCED_READ: &str =
    "Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.";
const UNBALANCED_GROUP: &str =
    "Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.";

impl<'a> Request<'a> {
    fn parse(ctx: &mut Ctx<'_>, args: Args<'a>, grouped: bool) -> Result<Request<'a>, Fault> {
        let mut request = Request {
            count: 0,
            blocks: false,
            deadline_ms: None,
            group: None,
            noack: false,
            keys_at: 0,
            streams: Vec::new(),
        };
        let mut at = 1;
        while at < args.len() && request.keys_at == 0 {
            at = request.option(args, at, grouped)?;
        }
        if request.keys_at == 0 {
            return Err(fault::SYNTAX);
        }
        if grouped && request.group.is_none() {
            return Err(Fault::new("ERR Missing GROUP option for XREADGROUP"));
        }
        let count = (args.len() - request.keys_at) / 2;
        for place in request.keys_at..request.keys_at + count {
            let from = request.from(ctx, args.at(place), args.at(place + count))?;
            request.streams.push((args.at(place), from));
        }
        Ok(request)
    }

    /// Reads the option at `at` and returns where the next one is.
    fn option(&mut self, args: Args<'a>, at: usize, grouped: bool) -> Result<usize, Fault> {
        let (arg, more) = (args.at(at), args.len() - 1 - at);
        if is(arg, "block") && more >= 1 {
            self.deadline_ms = parse::deadline_millis(args.at(at + 1))?;
            self.blocks = true;
            return Ok(at + 2);
        }
        if is(arg, "count") && more >= 1 {
            self.count = usize::try_from(parse::int(args.at(at + 1))?).unwrap_or(0);
            return Ok(at + 2);
        }
        if is(arg, "streams") && more >= 1 {
            if !more.is_multiple_of(2) {
                return Err(Fault::err(if grouped { UNBALANCED_GROUP } else { UNBALANCED_READ }));
            }
            self.keys_at = at + 1;
            return Ok(at + 1);
        }
        if is(arg, "group") && more >= 2 {
            if !grouped {
                return Err(Fault::new(
                    "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
                ));
            }
            self.group = Some((args.at(at + 1), args.at(at + 2)));
            return Ok(at + 3);
        }
        if is(arg, "noack") {
            if !grouped {
                return Err(Fault::new(
                    "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
                ));
            }
            self.noack = true;
            return Ok(at + 1);
        }
        Err(fault::SYNTAX)
    }

    /// From where a key is read. The group must be there.
    fn from(&self, ctx: &mut Ctx<'_>, key: &[u8], arg: &[u8]) -> Result<From, Fault> {
        let Some((group, _)) = self.group else {
            let stream = stream_of(&mut ctx.data, key)?;
            return match arg {
                b"$" => Ok(From::Behind(stream.map_or(Id::MIN, |stream| stream.last_id))),
                b"+" => Ok(From::Behind(stream.map_or(Id::MIN, ahead_of_last))),
                b">" => Err(Fault::new(
                    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
                )),
                _ => strict_id(arg, 0).map(From::Behind),
            };
        };
        if stream_of(&mut ctx.data, key)?.and_then(|stream| stream.group(group)).is_none() {
            let (key, group) = (parse::lossy(key), parse::lossy(group));
            return Err(Fault::line(format!(
                "NOGROUP No such key '{key}' or consumer group '{group}' in XREADGROUP with GROUP option"
            )));
        }
        match arg {
            b">" => Ok(From::New),
            b"$" => Err(Fault::new(
                "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
            )),
            b"+" => Err(Fault::new(
                "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set.",
            )),
            _ => strict_id(arg, 0).map(From::Behind),
        }
    }

    fn most(&self) -> usize {
        if self.count == 0 { usize::MAX } else { self.count }
    }
}

/// The id ahead of the last entry, so that reading behind it gives that entry.
fn ahead_of_last(stream: &Stream) -> Id {
    let last = stream.last_entry_id();
    if stream.is_empty() { stream.last_id } else { last.prev().unwrap_or_default() }
}

pub(super) fn xread(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let request = Request::parse(ctx, args, false)?;
    let answer = Answer::begin(ctx.reply);
    let mut found = 0;
    for (key, from) in &request.streams {
        let From::Behind(behind) = from else { continue };
        let Some(stream) = stream_of(&mut ctx.data, key)? else { continue };
        let newer = !stream.is_empty() && stream.last_entry_id() > *behind;
        if let Some(start) = behind.next().filter(|_| newer) {
            answer.key(ctx.reply, key);
            put_entries(ctx.reply, stream.range(start, Id::MAX).take(request.most()));
            found += 1;
        }
    }
    answer.end(ctx, &request, args, found);
    Ok(())
}

pub(super) fn xreadgroup(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let request = Request::parse(ctx, args, true)?;
    ctx.no_effect();
    let Some((group, consumer)) = request.group else { return Err(fault::SYNTAX) };
    let answer = Answer::begin(ctx.reply);
    let mut found = 0;
    for (key, from) in &request.streams {
        let place = Place { key, group, consumer };
        let served = read_for_group(ctx, place, *from, &request, &answer)?;
        found += usize::from(served);
    }
    answer.end(ctx, &request, args, found);
    Ok(())
}

/// The reply: for each key its entries.
struct Answer {
    start: usize,
    place: crate::resp::Deferred,
}

impl Answer {
    fn begin(reply: &mut Reply) -> Answer {
        Answer { start: reply.len(), place: reply.deferred() }
    }

    fn key(&self, reply: &mut Reply, key: &[u8]) {
        if !reply.is_resp3() {
            reply.array(2);
        }
        reply.bulk(key);
    }

    /// Ends the reply, or waits when it is empty and BLOCK was given.
    fn end(self, ctx: &mut Ctx<'_>, request: &Request<'_>, args: Args<'_>, found: usize) {
        if found > 0 {
            return match ctx.reply.is_resp3() {
                true => ctx.reply.close_map(self.place, found),
                false => ctx.reply.close_array(self.place, found),
            };
        }
        ctx.reply.truncate(self.start);
        if request.blocks {
            wait(ctx, request, args);
        } else {
            ctx.reply.null_array();
        }
    }
}

fn wait(ctx: &mut Ctx<'_>, request: &Request<'_>, args: Args<'_>) {
    let wait = KeyWait {
        kind: Kind::Stream,
        keys: request.streams.iter().map(|(key, _)| (*key).into()).collect(),
        deadline_ms: request.deadline_ms,
        on_gone: request.group.is_some(),
        empty: Empty::NullArray,
    };
    let mut again = OwnedArgs::new();
    args.iter().take(request.keys_at + request.streams.len()).for_each(|arg| again.push(arg));
    for (_, from) in &request.streams {
        match from {
            From::Behind(id) => again.push(super::IdText::new(*id).as_bytes()),
            From::New => again.push(b">"),
        }
    }
    ctx.wait_for_keys_as(wait, again);
}

/// Serves one key; says whether there was something to say about it.
fn read_for_group(
    ctx: &mut Ctx<'_>,
    place: Place<'_>,
    from: From,
    request: &Request<'_>,
    answer: &Answer,
) -> Result<bool, Fault> {
    let (now_ms, noack) = (ctx.now_ms(), request.noack);
    let reply = &mut *ctx.reply;
    let done = super::edit(&mut ctx.data, place.key, |stream| {
        let (number, fresh) = stream.group_mut(place.group)?.number_or_create(place.consumer, now_ms);
        let reader = Reader { place, number, now_ms, most: request.most(), noack };
        let delivered = match from {
            From::New => reader.new_entries(stream, reply, answer),
            From::Behind(id) => {
                answer.key(reply, place.key);
                reader.history(stream, reply, id);
                None
            }
        };
        let group = stream.group_mut(place.group)?;
        if let Some(consumer) = group.consumer_mut(number) {
            consumer.seen_ms = now_ms;
            if delivered.is_some() {
                consumer.active_ms = now_ms;
            }
        }
        Some((fresh, number, delivered, group.last_id, group.entries_read))
    })?;
    let Some((fresh, number, delivered, last_id, read)) = done.flatten() else { return Ok(false) };
    let data = &mut ctx.data;
    if fresh {
        place.consumer_made(data);
        if noack || delivered.is_none() {
            place.consumer_effect(data);
        }
    }
    let served = delivered.is_some() || matches!(from, From::Behind(_));
    data.dirty += u64::from(served);
    if let Some(ids) = delivered {
        for id in ids.iter().filter(|_| !noack) {
            let pending = Pending { delivered_ms: now_ms, count: 1, consumer: number };
            place.claim_effect(data, *id, *id, pending);
        }
        if noack {
            place.setid_effect(data, last_id, read);
        }
    }
    Ok(served)
}

/// A consumer that reads one stream.
struct Reader<'a> {
    place: Place<'a>,
    number: u32,
    now_ms: i64,
    most: usize,
    noack: bool,
}

impl Reader<'_> {
    /// Gives the consumer what the group has not been given; returns the ids, `None` when there is nothing.
    fn new_entries(&self, stream: &mut Stream, reply: &mut Reply, answer: &Answer) -> Option<Vec<Id>> {
        let group = stream.group(self.place.group)?;
        let (mut last, mut read) = (group.last_id, group.entries_read);
        if stream.is_empty() || stream.last_entry_id() <= last {
            return None;
        }
        answer.key(reply, self.place.key);
        let mut ids = Vec::new();
        let array = reply.deferred();
        for entry in stream.range(last.next()?, Id::MAX).take(self.most) {
            put_entry(reply, &entry);
            read = stream.read_after(last, read, entry.id);
            last = entry.id;
            ids.push(entry.id);
        }
        reply.close_array(array, ids.len());
        let group = stream.group_mut(self.place.group)?;
        (group.last_id, group.entries_read) = (last, read);
        if !self.noack {
            let pending = Pending { delivered_ms: self.now_ms, count: 1, consumer: self.number };
            ids.iter().for_each(|id| group.assign(*id, pending));
        }
        Some(ids)
    }

    /// What the consumer has not acknowledged, behind an id; delivered once more.
    fn history(&self, stream: &mut Stream, reply: &mut Reply, behind: Id) {
        let group = stream.group(self.place.group);
        let consumer = group.and_then(|group| group.consumer(self.number));
        let ids: Vec<Id> = match (consumer, behind.next()) {
            (Some(consumer), Some(start)) => {
                consumer.pending().range_from(start).map(|(id, ())| id).take(self.most).collect()
            }
            _ => Vec::new(),
        };
        reply.array(ids.len());
        let mut there = Vec::new();
        for id in ids {
            if let Some(entry) = stream.get(id) {
                put_entry(reply, &entry);
                there.push(id);
            } else {
                reply.array(2);
                put_id(reply, id);
                reply.null_array();
            }
        }
        if let Some(group) = stream.group_mut(self.place.group) {
            there.into_iter().for_each(|id| group.redeliver(id, self.now_ms));
        }
    }
}

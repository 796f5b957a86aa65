//! XCLAIM and XAUTOCLAIM: pending entries change hands. Entries that no longer exist are taken off the
//! group's list on the way. Each change is an XCLAIM in the journal, with the result spelled out.

use std::sync::Arc;

use super::{INVALID_ID, Place, no_group, put_entry, put_id, range_start, stream_of, strict_id};
use crate::resp::{Args, Reply};
use crate::server::commands::parse::{self, is};
use crate::server::ctx::{Ctx, Data};
use crate::server::fault::{self, Fault};
use crate::server::session::Origin;
use crate::store::types::stream::{Id, Pending, Stream};

/// How entries are handed over.
struct Claim {
    min_idle: i64,
    ids: Vec<Id>,
    delivered_ms: i64,
    retry_count: Option<u64>,
    force: bool,
    just_ids: bool,
    last_id: Id,
    /// It comes from the master or the file: it may stand for a delivery by XREADGROUP.
    replayed: bool,
}

/// The name of the consumer who has a pending entry, where it is not the one who claims.
type Holder = Option<Arc<[u8]>>;

/// What came of it, for the journal.
#[derive(Default)]
struct Outcome {
    fresh: bool,
    claimed: usize,
    /// Pending entries as they are now, or were before they were taken off the list, and who has them.
    effects: Vec<(Id, Pending, Holder)>,
    group_last: Id,
    moved: bool,
    read: Option<u64>,
}

/// XCLAIM's options, each with an argument.
fn claim_int(arg: &[u8], words: &'static str) -> Result<i64, Fault> {
    parse::int_or(arg, words)
}

impl Claim {
    fn parse(args: Args<'_>, now_ms: i64, replayed: bool) -> Result<Claim, Fault> {
        let min_idle = claim_int(args.at(4), "ERR Invalid min-idle-time argument for XCLAIM")?.max(0);
        let ids: Vec<Id> = args.tail(5).iter().map_while(|arg| strict_id(arg, 0).ok()).collect();
        let mut claim = Claim {
            min_idle,
            delivered_ms: now_ms,
            retry_count: None,
            force: false,
            just_ids: false,
            last_id: Id::MIN,
            ids,
            replayed,
        };
        let mut at = 5 + claim.ids.len();
        while at < args.len() {
            at = claim.option(args, at, now_ms)?;
        }
        if claim.delivered_ms < 0 || claim.delivered_ms > now_ms {
            claim.delivered_ms = now_ms;
        }
        Ok(claim)
    }

    /// Reads the option at `at` and returns where the next one is.
    fn option(&mut self, args: Args<'_>, at: usize, now_ms: i64) -> Result<usize, Fault> {
        let value = args.get(at + 1);
        match (args.at(at), value) {
            (word, _) if is(word, "force") => {
                self.force = true;
                return Ok(at + 1);
            }
            (word, _) if is(word, "justid") => {
                self.just_ids = true;
                return Ok(at + 1);
            }
            (word, Some(value)) if is(word, "idle") => {
                let idle = claim_int(value, "ERR Invalid IDLE option argument for XCLAIM")?;
                self.delivered_ms = now_ms.saturating_sub(idle);
            }
            (word, Some(value)) if is(word, "time") => {
                self.delivered_ms = claim_int(value, "ERR Invalid TIME option argument for XCLAIM")?;
            }
            (word, Some(value)) if is(word, "retrycount") => {
                let count = claim_int(value, "ERR Invalid RETRYCOUNT option argument for XCLAIM")?;
                self.retry_count = u64::try_from(count).ok();
            }
            (word, Some(value)) if is(word, "lastid") => {
                self.last_id = strict_id(value, 0).map_err(|_| INVALID_ID)?;
            }
            (word, _) => {
                return Err(Fault::err(format!("Unrecognized XCLAIM option '{}'", parse::lossy(word))));
            }
        }
        Ok(at + 2)
    }

    /// XREADGROUP of Redis up to 7.2 tells replicas of a delivery by XCLAIM alone, whose LASTID is the entry
    /// itself. How many entries the group has read is not in it; it follows from the entry.
    fn entries_read(&self, stream: &Stream, group: &[u8]) -> Option<Option<u64>> {
        let group = stream.group(group)?;
        let delivers = self.replayed && self.force && *self.ids == [self.last_id];
        let moves = delivers && self.last_id > group.last_id;
        moves.then(|| stream.read_after(group.last_id, group.entries_read, self.last_id))
    }

    /// Hands the entries over and writes the reply.
    fn run(&self, stream: &mut Stream, place: Place<'_>, now_ms: i64, reply: &mut Reply) -> Option<Outcome> {
        let read = self.entries_read(stream, place.group);
        let group = stream.group_mut(place.group)?;
        group.entries_read = read.unwrap_or(group.entries_read);
        let moved = self.last_id > group.last_id;
        group.last_id = group.last_id.max(self.last_id);
        let (number, fresh) = group.number_or_create(place.consumer, now_ms);
        if let Some(consumer) = group.consumer_mut(number) {
            consumer.seen_ms = now_ms;
        }
        let mut outcome = Outcome {
            fresh,
            moved,
            group_last: group.last_id,
            read: group.entries_read,
            ..Outcome::default()
        };
        let array = reply.deferred();
        for id in &self.ids {
            self.one(stream, place, *id, (number, now_ms), reply, &mut outcome);
        }
        reply.close_array(array, outcome.claimed);
        Some(outcome)
    }

    fn one(
        &self,
        stream: &mut Stream,
        place: Place<'_>,
        id: Id,
        (number, now_ms): (u32, i64),
        reply: &mut Reply,
        outcome: &mut Outcome,
    ) -> Option<()> {
        let exists = stream.get(id).is_some();
        let group = stream.group_mut(place.group)?;
        let before = group.pending().get(id).copied();
        if !exists {
            let before = before?;
            let holder = group.consumer(before.consumer).map(|holder| Arc::clone(&holder.name));
            group.acknowledge(id);
            outcome.effects.push((id, before, holder));
            return None;
        }
        let idle_enough =
            |pending: &Pending| self.min_idle == 0 || now_ms - pending.delivered_ms >= self.min_idle;
        if !before.as_ref().map_or(self.force, idle_enough) {
            return None;
        }
        let count = before.map_or(1, |before| before.count); // FORCE counts as a delivery
        let count = self.retry_count.unwrap_or(if self.just_ids { count } else { count.wrapping_add(1) });
        let pending = Pending { delivered_ms: self.delivered_ms, count, consumer: number };
        group.assign(id, pending);
        if let Some(consumer) = group.consumer_mut(number) {
            consumer.active_ms = now_ms;
        }
        outcome.effects.push((id, pending, None));
        outcome.claimed += 1;
        put_claimed(reply, stream, id, self.just_ids);
        Some(())
    }
}

fn put_claimed(reply: &mut Reply, stream: &Stream, id: Id, just_ids: bool) {
    match stream.get(id) {
        Some(entry) if !just_ids => put_entry(reply, &entry),
        _ => put_id(reply, id),
    }
}

impl Outcome {
    /// Tells the journal.
    fn tell(&self, data: &mut Data<'_>, place: Place<'_>) {
        if self.fresh {
            place.consumer_made(data);
            if self.claimed == 0 {
                place.consumer_effect(data);
            }
        }
        for (id, pending, holder) in &self.effects {
            let place = Place { consumer: holder.as_deref().unwrap_or(place.consumer), ..place };
            place.claim_effect(data, self.group_last, *id, *pending);
            data.dirty += 1;
        }
        if self.moved && self.effects.is_empty() {
            place.setid_effect(data, self.group_last, self.read);
            data.dirty += 1;
        }
    }
}

/// The group has to be there.
fn required(ctx: &mut Ctx<'_>, key: &[u8], group: &[u8]) -> Result<(), Fault> {
    let found = stream_of(&mut ctx.data, key)?.and_then(|stream| stream.group(group));
    if found.is_some() { Ok(()) } else { Err(no_group(key, group)) }
}

pub(super) fn xclaim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let place = Place { key: args.at(1), group: args.at(2), consumer: args.at(3) };
    let now_ms = ctx.now_ms();
    required(ctx, place.key, place.group)?;
    let claim = Claim::parse(args, now_ms, ctx.data.origin != Origin::Client)?;
    ctx.no_effect();
    let reply = &mut *ctx.reply;
    let run = |stream: &mut Stream| claim.run(stream, place, now_ms, reply);
    if let Some(outcome) = super::edit(&mut ctx.data, place.key, run)?.flatten() {
        outcome.tell(&mut ctx.data, place);
    }
    Ok(())
}

/// XAUTOCLAIM looks at this many entries for each it may claim.
const LOOKS_PER_CLAIM: usize = 10;
/// Entries claimed at once when COUNT does not say.
const USUAL_COUNT: usize = 100;

/// What XAUTOCLAIM asks for.
struct Auto {
    min_idle: i64,
    start: Id,
    count: usize,
    just_ids: bool,
}

impl Auto {
    fn parse(args: Args<'_>) -> Result<Auto, Fault> {
        let min_idle = claim_int(args.at(4), "ERR Invalid min-idle-time argument for XAUTOCLAIM")?.max(0);
        let mut auto =
            Auto { min_idle, start: range_start(args.at(5))?, count: USUAL_COUNT, just_ids: false };
        let mut at = 6;
        while at < args.len() {
            if is(args.at(at), "count") && at + 1 < args.len() {
                let most = i64::MAX / 16;
                let count = claim_int(args.at(at + 1), "ERR COUNT must be > 0")?;
                if !(1..=most).contains(&count) {
                    return Err(Fault::new("ERR COUNT must be > 0"));
                }
                auto.count = count as usize;
                at += 2;
            } else if is(args.at(at), "justid") {
                auto.just_ids = true;
                at += 1;
            } else {
                return Err(fault::SYNTAX);
            }
        }
        Ok(auto)
    }

    /// Chooses the entries: those to hand over, those that no longer exist, and where to go on.
    fn choose(&self, stream: &Stream, place: Place<'_>, now_ms: i64) -> (Vec<Id>, Vec<Id>, Id) {
        let (mut ids, mut gone) = (Vec::new(), Vec::new());
        let Some(group) = stream.group(place.group) else { return (ids, gone, Id::MIN) };
        let mut pending = group.pending().range_from(self.start);
        let mut looks = self.count.saturating_mul(LOOKS_PER_CLAIM);
        while looks > 0 && ids.len() + gone.len() < self.count {
            let Some((id, entry)) = pending.next() else { break };
            looks -= 1;
            if stream.get(id).is_none() {
                gone.push(id);
            } else if self.min_idle == 0 || now_ms - entry.delivered_ms >= self.min_idle {
                ids.push(id);
            }
        }
        let next = pending.next().map_or(Id::MIN, |(id, _)| id);
        (ids, gone, next)
    }

    fn run(&self, stream: &mut Stream, place: Place<'_>, now_ms: i64, reply: &mut Reply) -> Option<Outcome> {
        let (ids, gone, next) = self.choose(stream, place, now_ms);
        reply.array(3);
        put_id(reply, next);
        let mut claim = Claim {
            min_idle: 0,
            ids,
            delivered_ms: now_ms,
            retry_count: None,
            force: false,
            just_ids: self.just_ids,
            last_id: Id::MIN,
            replayed: false,
        };
        let mut outcome = claim.run(stream, place, now_ms, reply)?;
        let claimed = std::mem::take(&mut outcome.effects);
        claim.ids = gone;
        let mut nothing = Reply::new(Vec::new(), reply.proto());
        let removed = claim.run(stream, place, now_ms, &mut nothing)?;
        outcome.effects = removed.effects;
        outcome.effects.extend(claimed);
        outcome.effects.sort_by_key(|(id, ..)| *id);
        reply.array(claim.ids.len());
        claim.ids.iter().for_each(|id| put_id(reply, *id));
        Some(outcome)
    }
}

pub(super) fn xautoclaim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let place = Place { key: args.at(1), group: args.at(2), consumer: args.at(3) };
    let now_ms = ctx.now_ms();
    let auto = Auto::parse(args)?;
    required(ctx, place.key, place.group)?;
    ctx.no_effect();
    let reply = &mut *ctx.reply;
    let run = |stream: &mut Stream| auto.run(stream, place, now_ms, reply);
    if let Some(outcome) = super::edit(&mut ctx.data, place.key, run)?.flatten() {
        outcome.tell(&mut ctx.data, place);
    }
    Ok(())
}

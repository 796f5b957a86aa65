//! XPENDING: what a group has been given and not acknowledged, in sum or entry by entry.

use super::{no_group, put_id, range_end, range_start, stream_of};
use crate::resp::{Args, Reply};
use crate::server::commands::parse::{self, is};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::types::stream::{Group, Id, Pending};

/// The long form.
struct Query<'a> {
    min_idle: i64,
    start: Id,
    end: Id,
    count: usize,
    consumer: Option<&'a [u8]>,
}

impl<'a> Query<'a> {
    fn parse(args: Args<'a>) -> Result<Query<'a>, Fault> {
        let (mut at, mut min_idle) = (3, 0);
        if is(args.at(3), "idle") {
            min_idle = parse::int(args.at(4))?;
            if args.len() < 8 {
                return Err(fault::SYNTAX);
            }
            at = 5;
        }
        let count = usize::try_from(parse::int(args.at(at + 2))?).unwrap_or(0);
        let (start, end) = (range_start(args.at(at))?, range_end(args.at(at + 1))?);
        Ok(Query { min_idle, start, end, count, consumer: args.get(at + 3) })
    }

    fn answer(&self, group: &Group, now_ms: i64, reply: &mut Reply) {
        let wanted = |pending: &Pending| {
            self.min_idle == 0 || now_ms.saturating_sub(pending.delivered_ms) >= self.min_idle
        };
        let place = reply.deferred();
        let mut found = 0;
        let mut put = |id: Id| {
            let Some((pending, consumer)) = group.holder(id).filter(|(pending, _)| wanted(pending)) else {
                return true;
            };
            reply.array(4);
            put_id(reply, id);
            reply.bulk(&consumer.name);
            reply.int(now_ms.saturating_sub(pending.delivered_ms).max(0));
            reply.int(pending.count as i64);
            found += 1;
            found < self.count
        };
        let end = self.end;
        if self.count > 0 {
            match self.consumer {
                None => {
                    let ids = group.pending().range_from(self.start).map(|(id, _)| id);
                    ids.take_while(|id| *id <= end).all(&mut put);
                }
                Some(name) => {
                    let consumer = group.number_of(name).and_then(|number| group.consumer(number));
                    let ids = consumer.into_iter().flat_map(|c| c.pending().range_from(self.start));
                    ids.map(|(id, ())| id).take_while(|id| *id <= end).all(&mut put);
                }
            }
        }
        reply.close_array(place, found);
    }
}

/// The short form.
fn summary(group: &Group, reply: &mut Reply) {
    reply.array(4);
    reply.count(group.pending().len());
    let (Some((first, _)), Some((last, _))) = (group.pending().first(), group.pending().last()) else {
        reply.null();
        reply.null();
        return reply.null_array();
    };
    put_id(reply, first);
    put_id(reply, last);
    let busy = || group.consumers().filter(|consumer| !consumer.pending().is_empty());
    reply.array(busy().count());
    for consumer in busy() {
        reply.array(2);
        reply.bulk(&consumer.name);
        reply.bulk_int(consumer.pending().len() as i64);
    }
}

pub(super) fn xpending(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name, now_ms) = (args.at(1), args.at(2), ctx.now_ms());
    if args.len() != 3 && !(6..=9).contains(&args.len()) {
        return Err(fault::SYNTAX);
    }
    let query = if args.len() > 3 { Some(Query::parse(args)?) } else { None };
    let group = stream_of(&mut ctx.data, key)?.and_then(|stream| stream.group(name));
    let group = group.ok_or_else(|| no_group(key, name))?;
    match query {
        Some(query) => query.answer(group, now_ms, ctx.reply),
        None => summary(group, ctx.reply),
    }
    Ok(())
}

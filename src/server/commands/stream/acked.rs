//! XDELEX and XACKDEL: deleting entries with a word on the references that groups hold to them.

use super::add::refs_of;
use super::{changed, counted_ids, edit, stream_of};
use crate::resp::Args;
use crate::server::commands::parse::is;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::Kind;
use crate::store::types::stream::{Id, Refs, Stream};

/// There is no such entry (or it is not pending).
const ABSENT: i64 = -1;
/// It was deleted.
const DELETED: i64 = 1;
/// It stays: somebody has still to acknowledge it.
const REFERENCED: i64 = 2;

/// Reads `[KEEPREF|DELREF|ACKED] IDS n id ...` from `at` on, in either order; the last ids count.
fn parse(args: Args<'_>, mut at: usize) -> Result<(Refs, Vec<Id>), Fault> {
    let (mut refs, mut ids) = (None, None);
    while let Some(word) = args.get(at) {
        if let Some(found) = refs_of(word).filter(|_| refs.is_none()) {
            refs = Some(found);
            at += 1;
        } else if is(word, "ids") {
            let found = counted_ids(args, at + 1)?;
            at += 2 + found.len();
            ids = Some(found);
        } else {
            return Err(fault::SYNTAX);
        }
    }
    Ok((refs.unwrap_or_default(), ids.ok_or(fault::SYNTAX)?))
}

/// Deletes one entry, as far as `refs` lets it.
fn delete(stream: &mut Stream, id: Id, refs: Refs) -> i64 {
    if refs == Refs::Acked && stream.get(id).is_some() && stream.is_referenced(id) {
        return REFERENCED;
    }
    if refs == Refs::Delete {
        stream.delete_refs(id);
    }
    if stream.delete(id) { DELETED } else { ABSENT }
}

fn answer(ctx: &mut Ctx<'_>, results: &[i64]) {
    ctx.reply.array(results.len());
    results.iter().for_each(|result| ctx.reply.int(*result));
}

pub(super) fn xdelex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    let there = ctx.data.write_as(key, Kind::Stream)?.is_some();
    let (refs, ids) = parse(args, 2)?;
    if !there {
        answer(ctx, &vec![ABSENT; ids.len()]);
        return Ok(());
    }
    let run = |stream: &mut Stream| ids.iter().map(|id| delete(stream, *id, refs)).collect::<Vec<_>>();
    let results = edit(&mut ctx.data, key, run)?.unwrap_or_default();
    if results.contains(&DELETED) {
        changed(ctx, "xdel", key);
    }
    answer(ctx, &results);
    Ok(())
}

pub(super) fn xackdel(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name) = (args.at(1), args.at(2));
    let there = stream_of(&mut ctx.data, key)?.is_some_and(|stream| stream.group(name).is_some());
    let (refs, ids) = parse(args, 3)?;
    if !there {
        answer(ctx, &vec![ABSENT; ids.len()]);
        return Ok(());
    }
    let one = |stream: &mut Stream, id: Id| {
        let acknowledged = stream.group_mut(name).is_some_and(|group| group.acknowledge(id));
        if !acknowledged {
            return ABSENT;
        }
        // An entry that is gone already was acknowledged all the same.
        delete(stream, id, refs).max(DELETED)
    };
    let run = |stream: &mut Stream| ids.iter().map(|id| one(stream, *id)).collect::<Vec<_>>();
    let results = edit(&mut ctx.data, key, run)?.unwrap_or_default();
    let acknowledged = results.iter().filter(|result| **result != ABSENT).count();
    ctx.data.dirty += acknowledged as u64;
    if results.contains(&DELETED) {
        changed(ctx, "xdel", key);
    }
    answer(ctx, &results);
    Ok(())
}

//! Searching an index: GEORADIUS, GEORADIUSBYMEMBER, GEOSEARCH and what they store.

use crate::resp::Args;
use crate::server::commands::zset;
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::store::geo::{Area, Point};
use crate::store::types::zset::{Cut, ZsetRef};

use super::options::{Form, Options, Order};
use super::{write_distance, write_point};

/// A member that was found.
struct Found {
    member: Vec<u8>,
    score: f64,
    place: Point,
    /// In metres.
    distance: f64,
}

/// Everything of the index in the area, at most `limit` (0: all).
fn find(set: ZsetRef<'_>, area: &Area, limit: usize) -> Vec<Found> {
    let mut found = Vec::new();
    for cell in area.cells() {
        let (low, high) = cell.scores();
        let low = set.rank(&Cut::Score(low as f64, false));
        let high = set.rank(&Cut::Score(high as f64, false));
        for element in set.range(low, high) {
            if limit > 0 && found.len() >= limit {
                return found;
            }
            let place = Point::of_score(element.score);
            if let Some(distance) = area.distance(place) {
                found.push(Found { member: element.member.to_vec(), score: element.score, place, distance });
            }
        }
    }
    found
}

fn put_in_order(found: &mut [Found], order: Order) {
    match order {
        Order::None => {}
        Order::Nearest => found.sort_by(|a, b| a.distance.total_cmp(&b.distance)),
        Order::Farthest => found.sort_by(|a, b| b.distance.total_cmp(&a.distance)),
    }
}

/// The index of a key that was read before.
fn set_of<'d>(ctx: &'d Ctx<'_>, key: &[u8]) -> Option<ZsetRef<'d>> {
    ctx.data.value_of(key).and_then(ZsetRef::new)
}

fn search(ctx: &mut Ctx<'_>, args: Args<'_>, form: Form) -> Result<(), Fault> {
    let source = args.at(form.source());
    let there = zset::read(&mut ctx.data, source)?.is_some();
    let options = Options::parse(args, form, there)?;
    let centre = match options.member {
        Some(member) if there => {
            let score = set_of(ctx, source).and_then(|set| set.score(member));
            let missing = Fault::new("ERR could not decode requested zset member");
            Some(score.map(Point::of_score).ok_or(missing)?)
        }
        _ => None,
    };
    let mut found = Vec::new();
    let set = if there { set_of(ctx, source) } else { None };
    if let (Some(set), Some(area)) = (set, options.area(centre)) {
        found = find(set, &area, if options.any { options.count } else { 0 });
    }
    put_in_order(&mut found, options.effective_order());
    if options.count > 0 {
        found.truncate(options.count);
    }
    match options.store {
        Some(key) => store(ctx, key, found, &options, form),
        None => show(ctx, &found, &options),
    }
    Ok(())
}

fn show(ctx: &mut Ctx<'_>, found: &[Found], options: &Options<'_>) {
    let extras = [options.distances, options.hashes, options.coordinates];
    let extras = extras.into_iter().filter(|wanted| *wanted).count();
    let reply = &mut *ctx.reply;
    reply.array(found.len());
    for one in found {
        if extras > 0 {
            reply.array(extras + 1);
        }
        reply.bulk(&one.member);
        if options.distances {
            write_distance(reply, one.distance / options.metres);
        }
        if options.hashes {
            reply.int(one.score as i64);
        }
        if options.coordinates {
            write_point(reply, one.place);
        }
    }
}

fn store(ctx: &mut Ctx<'_>, key: &[u8], found: Vec<Found>, options: &Options<'_>, form: Form) {
    let by_distance = options.store_distances;
    let score = |one: &Found| if by_distance { one.distance / options.metres } else { one.score };
    let mut elements: Vec<(Vec<u8>, f64)> = found
        .into_iter()
        .map(|one| {
            let score = score(&one);
            (one.member, score)
        })
        .collect();
    zset::sort(&mut elements);
    elements.dedup_by(|a, b| a.0 == b.0);
    let event = if form == Form::SearchStore { "geosearchstore" } else { "georadiusstore" };
    let count = elements.len() as u64;
    zset::store(ctx, key, &elements, event);
    ctx.data.dirty += count.saturating_sub(1);
}

pub(super) fn georadius(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    search(ctx, args, Form::Radius { may_store: true })
}

pub(super) fn georadius_ro(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    search(ctx, args, Form::Radius { may_store: false })
}

pub(super) fn georadiusbymember(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    search(ctx, args, Form::Member { may_store: true })
}

pub(super) fn georadiusbymember_ro(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    search(ctx, args, Form::Member { may_store: false })
}

pub(super) fn geosearch(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    search(ctx, args, Form::Search)
}

pub(super) fn geosearchstore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    search(ctx, args, Form::SearchStore)
}

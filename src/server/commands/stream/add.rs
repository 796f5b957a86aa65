//! XADD, XTRIM, XDEL and XSETID. What goes to the journal has a concrete id and an exact threshold, so that
//! it does the same everywhere.

use super::{IdText, changed, edit, edit_or_create, put_id, strict_id};
use crate::resp::Args;
use crate::server::commands::parse::{self, is};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::server::session::Origin;
use crate::store::Kind;
use crate::store::types::stream::{AddError, Id, NodeLimits, Refs, Stream, Threshold, Trim};

const EXHAUSTED: Fault =
    Fault::new("ERR The stream has exhausted the last possible ID, unable to add more items");
const TOO_SMALL: Fault =
    Fault::new("ERR The ID specified in XADD is equal or smaller than the target stream top item");
const TOO_LARGE: Fault = Fault::new("ERR Elements are too large to be stored");

/// The id that XADD asks for.
#[derive(Clone, Copy)]
enum Wanted {
    /// `*`.
    Any,
    /// `ms-*`.
    In(u64),
    /// Spelled out.
    Exactly(Id),
}

impl Wanted {
    fn parse(arg: &[u8]) -> Result<Wanted, Fault> {
        if arg == b"*" {
            return Ok(Wanted::Any);
        }
        match arg.strip_suffix(b"-*") {
            Some(ms) => Ok(Wanted::In(strict_id(ms, 0)?.ms)),
            None => strict_id(arg, 0).map(Wanted::Exactly),
        }
    }

    fn id(self, stream: &Stream, now_ms: i64) -> Result<Id, Fault> {
        if stream.last_id == Id::MAX {
            return Err(EXHAUSTED);
        }
        match self {
            Wanted::Any => stream.next_id(now_ms as u64).ok_or(EXHAUSTED),
            Wanted::In(ms) => stream.next_id_at(ms).map_err(|_| TOO_SMALL),
            Wanted::Exactly(id) => Ok(id),
        }
    }
}

/// The options that XADD and XTRIM share.
#[derive(Default)]
struct Options {
    to: Option<Threshold>,
    /// Where the threshold is, and whether `~` is ahead of it.
    threshold_at: usize,
    approximate: bool,
    limit: Option<u64>,
    refs: Option<Refs>,
    no_create: bool,
    /// Where the id is.
    id_at: usize,
}

impl Options {
    /// Reads what comes behind the key; for XADD up to the id.
    fn parse(args: Args<'_>, adds: bool) -> Result<Options, Fault> {
        let mut options = Options::default();
        let mut at = 2;
        while at < args.len() {
            let (arg, more) = (args.at(at), args.len() - 1 - at);
            if adds && arg == b"*" {
                break;
            } else if (is(arg, "maxlen") || is(arg, "minid")) && more > 0 {
                at = options.threshold(args, at)?;
            } else if is(arg, "limit") && more > 0 {
                let limit = parse::int(args.at(at + 1))?;
                let limit = u64::try_from(limit);
                options.limit = Some(limit.map_err(|_| Fault::new("ERR The LIMIT argument must be >= 0."))?);
                at += 1;
            } else if adds && is(arg, "nomkstream") {
                options.no_create = true;
            } else if let Some(refs) = refs_of(arg).filter(|_| options.refs.is_none()) {
                options.refs = Some(refs);
            } else if adds {
                break;
            } else {
                return Err(fault::SYNTAX);
            }
            at += 1;
        }
        options.id_at = at;
        Ok(options)
    }

    /// Reads `MAXLEN|MINID [=|~] threshold` and returns where the threshold is.
    fn threshold(&mut self, args: Args<'_>, mut at: usize) -> Result<usize, Fault> {
        if self.to.is_some() {
            return Err(Fault::new(
                "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
            ));
        }
        let by_len = is(args.at(at), "maxlen");
        self.approximate = false;
        if args.len() - 1 - at >= 2 && matches!(args.at(at + 1), b"~" | b"=") {
            self.approximate = args.at(at + 1) == b"~";
            at += 1;
        }
        at += 1;
        self.to = Some(if by_len {
            let most = u64::try_from(parse::int(args.at(at))?);
            Threshold::MaxLen(most.map_err(|_| Fault::new("ERR The MAXLEN argument must be >= 0."))?)
        } else {
            Threshold::MinId(super::loose_id(args.at(at), 0)?)
        });
        self.threshold_at = at;
        Ok(at)
    }

    /// How to trim; none when it is not asked for. A master's stream and the AOF are never held to limits.
    fn trim(&self, ctx: &Ctx<'_>, adds: bool) -> Result<Option<Trim>, Fault> {
        let limited = self.limit.is_some_and(|limit| limit > 0);
        if limited && self.to.is_none() {
            return Err(Fault::new(
                "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
            ));
        }
        if !adds && self.to.is_none() {
            return Err(Fault::new("ERR syntax error, XTRIM must be called with a trimming strategy"));
        }
        let obeys = ctx.data.origin != Origin::Client;
        if !obeys && self.limit.is_some() && !self.approximate {
            return Err(Fault::new("ERR syntax error, LIMIT cannot be used without the special ~ option"));
        }
        let usual = || match ctx.settings.stream_node_max_entries.saturating_mul(100) {
            0 => 10_000,
            many => many.min(1_000_000),
        };
        let limit = match self.limit {
            _ if obeys => 0,
            Some(limit) => limit,
            None if self.approximate => usual(),
            None => 0,
        };
        let refs = self.refs.unwrap_or_default();
        Ok(self.to.map(|to| Trim { to, approximate: self.approximate, limit, refs }))
    }

    /// The command as it goes to the journal: with this id, and with the threshold that was reached.
    fn effect(&self, ctx: &mut Ctx<'_>, args: Args<'_>, id: Option<Id>, reached: Option<Threshold>) {
        if !ctx.data.journaling {
            return ctx.no_effect();
        }
        let id = id.map(IdText::new);
        let reached = reached.filter(|_| self.approximate).map(|reached| match reached {
            Threshold::MaxLen(len) => len.to_string().into_bytes(),
            Threshold::MinId(id) => IdText::new(id).as_bytes().to_vec(),
        });
        let mut all: Vec<&[u8]> = args.iter().collect();
        if let Some(id) = &id {
            all[self.id_at] = id.as_bytes();
        }
        if let Some(reached) = &reached {
            all[self.threshold_at - 1] = b"=";
            all[self.threshold_at] = reached;
        }
        ctx.effect_instead(&all);
    }
}

/// KEEPREF, DELREF or ACKED.
pub(super) fn refs_of(arg: &[u8]) -> Option<Refs> {
    let all = [("keepref", Refs::Keep), ("delref", Refs::Delete), ("acked", Refs::Acked)];
    all.into_iter().find(|(word, _)| is(arg, word)).map(|(_, refs)| refs)
}

/// The threshold that a trimmed stream has reached.
fn reached(stream: &Stream, to: Threshold) -> Threshold {
    match to {
        Threshold::MaxLen(_) => Threshold::MaxLen(stream.len() as u64),
        Threshold::MinId(_) => Threshold::MinId(stream.front_id()),
    }
}

fn limits(ctx: &Ctx<'_>) -> NodeLimits {
    NodeLimits {
        bytes: usize::try_from(ctx.settings.stream_node_max_bytes).unwrap_or(usize::MAX),
        entries: usize::try_from(ctx.settings.stream_node_max_entries).unwrap_or(usize::MAX),
    }
}

/// What XADD did.
struct Added {
    id: Id,
    trimmed: u64,
    reached: Option<Threshold>,
}

pub(super) fn xadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    let options = Options::parse(args, true)?;
    let wanted = args.get(options.id_at).map(Wanted::parse).transpose()?;
    let trim = options.trim(ctx, true)?;
    let pairs = args.tail((options.id_at + 1).min(args.len()));
    let Some(wanted) = wanted.filter(|_| pairs.len() >= 2 && pairs.len().is_multiple_of(2)) else {
        return Err(Fault::new("ERR wrong number of arguments for 'xadd' command"));
    };
    if matches!(wanted, Wanted::Exactly(Id::MIN)) {
        return Err(Fault::new("ERR The ID specified in XADD must be greater than 0-0"));
    }
    if options.no_create && ctx.data.write_as(key, Kind::Stream)?.is_none() {
        ctx.reply.null();
        return Ok(());
    }
    if pairs.bytes() > crate::store::packed::listpack::BYTES_MAX {
        return Err(TOO_LARGE);
    }
    let (limits, now_ms) = (limits(ctx), ctx.now_ms());
    let added = edit_or_create(&mut ctx.data, key, |stream| {
        let id = wanted.id(stream, now_ms)?;
        stream.add(id, pairs.iter(), limits).map_err(|error| match error {
            AddError::TooSmall => TOO_SMALL,
            AddError::Exhausted => EXHAUSTED,
            AddError::TooLarge => TOO_LARGE,
        })?;
        let trimmed = trim.as_ref().map_or(0, |trim| stream.trim(trim));
        let reached = trim.as_ref().map(|trim| reached(stream, trim.to));
        Ok(Added { id, trimmed, reached })
    })??;
    put_id(ctx.reply, added.id);
    changed(ctx, "xadd", key);
    if added.trimmed > 0 {
        changed(ctx, "xtrim", key);
        ctx.data.dirty -= 1; // the two count as one
    }
    if !matches!(wanted, Wanted::Exactly(_)) || options.approximate {
        options.effect(ctx, args, Some(added.id), added.reached);
    }
    Ok(())
}

pub(super) fn xtrim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    let options = Options::parse(args, false)?;
    let Some(trim) = options.trim(ctx, false)? else { return Err(fault::SYNTAX) };
    let done = edit(&mut ctx.data, key, |stream| (stream.trim(&trim), reached(stream, trim.to)))?;
    let removed = done.map_or(0, |(removed, _)| removed);
    ctx.reply.int(removed as i64);
    if removed > 0 {
        changed(ctx, "xtrim", key);
        ctx.data.dirty += removed - 1;
        if options.approximate {
            options.effect(ctx, args, None, done.map(|(_, reached)| reached));
        }
    }
    Ok(())
}

pub(super) fn xdel(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    if ctx.data.write_as(key, Kind::Stream)?.is_none() {
        ctx.reply.int(0);
        return Ok(());
    }
    let ids = args.tail(2).iter().map(|arg| strict_id(arg, 0)).collect::<Result<Vec<Id>, Fault>>()?;
    let delete = |stream: &mut Stream| ids.into_iter().filter(|id| stream.delete(*id)).count();
    let removed = edit(&mut ctx.data, key, delete)?.unwrap_or(0);
    if removed > 0 {
        changed(ctx, "xdel", key);
        ctx.data.dirty += removed as u64 - 1;
    }
    ctx.reply.count(removed);
    Ok(())
}

pub(super) fn xsetid(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, id) = (args.at(1), strict_id(args.at(2), 0)?);
    let (mut added, mut deleted) = (None, Id::MIN);
    let mut at = 3;
    while at < args.len() {
        let Some(value) = args.get(at + 1) else { return Err(fault::SYNTAX) };
        if is(args.at(at), "entriesadded") {
            let count = u64::try_from(parse::int(value)?);
            added = Some(count.map_err(|_| Fault::new("ERR entries_added must be positive"))?);
        } else if is(args.at(at), "maxdeletedid") {
            deleted = strict_id(value, 0)?;
            if id < deleted {
                return Err(Fault::new(
                    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                ));
            }
        } else {
            return Err(fault::SYNTAX);
        }
        at += 2;
    }
    let done = edit(&mut ctx.data, key, |stream| set_id(stream, id, added, deleted))?;
    done.ok_or(fault::NO_SUCH_KEY)??;
    ctx.reply.ok();
    changed(ctx, "xsetid", key);
    Ok(())
}

fn set_id(stream: &mut Stream, id: Id, added: Option<u64>, deleted: Id) -> Result<(), Fault> {
    if id < stream.max_deleted_id {
        return Err(Fault::new(
            "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
        ));
    }
    if !stream.is_empty() && id < stream.last_entry_id() {
        return Err(Fault::new("ERR The ID specified in XSETID is smaller than the target stream top item"));
    }
    if added.is_some_and(|added| !stream.is_empty() && added < stream.len() as u64) {
        return Err(Fault::new(
            "ERR The entries_added specified in XSETID is smaller than the target stream length",
        ));
    }
    stream.last_id = id;
    stream.entries_added = added.unwrap_or(stream.entries_added);
    if deleted != Id::MIN {
        stream.max_deleted_id = deleted;
    }
    Ok(())
}

//! The list commands that never wait: LPUSH, LPOP, LRANGE, LINSERT, LMOVE ... Those that may are in
//! `blocking_list`, on top of what is here.

use crate::resp::{Args, Reply};
use crate::server::commands::{Table, parse};
use crate::server::config::{Events, Settings};
use crate::server::ctx::{Ctx, Data};
use crate::server::fault::{self, Fault};
use crate::store::Kind;
use crate::store::packed::listpack::Item;
use crate::store::types::list::{self, End, ListMut, ListRef, Rules};

/// This family's handlers.
pub const TABLE: Table = &[
    ("lpush", lpush),
    ("rpush", rpush),
    ("lpushx", lpushx),
    ("rpushx", rpushx),
    ("lpop", lpop),
    ("rpop", rpop),
    ("llen", llen),
    ("lindex", lindex),
    ("linsert", linsert),
    ("lrange", lrange),
    ("lset", lset),
    ("lrem", lrem),
    ("ltrim", ltrim),
    ("lpos", lpos),
    ("rpoplpush", rpoplpush),
    ("lmove", lmove),
    ("lmpop", lmpop),
];

const NOT_POSITIVE: &str = "ERR value is out of range, must be positive";

/// What redis.conf says of lists.
pub fn rules(settings: &Settings) -> Rules {
    Rules { fill: settings.list_max_listpack_size, depth: settings.list_compress_depth as usize }
}

/// Writes an element.
pub fn put_item(reply: &mut Reply, item: Item<'_>) {
    match item {
        Item::Int(number) => reply.bulk_int(number),
        Item::Str(bytes) => reply.bulk(bytes),
    }
}

/// LEFT or RIGHT.
pub fn end_of(word: &[u8]) -> Result<End, Fault> {
    match () {
        () if parse::is(word, "left") => Ok(End::Left),
        () if parse::is(word, "right") => Ok(End::Right),
        () => Err(fault::SYNTAX),
    }
}

/// The list of a key to change, when there is one.
pub fn list_mut<'d>(data: &'d mut Data<'_>, key: &[u8], rules: Rules) -> Result<Option<ListMut<'d>>, Fault> {
    Ok(data.write_as(key, Kind::List)?.map(|entry| ListMut::new(entry, rules)))
}

/// Lets `f` look at the list of a key: at none when the key is not there.
fn look<R>(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    f: impl FnOnce(Option<ListRef<'_>>, &mut Reply) -> R,
) -> Result<R, Fault> {
    let entry = ctx.data.read_as(key, Kind::List)?;
    Ok(f(entry.and_then(|entry| ListRef::of(entry.value())), ctx.reply))
}

fn lpush(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    push(ctx, args, End::Left)
}

fn rpush(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    push(ctx, args, End::Right)
}

fn push(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Result<(), Fault> {
    let rules = rules(ctx.settings);
    let entry = ctx.data.write_or_create(args.at(1), list::empty, Kind::List)?;
    let len = push_all(ListMut::new(entry, rules), args, end);
    pushed(&mut ctx.data, args.at(1), end, args.len() - 2);
    ctx.reply.count(len);
    Ok(())
}

fn push_all(mut list: ListMut<'_>, args: Args<'_>, end: End) -> usize {
    list.push(end, args.tail(2).iter());
    list.len()
}

/// Elements came to an end of a key's list.
fn pushed(data: &mut Data<'_>, key: &[u8], end: End, count: usize) {
    data.changed(Events::LIST, if end == End::Left { "lpush" } else { "rpush" }, key);
    data.dirty += count as u64 - 1;
}

fn lpushx(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    pushx(ctx, args, End::Left)
}

fn rpushx(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    pushx(ctx, args, End::Right)
}

fn pushx(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Result<(), Fault> {
    let rules = rules(ctx.settings);
    let Some(list) = list_mut(&mut ctx.data, args.at(1), rules)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let len = push_all(list, args, end);
    pushed(&mut ctx.data, args.at(1), end, args.len() - 2);
    ctx.reply.count(len);
    Ok(())
}

fn lpop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    pop(ctx, args, End::Left)
}

fn rpop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    pop(ctx, args, End::Right)
}

fn pop(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Result<(), Fault> {
    if args.len() > 3 {
        return Err(Fault::err(format!("wrong number of arguments for '{}' command", ctx.command.name)));
    }
    let count = args.get(2).map(|arg| {
        let count = parse::int_or(arg, NOT_POSITIVE)?;
        usize::try_from(count).map_err(|_| Fault::new(NOT_POSITIVE))
    });
    let (key, count) = (args.at(1), count.transpose()?);
    let rules = rules(ctx.settings);
    match (list_mut(&mut ctx.data, key, rules)?, count) {
        (None, None) => ctx.reply.null(),
        (None, Some(_)) => ctx.reply.null_array(),
        (Some(_), Some(0)) => ctx.reply.array(0),
        (Some(list), Some(count)) => {
            ctx.reply.array(count.min(list.len()));
            take(ctx, key, end, count);
        }
        (Some(_), None) => {
            take(ctx, key, end, 1);
        }
    }
    Ok(())
}

/// Takes up to `count` elements from an end of the list of a key into the reply; says how many.
pub fn take(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize) -> usize {
    let reply = &mut *ctx.reply;
    take_each(&mut ctx.data, key, end, count, &mut |item| put_item(reply, item))
}

/// The same, each element shown to `taken`.
fn take_each(
    data: &mut Data<'_>,
    key: &[u8],
    end: End,
    count: usize,
    taken: &mut dyn FnMut(Item<'_>),
) -> usize {
    let rules = rules(data.settings());
    let Ok(Some(mut list)) = list_mut(data, key, rules) else { return 0 };
    let before = list.len();
    list.pop(end, count, taken);
    let left = list.len();
    removed(data, key, if end == End::Left { "lpop" } else { "rpop" }, left == 0);
    let gone = before - left;
    data.dirty += gone as u64 - 1;
    gone
}

/// Elements left a list; one without any goes, too.
fn removed(data: &mut Data<'_>, key: &[u8], event: &str, empty: bool) {
    data.changed(Events::LIST, event, key);
    if empty && data.remove(key) {
        data.event(Events::GENERIC, "del", key);
    }
}

fn llen(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    look(ctx, args.at(1), |list, reply| reply.count(list.map_or(0, ListRef::len)))
}

/// The place that an index means, counted from the end when negative.
fn place(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(len as i64)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < len)
}

fn lindex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let index = args.at(2);
    let Some(entry) = ctx.data.read_as(args.at(1), Kind::List)? else {
        ctx.reply.null();
        return Ok(());
    };
    let index = parse::int(index)?;
    let list = ListRef::of(entry.value());
    let at = list.and_then(|list| place(index, list.len()));
    let found = list.zip(at).and_then(|(list, at)| list.get(at, |item| put_item(ctx.reply, item)));
    if found.is_none() {
        ctx.reply.null();
    }
    Ok(())
}

/// Start and number of elements of a range, both ends included, as LRANGE and LTRIM mean it.
fn range(start: i64, stop: i64, len: usize) -> (usize, usize) {
    let len = len as i64;
    let start = if start < 0 { (start + len).max(0) } else { start };
    let stop = if stop < 0 { stop + len } else { stop.min(len - 1) };
    if start > stop || start >= len { (0, 0) } else { (start as usize, (stop - start + 1) as usize) }
}

fn lrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (start, stop) = (parse::int(args.at(2))?, parse::int(args.at(3))?);
    look(ctx, args.at(1), |list, reply| {
        let (start, count) = range(start, stop, list.map_or(0, ListRef::len));
        reply.array(count);
        if let Some(list) = list.filter(|_| count > 0) {
            list.each(start, count, false, &mut |item| {
                put_item(reply, item);
                true
            });
        }
    })
}

fn ltrim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (start, stop) = (parse::int(args.at(2))?, parse::int(args.at(3))?);
    let (key, rules) = (args.at(1), rules(ctx.settings));
    if let Some(mut list) = list_mut(&mut ctx.data, key, rules)? {
        let len = list.len();
        let (start, count) = range(start, stop, len);
        list.remove(start + count, len - start - count);
        list.remove(0, start);
        let empty = list.is_empty();
        if !empty {
            list.shrink();
        }
        removed(&mut ctx.data, key, "ltrim", empty);
        ctx.data.dirty = (len - count) as u64;
    }
    ctx.reply.ok();
    Ok(())
}

fn linsert(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let behind = match args.at(2) {
        word if parse::is(word, "after") => 1,
        word if parse::is(word, "before") => 0,
        _ => return Err(fault::SYNTAX),
    };
    let (key, rules) = (args.at(1), rules(ctx.settings));
    let Some(mut list) = list_mut(&mut ctx.data, key, rules)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let Some(at) = list.view().position(args.at(3)) else {
        ctx.reply.int(-1);
        return Ok(());
    };
    list.insert(at + behind, args.at(4));
    let len = list.len();
    ctx.data.changed(Events::LIST, "linsert", key);
    ctx.reply.count(len);
    Ok(())
}

fn lset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, rules) = (args.at(1), rules(ctx.settings));
    let Some(mut list) = list_mut(&mut ctx.data, key, rules)? else { return Err(fault::NO_SUCH_KEY) };
    let index = parse::int(args.at(2))?;
    let at = place(index, list.len()).ok_or(Fault::new("ERR index out of range"))?;
    list.set(at, args.at(3));
    ctx.data.changed(Events::LIST, "lset", key);
    ctx.reply.ok();
    Ok(())
}

fn lrem(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, count, rules) = (args.at(1), parse::int(args.at(2))?, rules(ctx.settings));
    let Some(mut list) = list_mut(&mut ctx.data, key, rules)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let most = if count == 0 { usize::MAX } else { count.unsigned_abs() as usize };
    let gone = list.remove_equal(args.at(3), most, count < 0);
    let empty = list.is_empty();
    if gone > 0 {
        if !empty {
            list.shrink();
        }
        removed(&mut ctx.data, key, "lrem", empty);
        ctx.data.dirty = gone as u64;
    }
    ctx.reply.count(gone);
    Ok(())
}

/// What LPOS was told.
struct Search {
    rank: i64,
    count: Option<usize>,
    most: usize,
}

impl Search {
    fn parse(args: Args<'_>) -> Result<Search, Fault> {
        let mut search = Search { rank: 1, count: None, most: 0 };
        for i in (3..args.len()).step_by(2) {
            let (word, value) = (args.at(i), args.get(i + 1).ok_or(fault::SYNTAX)?);
            if parse::is(word, "rank") {
                search.rank = rank(value)?;
            } else if parse::is(word, "count") {
                search.count = Some(not_negative(value, "ERR COUNT can't be negative")?);
            } else if parse::is(word, "maxlen") {
                search.most = not_negative(value, "ERR MAXLEN can't be negative")?;
            } else {
                return Err(fault::SYNTAX);
            }
        }
        Ok(search)
    }

    /// Indexes of the elements found.
    fn run(&self, list: ListRef<'_>, wanted: &[u8]) -> Vec<usize> {
        let (back, len) = (self.rank < 0, list.len());
        let (mut skip, mut seen, mut found) = (self.rank.unsigned_abs() - 1, 0, Vec::new());
        let enough = match self.count {
            Some(0) => usize::MAX,
            count => count.unwrap_or(1),
        };
        let most = if self.most == 0 { len } else { self.most.min(len) };
        let item = Item::of(wanted);
        list.each(if back { len - 1 } else { 0 }, most, back, &mut |element| {
            if element == item {
                match skip {
                    0 => found.push(if back { len - 1 - seen } else { seen }),
                    _ => skip -= 1,
                }
            }
            seen += 1;
            found.len() < enough
        });
        found
    }
}

fn rank(value: &[u8]) -> Result<i64, Fault> {
    match parse::signed_count(value)? {
        0 => Err(Fault::new(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
        )),
        rank => Ok(rank),
    }
}

fn not_negative(value: &[u8], words: &'static str) -> Result<usize, Fault> {
    usize::try_from(parse::int_or(value, words)?).map_err(|_| Fault::new(words))
}

fn lpos(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let search = Search::parse(args)?;
    look(ctx, args.at(1), |list, reply| {
        let found = list.map_or(Vec::new(), |list| search.run(list, args.at(2)));
        match search.count {
            Some(_) => {
                reply.array(found.len());
                found.iter().for_each(|at| reply.count(*at));
            }
            None => match found.first() {
                Some(at) => reply.count(*at),
                None => reply.null(),
            },
        }
    })
}

fn rpoplpush(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if !transfer(ctx, args.at(1), args.at(2), (End::Right, End::Left))? {
        ctx.reply.null();
    }
    Ok(())
}

fn lmove(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let ends = (end_of(args.at(3))?, end_of(args.at(4))?);
    if !transfer(ctx, args.at(1), args.at(2), ends)? {
        ctx.reply.null();
    }
    Ok(())
}

/// Moves an element from one list to another (or the same) and replies with it; false when there is none.
pub fn transfer(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8], ends: (End, End)) -> Result<bool, Fault> {
    let rules = rules(ctx.settings);
    let Some(list) = list_mut(&mut ctx.data, from, rules)? else { return Ok(false) };
    let at = if ends.0 == End::Left { 0 } else { list.len() - 1 };
    let Some(element) = list.view().get(at, |item| item.to_vec()) else { return Ok(false) };
    list_mut(&mut ctx.data, to, rules)?;
    if from == to {
        return rotate(ctx, from, ends, &element);
    }
    let entry = ctx.data.write_or_create(to, list::empty, Kind::List)?;
    ListMut::new(entry, rules).push(ends.1, std::iter::once(&*element));
    pushed(&mut ctx.data, to, ends.1, 1);
    take_each(&mut ctx.data, from, ends.0, 1, &mut |_| {});
    ctx.data.dirty -= 1; // the two count as one
    ctx.reply.bulk(&element);
    Ok(true)
}

/// The same within one list.
fn rotate(ctx: &mut Ctx<'_>, key: &[u8], ends: (End, End), element: &[u8]) -> Result<bool, Fault> {
    let rules = rules(ctx.settings);
    if let Some(mut list) = list_mut(&mut ctx.data, key, rules)? {
        list.push(ends.1, std::iter::once(element));
        let at = match ends {
            (End::Left, End::Left) => 1,
            (End::Left, End::Right) => 0,
            (End::Right, End::Left) => list.len() - 1,
            (End::Right, End::Right) => list.len() - 2,
        };
        list.remove(at, 1);
    }
    pushed(&mut ctx.data, key, ends.1, 1);
    ctx.data.changed(Events::LIST, if ends.0 == End::Left { "lpop" } else { "rpop" }, key);
    ctx.data.dirty -= 1; // the two count as one
    ctx.reply.bulk(element);
    Ok(true)
}

/// What LMPOP and BLMPOP are told behind the number of keys, which is at `at`.
pub struct Multi<'a> {
    /// The keys.
    pub keys: Args<'a>,
    /// From which end.
    pub end: End,
    /// Most elements.
    pub count: usize,
}

impl<'a> Multi<'a> {
    /// Reads them.
    pub fn parse(args: Args<'a>, at: usize) -> Result<Multi<'a>, Fault> {
        let number = above_zero(args.at(at), "ERR numkeys should be greater than 0")?;
        let place = number.checked_add(at + 1).filter(|place| *place < args.len()).ok_or(fault::SYNTAX)?;
        let end = end_of(args.at(place))?;
        let count = match (args.get(place + 1), args.get(place + 2)) {
            (None, _) => 1,
            (Some(word), Some(count)) if parse::is(word, "count") => {
                above_zero(count, "ERR count should be greater than 0")?
            }
            _ => return Err(fault::SYNTAX),
        };
        if args.len() > place + 3 {
            return Err(fault::SYNTAX);
        }
        Ok(Multi { keys: args.slice(at + 1, place), end, count })
    }

    /// Takes from the first list that is there: the reply, and LPOP or RPOP as the effect. False when
    /// there is none.
    pub fn run(&self, ctx: &mut Ctx<'_>) -> Result<bool, Fault> {
        let rules = rules(ctx.settings);
        for key in self.keys.iter() {
            let Some(list) = list_mut(&mut ctx.data, key, rules)? else { continue };
            let count = self.count.min(list.len());
            ctx.reply.array(2);
            ctx.reply.bulk(key);
            ctx.reply.array(count);
            take(ctx, key, self.end, count);
            ctx.effect_instead(&[pop_word(self.end), key, count.to_string().as_bytes()]);
            return Ok(true);
        }
        Ok(false)
    }
}

/// The command that takes from an end.
pub fn pop_word(end: End) -> &'static [u8] {
    if end == End::Left { b"LPOP" } else { b"RPOP" }
}

fn above_zero(value: &[u8], words: &'static str) -> Result<usize, Fault> {
    let number = not_negative(value, words)?;
    if number == 0 { Err(Fault::new(words)) } else { Ok(number) }
}

fn lmpop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if !Multi::parse(args, 1)?.run(ctx)? {
        ctx.reply.null_array();
    }
    Ok(())
}

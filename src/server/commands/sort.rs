//! SORT and SORT_RO.
//!
//! ```text
//! elements of the key -> weights (BY, or the elements themselves) -> sorted -> LIMIT -> GET -> reply or STORE
//! ```
//!
//! BY and GET name keys that the request does not, so with them the command holds every shard. Elements of
//! equal weight are in the order of their bytes, so that a replica that sorts anew gets the same list.

use std::cmp::Ordering;
use std::ops::Range;

use crate::resp::Args;
use crate::server::acl;
use crate::server::commands::{Table, list, parse};
use crate::server::config::Events;
use crate::server::ctx::{Ctx, Data};
use crate::server::fault::{self, Fault};
use crate::store::types::list::{self as lists, End, List, ListRef};
use crate::store::types::zset::ZsetRef;
use crate::store::types::{HashRef, SetRef};
use crate::store::{EntryRef, IntText, Kind};

/// This family's handlers.
pub const TABLE: Table = &[("sort", sort), ("sort_ro", sort_ro)];

type Bytes = Vec<u8>;

/// What the request asks for.
struct Options<'a> {
    descending: bool,
    alpha: bool,
    limit: Option<(i64, i64)>,
    by: Option<&'a [u8]>,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    /// `sees_all`: patterns may name any key.
    fn parse(args: Args<'a>, may_store: bool, sees_all: bool) -> Result<Options<'a>, Fault> {
        let mut options =
            Options { descending: false, alpha: false, limit: None, by: None, get: Vec::new(), store: None };
        let mut i = 2;
        while let Some(word) = args.get(i) {
            let value = args.get(i + 1);
            if parse::is(word, "asc") || parse::is(word, "desc") {
                options.descending = parse::is(word, "desc");
                i += 1;
                continue;
            }
            if parse::is(word, "alpha") {
                options.alpha = true;
                i += 1;
                continue;
            }
            let value = value.ok_or(fault::SYNTAX)?;
            if parse::is(word, "limit") {
                let count = args.get(i + 2).ok_or(fault::SYNTAX)?;
                options.limit = Some((parse::int(value)?, parse::int(count)?));
                i += 1;
            } else if parse::is(word, "store") && may_store {
                options.store = Some(value);
            } else if parse::is(word, "by") {
                if !sees_all && value.contains(&b'*') {
                    return Err(no_pattern("BY"));
                }
                options.by = Some(value);
            } else if parse::is(word, "get") {
                if !sees_all {
                    return Err(no_pattern("GET"));
                }
                options.get.push(value);
            } else {
                return Err(fault::SYNTAX);
            }
            i += 2;
        }
        Ok(options)
    }

    /// BY something that is no pattern: the order in which the elements are.
    fn as_they_are(&self) -> bool {
        self.by.is_some_and(|pattern| !pattern.contains(&b'*'))
    }

    /// The elements that LIMIT leaves of so many.
    fn range(&self, len: usize) -> Range<usize> {
        let Some((start, count)) = self.limit else { return 0..len };
        let start = usize::try_from(start).unwrap_or(0).min(len);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        start..start.saturating_add(count).min(len)
    }
}

/// A pattern of BY or GET: `*` stands for the element, and `->` names a field of a hash.
struct Pattern<'a> {
    before: &'a [u8],
    after: &'a [u8],
    field: Option<&'a [u8]>,
}

impl<'a> Pattern<'a> {
    fn of(pattern: &'a [u8]) -> Option<Pattern<'a>> {
        let star = pattern.iter().position(|byte| *byte == b'*')?;
        let (before, after) = (&pattern[..star], &pattern[star + 1..]);
        let arrow = after.windows(2).position(|two| two == b"->").filter(|at| at + 2 < after.len());
        let field = arrow.map(|at| &after[at + 2..]);
        Some(Pattern { before, after: arrow.map_or(after, |at| &after[..at]), field })
    }

    /// What the key of an element has.
    fn look_up(&self, data: &mut Data<'_>, element: &[u8]) -> Option<Bytes> {
        let key = [self.before, element, self.after].concat();
        let now_ms = data.fields_from_ms();
        let value = data.read(&key)?.value();
        match (self.field, value.kind()) {
            (None, Kind::String) => Some(value.bytes(&mut IntText::default()).to_vec()),
            (Some(field), Kind::Hash) => {
                HashRef::of(value).at(now_ms).get(field).map(|field| field.value.to_vec())
            }
            _ => None,
        }
    }
}

/// What GET shows for an element: `#` is the element itself.
fn shown(data: &mut Data<'_>, pattern: &[u8], element: &[u8]) -> Option<Bytes> {
    if pattern == b"#" {
        return Some(element.to_vec());
    }
    Pattern::of(pattern)?.look_up(data, element)
}

/// What elements are sorted by.
enum Weights {
    /// Numbers.
    Numbers(Vec<f64>),
    /// What BY found for them.
    Texts(Vec<Option<Bytes>>),
    /// Their own bytes.
    Themselves,
}

const NOT_NUMBERS: Fault = Fault::new("ERR One or more scores can't be converted into double");

impl Weights {
    fn of(data: &mut Data<'_>, elements: &[Bytes], by: Option<&[u8]>, alpha: bool) -> Result<Weights, Fault> {
        let Some(pattern) = by.map(|by| if by == b"#" { None } else { Pattern::of(by) }) else {
            let numbers = || elements.iter().map(|element| number(element)).collect::<Option<_>>();
            return if alpha {
                Ok(Weights::Themselves)
            } else {
                numbers().map(Weights::Numbers).ok_or(NOT_NUMBERS)
            };
        };
        let mut found = elements.iter().map(|element| pattern.as_ref()?.look_up(data, element));
        if alpha {
            return Ok(Weights::Texts(found.collect()));
        }
        let weights = found.try_fold(Vec::new(), |mut all, weight| {
            all.push(weight.map_or(Some(0.0), |weight| number(&weight))?);
            Some(all)
        });
        weights.map(Weights::Numbers).ok_or(NOT_NUMBERS)
    }

    fn compare(&self, elements: &[Bytes], a: usize, b: usize) -> Ordering {
        let tie = || elements[a].cmp(&elements[b]);
        match self {
            Weights::Numbers(numbers) => {
                numbers[a].partial_cmp(&numbers[b]).unwrap_or(Ordering::Equal).then_with(tie)
            }
            Weights::Texts(texts) => texts[a].cmp(&texts[b]),
            Weights::Themselves => tie(),
        }
    }
}

/// A number as a weight.
fn number(text: &[u8]) -> Option<f64> {
    if let Some(number) = crate::store::parse_int(text) {
        return Some(number as f64);
    }
    if text.is_empty() {
        return Some(0.0);
    }
    let text = std::str::from_utf8(text).ok()?.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    // Blanks alone are no number, though nothing at all is 0.
    text.parse().ok().filter(|number: &f64| !number.is_nan())
}

/// The elements of a list, a set or a sorted set, in the order they have; of nothing, none.
fn elements(data: &mut Data<'_>, key: &[u8]) -> Result<(Option<Kind>, Vec<Bytes>), Fault> {
    let Some(entry) = data.read(key) else { return Ok((None, Vec::new())) };
    let mut all = Vec::new();
    match entry.kind() {
        Kind::List => each_of_list(entry, &mut all),
        Kind::Set => SetRef::of(entry.value()).each(&mut |member| {
            all.push(member.to_vec());
            true
        }),
        Kind::Zset => {
            let scored = ZsetRef::new(entry.value()).into_iter().flat_map(ZsetRef::iter);
            all.extend(scored.map(|element| element.member.to_vec()));
        }
        _ => return Err(fault::WRONG_TYPE),
    }
    Ok((Some(entry.kind()), all))
}

fn each_of_list(entry: EntryRef<'_>, all: &mut Vec<Bytes>) {
    let Some(list) = ListRef::of(entry.value()) else { return };
    list.each(0, usize::MAX, false, &mut |element| {
        all.push(element.to_vec());
        true
    });
}

fn sort(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let sees_all = sees_all(ctx, args);
    sort_with(ctx, args.at(1), &Options::parse(args, true, sees_all)?)
}

fn sort_ro(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let sees_all = sees_all(ctx, args);
    sort_with(ctx, args.at(1), &Options::parse(args, false, sees_all)?)
}

/// May the user read every key? A pattern may name any.
fn sees_all(ctx: &Ctx<'_>, args: Args<'_>) -> bool {
    acl::may_read_all(ctx.session.identity.rules(), ctx.command, args, ctx.session.db)
}

fn no_pattern(option: &str) -> Fault {
    Fault::err(format!("{option} option of SORT denied due to insufficient ACL permissions."))
}

fn sort_with(ctx: &mut Ctx<'_>, key: &[u8], options: &Options<'_>) -> Result<(), Fault> {
    let (kind, elements) = elements(&mut ctx.data, key)?;
    // A set has no order of its own that would be the same on a replica, or at the next run of a script.
    let needs_order = options.store.is_some() || ctx.session.in_script;
    let unordered = kind == Some(Kind::Set) && needs_order;
    let order = match (options.as_they_are(), unordered) {
        (true, false) => in_place(options, &elements, kind),
        (true, true) => sorted(options, &elements, &Weights::Themselves),
        (false, _) => {
            let weights = Weights::of(&mut ctx.data, &elements, options.by, options.alpha)?;
            sorted(options, &elements, &weights)
        }
    };
    let chosen: Vec<&Bytes> = order.into_iter().map(|index| &elements[index]).collect();
    match options.store {
        Some(target) => store(ctx, target, &chosen, options),
        None => reply(ctx, &chosen, options),
    }
    Ok(())
}

/// The elements that LIMIT leaves of the order in which they are; DESC turns it around, but for a set.
fn in_place(options: &Options<'_>, elements: &[Bytes], kind: Option<Kind>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..elements.len()).collect();
    if options.descending && kind != Some(Kind::Set) {
        order.reverse();
    }
    order[options.range(elements.len())].to_vec()
}

/// The elements that LIMIT leaves, sorted. What is outside of it is put aside first.
fn sorted(options: &Options<'_>, elements: &[Bytes], weights: &Weights) -> Vec<usize> {
    let range = options.range(elements.len());
    let compare = |a: &usize, b: &usize| {
        let order = weights.compare(elements, *a, *b);
        let order = if options.descending { order.reverse() } else { order };
        order.then(a.cmp(b))
    };
    let mut order: Vec<usize> = (0..elements.len()).collect();
    if range.is_empty() {
        return Vec::new();
    }
    let mut kept = &mut order[..];
    if range.end < kept.len() {
        kept.select_nth_unstable_by(range.end, compare);
        kept = &mut kept[..range.end];
    }
    kept.sort_unstable_by(compare);
    kept[range.start..].to_vec()
}

fn reply(ctx: &mut Ctx<'_>, chosen: &[&Bytes], options: &Options<'_>) {
    ctx.reply.array(chosen.len() * options.get.len().max(1));
    for element in chosen {
        if options.get.is_empty() {
            ctx.reply.bulk(element);
        }
        for pattern in &options.get {
            let found = shown(&mut ctx.data, pattern, element);
            ctx.reply.bulk_or_null(found.as_deref());
        }
    }
}

fn store(ctx: &mut Ctx<'_>, target: &[u8], chosen: &[&Bytes], options: &Options<'_>) {
    let rules = list::rules(ctx.settings);
    let (mut result, mut len) = (List::default(), 0);
    for element in chosen {
        if options.get.is_empty() {
            result.push(End::Right, element, rules);
            len += 1;
        }
        for pattern in &options.get {
            let found = shown(&mut ctx.data, pattern, element);
            result.push(End::Right, found.as_deref().unwrap_or_default(), rules);
            len += 1;
        }
    }
    match lists::settled(result, rules) {
        Some(value) => {
            ctx.data.put_owned(target, value);
            ctx.data.changed(Events::LIST, "sortstore", target);
            ctx.data.dirty += len - 1;
        }
        None if ctx.data.remove(target) => ctx.data.changed(Events::GENERIC, "del", target),
        None => {}
    }
    ctx.reply.int(len as i64);
}

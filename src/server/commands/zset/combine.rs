//! ZUNION, ZINTER and ZDIFF with their STORE forms, and ZINTERCARD. The inputs, sorted sets or sets (whose
//! members count as having the score 1), are held as values of their own: a big one shares its chunks with
//! the key's, a small one is a few hundred bytes.

use std::collections::HashMap;

use crate::resp::{Args, number};
use crate::server::commands::parse;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::packed::Item;
use crate::store::{IntText, Kind, OwnedValue};

use super::source::Source;
use super::{begin, not_negative, score_arg, sort, store, write};

/// What is made of the scores of a member that several inputs have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn of(word: &[u8]) -> Option<Aggregate> {
        match word.to_ascii_lowercase().as_slice() {
            b"sum" => Some(Aggregate::Sum),
            b"min" => Some(Aggregate::Min),
            b"max" => Some(Aggregate::Max),
            _ => None,
        }
    }

    fn join(self, a: f64, b: f64) -> f64 {
        match self {
            Aggregate::Sum => number_or_zero(a + b),
            Aggregate::Min => a.min(b),
            Aggregate::Max => a.max(b),
        }
    }
}

/// Infinity less infinity counts as 0.
fn number_or_zero(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Inter,
    Diff,
}

/// What is done with the result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Reply,
    Store,
    Count,
}

/// One input.
struct Input {
    value: OwnedValue,
    weight: f64,
}

impl Input {
    fn source(&self) -> Source<'_> {
        Source::new(self.value.as_ref())
    }

    /// Visits the members with their weighted scores.
    fn each(&self, mut visit: impl FnMut(&[u8], f64)) {
        let mut digits = IntText::default();
        self.source().each(&mut |member: Item<'_>, score| {
            visit(member.bytes(&mut digits), number_or_zero(score * self.weight));
        });
    }
}

/// A command as it was asked for.
struct Query {
    inputs: Vec<Input>,
    aggregate: Aggregate,
    scores: bool,
    limit: usize,
}

/// The words behind the keys.
struct Options {
    weights: Vec<f64>,
    aggregate: Aggregate,
    scores: bool,
    limit: usize,
}

impl Options {
    fn parse(
        args: Args<'_>,
        mut at: usize,
        keys: usize,
        op: Operation,
        output: Output,
    ) -> Result<Options, Fault> {
        let weighs = op != Operation::Diff && output != Output::Count;
        let mut options =
            Options { weights: vec![1.0; keys], aggregate: Aggregate::Sum, scores: false, limit: 0 };
        while let Some(word) = args.get(at) {
            let left = args.len() - at - 1;
            if weighs && left >= keys && parse::is(word, "weights") {
                for weight in &mut options.weights {
                    at += 1;
                    *weight =
                        score_arg(args.at(at)).map_err(|_| Fault::new("ERR weight value is not a float"))?;
                }
            } else if weighs && left >= 1 && parse::is(word, "aggregate") {
                at += 1;
                options.aggregate = Aggregate::of(args.at(at)).ok_or(fault::SYNTAX)?;
            } else if output == Output::Reply && parse::is(word, "withscores") {
                options.scores = true;
            } else if output == Output::Count && left >= 1 && parse::is(word, "limit") {
                at += 1;
                options.limit = limit(args.at(at))?;
            } else {
                return Err(fault::SYNTAX);
            }
            at += 1;
        }
        Ok(options)
    }
}

fn limit(arg: &[u8]) -> Result<usize, Fault> {
    const NEGATIVE: &str = "ERR LIMIT can't be negative";
    not_negative(arg, NEGATIVE).map_err(|_| Fault::new(NEGATIVE))
}

impl Query {
    /// `at`: where the number of keys is.
    fn parse(
        ctx: &mut Ctx<'_>,
        args: Args<'_>,
        at: usize,
        op: Operation,
        output: Output,
    ) -> Result<Query, Fault> {
        let keys = number::parse_i64(args.at(at)).ok_or(fault::NOT_INTEGER)?;
        if keys < 1 {
            let name = ctx.command.name;
            return Err(Fault::err(format!("at least 1 input key is needed for '{name}' command")));
        }
        let keys = usize::try_from(keys).ok().filter(|keys| *keys < args.len() - at).ok_or(fault::SYNTAX)?;
        let mut inputs = Vec::with_capacity(keys);
        for i in at + 1..=at + keys {
            inputs.push(Input { value: input(ctx, args.at(i))?, weight: 1.0 });
        }
        let options = Options::parse(args, at + 1 + keys, keys, op, output)?;
        inputs.iter_mut().zip(&options.weights).for_each(|(input, weight)| input.weight = *weight);
        if op != Operation::Diff {
            inputs.sort_by_key(|input| input.source().len());
        }
        let Options { aggregate, scores, limit, .. } = options;
        Ok(Query { inputs, aggregate, scores, limit })
    }

    fn union(&self) -> Vec<(Vec<u8>, f64)> {
        let mut all: HashMap<Vec<u8>, f64> = HashMap::new();
        for input in &self.inputs {
            input.each(|member, score| match all.get_mut(member) {
                Some(total) => *total = self.aggregate.join(*total, score),
                None => drop(all.insert(member.to_vec(), score)),
            });
        }
        all.into_iter().collect()
    }

    /// The score of a member of the first input, if all others have it too.
    fn common(&self, member: &[u8], first: f64) -> Option<f64> {
        self.inputs[1..].iter().try_fold(first, |total, input| {
            let score = input.source().score(member)? * input.weight;
            Some(self.aggregate.join(total, score))
        })
    }

    fn inter(&self) -> Vec<(Vec<u8>, f64)> {
        let mut all = Vec::new();
        self.inputs[0].each(|member, score| {
            all.extend(self.common(member, score).map(|score| (member.to_vec(), score)));
        });
        all
    }

    /// Number of members that all inputs have, up to the limit.
    fn inter_count(&self) -> usize {
        let mut count = 0;
        self.inputs[0].each(|member, score| {
            let wanted = self.limit == 0 || count < self.limit;
            count += usize::from(wanted && self.common(member, score).is_some());
        });
        count
    }

    fn diff(&self) -> Vec<(Vec<u8>, f64)> {
        let mut all = Vec::new();
        self.inputs[0].each(|member, score| {
            if self.inputs[1..].iter().all(|other| other.source().score(member).is_none()) {
                all.push((member.to_vec(), score));
            }
        });
        all
    }
}

/// A copy of what a key holds that can be an input: an empty sorted set when it is not there.
fn input(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<OwnedValue, Fault> {
    match ctx.data.read(key) {
        None => Ok(OwnedValue::Object(Box::new(crate::store::Object::Zset(Default::default())))),
        Some(entry) if matches!(entry.kind(), Kind::Zset | Kind::Set) => Ok(entry.to_owned().value),
        Some(_) => Err(fault::WRONG_TYPE),
    }
}

fn run(ctx: &mut Ctx<'_>, args: Args<'_>, op: Operation, output: Output) -> Result<(), Fault> {
    let at = if output == Output::Store { 2 } else { 1 };
    let query = Query::parse(ctx, args, at, op, output)?;
    if output == Output::Count {
        let count = query.inter_count();
        ctx.reply.count(count);
        return Ok(());
    }
    let mut all = match op {
        Operation::Union => query.union(),
        Operation::Inter => query.inter(),
        Operation::Diff => query.diff(),
    };
    sort(&mut all);
    if output == Output::Store {
        let event = match op {
            Operation::Union => "zunionstore",
            Operation::Inter => "zinterstore",
            Operation::Diff => "zdiffstore",
        };
        store(ctx, args.at(1), &all, event);
        return Ok(());
    }
    begin(ctx.reply, all.len(), query.scores);
    for (member, score) in &all {
        write(ctx.reply, Item::Str(member), query.scores.then_some(*score));
    }
    Ok(())
}

pub(super) fn zunion(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    run(ctx, args, Operation::Union, Output::Reply)
}

pub(super) fn zunionstore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    run(ctx, args, Operation::Union, Output::Store)
}

pub(super) fn zinter(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    run(ctx, args, Operation::Inter, Output::Reply)
}

pub(super) fn zinterstore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    run(ctx, args, Operation::Inter, Output::Store)
}

pub(super) fn zintercard(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    run(ctx, args, Operation::Inter, Output::Count)
}

pub(super) fn zdiff(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    run(ctx, args, Operation::Diff, Output::Reply)
}

pub(super) fn zdiffstore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    run(ctx, args, Operation::Diff, Output::Store)
}

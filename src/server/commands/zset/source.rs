//! A sorted set or a set as an input of ZUNION, ZINTER and ZDIFF: members with scores, those of a set 1.

use crate::store::packed::Item;
use crate::store::types::SetRef;
use crate::store::types::zset::ZsetRef;
use crate::store::{Kind, ValueRef};

/// An input.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// A sorted set.
    Zset(ZsetRef<'a>),
    /// A set.
    Set(SetRef<'a>),
    /// Neither: nothing is in it.
    Nothing,
}

impl<'a> Source<'a> {
    /// What a value is as an input.
    pub(super) fn new(value: ValueRef<'a>) -> Source<'a> {
        match value.kind() {
            Kind::Set => Source::Set(SetRef::of(value)),
            _ => ZsetRef::new(value).map_or(Source::Nothing, Source::Zset),
        }
    }

    /// Number of members.
    pub(super) fn len(self) -> usize {
        match self {
            Source::Zset(set) => set.len(),
            Source::Set(set) => set.len(),
            Source::Nothing => 0,
        }
    }

    /// The score of a member.
    pub(super) fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            Source::Zset(set) => set.score(member),
            Source::Set(set) => set.contains(member).then_some(1.0),
            Source::Nothing => None,
        }
    }

    /// Visits the members with their scores.
    pub(super) fn each(self, visit: &mut dyn FnMut(Item<'a>, f64)) {
        match self {
            Source::Zset(set) => set.iter().for_each(|element| visit(element.member, element.score)),
            Source::Set(set) => set.each(&mut |member| {
                visit(member, 1.0);
                true
            }),
            Source::Nothing => {}
        }
    }
}

//! What each command is: name, arity, flags, key positions, ACL categories, documentation. Data only:
//! dispatch, COMMAND, ACL, the shell's hints and the manual all read it here.
//!
//! One file per group holds the rows ([`model`] says how to read them); [`keys()`] finds the keys of a
//! request. At first use the rows of all groups become one sorted slice: a command is followed by its
//! subcommands, ids are places in the slice, and what can be derived from a row is derived.
//!
//! ```text
//!  string.rs, hash.rs, ...  --assemble-->  all(): [.. client, client|caching, client|getname, .. ]
//!                                                      │ id 41    parent 41        parent 41
//!                                                      └ subcommands 42..61
//!  name --lookup (open addressing, case-blind)--> &Command
//! ```

mod bitmap;
mod cluster;
mod connection;
mod generic;
mod geo;
mod hash;
mod hyperloglog;
pub mod keys;
mod list;
pub mod model;
mod pubsub;
mod scripting;
mod server;
mod set;
mod sorted_set;
mod stream;
mod string;
mod transactions;

use std::ops::Range;
use std::sync::OnceLock;

pub use keys::{Channels, KeyRef, channels, keys, keys_to_lock, touches};
pub use model::{Arg, ArgKind, Command, Finder, Group, KeySpec, Touches, acl, flags, key_flags};
use model::{BeginSearch, FindKeys};

/// The rows of every group.
const TABLES: [(Group, &[Command]); 16] = [
    (Group::Bitmap, bitmap::TABLE),
    (Group::Cluster, cluster::TABLE),
    (Group::Connection, connection::TABLE),
    (Group::Generic, generic::TABLE),
    (Group::Geo, geo::TABLE),
    (Group::Hash, hash::TABLE),
    (Group::Hyperloglog, hyperloglog::TABLE),
    (Group::List, list::TABLE),
    (Group::Pubsub, pubsub::TABLE),
    (Group::Scripting, scripting::TABLE),
    (Group::Server, server::TABLE),
    (Group::Set, set::TABLE),
    (Group::SortedSet, sorted_set::TABLE),
    (Group::Stream, stream::TABLE),
    (Group::String, string::TABLE),
    (Group::Transactions, transactions::TABLE),
];

/// The assembled catalog.
struct Catalog {
    commands: Vec<Command>,
    /// Open addressing over top-level names: id + 1, or 0 for a free slot.
    slots: Box<[u16; SLOTS]>,
}

/// Slots of the name table: four times the names, so that a lookup seldom sees a second one.
const SLOTS: usize = 1024;

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let commands = assemble();
        let slots = index_names(&commands);
        Catalog { commands, slots }
    })
}

/// All commands and subcommands, sorted by name, subcommands behind their container.
#[inline]
pub fn all() -> &'static [Command] {
    &catalog().commands
}

/// The command with this id.
pub fn by_id(id: u16) -> Option<&'static Command> {
    all().get(usize::from(id))
}

/// All commands, without subcommands, sorted by name.
pub fn top_level() -> impl Iterator<Item = &'static Command> {
    all().iter().filter(|command| command.parent.is_none())
}

/// The subcommands of a container, sorted by name.
pub fn subcommands(command: &Command) -> &'static [Command] {
    let Range { start, end } = command.subcommands;
    all().get(usize::from(start)..usize::from(end)).unwrap_or_default()
}

/// Finds a command by its name, in any case.
#[inline]
pub fn lookup(name: &[u8]) -> Option<&'static Command> {
    let catalog = catalog();
    let mut slot = hash(name);
    loop {
        let id = usize::from(*catalog.slots.get(slot)?).checked_sub(1)?;
        let command = catalog.commands.get(id)?;
        if is_name(command.name.as_bytes(), name) {
            return Some(command);
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Finds a subcommand by its name, in any case.
pub fn lookup_sub(command: &Command, name: &[u8]) -> Option<&'static Command> {
    subcommands(command).iter().find(|sub| sub.name.as_bytes().eq_ignore_ascii_case(name))
}

/// Finds by full name ("get", "client|kill"), in any case.
pub fn lookup_full(name: &[u8]) -> Option<&'static Command> {
    match name.iter().position(|&byte| byte == b'|') {
        None => lookup(name),
        Some(bar) => {
            let (parent, child) = name.split_at(bar);
            lookup_sub(lookup(parent)?, child.get(1..)?)
        }
    }
}

/// Whether `given` spells `name`, which is lower case. Names are short: a plain loop beats the library's
/// comparison, which is made for long text.
#[inline]
fn is_name(name: &[u8], given: &[u8]) -> bool {
    name.len() == given.len() && name.iter().zip(given).all(|(want, got)| *want == got.to_ascii_lowercase())
}

/// Slot of a name: its length, first and last bytes, with the bit that makes letters lower case set.
#[inline]
fn hash(name: &[u8]) -> usize {
    const CASE_BITS: u64 = 0x2020_2020_2020_2020;
    let (head, tail) = match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (Some(head), Some(tail)) => (u32::from_le_bytes(*head), u32::from_le_bytes(*tail)),
        _ => (name.iter().fold(0, |word, &byte| word << 8 | u32::from(byte)), 0),
    };
    let word = (u64::from(head) << 32 | u64::from(tail)) | CASE_BITS;
    let mixed = (word ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 54) as usize % SLOTS
}

fn index_names(commands: &[Command]) -> Box<[u16; SLOTS]> {
    let mut slots = Box::new([0u16; SLOTS]);
    for command in commands.iter().filter(|command| command.parent.is_none()) {
        let mut slot = hash(command.name.as_bytes());
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = command.id + 1;
    }
    slots
}

/// Rows to commands: sorted, numbered, linked, derived.
fn assemble() -> Vec<Command> {
    let rows = TABLES
        .iter()
        .flat_map(|(group, rows)| rows.iter().map(|row| Command { group: *group, ..row.clone() }));
    let mut commands: Vec<Command> = rows.collect();
    commands.sort_by_key(|command| command.full_name.split_once('|').unwrap_or((command.full_name, "")));
    let mut container = 0u16;
    for place in 0..commands.len() {
        let id = place as u16;
        let command = &mut commands[place];
        command.id = id;
        command.subcommands = id + 1..id + 1;
        derive(command);
        match command.full_name.split_once('|') {
            None => container = id,
            Some((_, name)) => {
                command.name = name;
                command.parent = Some(container);
                commands[usize::from(container)].subcommands.end = id + 1;
            }
        }
    }
    commands
}

/// Fills in what follows from the rest of a row.
fn derive(command: &mut Command) {
    command.acl |= implied_acl(command);
    let (legacy, movable) = legacy_keys(command.key_specs);
    command.legacy_keys = legacy;
    if movable {
        command.flags |= flags::MOVABLEKEYS;
    }
    command.touches = what_it_touches(command);
}

fn implied_acl(command: &Command) -> u32 {
    let implied = [
        (flags::WRITE, acl::WRITE),
        (flags::ADMIN, acl::ADMIN | acl::DANGEROUS),
        (flags::PUBSUB, acl::PUBSUB),
        (flags::BLOCKING, acl::BLOCKING),
    ];
    let of_flags = implied.iter().filter(|(flag, _)| command.is(*flag)).fold(0, |acl, (_, more)| acl | more);
    let speed = if command.is(flags::FAST) { acl::FAST } else { acl::SLOW };
    let reads = command.is(flags::READONLY) && command.acl & acl::SCRIPTING == 0;
    of_flags | speed | if reads { acl::READ } else { 0 }
}

/// The first/last/step triple of old clients, and whether it misses keys: one plain range is taken as
/// it is; of several, the runs of step 1 that touch each other are joined.
fn legacy_keys(specs: &[KeySpec]) -> ((i16, i16, i16), bool) {
    let incomplete = |spec: &KeySpec| spec.flags & key_flags::INCOMPLETE != 0;
    if let [only] = specs
        && let Some(triple) = plain_range(only)
    {
        return (triple, incomplete(only));
    }
    let mut joined: Option<(i16, i16)> = None;
    let mut movable = false;
    for spec in specs {
        match plain_range(spec) {
            Some((first, last, 1)) if joined.is_none_or(|(_, end)| end == first - 1) => {
                movable |= incomplete(spec);
                joined = Some((joined.map_or(first, |(start, _)| start), last));
            }
            _ => movable = true,
        }
    }
    (joined.map_or((0, 0, 0), |(first, last)| (first, last, 1)), movable)
}

/// First, last (absolute, or negative) and step of a specification that names fixed places.
fn plain_range(spec: &KeySpec) -> Option<(i16, i16, i16)> {
    match (spec.begin, spec.find) {
        (BeginSearch::Index(first), FindKeys::Range { last, step, .. }) => {
            Some((first, if last < 0 { last } else { first + last }, step))
        }
        _ => None,
    }
}

fn what_it_touches(command: &Command) -> Touches {
    if command.is(flags::WHOLE_KEYSPACE) {
        return Touches::Everything;
    }
    if command.is(flags::KEYS_BY_PATTERN) {
        return Touches::ListedOrEverything;
    }
    if !command.has_keys() {
        return Touches::Nothing;
    }
    let only_first = matches!(command.finder, Finder::Specs | Finder::Set | Finder::Bitfield | Finder::Delex);
    match command.key_specs {
        [only] if only_first && plain_range(only) == Some((1, 1, 1)) => Touches::FirstArgument,
        _ => Touches::Listed,
    }
}

#[cfg(test)]
mod tests;

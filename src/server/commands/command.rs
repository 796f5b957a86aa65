//! COMMAND and its subcommands: the catalog in the forms clients read. Only commands that exist here are
//! shown; a container shows only the subcommands that exist.

use crate::catalog::model::{BeginSearch, FindKeys};
use crate::catalog::{self, Arg, ArgKind, Command, KeySpec, acl, flags, key_flags};
use crate::resp::{Args, Reply, glob};
use crate::server::Server;
use crate::server::commands::{Table, exists, help, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};

/// This family's handlers.
pub const TABLE: Table = &[
    ("command", command_all),
    ("command|count", command_count),
    ("command|list", command_list),
    ("command|info", command_info),
    ("command|docs", command_docs),
    ("command|getkeys", command_getkeys),
    ("command|getkeysandflags", command_getkeysandflags),
    ("command|help", command_help),
];

/// What clients may see: commands with an implementation and a name.
fn existing(server: &'static Server) -> impl Iterator<Item = &'static Command> {
    catalog::top_level().filter(|command| exists(command) && server.names.has(command))
}

fn existing_subcommands(command: &Command) -> impl Iterator<Item = &'static Command> {
    catalog::subcommands(command).iter().filter(|sub| exists(sub))
}

/// A command by the full name that clients use, if it exists here.
fn find(server: &'static Server, name: &[u8]) -> Option<&'static Command> {
    server.names.lookup_full(name).filter(|command| exists(command))
}

fn command_all(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.array(existing(ctx.server).count());
    existing(ctx.server).for_each(|command| write_info(ctx.reply, command));
    Ok(())
}

fn command_count(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.count(existing(ctx.server).count());
    Ok(())
}

/// What COMMAND LIST FILTERBY keeps.
enum Filter<'a> {
    All,
    /// There are no modules, so no command is of one.
    Module,
    Category(u32),
    Pattern(&'a [u8]),
}

impl<'a> Filter<'a> {
    fn parse(args: Args<'a>) -> Result<Filter<'a>, Fault> {
        if args.len() == 2 {
            return Ok(Filter::All);
        }
        if args.len() != 5 || !parse::is(args.at(2), "filterby") {
            return Err(fault::SYNTAX);
        }
        let wanted = args.at(4);
        match args.at(3) {
            kind if parse::is(kind, "module") => Ok(Filter::Module),
            kind if parse::is(kind, "pattern") => Ok(Filter::Pattern(wanted)),
            kind if parse::is(kind, "aclcat") => {
                let category = acl::ALL.iter().find(|(_, name)| parse::is(wanted, name));
                Ok(Filter::Category(category.map_or(0, |(bit, _)| *bit)))
            }
            _ => Err(fault::SYNTAX),
        }
    }

    fn keeps(&self, command: &Command) -> bool {
        match self {
            Filter::All => true,
            Filter::Module => false,
            Filter::Category(bit) => command.acl & bit != 0,
            Filter::Pattern(pattern) => glob::matches_nocase(pattern, command.full_name.as_bytes()),
        }
    }
}

fn command_list(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let filter = Filter::parse(args)?;
    let kept: Vec<_> =
        catalog::all().iter().filter(|c| exists(c) && ctx.server.names.has(c) && filter.keeps(c)).collect();
    ctx.reply.array(kept.len());
    kept.iter().for_each(|command| ctx.reply.bulk(command.full_name.as_bytes()));
    Ok(())
}

fn command_info(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() == 2 {
        return command_all(ctx, args);
    }
    ctx.reply.array(args.len() - 2);
    for name in args.tail(2).iter() {
        match find(ctx.server, name) {
            Some(command) => write_info(ctx.reply, command),
            None => ctx.reply.null(),
        }
    }
    Ok(())
}

fn write_info(reply: &mut Reply, command: &Command) {
    let (first, last, step) = command.legacy_keys;
    reply.array(10);
    reply.bulk(command.full_name.as_bytes());
    reply.int(command.arity.into());
    write_names(reply, command.flag_names());
    [first, last, step].into_iter().for_each(|n| reply.int(n.into()));
    let categories: Vec<String> = command.acl_names().map(|name| format!("@{name}")).collect();
    write_names(reply, categories.iter().map(String::as_str));
    write_strings(reply, command.tips);
    reply.set(command.key_specs.len());
    command.key_specs.iter().for_each(|spec| write_key_spec(reply, spec));
    match existing_subcommands(command).count() {
        0 => reply.set(0),
        n => reply.array(n),
    }
    existing_subcommands(command).for_each(|sub| write_info(reply, sub));
}

/// A set of names as status replies.
fn write_names<'n>(reply: &mut Reply, names: impl Iterator<Item = &'n str>) {
    let names: Vec<&str> = names.collect();
    reply.set(names.len());
    names.iter().for_each(|name| reply.simple(name));
}

fn write_strings(reply: &mut Reply, strings: &[&str]) {
    reply.set(strings.len());
    strings.iter().for_each(|text| reply.bulk(text.as_bytes()));
}

fn write_pair(reply: &mut Reply, name: &str, text: &str) {
    reply.bulk(name.as_bytes());
    reply.bulk(text.as_bytes());
}

fn write_key_flags(reply: &mut Reply, bits: u16) {
    write_names(reply, key_flags::ALL.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name));
}

fn write_key_spec(reply: &mut Reply, spec: &KeySpec) {
    reply.map(3 + usize::from(!spec.notes.is_empty()));
    if !spec.notes.is_empty() {
        write_pair(reply, "notes", spec.notes);
    }
    reply.bulk(b"flags");
    write_key_flags(reply, spec.flags);
    reply.bulk(b"begin_search");
    match spec.begin {
        BeginSearch::Unknown => write_search(reply, "unknown", &[]),
        BeginSearch::Index(at) => write_search(reply, "index", &[("index", at)]),
        BeginSearch::Keyword(word, from) => {
            write_search_head(reply, "keyword", 2);
            write_pair(reply, "keyword", word);
            write_numbers(reply, &[("startfrom", from)]);
        }
    }
    reply.bulk(b"find_keys");
    match spec.find {
        FindKeys::Unknown => write_search(reply, "unknown", &[]),
        FindKeys::Range { last, step, limit } => {
            write_search(reply, "range", &[("lastkey", last), ("keystep", step), ("limit", limit)]);
        }
        FindKeys::Keynum { count, first, step } => {
            write_search(reply, "keynum", &[("keynumidx", count), ("firstkey", first), ("keystep", step)]);
        }
    }
}

fn write_search(reply: &mut Reply, kind: &str, numbers: &[(&str, i16)]) {
    write_search_head(reply, kind, numbers.len());
    write_numbers(reply, numbers);
}

fn write_search_head(reply: &mut Reply, kind: &str, entries: usize) {
    reply.map(2);
    write_pair(reply, "type", kind);
    reply.bulk(b"spec");
    reply.map(entries);
}

fn write_numbers(reply: &mut Reply, numbers: &[(&str, i16)]) {
    for (name, n) in numbers {
        reply.bulk(name.as_bytes());
        reply.int((*n).into());
    }
}

fn command_docs(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let wanted: Vec<&Command> = match args.len() {
        2 => existing(ctx.server).collect(),
        _ => args.tail(2).iter().filter_map(|name| find(ctx.server, name)).collect(),
    };
    ctx.reply.map(wanted.len());
    wanted.iter().for_each(|command| write_named_docs(ctx.reply, command));
    Ok(())
}

fn write_named_docs(reply: &mut Reply, command: &Command) {
    reply.bulk(command.full_name.as_bytes());
    write_docs(reply, command);
}

fn write_docs(reply: &mut Reply, command: &Command) {
    let place = reply.deferred();
    let mut entries = 3;
    write_pair(reply, "summary", command.summary);
    write_pair(reply, "since", command.since);
    write_pair(reply, "group", command.group.name());
    if !command.complexity.is_empty() {
        write_pair(reply, "complexity", command.complexity);
        entries += 1;
    }
    entries += write_deprecation(reply, command);
    if !command.history.is_empty() {
        reply.bulk(b"history");
        write_history(reply, command);
        entries += 1;
    }
    if !command.args.is_empty() {
        reply.bulk(b"arguments");
        write_args(reply, command.args);
        entries += 1;
    }
    if existing_subcommands(command).next().is_some() {
        reply.bulk(b"subcommands");
        reply.map(existing_subcommands(command).count());
        existing_subcommands(command).for_each(|sub| write_named_docs(reply, sub));
        entries += 1;
    }
    reply.close_map(place, entries);
}

/// The entries about commands that are not meant to be used (any more); returns how many.
fn write_deprecation(reply: &mut Reply, command: &Command) -> usize {
    let words = [(command.deprecated.is_some(), "deprecated"), (command.syscmd, "syscmd")];
    let set = || words.iter().filter(|(set, _)| *set).map(|(_, word)| *word);
    if set().next().is_none() {
        return 0;
    }
    reply.bulk(b"doc_flags");
    write_names(reply, set());
    let Some((since, replaced_by)) = command.deprecated else { return 1 };
    write_pair(reply, "deprecated_since", since);
    if replaced_by.is_empty() {
        return 2;
    }
    write_pair(reply, "replaced_by", replaced_by);
    3
}

fn write_history(reply: &mut Reply, command: &Command) {
    reply.set(command.history.len());
    for (since, what) in command.history {
        reply.array(2);
        reply.bulk(since.as_bytes());
        reply.bulk(what.as_bytes());
    }
}

fn write_args(reply: &mut Reply, args: &[Arg]) {
    reply.array(args.len());
    args.iter().for_each(|arg| write_arg(reply, arg));
}

fn write_arg(reply: &mut Reply, arg: &Arg) {
    let place = reply.deferred();
    let nested = matches!(arg.kind, ArgKind::OneOf | ArgKind::Block);
    let mut entries = 2;
    write_pair(reply, "name", arg.name);
    write_pair(reply, "type", arg.kind.name());
    if !nested {
        write_pair(reply, "display_text", arg.shown());
        entries += 1;
    }
    if let ArgKind::Key(spec) | ArgKind::Pattern(Some(spec)) = arg.kind {
        reply.bulk(b"key_spec_index");
        reply.int(spec.into());
        entries += 1;
    }
    let texts = [("token", arg.token), ("since", arg.since), ("deprecated_since", arg.deprecated_since)];
    for (name, text) in texts {
        let Some(text) = text else { continue };
        write_pair(reply, name, text);
        entries += 1;
    }
    entries += write_arg_flags(reply, arg);
    if nested {
        reply.bulk(b"arguments");
        write_args(reply, arg.children);
        entries += 1;
    }
    reply.close_map(place, entries);
}

fn write_arg_flags(reply: &mut Reply, arg: &Arg) -> usize {
    let flags =
        [(arg.optional, "optional"), (arg.multiple, "multiple"), (arg.multiple_token, "multiple_token")];
    let set = || flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name);
    if set().next().is_none() {
        return 0;
    }
    reply.bulk(b"flags");
    write_names(reply, set());
    1
}

fn command_getkeys(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let line = args.tail(2);
    let found = keys_of(ctx.server, line)?;
    ctx.reply.array(found.len());
    found.iter().for_each(|key| ctx.reply.bulk(line.at(key.at)));
    Ok(())
}

fn command_getkeysandflags(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let line = args.tail(2);
    let found = keys_of(ctx.server, line)?;
    ctx.reply.array(found.len());
    for key in &found {
        ctx.reply.array(2);
        ctx.reply.bulk(line.at(key.at));
        write_key_flags(ctx.reply, key.flags);
    }
    Ok(())
}

/// The keys of a command line.
fn keys_of(server: &'static Server, line: Args<'_>) -> Result<Vec<catalog::KeyRef>, Fault> {
    const UNKNOWN: Fault = Fault::new("ERR Invalid command specified");
    let command = find(server, line.at(0)).filter(|command| command.parent.is_none()).ok_or(UNKNOWN)?;
    let command = match line.get(1) {
        Some(sub) if !command.subcommands.is_empty() => {
            catalog::lookup_sub(command, sub).filter(|sub| exists(sub)).ok_or(UNKNOWN)?
        }
        _ => command,
    };
    if !command.has_keys() {
        return Err(Fault::new("ERR The command has no key arguments"));
    }
    if !command.arity_allows(line.len()) {
        return Err(Fault::new("ERR Invalid number of arguments specified for command"));
    }
    let mut found = Vec::new();
    catalog::keys(command, line.len(), |i| line.at(i), &mut found);
    if found.is_empty() && !command.is(flags::NO_MANDATORY_KEYS) {
        return Err(Fault::new("ERR Invalid arguments specified for command"));
    }
    Ok(found)
}

fn command_help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        ("(no subcommand)", "Return details about all Redis commands."),
        ("COUNT", "Return the total number of commands in this Redis server."),
        ("LIST", "Return a list of all commands in this Redis server."),
        (
            "INFO [<command-name> ...]",
            "Return details about multiple Redis commands.\nIf no command names are given, documentation details for all\ncommands are returned.",
        ),
        (
            "DOCS [<command-name> ...]",
            "Return documentation details about multiple Redis commands.\nIf no command names are given, documentation details for all\ncommands are returned.",
        ),
        ("GETKEYS <full-command>", "Return the keys from a full Redis command."),
        ("GETKEYSANDFLAGS <full-command>", "Return the keys and the access flags from a full Redis command."),
    ];
    help::write(ctx, "COMMAND", &rows);
    Ok(())
}

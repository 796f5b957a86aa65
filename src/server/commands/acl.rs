//! ACL and its subcommands.

use crate::catalog;
use crate::limits::GENPASS_BITS_MAX;
use crate::resp::{Args, Reply};
use crate::server::acl::{self, Entry, Selector, SetError, User};
use crate::server::commands::{Table, exists, help, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::server::{log, random_bytes};

/// This family's handlers.
pub const TABLE: Table = &[
    ("acl|cat", cat),
    ("acl|deluser", deluser),
    ("acl|dryrun", dryrun),
    ("acl|genpass", genpass),
    ("acl|getuser", getuser),
    ("acl|help", usage),
    ("acl|list", list),
    ("acl|load", load),
    ("acl|log", show_log),
    ("acl|save", save),
    ("acl|setuser", setuser),
    ("acl|users", users),
    ("acl|whoami", whoami),
];

/// Entries that ACL LOG shows unless told otherwise.
const LOG_SHOWN: usize = 10;

/// Bits of ACL GENPASS unless told otherwise.
const GENPASS_BITS: i64 = 256;

/// Longest category name quoted in an error, in bytes (Redis: 128).
const QUOTED_BYTES_MAX: usize = 128;

fn setuser(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let name = args.at(2);
    if !acl::is_user_name(name) {
        return Err(Fault::new("ERR Usernames can't contain spaces or null characters"));
    }
    let words: Vec<&[u8]> = args.tail(3).iter().collect();
    acl::set_user(ctx.server, name, &words).map_err(|error| match error {
        SetError::Unmatched(open) => {
            let open = parse::lossy(&open);
            Fault::err(format!("Unmatched parenthesis in acl selector starting at '{open}'."))
        }
        SetError::Rule(rule, why) => {
            let rule = parse::lossy(&rule);
            Fault::err(format!("Error in ACL SETUSER modifier '{rule}': {}", why.as_str()))
        }
    })?;
    ctx.reply.ok();
    Ok(())
}

fn deluser(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.tail(2).iter().any(|name| name == acl::DEFAULT) {
        return Err(Fault::new("ERR The 'default' user cannot be removed"));
    }
    let gone = args.tail(2).iter().filter(|name| acl::delete_user(ctx.server, name)).count();
    ctx.reply.count(gone);
    Ok(())
}

fn getuser(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let Some(user) = ctx.server.acl.user(args.at(2)) else {
        ctx.reply.null();
        return Ok(());
    };
    let rules = user.rules();
    let (reply, own) = (&mut *ctx.reply, rules.own_selector());
    reply.map(3 + selector_fields(own));
    reply.bulk(b"flags");
    let flags = rules.flags();
    reply.set(flags.len());
    flags.iter().for_each(|flag| reply.bulk(flag.as_bytes()));
    reply.bulk(b"passwords");
    let hashes = rules.hashes();
    reply.array(hashes.len());
    hashes.for_each(|hash| reply.bulk(hash));
    write_selector(reply, own);
    reply.bulk(b"selectors");
    reply.array(rules.more_selectors().len());
    for selector in rules.more_selectors() {
        reply.map(selector_fields(selector));
        write_selector(reply, selector);
    }
    Ok(())
}

/// How many fields describe a selector: databases are Valkey's, and named only where there is a rule.
fn selector_fields(selector: &Selector) -> usize {
    3 + usize::from(selector.db_rule().is_some())
}

fn write_selector(reply: &mut Reply, selector: &Selector) {
    let mut field = |name: &str, value: &[u8]| {
        reply.bulk(name.as_bytes());
        reply.bulk(value);
    };
    field("commands", selector.command_rules().as_bytes());
    field("keys", &selector.key_rules());
    field("channels", &selector.channel_rules());
    if let Some(rule) = selector.db_rule() {
        field("databases", rule.as_bytes());
    }
}

fn list(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    write_users(ctx, User::line);
    Ok(())
}

fn users(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    write_users(ctx, |user| user.name.to_vec());
    Ok(())
}

fn write_users(ctx: &mut Ctx<'_>, show: impl Fn(&User) -> Vec<u8>) {
    let all = ctx.server.acl.all();
    ctx.reply.array(all.len());
    all.iter().for_each(|user| ctx.reply.bulk(&show(user)));
}

fn whoami(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let user = ctx.session.identity.user();
    ctx.reply.bulk_or_null(user.map(|user| &*user.name));
    Ok(())
}

fn has_file(ctx: &Ctx<'_>) -> Result<(), Fault> {
    if !ctx.settings.aclfile.is_empty() {
        return Ok(());
    }
    Err(Fault::new(
        "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.",
    ))
}

fn load(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    has_file(ctx)?;
    acl::load(ctx.server).map_err(Fault::err)?;
    ctx.reply.ok();
    Ok(())
}

fn save(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    has_file(ctx)?;
    acl::save(ctx.server).map_err(|why| {
        log::warning(format_args!("Writing ACL file for ACL SAVE: {why}"));
        Fault::new(
            "ERR There was an error trying to save the ACLs. Please check the server logs for more information",
        )
    })?;
    ctx.reply.ok();
    Ok(())
}

fn cat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let categories = catalog::acl::ALL;
    let Some(wanted) = args.get(2) else {
        ctx.reply.array(categories.len());
        categories.iter().for_each(|(_, name)| ctx.reply.bulk(name.as_bytes()));
        return Ok(());
    };
    if args.len() > 3 {
        return Err(help::wrong_arguments("ACL", args.at(1)));
    }
    let found = categories.iter().find(|(_, name)| parse::is(wanted, name));
    let (bit, _) = found.ok_or_else(|| {
        let quoted = &wanted[..wanted.len().min(QUOTED_BYTES_MAX)];
        Fault::err(format!("Unknown category '{}'", parse::lossy(quoted)))
    })?;
    let all: Vec<_> = catalog::all().iter().filter(|c| c.acl & bit != 0 && exists(c)).collect();
    ctx.reply.array(all.len());
    all.iter().for_each(|command| ctx.reply.bulk(command.full_name.as_bytes()));
    Ok(())
}

fn genpass(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() > 3 {
        return Err(help::wrong_arguments("ACL", args.at(1)));
    }
    let bits = args.get(2).map_or(Ok(GENPASS_BITS), parse::int)?;
    if !(1..=GENPASS_BITS_MAX).contains(&bits) {
        return Err(Fault::err(format!(
            "ACL GENPASS argument must be the number of bits for the output password, a positive number up to {GENPASS_BITS_MAX}"
        )));
    }
    let bytes = random_bytes::<{ GENPASS_BITS_MAX as usize / 8 }>();
    let mut digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.truncate((bits as usize).div_ceil(4));
    ctx.reply.bulk(digits.as_bytes());
    Ok(())
}

fn show_log(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let count = match args.get(2) {
        _ if args.len() > 3 => return Err(help::wrong_arguments("ACL", args.at(1))),
        Some(word) if parse::is(word, "reset") => {
            ctx.server.acl.log.reset();
            ctx.reply.ok();
            return Ok(());
        }
        Some(count) => usize::try_from(parse::int(count)?).unwrap_or(0),
        None => LOG_SHOWN,
    };
    let entries = ctx.server.acl.log.newest(count);
    ctx.reply.array(entries.len());
    let now_ms = ctx.now_ms();
    entries.iter().for_each(|entry| write_entry(ctx.reply, entry, now_ms));
    Ok(())
}

fn write_entry(reply: &mut Reply, entry: &Entry, now_ms: i64) {
    reply.map(10);
    reply.bulk(b"count");
    reply.int(entry.count as i64);
    let texts = [
        ("reason", entry.reason.as_bytes()),
        ("context", entry.context.as_str().as_bytes()),
        ("object", &entry.object),
        ("username", &entry.user),
    ];
    for (name, text) in texts {
        reply.bulk(name.as_bytes());
        reply.bulk(text);
    }
    reply.bulk(b"age-seconds");
    reply.double((now_ms - entry.updated_ms) as f64 / 1000.0);
    reply.bulk(b"client-info");
    reply.bulk(entry.client.as_bytes());
    let numbers = [
        ("entry-id", entry.id as i64),
        ("timestamp-created", entry.created_ms),
        ("timestamp-last-updated", entry.updated_ms),
    ];
    for (name, number) in numbers {
        reply.bulk(name.as_bytes());
        reply.int(number);
    }
}

fn dryrun(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let user = ctx.server.acl.user(args.at(2));
    let user = user.ok_or_else(|| Fault::err(format!("User '{}' not found", parse::lossy(args.at(2)))))?;
    let words = args.tail(3);
    let unknown = || Fault::err(format!("Command '{}' not found", parse::lossy(words.at(0))));
    let mut command = ctx.server.names.lookup(words.at(0)).filter(|c| exists(c)).ok_or_else(unknown)?;
    if !command.subcommands.is_empty()
        && let Some(sub) = words.get(1)
    {
        command = catalog::lookup_sub(command, sub).ok_or_else(unknown)?;
    }
    if !command.arity_allows(words.len()) {
        let name = command.full_name;
        return Err(Fault::err(format!("wrong number of arguments for '{name}' command")));
    }
    match user.rules().check(command, words, ctx.session.db) {
        Ok(()) => ctx.reply.ok(),
        Err(denial) => ctx.reply.bulk(denial.long(&user.shown(), command, words).as_bytes()),
    }
    Ok(())
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        (
            "CAT [<category>]",
            "List all commands that belong to <category>, or all command categories\nwhen no category is specified.",
        ),
        ("DELUSER <username> [<username> ...]", "Delete a list of users."),
        (
            "DRYRUN <username> <command> [<arg> ...]",
            "Returns whether the user can execute the given command without executing the command.",
        ),
        ("GETUSER <username>", "Get the user's details."),
        (
            "GENPASS [<bits>]",
            "Generate a secure 256-bit user password. The optional `bits` argument can\nbe used to specify a different size.",
        ),
        ("LIST", "Show users details in config file format."),
        ("LOAD", "Reload users from the ACL file."),
        ("LOG [<count> | RESET]", "Show the ACL log entries."),
        ("SAVE", "Save the current config to the ACL file."),
        (
            "SETUSER <username> <attribute> [<attribute> ...]",
            "Create or modify a user with the specified attributes.",
        ),
        ("USERS", "List all the registered usernames."),
        ("WHOAMI", "Return the current connection username."),
    ];
    help::write(ctx, "ACL", &rows);
    Ok(())
}

//! What a script says of itself: the flags of a shebang line (`#!lua flags=no-writes`) or of a registered function,
//! and what follows from them for the command that runs it.

use crate::catalog::flags as command_flags;
use crate::resp::quote;

/// Runs with the server above `maxmemory`.
pub const ALLOW_OOM: u32 = 1;
/// Writes nothing.
pub const NO_WRITES: u32 = 1 << 1;
/// Runs on a replica whose link is down.
pub const ALLOW_STALE: u32 = 1 << 2;
/// Does not run in a cluster.
pub const NO_CLUSTER: u32 = 1 << 3;
/// May touch keys of several slots.
pub const ALLOW_CROSS_SLOT: u32 = 1 << 4;
/// A script without a shebang line: what it may do is decided command by command.
pub const COMPAT: u32 = 1 << 5;

/// The names, in Redis's order.
pub const NAMES: [(u32, &str); 5] = [
    (NO_WRITES, "no-writes"),
    (ALLOW_OOM, "allow-oom"),
    (ALLOW_STALE, "allow-stale"),
    (NO_CLUSTER, "no-cluster"),
    (ALLOW_CROSS_SLOT, "allow-cross-slot-keys"),
];

/// The flag of a name.
pub fn by_name(name: &[u8]) -> Option<u32> {
    NAMES.iter().find(|(_, known)| known.as_bytes().eq_ignore_ascii_case(name)).map(|(flag, _)| *flag)
}

/// The flags of a script and where its code begins (the end of the shebang line, line feed not included, so that lines
/// keep their numbers).
pub fn of_script(body: &[u8]) -> Result<(u32, usize), String> {
    if !body.starts_with(b"#!") {
        return Ok((COMPAT, 0));
    }
    let end = body.iter().position(|&byte| byte == b'\n').ok_or("Invalid script shebang")?;
    let words = quote::split(&body[..end]).ok().filter(|words| !words.is_empty());
    let words = words.ok_or("Invalid engine in script shebang")?;
    if words[0] != b"#!lua" {
        return Err(format!("Unexpected engine in script shebang: {}", lossy(&words[0])));
    }
    let mut flags = 0;
    for word in &words[1..] {
        let list = word.strip_prefix(b"flags=");
        let list = list.ok_or_else(|| format!("Unknown lua shebang option: {}", lossy(word)))?;
        flags |= of_list(list)?;
    }
    Ok((flags, end))
}

fn of_list(list: &[u8]) -> Result<u32, String> {
    let mut flags = 0;
    if list.is_empty() {
        return Ok(flags);
    }
    for name in list.split(|&byte| byte == b',') {
        let known = NAMES.iter().find(|(_, known)| known.as_bytes() == name);
        flags |= known.ok_or_else(|| format!("Unexpected flag in script shebang: {}", lossy(name)))?.0;
    }
    Ok(flags)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The flags of the command that runs a script with these flags: what it declares takes the place of what the command
/// says.
pub fn of_command(command: u32, script: u32) -> u32 {
    if script & COMPAT != 0 {
        return command;
    }
    let mut flags = command
        & !(command_flags::STALE
            | command_flags::DENYOOM
            | command_flags::WRITE
            | command_flags::MAY_REPLICATE);
    if script & (ALLOW_OOM | NO_WRITES) == 0 {
        flags |= command_flags::DENYOOM;
    }
    if script & NO_WRITES == 0 {
        flags |= command_flags::WRITE;
    }
    if script & ALLOW_STALE != 0 {
        flags |= command_flags::STALE;
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shebang_lines() {
        assert_eq!(of_script(b"return 1"), Ok((COMPAT, 0)));
        assert_eq!(of_script(b"#!lua\nreturn 1"), Ok((0, 5)));
        assert_eq!(of_script(b"#!lua flags=no-writes,allow-oom\nx"), Ok((NO_WRITES | ALLOW_OOM, 31)));
        assert_eq!(of_script(b"#!lua name=x\n").unwrap_err(), "Unknown lua shebang option: name=x");
        assert_eq!(of_script(b"#!lua flags=x\n").unwrap_err(), "Unexpected flag in script shebang: x");
        assert_eq!(of_script(b"#!py\n").unwrap_err(), "Unexpected engine in script shebang: #!py");
        assert_eq!(of_script(b"#!lua").unwrap_err(), "Invalid script shebang");
    }
}

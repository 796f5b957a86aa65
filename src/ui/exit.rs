//! The exit codes: the whole contract in one table, so that a script can rely on them and the manual
//! can be checked against them.
//!
//! The operator commands use 0 and 2 to 10 exactly; `rtool serve` and `rtool redis-cli`, which follow what
//! redis-server and redis-cli do, fail with 1. `rtool cli` has numbers of its own, in its help and below.

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Done, or healthy.
    pub const DONE: Exit = Exit(0);
    /// General failure of `serve` and `cli`.
    pub const FAILED: Exit = Exit(1);
    /// The command line is wrong.
    pub const USAGE: Exit = Exit(2);
    /// Refused; nothing was changed.
    pub const REFUSED: Exit = Exit(3);
    /// Refused because data would be lost; needs the flag that accepts the loss. Nothing was changed.
    pub const DATA_LOSS: Exit = Exit(4);
    /// Some steps are done and some are not.
    pub const INCOMPLETE: Exit = Exit(5);
    /// A step was sent and its outcome is not known: look before doing anything else.
    pub const UNKNOWN: Exit = Exit(6);
    /// Another operation holds the lock.
    pub const LOCKED: Exit = Exit(7);
    /// A server could not be reached, before anything was changed.
    pub const UNREACHABLE: Exit = Exit(8);
    /// Everything was done, but the proof at the end failed.
    pub const VERIFICATION: Exit = Exit(9);
    /// The group is not healthy (`status`).
    pub const UNHEALTHY: Exit = Exit(10);
    /// Stopped by Ctrl-C, as shells report it.
    pub const INTERRUPTED: Exit = Exit(130);

    /// `cli`: no connection, or it broke.
    pub const NO_CONNECTION: Exit = Exit(3);
    /// `cli`: the server refused the credentials, or the user has no right to the command.
    pub const NO_ACCESS: Exit = Exit(4);
    /// `cli`: some of many things failed.
    pub const PARTLY: Exit = Exit(5);
    /// `cli`: a person, or a rule, said no.
    pub const DECLINED: Exit = Exit(6);

    /// A code that somebody else defined (redis-cli's own numbers).
    pub const fn new(code: u8) -> Exit {
        Exit(code)
    }

    /// The number the operating system sees.
    pub const fn code(self) -> u8 {
        self.0
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit.0)
    }
}

//! CLIENT and its subcommands.

use crate::server::fault::Fault;
use crate::server::session::Session;
use crate::server::sync::locked;

/// CLIENT SETNAME, also in HELLO: a name without blanks or control characters; empty takes it away.
pub fn set_name(session: &mut Session, name: &[u8]) -> Result<(), Fault> {
    if !name.iter().all(|b| (b'!'..=b'~').contains(b)) {
        return Err(Fault::new("ERR Client names cannot contain spaces, newlines or special characters."));
    }
    locked(&session.shared.meta).name = String::from_utf8_lossy(name).into_owned();
    Ok(())
}

//! From an open socket to the session a [`Target`] describes: AUTH, then HELLO, SELECT and CLIENT
//! SETNAME, each sent only after the one before was accepted. A refusal ends the attempt: a command
//! meant for database 9 must never run in database 0, nor one meant for a user as nobody.
//!
//! AUTH is its own command, not HELLO's argument, so that servers without HELLO (before 6.0) work.

use super::{Client, ClientError, Protocol, Target};
use crate::resp::value::Value;

/// Runs the handshake. Returns the server's line when an optional RESP3 was refused.
pub(super) async fn run(client: &mut Client, target: &Target) -> Result<Option<String>, ClientError> {
    authenticate(client, target).await?;
    let refusal = switch_protocol(client, target.protocol).await?;
    if target.db != 0 {
        let db = target.db.to_string();
        require(client, &["SELECT", &db]).await?;
    }
    if let Some(name) = &target.name {
        // Servers before 2.6.9, and users without the right, have no names: nothing depends on one.
        client.call(&["CLIENT", "SETNAME", name]).await?;
    }
    Ok(refusal)
}

/// Sends AUTH if there is a password, in the form every version knows unless a user is named.
async fn authenticate(client: &mut Client, target: &Target) -> Result<(), ClientError> {
    let Some(password) = &target.password else { return Ok(()) };
    let mut args: Vec<&[u8]> = vec![b"AUTH"];
    args.extend(target.user.as_ref().map(String::as_bytes));
    args.push(password.expose());
    match client.command(&args).await {
        Ok(_) => Ok(()),
        Err(ClientError::Server(line)) => Err(ClientError::Auth(line)),
        Err(other) => Err(other),
    }
}

/// Sends HELLO 3 if RESP3 is wanted.
async fn switch_protocol(client: &mut Client, protocol: Protocol) -> Result<Option<String>, ClientError> {
    const HELLO: [&str; 2] = ["HELLO", "3"];
    match protocol {
        Protocol::Resp2 => Ok(None),
        Protocol::Resp3 => require(client, &HELLO).await.map(|_| None),
        Protocol::Resp3IfPossible => match client.command(&HELLO).await {
            Ok(_) => Ok(None),
            Err(ClientError::Server(line)) => Ok(Some(line)),
            Err(other) => Err(other),
        },
    }
}

/// Sends a step that must be accepted.
async fn require(client: &mut Client, step: &[&str]) -> Result<Value, ClientError> {
    match client.command(step).await {
        Err(ClientError::Server(line)) if line.starts_with("NOAUTH") => Err(ClientError::Auth(line)),
        Err(ClientError::Server(line)) => Err(ClientError::Handshake { step: step.join(" "), line }),
        other => other,
    }
}

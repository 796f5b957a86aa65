//! The clients of a server that is no master any more: their connections are closed, so that they look for the
//! master anew. Ours, replicas and the link to the master stay.

use super::session::{CONNECTION_NAME, Fault, Session, text};

/// Closes the connections of clients; how many there were.
///
/// # Errors
/// The server does not show or close them.
pub async fn close(session: &mut Session) -> Result<u64, Fault> {
    let reply = session.words(&["CLIENT", "LIST"]).await?;
    let list = text(&reply).unwrap_or_default();
    let mut closed = 0;
    for id in list.lines().filter_map(stranger) {
        // It may have gone by itself in between: that is no fault.
        match session.words(&["CLIENT", "KILL", "ID", id]).await {
            Ok(reply) => closed += u64::from(reply.as_int() == Some(1)),
            Err(Fault::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(closed)
}

/// The id of a client that is neither one of ours, nor a replica or a master.
fn stranger(line: &str) -> Option<&str> {
    let field = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let ours = field("name").is_some_and(|name| name.starts_with(CONNECTION_NAME));
    let peer = field("flags").is_some_and(|flags| flags.contains(['S', 'M']));
    if ours || peer { None } else { field("id") }
}

#[cfg(test)]
mod tests {
    use super::stranger;

    #[test]
    fn who_is_closed() {
        assert_eq!(stranger("id=7 addr=1.2.3.4:5 name= flags=N db=0"), Some("7"));
        assert_eq!(stranger("id=8 addr=1.2.3.4:5 name=rtool flags=N"), None);
        assert_eq!(stranger("id=9 addr=1.2.3.4:5 name= flags=S"), None);
        assert_eq!(stranger("id=9 addr=1.2.3.4:5 name= flags=M"), None);
        assert_eq!(stranger("id=10 name=app flags=P"), Some("10"));
        assert_eq!(stranger(""), None);
    }
}

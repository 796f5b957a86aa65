//! Conversations: what the master says, and what the replica does about it.

use super::*;

const ID: &str = "0123456789abcdef0123456789abcdef01234567";

fn id() -> ReplId {
    ReplId::parse(ID.as_bytes()).unwrap()
}

fn params() -> Params {
    Params { port: 6380, timeout_ms: 60_000, ..Params::default() }
}

/// Everything sent, as words.
fn sent(actions: &[Action]) -> Vec<String> {
    let text = |bytes: &[u8]| {
        let lines = String::from_utf8(bytes.to_vec()).unwrap();
        let words = lines.split("\r\n").filter(|line| !line.starts_with(['*', '$']) && !line.is_empty());
        words.collect::<Vec<_>>().join(" ")
    };
    actions
        .iter()
        .filter_map(|action| if let Action::Send(b) = action { Some(text(b)) } else { None })
        .collect()
}

/// Runs a conversation; each of the master's lines is cut in two at a place that varies.
fn talk(params: Params, lines: &[&str]) -> Vec<Action> {
    let mut handshake = Handshake::new(params, 0);
    let mut actions = handshake.connected(0);
    for (i, line) in lines.iter().enumerate() {
        let line = format!("{line}\r\n");
        let (head, tail) = line.as_bytes().split_at(i % line.len());
        for part in [head, tail] {
            let (taken, more) = handshake.input(part, 0);
            assert_eq!(taken, part.len());
            actions.extend(more);
        }
    }
    actions
}

#[test]
fn a_first_sync_asks_for_everything() {
    let full = format!("+FULLRESYNC {ID} 1234");
    let actions = talk(params(), &["+PONG", "+OK", "+OK", "", &full]);
    let said = ["PING", "REPLCONF listening-port 6380", "REPLCONF capa eof capa psync2", "PSYNC ? -1"]
        .map(str::to_owned);
    assert_eq!(sent(&actions), said);
    assert_eq!(actions.last(), Some(&Action::Full { id: Some(id()), position: 1234 }));
}

#[test]
fn everything_configured_is_said() {
    let params = Params {
        user: Some(b"repl".to_vec()),
        password: Some(b"secret".to_vec()),
        ip: Some("10.0.0.9".to_owned()),
        version: Some("9.0.0".to_owned()),
        resume: Some(Resume { id: id(), position: 99 }),
        ..params()
    };
    let actions = talk(params, &["-NOAUTH first", "+OK", "+OK", "+OK", "+OK", "-ERR what?", "+CONTINUE"]);
    assert_eq!(sent(&actions)[1], "AUTH repl secret");
    assert_eq!(sent(&actions)[3], "REPLCONF ip-address 10.0.0.9");
    assert_eq!(sent(&actions)[5], "REPLCONF version 9.0.0");
    assert_eq!(sent(&actions)[6], format!("PSYNC {ID} 100"));
    assert!(actions.contains(&Action::Notice(
        "(Non critical) Master does not understand REPLCONF version: -ERR what?".to_owned()
    )));
    assert_eq!(actions.last(), Some(&Action::Continue { id: None }));
}

#[test]
fn a_continuation_may_bring_a_new_id() {
    let resume = Some(Resume { id: ReplId::NONE, position: 0 });
    let line = format!("+CONTINUE {ID}");
    let actions = talk(Params { resume, ..params() }, &["+PONG", "+OK", "+OK", &line]);
    assert_eq!(actions.last(), Some(&Action::Continue { id: Some(id()) }));
}

#[test]
fn what_goes_wrong_is_named() {
    let password = Some(b"wrong".to_vec());
    let cases: &[(Params, &[&str], &str)] = &[
        (params(), &["-ERR max number of clients reached"], "Error reply to PING from master: "),
        (
            Params { password, ..params() },
            &["+PONG", "-WRONGPASS no"],
            "Unable to AUTH to MASTER: -WRONGPASS no",
        ),
        (params(), &["+PONG", "+OK", "+OK", "-BUSY later"], "Unexpected reply to PSYNC from master: -BUSY"),
        (params(), &["+PONG", "+OK", "+OK", "+CONTINUE"], "Master wants to continue"),
    ];
    for (params, lines, expected) in cases {
        let actions = talk(params.clone(), lines);
        let [.., Action::Warning(reason), Action::GiveUp] = actions.as_slice() else {
            panic!("{lines:?}: {actions:?}");
        };
        assert!(reason.starts_with(expected), "{reason}");
    }
}

#[test]
fn a_master_that_is_not_ready_is_asked_again() {
    for line in ["-NOMASTERLINK Can't SYNC while not connected with my master", "-LOADING wait"] {
        let actions = talk(params(), &["+PONG", "+OK", "+OK", line]);
        assert!(matches!(actions.as_slice(), [.., Action::Notice(_), Action::GiveUp]));
    }
}

#[test]
fn an_old_master_is_asked_with_sync() {
    let actions = talk(params(), &["+PONG", "-ERR", "-ERR", "-ERR unknown command 'PSYNC'"]);
    let sync = Action::Send(b"SYNC\r\n".to_vec());
    assert!(actions.ends_with(&[sync, Action::Full { id: None, position: 0 }]));
}

#[test]
fn bytes_after_the_answer_are_left_alone() {
    let mut handshake = Handshake::new(params(), 0);
    handshake.connected(0);
    handshake.input(b"+PONG\r\n+OK\r\n+OK\r\n", 0);
    let answer = format!("\n\n+FULLRESYNC {ID} 5\r\n");
    let (taken, actions) = handshake.input(format!("{answer}$5\r\nREDIS").as_bytes(), 0);
    assert_eq!(taken, answer.len());
    assert_eq!(actions.last(), Some(&Action::Full { id: Some(id()), position: 5 }));
}

#[test]
fn silence_and_floods_end_it() {
    let mut handshake = Handshake::new(params(), 1000);
    assert!(handshake.is_connecting());
    assert_eq!(handshake.tick(61_000), []);
    let timeout = Action::Warning("Timeout connecting to the MASTER...".to_owned());
    assert_eq!(handshake.tick(61_001), [timeout, Action::GiveUp]);
    assert_eq!(handshake.tick(99_999), []);

    let mut handshake = Handshake::new(params(), 0);
    handshake.connected(0);
    let (_, actions) = handshake.input(&[b'x'; HANDSHAKE_LINE_BYTES_MAX + 1], 0);
    assert_eq!(actions.last(), Some(&Action::GiveUp));
}

/// A failover that finds the other one leading already is over; a lost answer says nothing.
#[test]
fn what_came_of_a_failover_is_told_apart() {
    let answer_to = |line: &str| {
        let mut handshake = Handshake::new(Params { failover: true, ..params() }, 0);
        handshake.connected(0);
        handshake.input(b"+PONG\r\n+OK\r\n+OK\r\n", 0);
        assert_eq!(handshake.psync_answer(), None);
        let (_, actions) = handshake.input(format!("{line}\r\n").as_bytes(), 0);
        let sync = |action: &Action| matches!(action, Action::Send(bytes) if bytes == b"SYNC\r\n");
        assert!(!actions.iter().any(sync), "a refusal is no old master");
        handshake.psync_answer()
    };
    assert_eq!(answer_to(&format!("+FULLRESYNC {ID} 5")), Some(Answer::Accepted));
    assert_eq!(answer_to("-ERR PSYNC FAILOVER can't be sent to a master."), Some(Answer::Leads));
    assert_eq!(answer_to("-NOPERM no"), Some(Answer::Refused));
    assert_eq!(answer_to("-ERR no"), Some(Answer::Refused));
}

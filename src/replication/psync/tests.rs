//! REPLCONF and PSYNC as replicas of all kinds say them, and the way of a link.

use super::*;
use crate::resp::request::OwnedArgs;

fn replconf(peer: &mut Peer, line: &str) -> Replconf {
    let args: OwnedArgs = format!("REPLCONF {line}").split(' ').map(str::to_owned).collect();
    peer.replconf(args.as_args())
}

#[test]
fn a_replica_introduces_itself() {
    let mut peer = Peer::default();
    for line in
        ["listening-port 6380", "ip-address 10.0.0.9", "capa eof CAPA psync2 capa tomorrow", "version 9.0.1"]
    {
        assert_eq!(replconf(&mut peer, line), Replconf::Ok, "{line}");
    }
    let capa = Capa { eof: true, psync2: true };
    let ip = Some("10.0.0.9".to_owned());
    assert_eq!(peer, Peer { port: 6380, ip, capa, version: Some((9, 0, 1)), ..Peer::default() });
}

#[test]
fn acks_are_not_answered() {
    let mut peer = Peer::default();
    assert_eq!(replconf(&mut peer, "ACK 17"), Replconf::Ack { offset: 17, fack: None });
    assert_eq!(replconf(&mut peer, "ACK 17 FACK 12"), Replconf::Ack { offset: 17, fack: Some(12) });
    assert_eq!(replconf(&mut peer, "ACK -1"), Replconf::Silent);
    assert_eq!(replconf(&mut peer, "GETACK *"), Replconf::GetAck);
}

#[test]
fn wrong_options_are_refused() {
    let cases = [
        ("listening-port", "ERR syntax error"),
        ("listening-port x", "ERR value is not an integer or out of range"),
        ("rdb-only 2", "ERR value is out of range, value must between 0 and 1"),
        ("rdb-filter-only keys", "ERR Unsupported rdb-filter-only option: keys"),
        ("version 9", "ERR Unrecognized version format"),
        ("whatever 1", "ERR Unrecognized REPLCONF option: whatever"),
    ];
    for (line, expected) in cases {
        assert_eq!(replconf(&mut Peer::default(), line), Replconf::Error(expected.to_owned()), "{line}");
    }
}

#[test]
fn filters_name_what_is_left() {
    let mut peer = Peer::default();
    assert_eq!(replconf(&mut peer, "rdb-filter-only functions"), Replconf::Ok);
    assert_eq!(peer.filter, Filter { without_data: true, without_functions: false });
    assert_eq!(replconf(&mut peer, "rdb-filter-only "), Replconf::Ok);
    assert_eq!(peer.filter, Filter { without_data: true, without_functions: true });
}

#[test]
fn requests_are_read() {
    let parse = |line: &str| {
        let args: OwnedArgs = line.split(' ').map(str::to_owned).collect();
        Request::parse(args.as_args()).map(|request| format!("{request:?}"))
    };
    assert_eq!(parse("SYNC").unwrap(), "Sync");
    assert!(parse("psync ? -1").unwrap().ends_with("offset: -1, failover: false }"));
    assert!(parse("PSYNC abc 77 failover").unwrap().ends_with("offset: 77, failover: true }"));
    assert!(parse("PSYNC abc x").is_err());
}

#[test]
fn the_stream_follows_a_file_at_once_and_sockets_after_an_ack() {
    let mut disk = Replica::waiting(Peer::default(), "::1".to_owned(), false, 0);
    assert_eq!(disk.state_name(), Some("wait_bgsave"));
    disk.snapshot_begun(Target::File);
    disk.file_ready();
    assert_eq!(disk.state_name(), Some("send_bulk"));
    assert_eq!(disk.copy_sent(5000), Phase::Online);
    assert_eq!((disk.lag_s(7000), disk.name().as_str()), (2, "[::1]:<unknown-replica-port>"));

    let mut diskless = Replica::waiting(Peer::default(), "10.0.0.1".to_owned(), false, 0);
    diskless.snapshot_begun(Target::Sockets);
    assert_eq!(diskless.copy_sent(0), Phase::WaitAck);
    assert_eq!(diskless.state_name(), Some("online"));
    assert!(diskless.acked(10, None, 0));
    assert!(!diskless.acked(5, None, 0));
    assert_eq!((diskless.phase(), diskless.ack_offset()), (Phase::Online, 10));
}

#[test]
fn who_wants_the_copy_only_is_done_with_it() {
    let peer = Peer { rdb_only: true, ..Peer::default() };
    let mut replica = Replica::waiting(peer, String::new(), false, 0);
    replica.snapshot_begun(Target::Sockets);
    assert_eq!(replica.copy_sent(0), Phase::Sent);
    assert_eq!(replica.state_name(), None);
}

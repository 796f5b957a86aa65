//! Output limits as clients meet them: who is over one gets nothing more, and nothing more of him is run.

use crate::harness::{Program, Server, bulk, wait_until};

#[test]
fn a_pipeline_over_the_hard_limit_is_cut_where_it_is_reached() {
    let server = Server::start(Program::Rtool, &["--client-output-buffer-limit", "normal 100000 0 0"]);
    server.call(&["SET", "big", &"x".repeat(10_000)]);
    let mut client = server.connect();
    let mut pipeline = b"SET first 1\r\n".to_vec();
    pipeline.extend(b"GET big\r\n".repeat(20));
    pipeline.extend(b"SET last 1\r\n");
    client.send_bytes(&pipeline).expect("sent");
    assert!(client.is_closed());
    assert_eq!(server.call(&["GET", "first"]), bulk("1"));
    assert!(server.call(&["GET", "last"]).is_null());
    assert_eq!(server.info("output_buffer_limit_disconnections"), "1");
}

#[test]
fn a_transaction_over_the_hard_limit_is_run_to_its_end() {
    let server = Server::start(Program::Rtool, &["--client-output-buffer-limit", "normal 100000 0 0"]);
    server.call(&["SET", "big", &"x".repeat(60_000)]);
    let mut client = server.connect();
    for line in ["MULTI", "GET big", "GET big", "SET last 1"] {
        client.call(&line.split(' ').collect::<Vec<_>>());
    }
    assert!(client.try_call(&["EXEC"]).is_err());
    assert_eq!(server.call(&["GET", "last"]), bulk("1"));
}

#[test]
fn a_soft_limit_runs_out_although_nothing_happens() {
    let server = Server::start(Program::Rtool, &["--client-output-buffer-limit", "pubsub 0 100000 1"]);
    let mut listener = server.connect();
    listener.call(&["SUBSCRIBE", "c"]);
    let message = "x".repeat(100_000);
    let waiting = || server.call(&["CLIENT", "LIST", "TYPE", "pubsub"]);
    for _ in 0..300 {
        server.call(&["PUBLISH", "c", &message]); // in all more than sockets hold
    }
    wait_until("the listener is cut off", || waiting().as_str().is_some_and(str::is_empty));
    assert_eq!(server.info("output_buffer_limit_disconnections"), "1");
}

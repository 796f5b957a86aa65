//! The client against scripted peers: a peer expects a request and answers it, step by step, so each
//! test is the dialogue it is about.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{Client, ClientError, Endpoint, Protocol, Secret, Target};
use crate::resp::request::encode_command;
use crate::resp::value::Value;

/// Runs a test's future as the shell does: on one thread.
fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// A peer that expects each command in turn and answers it with the bytes beside it, then hangs up.
async fn peer(script: &'static [(&'static str, &'static str)]) -> (Target, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let playing = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        for (request, answer) in script {
            expect(&mut socket, request).await;
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (Target::tcp("127.0.0.1", port), playing)
}

async fn expect(socket: &mut TcpStream, line: &str) {
    let mut expected = Vec::new();
    encode_command(&mut expected, line.split(' ').collect::<Vec<_>>());
    let mut got = vec![0; expected.len()];
    socket.read_exact(&mut got).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&got), String::from_utf8_lossy(&expected));
}

fn simple(text: &str) -> Value {
    Value::Simple(text.into())
}

#[test]
fn a_bare_session_sends_nothing_of_its_own() {
    run(async {
        let (target, playing) = peer(&[("PING", "+PONG\r\n")]).await;
        let mut client = Client::connect(&target).await.unwrap();
        assert_eq!(client.command(&["PING"]).await.unwrap(), simple("PONG"));
        playing.await.unwrap();
    });
}

#[test]
fn the_handshake_goes_step_by_step() {
    run(async {
        let (mut target, playing) = peer(&[
            ("AUTH bob geheim", "+OK\r\n"),
            ("HELLO 3", "%1\r\n+proto\r\n:3\r\n"),
            ("SELECT 9", "+OK\r\n"),
            ("CLIENT SETNAME shell", "-ERR unknown\r\n"),
        ])
        .await;
        target.user = Some("bob".into());
        target.password = Some(Secret::from("geheim"));
        target.protocol = Protocol::Resp3;
        target.db = 9;
        target.name = Some("shell".into());
        Client::connect(&target).await.map(drop).unwrap();
        playing.await.unwrap();
    });
}

#[test]
fn a_refused_password_ends_the_attempt() {
    run(async {
        let (mut target, playing) = peer(&[("AUTH geheim", "-WRONGPASS no\r\n")]).await;
        target.password = Some(Secret::from("geheim"));
        target.db = 9;
        match Client::connect(&target).await.map(drop) {
            Err(ClientError::Auth(line)) => assert_eq!(line, "WRONGPASS no"),
            other => panic!("{other:?}"),
        }
        playing.await.unwrap();
    });
}

#[test]
fn a_refused_database_ends_the_attempt() {
    run(async {
        let (mut target, _playing) = peer(&[("SELECT 99", "-ERR DB index is out of range\r\n")]).await;
        target.db = 99;
        let error = Client::connect(&target).await.map(drop).unwrap_err();
        assert_eq!(error.to_string(), "SELECT 99 failed: ERR DB index is out of range");
    });
}

#[test]
fn resp3_may_be_optional() {
    run(async {
        let (mut target, _playing) = peer(&[("HELLO 3", "-ERR unknown command\r\n")]).await;
        target.protocol = Protocol::Resp3IfPossible;
        let client = Client::connect(&target).await.unwrap();
        assert_eq!(client.hello_refusal(), Some("ERR unknown command"));
    });
}

#[test]
fn an_error_reply_leaves_the_connection_in_order() {
    run(async {
        let (target, _playing) = peer(&[("BAD", "-ERR no\r\n"), ("PING", "+PONG\r\n")]).await;
        let mut client = Client::connect(&target).await.unwrap();
        let error = client.command(&["BAD"]).await.unwrap_err();
        assert!(matches!(&error, ClientError::Server(line) if line == "ERR no") && !error.is_fatal());
        assert_eq!(client.command(&["PING"]).await.unwrap(), simple("PONG"));
    });
}

#[test]
fn a_pipeline_keeps_errors_in_their_place() {
    run(async {
        let (target, _playing) = peer(&[("A", "+1\r\n-ERR 2\r\n"), ("B", ":3\r\n"), ("C", "")]).await;
        let mut client = Client::connect(&target).await.unwrap();
        let replies = client.pipeline(&[vec!["A"], vec!["B"], vec!["C"]]).await.unwrap();
        assert_eq!(replies, [simple("1"), Value::Error("ERR 2".into()), Value::Int(3)]);
    });
}

#[test]
fn pushes_do_not_disturb_replies() {
    run(async {
        let (target, _playing) = peer(&[("PING", ">1\r\n+note\r\n+PONG\r\n")]).await;
        let mut client = Client::connect(&target).await.unwrap();
        assert_eq!(client.command(&["PING"]).await.unwrap(), simple("PONG"));
        assert_eq!(client.take_pushes(), [Value::Push(vec![simple("note")])]);
    });
}

#[test]
fn a_stream_is_read_value_by_value() {
    run(async {
        let (target, _playing) = peer(&[("MONITOR", "+OK\r\n+1 \"PING\"\r\n")]).await;
        let mut client = Client::connect(&target).await.unwrap();
        client.send(&["MONITOR"]).await.unwrap();
        assert_eq!(client.next_value().await.unwrap(), simple("OK"));
        assert_eq!(client.next_value().await.unwrap(), simple("1 \"PING\""));
        assert!(matches!(client.next_value().await, Err(ClientError::Closed)));
        assert!(!client.is_usable());
    });
}

#[test]
fn a_reply_that_does_not_come_is_a_timeout_and_the_end() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut target = Target::tcp("127.0.0.1", listener.local_addr().unwrap().port());
        target.io_timeout = Some(Duration::from_millis(20));
        let mut client = Client::connect(&target).await.unwrap();
        assert!(matches!(client.command(&["PING"]).await, Err(ClientError::Timeout)));
        assert!(matches!(client.command(&["PING"]).await, Err(ClientError::Closed)));
    });
}

#[test]
fn a_dropped_command_closes_the_client() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target::tcp("127.0.0.1", listener.local_addr().unwrap().port());
        let mut client = Client::connect(&target).await.unwrap();
        let impatient = tokio::time::timeout(Duration::from_millis(20), client.command(&["PING"]));
        assert!(impatient.await.is_err());
        assert!(!client.is_usable());
    });
}

#[test]
fn a_server_that_dies_in_mid_reply_is_closed() {
    run(async {
        let (target, _playing) = peer(&[("GET k", "$10\r\nabc")]).await;
        let mut client = Client::connect(&target).await.unwrap();
        assert!(matches!(client.command(&["GET", "k"]).await, Err(ClientError::Closed)));
    });
}

#[test]
fn what_is_not_resp_is_said() {
    run(async {
        let (target, _playing) = peer(&[("PING", "HTTP/1.1 400 Bad Request\r\n")]).await;
        let mut client = Client::connect(&target).await.unwrap();
        let error = client.command(&["PING"]).await.unwrap_err();
        assert_eq!(error.to_string(), "Protocol error, got \"H\" as reply type byte");
    });
}

#[test]
fn nobody_listens() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = Client::connect(&Target::tcp("127.0.0.1", port)).await.map(drop).unwrap_err();
        let expected = format!("Could not connect to Redis at 127.0.0.1:{port}: Connection refused");
        assert_eq!(error.to_string(), expected);
        let nowhere = Target::new(Endpoint::Unix("/nonexistent/r.sock".into()));
        let error = Client::connect(&nowhere).await.map(drop).unwrap_err();
        let expected = "Could not connect to Redis at /nonexistent/r.sock: No such file or directory";
        assert_eq!(error.to_string(), expected);
    });
}

#[test]
fn long_pipelines_do_not_lock_up() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target::tcp("127.0.0.1", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut block = vec![0; 64 * 1024];
            // An echo that stops reading while its own writes are stuck.
            while let Ok(n @ 1..) = socket.read(&mut block).await {
                socket.write_all(&block[..n]).await.unwrap();
            }
        });
        let mut client = Client::connect(&target).await.unwrap();
        let payload = "x".repeat(100_000);
        let commands = vec![vec![payload.as_str()]; 200];
        let replies = client.pipeline(&commands).await.unwrap();
        assert_eq!(replies.len(), 200);
        assert_eq!(replies[199], Value::Array(vec![Value::Bulk(payload.clone().into())]));
    });
}

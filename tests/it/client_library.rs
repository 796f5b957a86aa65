//! redis-rs against our server, in RESP2 and RESP3: a client whose reading of the protocol is not ours.
//! (redis-py and ioredis stand in `tests/clients/`.)

use std::collections::HashSet;

use redis::{Commands, Connection, ErrorKind, PubSubCommands};

use crate::harness::{Program, Server};

/// Run a check over both protocols, against our server and, so that the check itself is right, Redis.
fn over_both(check: fn(&redis::Client)) {
    let ours = Server::start(Program::Rtool, &[]);
    let servers = [Some(ours), Server::peer(Program::Redis, &[])];
    for server in servers.iter().flatten() {
        for protocol in ["resp2", "resp3"] {
            let url = format!("redis://127.0.0.1:{}/?protocol={protocol}", server.port());
            server.call(&["FLUSHALL"]);
            check(&redis::Client::open(url).unwrap());
        }
    }
}

fn connect(client: &redis::Client) -> Connection {
    client.get_connection().expect("redis-rs connects")
}

#[test]
fn redis_rs_sets_and_gets() {
    over_both(|client| {
        let mut r = connect(client);
        let value = vec![0_u8, 255, b'\r', b'\n'];
        let () = r.set("k", &value).unwrap();
        assert_eq!(r.get::<_, Vec<u8>>("k").unwrap(), value);
        assert_eq!(r.get::<_, Option<String>>("absent").unwrap(), None);
        assert_eq!(r.incr::<_, _, i64>("n", 41).unwrap(), 41);
        let () = r.mset(&[("a", "1"), ("b", "2")]).unwrap();
        let many: Vec<Option<i64>> = r.mget(&["a", "absent", "b"]).unwrap();
        assert_eq!(many, [Some(1), None, Some(2)]);
        assert!(r.expire::<_, bool>("a", 100).unwrap());
        assert!((1..=100).contains(&r.ttl::<_, i64>("a").unwrap()));
        assert_eq!(r.del::<_, i64>(&["a", "b", "absent"]).unwrap(), 2);
    });
}

#[test]
fn redis_rs_pipelines_and_runs_transactions() {
    over_both(|client| {
        let mut r = connect(client);
        let mut pipe = redis::pipe();
        (0..1000).for_each(|i| {
            pipe.set(format!("p:{i}"), i).ignore().get(format!("p:{i}"));
        });
        let replies: Vec<i64> = pipe.query(&mut r).unwrap();
        assert_eq!(replies, (0..1000).collect::<Vec<_>>());
        let (first, second): (i64, i64) =
            redis::pipe().atomic().incr("t", 1).incr("t", 1).query(&mut r).unwrap();
        assert_eq!((first, second), (1, 2));
        let mut other = connect(client);
        let mut attempts = 0;
        let (last,): (i64,) = redis::transaction(&mut r, &["t"], |r, pipe| {
            attempts += 1;
            if attempts == 1 {
                let () = other.set("t", 10)?; // the watched key changes: EXEC must fail once
            }
            pipe.incr("t", 1).query(r)
        })
        .unwrap();
        assert_eq!((last, attempts), (11, 2));
    });
}

#[test]
fn redis_rs_scans() {
    over_both(|client| {
        let mut r = connect(client);
        let pairs: Vec<(String, i64)> = (0..500).map(|i| (format!("scan:{i}"), i)).collect();
        let () = r.mset(&pairs).unwrap();
        let found: HashSet<String> = r.scan_match("scan:*").unwrap().collect();
        assert_eq!(found.len(), 500);
    });
}

#[test]
fn redis_rs_subscribes() {
    over_both(|client| {
        let (mut listener, mut speaker) = (connect(client), connect(client));
        let mut heard = vec![];
        let mut spoken = false;
        let mut listen = |message: redis::Msg| {
            heard.push((message.get_channel_name().to_owned(), message.get_payload::<String>().unwrap()));
            redis::ControlFlow::Break(())
        };
        // The callback runs once the subscription is confirmed, so a second thread speaks until then.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                crate::harness::wait_until("somebody listens", || {
                    speaker.publish::<_, _, i64>("news", "hello").unwrap() == 1
                });
                spoken = true;
            });
            listener.subscribe("news", &mut listen).unwrap();
        });
        assert!(spoken);
        assert_eq!(heard, [("news".to_owned(), "hello".to_owned())]);
    });
}

#[test]
fn redis_rs_is_told_errors() {
    over_both(|client| {
        let mut r = connect(client);
        let () = r.set("text", "abc").unwrap();
        let error = r.incr::<_, _, i64>("text", 1).unwrap_err();
        assert!(error.to_string().contains("not an integer"), "{error}");
        let error = redis::cmd("NOSUCH").query::<()>(&mut r).unwrap_err();
        assert!(error.to_string().contains("unknown command"), "{error}");
        assert!(matches!(error.kind(), ErrorKind::ResponseError), "{error:?}");
    });
}

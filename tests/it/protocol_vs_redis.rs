//! The same bytes to a real redis-server and to ours: the same bytes must come back, and the
//! connection must end. Well-formed and broken requests, whole, byte by byte and cut.

use std::io::{Read, Write};

use crate::harness::{Program, Server};

/// Streams and what they are about. Each ends in QUIT or in the byte that breaks the protocol: what a
/// server has not read when it closes would take its last words away.
fn streams() -> Vec<(&'static str, Vec<u8>)> {
    let plain: &[(&str, &[u8])] = &[
        (
            "a pipeline",
            b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nva\r\nl\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\nPING\r\nQUIT\r\n",
        ),
        (
            "inline quoting",
            b"ECHO \"a b\\x41\\n\\q\"\r\nECHO 'c\\'d'\nECHO x\\ny\r\n ECHO  e'f' \r\nQUIT\r\n",
        ),
        ("nothing to do", b"\r\n\n*0\r\n*-1\r\n*-10\r\n  \r\nPING\r\nQUIT\r\n"),
        ("empty arguments", b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n*1\r\n$0\r\n\r\nECHO ''\r\nQUIT\r\n"),
        ("lines that end oddly", b"*1\rx$4\rxPINGxx*1\r\n$4\r\nPING\r\nQUIT\r\n"),
        ("an unknown command", b"foo bar \"x\\ny\"\r\n*2\r\n$3\r\nf\nx\r\n$1\r\ny\r\nQUIT\r\n"),
        ("wrong arity", b"GET\r\nGET a b\r\nCLIENT\r\nCLIENT nosuch\r\nQUIT\r\n"),
        ("no count", b"PING\r\n*abc\r\n"),
        ("an empty count", b"*\r\n"),
        ("a count with a leading zero", b"*01\r\n"),
        ("a count with a sign", b"*+1\r\n"),
        ("a count beyond an integer", b"*3000000000\r\n"),
        ("a count beyond everything", b"*99999999999999999999999\r\n"),
        ("a negative length", b"*1\r\n$-1\r\n"),
        ("no length", b"*1\r\n$\r\n"),
        ("a length beyond the limit", b"*1\r\n$2000000000\r\n"),
        ("no dollar", b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n"),
        ("a number in the place of a bulk", b"*1\r\n:1\r\n"),
        ("a bare line in the place of a bulk", b"*1\r\n\r\n"),
        ("an open quote", b"PING\r\nSET k \"v\r\n"),
        ("a quote that closes too early", b"SET k \"v\"w\r\n"),
        ("an open single quote", b"SET k 'v\n"),
    ];
    let long = "1".repeat(64 * 1024);
    let unending = [
        ("an unending count", format!("*{long}")),
        ("an unending length", format!("*1\r\n${long}")),
        ("an unending command", format!("{long}1")),
    ];
    let plain = plain.iter().map(|(what, bytes)| (*what, bytes.to_vec()));
    plain.chain(unending.map(|(what, text)| (what, text.into_bytes()))).collect()
}

/// Everything a server answers to these pieces, until it closes the connection.
fn answer(server: &Server, pieces: &[&[u8]]) -> String {
    let connection = server.connect();
    let mut stream = connection.stream();
    for piece in pieces {
        // A server that has seen enough may have closed already.
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server closes the connection");
    bytes.escape_ascii().to_string()
}

fn compare(directives: &[&str], streams: &[(&str, Vec<u8>)]) {
    let Some(redis) = Server::peer(Program::Redis, directives) else { return };
    let ours = Server::start(Program::Rtool, directives);
    for (what, stream) in streams {
        let theirs = answer(&redis, &[stream]);
        assert_eq!(answer(&ours, &[stream]), theirs, "{what}");
        let half = stream.len() / 2;
        assert_eq!(answer(&ours, &[&stream[..half], &stream[half..]]), theirs, "{what}, in two pieces");
        if stream.len() < 1000 {
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(answer(&ours, &bytes), theirs, "{what}, byte by byte");
        }
    }
}

#[test]
fn requests_are_understood_and_refused_as_redis_does() {
    compare(&[], &streams());
}

#[test]
fn before_auth_requests_must_be_small() {
    let streams: [(&str, &[u8]); 4] = [
        ("ten arguments", b"*10\r\n$3\r\nSET\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n$1\r\n6\r\n$1\r\n7\r\n$1\r\n8\r\n$1\r\n9\r\nQUIT\r\n"),
        ("eleven arguments", b"*11\r\n"),
        ("a big argument", b"*2\r\n$4\r\nAUTH\r\n$16385\r\n"),
        ("AUTH in a pipeline", b"AUTH secret\r\nPING\r\n*1\r\n$16385\r\n"),
    ];
    // After AUTH in one pipeline the limits are gone: the last stream waits for its argument, so it is
    // completed here.
    let mut streams: Vec<(&str, Vec<u8>)> = streams.map(|(what, bytes)| (what, bytes.to_vec())).into();
    if let Some((_, last)) = streams.last_mut() {
        last.extend(std::iter::repeat_n(b'x', 16_385));
        last.extend_from_slice(b"\r\nQUIT\r\n");
    }
    compare(&["--requirepass", "secret"], &streams);
}

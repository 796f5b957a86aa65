//! The parser against a plain reading of the protocol: whole streams, streams cut anywhere, errors.

use super::*;
use proptest::prelude::*;

const OPEN: RequestLimits = RequestLimits { bulk_bytes: 512 * 1024 * 1024, authenticated: true };
const LOCKED: RequestLimits = RequestLimits { authenticated: false, ..OPEN };

type Requests = Vec<Vec<Vec<u8>>>;

/// Feeds `pieces` the way a connection does: read, parse all, move the rest to the front.
fn feed(pieces: &[&[u8]], limits: RequestLimits) -> (Requests, Result<(), ProtocolError>) {
    let mut parser = Parser::new();
    let (mut buf, mut spans, mut requests) = (Vec::new(), Vec::new(), Vec::new());
    for piece in pieces {
        buf.extend_from_slice(piece);
        let mut at = 0;
        loop {
            spans.clear();
            match parser.next(&mut buf, at, limits, &mut spans) {
                Err(error) => return (requests, Err(error)),
                Ok(Parsed::Incomplete { want }) => {
                    assert!(want > 0);
                    break;
                }
                Ok(Parsed::Complete { consumed, argc }) => {
                    assert!(consumed > 0);
                    assert_eq!(argc, spans.len());
                    assert!(parser.is_idle());
                    if argc > 0 {
                        let args = Args::new(&buf, &spans);
                        requests.push(args.iter().map(<[u8]>::to_vec).collect());
                    }
                    at += consumed;
                }
            }
        }
        buf.drain(..at);
    }
    (requests, Ok(()))
}

fn ok(stream: &[u8]) -> Requests {
    let (requests, result) = feed(&[stream], OPEN);
    assert_eq!(result, Ok(()));
    requests
}

fn words(lines: &[&[&str]]) -> Requests {
    lines.iter().map(|line| line.iter().map(|word| word.as_bytes().to_vec()).collect()).collect()
}

fn fails(stream: &[u8], limits: RequestLimits, words: &str) {
    let (_, result) = feed(&[stream], limits);
    let error = result.expect_err(words);
    assert_eq!(error.to_string(), format!("Protocol error: {words}"));
    for cut in 0..stream.len().min(64) {
        let (_, again) = feed(&[&stream[..cut], &stream[cut..]], limits);
        assert_eq!(again, Err(error), "cut at {cut}");
    }
}

#[test]
fn a_pipeline_cut_anywhere_gives_the_same_requests() {
    let stream: &[u8] = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nhello\r\nworld\r\n\r\n*0\r\n*-1\r\n\
        set \"a b\" 'c\\'d' x\\ny\r\n\n*1\r\n$0\r\n\r\nPING\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
    let expected = words(&[
        &["SET", "k", "hello\r\nworld"],
        &["set", "a b", "c'd", "x\\ny"],
        &[""],
        &["PING"],
        &["GET", "k"],
    ]);
    assert_eq!(ok(stream), expected);
    for first in 0..=stream.len() {
        for second in first..=stream.len() {
            let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
            assert_eq!(feed(&pieces, OPEN), (expected.clone(), Ok(())), "cut at {first} and {second}");
        }
    }
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(feed(&bytes, OPEN), (expected, Ok(())));
}

#[test]
fn inline_quoting() {
    assert_eq!(ok(b"a\"b c\" \"\\x41\\n\\q\" ''\r\n"), words(&[&["ab c", "A\nq", ""]]));
    assert_eq!(ok(b"  \t \r\n"), words(&[]));
    fails(b"set \"a b\r\n", OPEN, "unbalanced quotes in request");
    fails(b"set \"a\"b c\r\n", OPEN, "unbalanced quotes in request");
    fails(b"set 'a\n", OPEN, "unbalanced quotes in request");
}

#[test]
fn lengths_that_are_refused() {
    fails(b"*abc\r\n", OPEN, "invalid multibulk length");
    fails(b"*\r\n", OPEN, "invalid multibulk length");
    fails(b"*03\r\n", OPEN, "invalid multibulk length");
    fails(b"*3000000000\r\n", OPEN, "invalid multibulk length");
    fails(b"*1\r\n$-1\r\n", OPEN, "invalid bulk length");
    fails(b"*1\r\n$x\r\n", OPEN, "invalid bulk length");
    fails(b"*1\r\n$2000000000\r\n", OPEN, "invalid bulk length");
    fails(b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n", OPEN, "expected '$', got 'f'");
    fails(b"*1\r\n:1\r\n", OPEN, "expected '$', got ':'");
    fails(b"*11\r\n", LOCKED, "unauthenticated multibulk length");
    fails(b"*1\r\n$16385\r\n", LOCKED, "unauthenticated bulk length");
    assert_eq!(feed(&[b"*10\r\n$16384\r\n"], LOCKED), (vec![], Ok(())));
    assert_eq!(feed(&[b"*1048577\r\n"], OPEN), (vec![], Ok(())));
}

#[test]
fn lines_without_an_end_are_refused() {
    let long = "1".repeat(INLINE_BYTES_MAX + 1);
    fails(format!("*{long}").as_bytes(), OPEN, "too big mbulk count string");
    fails(format!("*1\r\n${long}").as_bytes(), OPEN, "too big bulk count string");
    fails(long.as_bytes(), OPEN, "too big inline request");
    assert_eq!(feed(&[&long.as_bytes()[1..]], OPEN), (vec![], Ok(())));
}

#[test]
fn a_missing_rest_is_measured() {
    let (mut parser, mut spans) = (Parser::new(), Vec::new());
    let mut buf = b"*1\r\n$100\r\nabc".to_vec();
    let parsed = parser.next(&mut buf, 0, OPEN, &mut spans);
    assert_eq!(parsed, Ok(Parsed::Incomplete { want: 99 }));
    assert!(spans.is_empty() && !parser.is_idle());
}

#[test]
fn a_batch_shares_buffer_and_spans() {
    let mut buf = b"*1\r\n$4\r\nPING\r\nget 'k'\r\n*2\r\n".to_vec();
    let (mut parser, mut spans) = (Parser::new(), Vec::new());
    let first = parser.next(&mut buf, 0, OPEN, &mut spans);
    assert_eq!(first, Ok(Parsed::Complete { consumed: 14, argc: 1 }));
    let second = parser.next(&mut buf, 14, OPEN, &mut spans);
    assert_eq!(second, Ok(Parsed::Complete { consumed: 9, argc: 2 }));
    assert_eq!(parser.next(&mut buf, 23, OPEN, &mut spans), Ok(Parsed::Incomplete { want: 1 }));
    let all = Args::new(&buf, &spans);
    assert_eq!(format!("{all:?}"), r#"["PING", "get", "k"]"#);
    assert_eq!((all.tail(1).len(), all.tail(9).len(), all.at(9)), (2, 0, &b""[..]));
    assert_eq!(OwnedArgs::from(all).as_args().bytes(), 8);
}

proptest! {
    #[test]
    fn whatever_is_encoded_is_read_back(
        requests in prop::collection::vec(
            prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..6), 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut stream = Vec::new();
        requests.iter().for_each(|request| encode_command(&mut stream, request));
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        places.extend([0, stream.len()]);
        places.sort_unstable();
        let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        prop_assert_eq!(feed(&pieces, OPEN), (requests, Ok(())));
    }

    #[test]
    fn no_bytes_make_it_panic(stream in prop::collection::vec(
        prop::sample::select(b"*$\r\n0123 \"'\\xa\0-".to_vec()), 0..80), cut: prop::sample::Index) {
        let cut = cut.index(stream.len() + 1);
        let whole = feed(&[&stream], LOCKED);
        prop_assert_eq!(feed(&[&stream[..cut], &stream[cut..]], LOCKED), whole);
    }
}

/// Not a check: prints the cost of a request. `cargo nextest run --cargo-profile quick --run-ignored all
/// cost_of`.
#[test]
#[ignore = "a measurement, not a check"]
fn cost_of_a_pipelined_request() {
    let mut stream = Vec::new();
    for i in 0..64 {
        encode_command(&mut stream, ["SET", &format!("key:{i:07}"), &"v".repeat(64)]);
    }
    let (mut parser, mut spans) = (Parser::new(), Vec::new());
    let begin = std::time::Instant::now();
    let rounds = 200_000;
    for _ in 0..rounds {
        spans.clear();
        let mut at = 0;
        while let Ok(Parsed::Complete { consumed, .. }) = parser.next(&mut stream, at, OPEN, &mut spans) {
            at += consumed;
        }
        assert_eq!(spans.len(), 192);
    }
    let nanos = begin.elapsed().as_nanos() as f64 / f64::from(rounds * 64);
    std::io::Write::write_all(&mut std::io::stderr(), format!("{nanos:.1} ns a request\n").as_bytes())
        .unwrap();
}

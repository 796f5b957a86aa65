//! The request parser on any bytes: it ends, and where the bytes are cut makes no difference.
//!
//! The first byte of the input chooses the cut, the rest is the stream. The stream is parsed once whole
//! and once as it would arrive in two pieces; both must find the same requests and the same end.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool::resp::request::{Args, Parsed, Parser, ProtocolError, RequestLimits, Span};

const LIMITS: RequestLimits = RequestLimits { bulk_bytes: 1 << 20, authenticated: true };

type Requests = Vec<Vec<Vec<u8>>>;

/// One connection: its buffer, how far it is parsed, and what was found.
#[derive(Default)]
struct Connection {
    parser: Parser,
    buffer: Vec<u8>,
    at: usize,
    requests: Requests,
}

impl Connection {
    fn receive(&mut self, bytes: &[u8]) -> Result<(), ProtocolError> {
        self.buffer.extend_from_slice(bytes);
        loop {
            let mut spans: Vec<Span> = Vec::new();
            match self.parser.next(&mut self.buffer, self.at, LIMITS, &mut spans)? {
                Parsed::Incomplete { want } => {
                    assert!(want > 0);
                    return Ok(());
                }
                Parsed::Complete { consumed, argc } => {
                    assert!(consumed > 0 && argc == spans.len());
                    let args = Args::new(&self.buffer, &spans);
                    self.requests.push(args.iter().map(<[u8]>::to_vec).collect());
                    self.at += consumed;
                    assert!(self.at <= self.buffer.len());
                }
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&cut, stream)) = data.split_first() else { return };
    let (first, second) = stream.split_at(usize::from(cut).min(stream.len()));
    let (mut whole, mut pieces) = (Connection::default(), Connection::default());
    let ended = whole.receive(stream);
    let ended_in_pieces = pieces.receive(first).and_then(|()| pieces.receive(second));
    assert_eq!(whole.requests, pieces.requests);
    assert_eq!(ended, ended_in_pieces);
});

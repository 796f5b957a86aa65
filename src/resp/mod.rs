//! The wire: request parser, reply writer, client-side value, quoting. No I/O.
//!
//! ```text
//!  bytes of a client --request::Parser--> Args --(server)--> reply::Reply --> bytes
//!  bytes of a server --value::Decoder---> Value   (shell, operator commands)
//!  a command         --request::encode_command--> bytes   (journal, client)
//! ```

pub mod big;
pub mod extended;
pub mod glob;
pub mod number;
pub mod quote;
pub mod reply;
pub mod request;
pub mod value;

pub use reply::{Deferred, Proto, Reply};
pub use request::{Args, OwnedArgs, Parsed, Parser, ProtocolError, RequestLimits, Span};
pub use value::{DecodeError, Decoder, Value};

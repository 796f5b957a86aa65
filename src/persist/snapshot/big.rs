//! Big values of a snapshot. Encoding one may take seconds, so the shard's sink only keeps a copy of it
//! (which shares every chunk and costs next to nothing), and the walk writes it later, under no lock.
//!
//! ```text
//!   shard held:  sink --- copy of the object ---> piece
//!   later:       thread "encode" --- blocks ---> bounded channel ---> walk --- output
//! ```
//!
//! A value beyond [`STREAM_BYTES`] is encoded by a thread that hands over finished blocks, so memory is a
//! few blocks whatever the value's size; smaller ones are encoded in place.

use std::sync::mpsc;

use super::{Form, Interrupted, Options, Output, put_db};
use crate::limits::ENCODED_BLOCKS_MAX;
use crate::persist::aof::base;
use crate::persist::rdb::{Encoder, LruHint};
use crate::store::{EntryRef, Object, ValueRef};

/// Values that take more memory than this are encoded block by block.
const STREAM_BYTES: usize = 1 << 20;

/// A key whose value waits to be encoded.
pub(super) struct Big {
    db: usize,
    key: Box<[u8]>,
    object: Object,
    expire_ms: Option<i64>,
    hint: LruHint,
}

impl Big {
    /// Keeps what an entry holds now.
    pub(super) fn keep(db: usize, entry: EntryRef<'_>, object: &Object, hint: LruHint) -> Big {
        Big { db, key: entry.key().into(), object: object.clone(), expire_ms: entry.expire_ms(), hint }
    }

    /// Writes it, with its database in front.
    pub(super) fn write(self, options: Options, out: &mut dyn Output) -> Result<(), Interrupted> {
        let mut bytes = Vec::new();
        put_db(&mut bytes, options.form, self.db);
        let value = ValueRef::Object(&self.object);
        match options.form {
            Form::Commands => base::put_key(&mut bytes, &self.key, value, self.expire_ms),
            Form::Rdb if self.object.mem_bytes() > STREAM_BYTES => return self.stream(options, bytes, out),
            Form::Rdb => self.encode(&mut Encoder::new(options.compress), &mut bytes),
        }
        Ok(out.write(&bytes)?)
    }

    fn encode(&self, encoder: &mut Encoder, bytes: &mut Vec<u8>) {
        encoder.key(bytes, &self.key, ValueRef::Object(&self.object), self.expire_ms, self.hint);
    }

    /// Encodes on a thread of its own; the blocks are written here. When the output fails or the snapshot
    /// is cancelled the channel closes, and the thread comes to its end without keeping anything.
    fn stream(self, options: Options, mut bytes: Vec<u8>, out: &mut dyn Output) -> Result<(), Interrupted> {
        let (blocks, arriving) = mpsc::sync_channel(ENCODED_BLOCKS_MAX);
        let encode = move || {
            let mut encoder = Encoder::streaming(options.compress, blocks);
            self.encode(&mut encoder, &mut bytes);
            encoder.spill(&mut bytes);
        };
        std::thread::scope(|scope| {
            std::thread::Builder::new().name("encode".into()).spawn_scoped(scope, encode)?;
            for block in arriving {
                out.write(&block)?;
                if !out.go_on(0) {
                    return Err(Interrupted::Cancelled);
                }
            }
            Ok(())
        })
    }
}

//! A client's byte stream: TCP or a unix socket, behind one set of non-blocking calls. (TLS will be a
//! third kind.)

use std::io::{self, Read, Write};
use std::task::{Context, Poll};

use bytes::BufMut;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};

/// A connected stream.
pub enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// A unix socket.
    Unix(UnixStream),
}

macro_rules! each {
    ($self:expr, $s:ident => $call:expr) => {
        match $self {
            Stream::Tcp($s) => $call,
            Stream::Unix($s) => $call,
        }
    };
}

impl Stream {
    /// Reads without waiting; 0 is the end of the stream.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let n = each!(self, s => s.try_read(buf))?;
        self.has_read(n, buf.len());
        Ok(n)
    }

    /// Reads without waiting into the spare room of a buffer.
    pub fn try_read_buf(&self, buf: &mut impl BufMut) -> io::Result<usize> {
        let room = buf.chunk_mut().len();
        let n = each!(self, s => s.try_read_buf(buf))?;
        self.has_read(n, room);
        Ok(n)
    }

    /// A read that did not fill its room has emptied the socket: to wait for the next edge saves the read
    /// that would only say so. What arrives between the two is an edge of its own, which this thread's poll
    /// has not taken yet; so a stream is read by the thread whose runtime it is registered with.
    fn has_read(&self, n: usize, room: usize) {
        let empty = || -> io::Result<()> { Err(io::ErrorKind::WouldBlock.into()) };
        if 0 < n && n < room {
            let cleared = each!(self, s => s.try_io(Interest::READABLE, empty));
            debug_assert!(cleared.is_err());
        }
    }

    /// Writes without waiting.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        each!(self, s => s.try_write(buf))
    }

    /// Reads past the runtime, which may be held up: it learns of nothing, and finds out when it asks.
    pub fn read_past_runtime(&self, buf: &mut [u8]) -> io::Result<usize> {
        each!(self, s => (&*SockRef::from(s)).read(buf))
    }

    /// Writes past the runtime.
    pub fn write_past_runtime(&self, buf: &[u8]) -> io::Result<usize> {
        each!(self, s => (&*SockRef::from(s)).write(buf))
    }

    /// Ready when there may be something to read.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, s => s.poll_read_ready(cx))
    }

    /// Ready when there may be room to write.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, s => s.poll_write_ready(cx))
    }

    /// Waits until there may be room to write.
    pub async fn writable(&self) -> io::Result<()> {
        each!(self, s => s.writable().await)
    }

    /// Waits until there may be something to read.
    pub async fn readable(&self) -> io::Result<()> {
        each!(self, s => s.readable().await)
    }

    /// Writes everything.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.writable().await?;
            match self.try_write(bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

//! `--pipe`: standard input goes to the server as it is, as fast as it takes it, while replies are counted.
//!
//! ```text
//! stdin --thread--> blocks --writer--> socket      the two run side by side: a server that waits for us to
//!                     socket --reader--> counts    take replies would otherwise never take more commands
//! at the end of stdin: ECHO <20 random bytes>; its reply says that everything before was answered
//! ```
//!
//! Our own face knows where commands begin: an error names its command and line, a broken link says how many
//! commands were answered, and `--pipe-skip` leaves those out the next time.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::Read;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc::{Receiver, channel};

use super::splitter::{Mark, Splitter};
use super::{Context, Step};
use crate::client::{Socket, system_text};
use crate::clock::Stopwatch;
use crate::resp::value::{Decoder, Value};
use crate::ui::Exit;
use crate::ui::progress::{Progress, Unit};

/// Bytes read from standard input, and from the server, at once.
const BLOCK_BYTES: usize = 64 * 1024;
/// Blocks read ahead of the server.
const BLOCKS_AHEAD: usize = 8;
/// Bytes of the word that ends the stream.
const MAGIC_BYTES: usize = 20;
/// How often the reader looks at the time.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Sends standard input to the server.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    let mut magic = [0; MAGIC_BYTES];
    if getrandom::fill(&mut magic).is_err() {
        return Err(context.failed("no random numbers from the system"));
    }
    let client = context.engine.session.take_client().map_err(|error| context.lost(&error))?;
    let (socket, bytes) = client.into_stream();
    let (reader, writer) = tokio::io::split(socket);
    let traffic = Traffic::new(context);
    let blocks = read_input();
    let result = {
        let writing = write(&traffic, writer, blocks, magic);
        let reading = read(context, &traffic, reader, bytes, magic);
        tokio::pin!(writing);
        tokio::pin!(reading);
        tokio::select! {
            result = &mut reading => result,
            trouble = &mut writing => match trouble {
                Some(trouble) => Err(trouble),
                None => reading.await,
            },
        }
    };
    finish(context, &traffic, result)
}

/// What both sides count.
struct Traffic {
    errors: Cell<u64>,
    replies: Cell<u64>,
    ended: Cell<bool>,
    /// Commands sent and not answered, if anybody wants to know.
    waiting: Option<RefCell<VecDeque<Mark>>>,
    skip: u64,
    timeout: Duration,
    progress: Progress,
    total: u64,
}

impl Traffic {
    fn new(context: &Context<'_>) -> Self {
        let own = !context.engine.face.is_strict();
        let total =
            std::fs::metadata("/dev/stdin").map_or(0, |found| if found.is_file() { found.len() } else { 0 });
        Self {
            errors: Cell::new(0),
            replies: Cell::new(0),
            ended: Cell::new(false),
            waiting: own.then(RefCell::default),
            skip: context.modes().pipe_skip,
            timeout: Duration::from_secs(context.modes().pipe_timeout),
            progress: Progress::start(&context.engine.console.notes, "sent", Unit::Bytes),
            total,
        }
    }

    /// The command that the next reply answers.
    fn answered(&self) -> Option<Mark> {
        self.waiting.as_ref().and_then(|waiting| waiting.borrow_mut().pop_front())
    }
}

/// Reads standard input on a thread of its own: reading it cannot be waited for beside something else.
fn read_input() -> Receiver<std::io::Result<Vec<u8>>> {
    let (sender, receiver) = channel(BLOCKS_AHEAD);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut block = vec![0; BLOCK_BYTES];
            let read = input.read(&mut block).map(|read| {
                block.truncate(read);
                block
            });
            let is_last = !matches!(&read, Ok(block) if !block.is_empty());
            if sender.blocking_send(read).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}

/// Sends everything and the word at the end. Returns what went wrong, in words.
async fn write(
    traffic: &Traffic,
    mut socket: WriteHalf<Box<dyn Socket>>,
    mut blocks: Receiver<std::io::Result<Vec<u8>>>,
    magic: [u8; MAGIC_BYTES],
) -> Option<String> {
    let mut splitter = Splitter::default();
    let mut left_out = traffic.skip;
    let mut sent = 0;
    while let Some(block) = blocks.recv().await {
        let block = match block {
            Ok(block) if block.is_empty() => break,
            Ok(block) => block,
            Err(error) => return Some(format!("Error reading from stdin: {}", system_text(&error))),
        };
        let start = follow(traffic, &mut splitter, &block, &mut left_out);
        sent += block.len() as u64;
        if let Err(error) = socket.write_all(&block[start..]).await {
            return Some(format!("Error writing to the server: {}", system_text(&error)));
        }
        if traffic.total > 0 {
            traffic.progress.set(sent, traffic.total);
        }
    }
    traffic.ended.set(true);
    // The first line end closes a command that the input left open.
    let mut end = b"\r\n*2\r\n$4\r\nECHO\r\n$20\r\n".to_vec();
    end.extend_from_slice(&magic);
    end.extend_from_slice(b"\r\n");
    match socket.write_all(&end).await {
        Ok(()) => None,
        Err(error) => Some(format!("Error writing to the server: {}", system_text(&error))),
    }
}

/// Notes the commands of a block. Returns where in it the first one begins that is not left out.
fn follow(traffic: &Traffic, splitter: &mut Splitter, block: &[u8], left_out: &mut u64) -> usize {
    let Some(waiting) = &traffic.waiting else { return 0 };
    let mut at = 0;
    let mut start = if *left_out > 0 { block.len() } else { 0 };
    while at < block.len() {
        let (used, mark) = splitter.next(&block[at..]);
        at += used;
        let Some(mark) = mark else { continue };
        if *left_out > 0 {
            *left_out -= 1;
            if *left_out == 0 {
                start = at;
            }
        } else {
            waiting.borrow_mut().push_back(mark);
        }
    }
    start
}

/// Counts replies up to the word at the end. An error is what went wrong, in words.
async fn read(
    context: &mut Context<'_>,
    traffic: &Traffic,
    mut socket: ReadHalf<Box<dyn Socket>>,
    mut bytes: BytesMut,
    magic: [u8; MAGIC_BYTES],
) -> Result<(), String> {
    let mut decoder = Decoder::new();
    let mut last = Stopwatch::start();
    let mut announced = false;
    loop {
        while let Some((reply, used)) = decoder.decode(&bytes).map_err(|_| READ_FAILED.to_owned())? {
            bytes.advance(used);
            last = Stopwatch::start();
            if traffic.ended.get() && reply.as_bytes() == Some(&magic) {
                announce(context, &mut announced);
                say(context, "Last reply received from server.");
                return Ok(());
            }
            count(context, traffic, &reply);
        }
        bytes.reserve(BLOCK_BYTES);
        match tokio::time::timeout(LOOK_EVERY, socket.read_buf(&mut bytes)).await {
            Ok(Ok(1..)) => {}
            Ok(_) => return Err(READ_FAILED.to_owned()),
            Err(_) if traffic.ended.get() => {
                announce(context, &mut announced);
                if !traffic.timeout.is_zero() && last.elapsed() > traffic.timeout {
                    traffic.errors.set(traffic.errors.get() + 1);
                    let seconds = traffic.timeout.as_secs();
                    context.engine.console.notes.note(&format!("No replies for {seconds} seconds: exiting."));
                    return Ok(());
                }
            }
            Err(_) => {}
        }
    }
}

const READ_FAILED: &str = "Error reading replies from server";

fn announce(context: &mut Context<'_>, announced: &mut bool) {
    if !std::mem::replace(announced, true) {
        say(context, "All data transferred. Waiting for the last reply...");
    }
}

/// A remark: on standard output for redis-cli, aside for us.
fn say(context: &mut Context<'_>, line: &str) {
    let console = &mut context.engine.console;
    match context.engine.face.is_strict() {
        true => console.data.note(line),
        false => console.notes.note(line),
    }
}

fn count(context: &mut Context<'_>, traffic: &Traffic, reply: &Value) {
    traffic.replies.set(traffic.replies.get() + 1);
    let mark = traffic.answered();
    let Some(error) = reply.error() else { return };
    traffic.errors.set(traffic.errors.get() + 1);
    let place = mark.map(|mark| format!("command {}, line {}: ", mark.number, mark.line)).unwrap_or_default();
    context.engine.console.notes.note(&format!("{place}{error}"));
}

/// Prints the counts and says how it ended.
fn finish(context: &mut Context<'_>, traffic: &Traffic, result: Result<(), String>) -> Step<Exit> {
    let (errors, replies) = (traffic.errors.get(), traffic.replies.get());
    if let Err(trouble) = result {
        if context.engine.face.is_strict() {
            return Err(context.failed(&trouble));
        }
        let answered = traffic.skip + replies;
        context.engine.console.notes.note(&format!(
            "{trouble}\n{answered} commands were answered: --pipe --pipe-skip {answered} with the same input sends the \
             rest (the command after them may have run as well)"
        ));
        return Ok(Exit::NO_CONNECTION);
    }
    match context.wants_json() {
        true => context.json(&json!({ "errors": errors, "replies": replies }))?,
        false => context.print(&format!("errors: {errors}, replies: {replies}\n"))?,
    }
    Ok(match (errors, context.engine.face.is_strict()) {
        (0, _) => Exit::DONE,
        (_, true) => Exit::FAILED,
        (_, false) => Exit::PARTLY,
    })
}

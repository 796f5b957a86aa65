//! `rtool keys restore FILE`: sends the commands of an undo file. A key that is there again is not replaced: it is
//! newer than what the file holds.

use std::io::Read;
use std::path::Path;

use bytes::{Buf, BytesMut};

use super::Trouble;
use crate::client::Client;
use crate::resp::value::{Decoder, Value};
use crate::ui::progress::{Progress, Unit};
use crate::ui::{Console, Error, Exit};

/// Bytes read from the file at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// Sends every command of the file.
pub async fn run(path: &Path, mut client: Client, console: &mut Console) -> Result<Exit, Trouble> {
    let failed = |error| Error::failed(format!("cannot read {}", path.display())).source(&error);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let total = file.metadata().map_err(failed)?.len();
    let progress = Progress::start(&console.notes, "restoring", Unit::Bytes);
    let mut bytes = BytesMut::new();
    let mut decoder = Decoder::new();
    let (mut read_bytes, mut done, mut errors) = (0u64, 0u64, 0u64);
    loop {
        let mut block = vec![0; BLOCK_BYTES];
        let read = file.read(&mut block).map_err(failed)?;
        if read == 0 {
            break;
        }
        read_bytes += read as u64;
        bytes.extend_from_slice(&block[..read]);
        let commands = whole_commands(&mut decoder, &mut bytes).map_err(|()| not_an_undo_file(path))?;
        for (command, reply) in commands.iter().zip(client.pipeline(&commands).await?) {
            match reply.error() {
                None => done += u64::from(!is_select(command)),
                Some(line) => {
                    errors += 1;
                    let key = command.get(1).map(|key| String::from_utf8_lossy(key).into_owned());
                    console.notes.note(&format!("{}: {line}", key.unwrap_or_default()));
                }
            }
        }
        progress.set(read_bytes, total);
    }
    if !bytes.is_empty() {
        return Err(not_an_undo_file(path).into());
    }
    drop(progress);
    console.data.line(&format!("{done} keys restored, {errors} failed"))?;
    Ok(if errors == 0 { Exit::DONE } else { Exit::PARTLY })
}

fn not_an_undo_file(path: &Path) -> Error {
    Error::failed(format!("{} is not an undo file, or is cut short", path.display()))
}

fn is_select(command: &[Vec<u8>]) -> bool {
    command.first().is_some_and(|word| word.eq_ignore_ascii_case(b"select"))
}

/// Takes the whole commands off the bytes.
fn whole_commands(decoder: &mut Decoder, bytes: &mut BytesMut) -> Result<Vec<Vec<Vec<u8>>>, ()> {
    let mut commands = Vec::new();
    while let Some((value, used)) = decoder.decode(bytes).map_err(|_| ())? {
        bytes.advance(used);
        let Value::Array(words) = value else { return Err(()) };
        let words: Option<Vec<Vec<u8>>> =
            words.iter().map(|word| word.as_bytes().map(<[u8]>::to_vec)).collect();
        commands.push(words.filter(|words| !words.is_empty()).ok_or(())?);
    }
    Ok(commands)
}

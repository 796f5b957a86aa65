//! The cache of scripts: what EVAL, EVALSHA and SCRIPT LOAD know by its SHA1. Shared by all threads; each interpreter
//! keeps what it has compiled, by the same name, until the cache was emptied (`generation`).
//!
//! Scripts that only EVAL brought are the ones of which there may be very many (text made anew for each call): of those
//! the latest 500 stay, as in Redis 7.4. What SCRIPT LOAD or EVALSHA named stays until SCRIPT FLUSH.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use sha1_smol::Sha1;

use super::flags;
use crate::limits::EVAL_SCRIPTS_MAX;
use crate::server::sync::{reading, writing};

/// The name of a script.
pub type Sha = [u8; 20];

/// Hashes names of scripts: their bytes are spread already.
#[derive(Default)]
pub struct ShaHasher(u64);

impl Hasher for ShaHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A script.
#[derive(Debug)]
pub struct Script {
    /// Its name.
    pub sha: Sha,
    /// Its source.
    pub body: Box<[u8]>,
    /// What it says of itself.
    pub flags: u32,
    /// Where its code begins, behind a shebang line.
    pub code_at: usize,
}

/// The SHA1 of a script's source.
pub fn sha_of(body: &[u8]) -> Sha {
    let mut sha = Sha1::new();
    sha.update(body);
    sha.digest().bytes()
}

/// A name in hexadecimal digits.
pub fn hex(sha: &Sha) -> String {
    let mut text = String::with_capacity(40);
    for byte in sha {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The name that 40 hexadecimal digits, in any case, spell.
pub fn parse_sha(text: &[u8]) -> Option<Sha> {
    if text.len() != 40 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut sha = [0; 20];
    for (byte, pair) in sha.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(sha)
}

#[derive(Debug, Default)]
struct Scripts {
    all: HashMap<Sha, (Arc<Script>, bool), BuildHasherDefault<ShaHasher>>,
    /// Those that only EVAL brought, oldest first.
    by_eval: VecDeque<Sha>,
}

/// The cache.
#[derive(Debug, Default)]
pub struct Cache {
    scripts: RwLock<Scripts>,
    generation: AtomicU64,
    bytes: AtomicUsize,
    evicted: AtomicU64,
}

/// What a script takes beside its source: names, counts, the tables' places.
const SCRIPT_OVERHEAD_BYTES: usize = 120;

impl Cache {
    /// The script of a name. One that somebody asks for by its name stays.
    pub fn get(&self, sha: &Sha) -> Option<Arc<Script>> {
        reading(&self.scripts).all.get(sha).map(|(script, _)| Arc::clone(script))
    }

    /// Somebody knows a script by its name: it stays. False when it is gone.
    pub fn keep(&self, sha: &Sha) -> bool {
        let by_eval = reading(&self.scripts).all.get(sha).map(|(_, by_eval)| *by_eval);
        if by_eval != Some(true) {
            return by_eval.is_some();
        }
        let mut scripts = writing(&self.scripts);
        let Some((_, by_eval)) = scripts.all.get_mut(sha) else { return false };
        *by_eval = false;
        scripts.by_eval.retain(|known| known != sha);
        true
    }

    /// Adds a script that compiles.
    pub fn add(&self, script: Script, by_eval: bool) -> Arc<Script> {
        let script = Arc::new(script);
        let mut scripts = writing(&self.scripts);
        if let Some((known, _)) = scripts.all.get(&script.sha) {
            return Arc::clone(known);
        }
        self.bytes.fetch_add(script.body.len() + SCRIPT_OVERHEAD_BYTES, Ordering::Relaxed);
        if by_eval {
            scripts.by_eval.push_back(script.sha);
        }
        scripts.all.insert(script.sha, (Arc::clone(&script), by_eval));
        if scripts.by_eval.len() > EVAL_SCRIPTS_MAX {
            self.evict(&mut scripts);
        }
        script
    }

    fn evict(&self, scripts: &mut Scripts) {
        let oldest = scripts.by_eval.pop_front();
        if let Some((gone, _)) = oldest.and_then(|sha| scripts.all.remove(&sha)) {
            self.bytes.fetch_sub(gone.body.len() + SCRIPT_OVERHEAD_BYTES, Ordering::Relaxed);
            self.evicted.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Forgets all scripts.
    pub fn clear(&self) {
        let mut scripts = writing(&self.scripts);
        let gone = std::mem::take(&mut *scripts);
        self.bytes.store(0, Ordering::Relaxed);
        self.generation.fetch_add(1, Ordering::AcqRel);
        drop(scripts);
        drop(gone);
    }

    /// Changes whenever compiled scripts are to be forgotten.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Number of scripts.
    pub fn len(&self) -> usize {
        reading(&self.scripts).all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the sources.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Scripts that made room for others.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }
}

/// A script of this source; an error when its shebang line is wrong.
pub fn script(body: &[u8], sha: Sha) -> Result<Script, String> {
    let (flags, code_at) = flags::of_script(body)?;
    Ok(Script { sha, body: body.into(), flags, code_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(cache: &Cache, body: &str, by_eval: bool) -> Sha {
        cache.add(script(body.as_bytes(), sha_of(body.as_bytes())).unwrap(), by_eval).sha
    }

    #[test]
    fn names_in_any_case() {
        let sha = sha_of(b"return 1");
        assert_eq!(hex(&sha), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
        assert_eq!(parse_sha(hex(&sha).to_uppercase().as_bytes()), Some(sha));
        assert_eq!(parse_sha(b"e0"), None);
        assert_eq!(parse_sha(&[b'x'; 40]), None);
    }

    #[test]
    fn what_only_eval_brought_makes_room() {
        let cache = Cache::default();
        let (loaded, named) = (add(&cache, "return 'loaded'", false), add(&cache, "return 'named'", true));
        cache.keep(&named);
        let first = add(&cache, "return 'first'", true);
        for n in 0..EVAL_SCRIPTS_MAX {
            add(&cache, &format!("return {n}"), true);
        }
        assert!(cache.get(&first).is_none());
        assert!(cache.get(&loaded).is_some() && cache.get(&named).is_some());
        assert_eq!((cache.len(), cache.evicted()), (EVAL_SCRIPTS_MAX + 2, 1));
        cache.clear();
        assert_eq!((cache.len(), cache.bytes(), cache.generation()), (0, 0, 1));
    }
}

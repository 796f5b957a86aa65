//! The manifest: which parts make up the data. Pure: text in, text out, and the three transitions.
//!
//! ```text
//! file appendonly.aof.2.base.rdb seq 2 type b          base first, at most one
//! file appendonly.aof.1.incr.aof seq 1 type h          then history, newest first
//! file appendonly.aof.2.incr.aof seq 2 type i          then incrs, ascending
//!
//! open_incr:      ... i(n)            ->  ... i(n) i(n+1)
//! finish_rewrite: b(m) i.. i(n)       ->  b(m+1) h.. b(m)->h, i(..n-1)->h  i(n)
//! forget_history: ... h h ...         ->  without them, once the files are gone
//! ```
//!
//! A pair with an unknown key is passed over (newer servers add some); everything else that is odd is
//! refused, because a manifest that was misread loses data.

use std::fmt;

use crate::resp::quote;

/// Longest line, in bytes, without its newline.
const LINE_BYTES_MAX: usize = 1023;

/// One file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// File name, no path.
    pub name: String,
    /// Its number among its kind, from 1.
    pub seq: i64,
}

/// Whether a base is written as RDB or as commands (`aof-use-rdb-preamble`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseForm {
    /// `.base.rdb`
    Rdb,
    /// `.base.aof`
    Aof,
}

/// The parts, and the numbers last used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The data at the time of the last rewrite.
    pub base: Option<Part>,
    /// Superseded parts that were not removed yet, newest first.
    pub history: Vec<Part>,
    /// The writes since, oldest first; the last is the one being written.
    pub incrs: Vec<Part>,
    base_seq: i64,
    incr_seq: i64,
}

/// Why a manifest was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// Redis's words.
    pub what: &'static str,
    /// The line, from 1, and its text, when it is about one.
    pub line: Option<(usize, String)>,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        match &self.line {
            Some((number, text)) => write!(f, " (manifest line {number}: '{text}')"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ManifestError {}

const BAD_FORMAT: &str = "Invalid AOF manifest file format";

impl Manifest {
    /// Reads a manifest's text.
    pub fn parse(text: &[u8]) -> Result<Manifest, ManifestError> {
        let mut manifest = Manifest::default();
        if text.is_empty() {
            return Err(ManifestError { what: "Found an empty AOF manifest", line: None });
        }
        for (index, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
            if line.first() == Some(&b'#') {
                continue;
            }
            manifest.add_line(line).map_err(|what| {
                let text = String::from_utf8_lossy(line.trim_ascii()).into_owned();
                let named = what != TOO_LONG;
                ManifestError { what, line: named.then_some((index + 1, text)) }
            })?;
        }
        Ok(manifest)
    }

    fn add_line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let Some(line) = line.strip_suffix(b"\n").filter(|line| line.len() <= LINE_BYTES_MAX) else {
            return Err(TOO_LONG);
        };
        let (part, kind) = parse_part(line.trim_ascii())?;
        match kind {
            b'b' if self.base.is_some() => return Err("Found duplicate base file information"),
            b'b' => {
                self.base_seq = part.seq;
                self.base = Some(part);
            }
            b'h' => self.history.push(part),
            b'i' if part.seq <= self.incr_seq => return Err("Found a non-monotonic sequence number"),
            b'i' => {
                self.incr_seq = part.seq;
                self.incrs.push(part);
            }
            _ => return Err("Unknown AOF file type"),
        }
        Ok(())
    }

    /// The manifest's text.
    pub fn format(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let kinds = self.base.iter().map(|part| (part, 'b'));
        let kinds = kinds.chain(self.history.iter().map(|part| (part, 'h')));
        for (part, kind) in kinds.chain(self.incrs.iter().map(|part| (part, 'i'))) {
            out.extend_from_slice(b"file ");
            put_name(&mut out, &part.name);
            out.extend_from_slice(format!(" seq {} type {kind}\n", part.seq).as_bytes());
        }
        out
    }

    /// The manifest of a single old-style file that becomes the base.
    pub fn upgraded(old_name: &str) -> Manifest {
        let base = Some(Part { name: old_name.into(), seq: 1 });
        Manifest { base, base_seq: 1, ..Manifest::default() }
    }

    /// Whether no part holds data.
    pub fn is_empty(&self) -> bool {
        self.base.is_none() && self.incrs.is_empty()
    }

    /// The parts that hold the data, in the order they are loaded.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &Part> {
        self.base.iter().chain(&self.incrs)
    }

    /// Adds the next incr; answers its file name.
    pub fn open_incr(&mut self, prefix: &str) -> String {
        self.incr_seq += 1;
        let name = format!("{prefix}.{}.incr.aof", self.incr_seq);
        self.incrs.push(Part { name: name.clone(), seq: self.incr_seq });
        name
    }

    /// Adds the next base in place of the one there was; answers its file name.
    pub fn open_base(&mut self, prefix: &str, form: BaseForm) -> String {
        self.base_seq += 1;
        let suffix = if form == BaseForm::Rdb { "rdb" } else { "aof" };
        let name = format!("{prefix}.{}.base.{suffix}", self.base_seq);
        let old = self.base.replace(Part { name: name.clone(), seq: self.base_seq });
        self.history.splice(0..0, old);
        name
    }

    /// The incrs that the new base replaces become history: all of them, but for the last one when it
    /// is being written (`keep_last`).
    pub fn supersede_incrs(&mut self, keep_last: bool) {
        let kept = usize::from(keep_last).min(self.incrs.len());
        let old = self.incrs.drain(..self.incrs.len() - kept);
        self.history.splice(0..0, old);
    }

    /// Takes the history out; its files are the caller's to remove.
    pub fn forget_history(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.history)
    }
}

const TOO_LONG: &str = "The AOF manifest file contains too long line";

fn parse_part(line: &[u8]) -> Result<(Part, u8), &'static str> {
    let words = quote::split(line).map_err(|_| BAD_FORMAT)?;
    if words.len() < 6 || words.len() % 2 == 1 {
        return Err(BAD_FORMAT);
    }
    let (mut name, mut seq, mut kind) = (None, 0, None);
    for pair in words.chunks_exact(2) {
        let [key, value] = pair else { continue };
        if key.eq_ignore_ascii_case(b"file") {
            name = Some(file_name(value)?);
        } else if key.eq_ignore_ascii_case(b"seq") {
            seq = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        } else if key.eq_ignore_ascii_case(b"type") {
            kind = value.first().copied();
        }
    }
    match (name, kind) {
        (Some(name), Some(kind)) if seq != 0 => Ok((Part { name, seq }, kind)),
        _ => Err(BAD_FORMAT),
    }
}

fn file_name(bytes: &[u8]) -> Result<String, &'static str> {
    if bytes.iter().any(|byte| matches!(byte, b'/' | b'\\')) {
        return Err("File can't be a path, just a filename");
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| BAD_FORMAT)
}

/// A name is quoted when it would not read back as one word.
fn put_name(out: &mut Vec<u8>, name: &str) {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'\'');
    if !name.is_empty() && name.bytes().all(plain) {
        out.extend_from_slice(name.as_bytes());
    } else {
        quote::repr(out, name.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> &'static str {
        Manifest::parse(text.as_bytes()).expect_err(text).what
    }

    #[test]
    fn refusals_in_redis_words() {
        assert_eq!(what(""), "Found an empty AOF manifest");
        assert_eq!(what("file a.1.incr.aof seq 1 type i\n\n"), BAD_FORMAT);
        assert_eq!(what("filx a seq 1 type i\n"), BAD_FORMAT);
        assert_eq!(what("file a type i\n"), BAD_FORMAT);
        assert_eq!(what("file a seq 1 type i newkey\n"), BAD_FORMAT);
        assert_eq!(what("file a seq one type i\n"), BAD_FORMAT);
        assert_eq!(what("file \"a seq 1 type i\n"), BAD_FORMAT);
        assert_eq!(what("file a seq 1 type x\n"), "Unknown AOF file type");
        assert_eq!(what("file d/a seq 1 type b\n"), "File can't be a path, just a filename");
        assert_eq!(
            what("file a seq 1 type b\nfile b seq 2 type b\n"),
            "Found duplicate base file information"
        );
        assert_eq!(
            what("file a seq 2 type i\nfile b seq 1 type i\n"),
            "Found a non-monotonic sequence number"
        );
        assert_eq!(what("file a seq 1 type b"), TOO_LONG);
        assert_eq!(what(&format!("{}\n", "file a seq 1 type b ".repeat(60))), TOO_LONG);
        let error = Manifest::parse(b"file a seq 1 type b\n  oops \n").unwrap_err();
        assert_eq!(error.line, Some((2, "oops".into())));
    }

    #[test]
    fn what_redis_writes_is_read_and_written_back() {
        let text = "file appendonly.aof.7.base.rdb seq 7 type b\n\
                    file appendonly.aof.2.incr.aof seq 2 type h\n\
                    file appendonly.aof.6.base.rdb seq 6 type h\n\
                    file appendonly.aof.3.incr.aof seq 3 type i\n\
                    file appendonly.aof.9.incr.aof seq 9 type i\n";
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.format(), text.as_bytes());
        let parts: Vec<_> = manifest.parts().map(|part| part.seq).collect();
        assert_eq!(parts, [7, 3, 9]);
    }

    #[test]
    fn newer_fields_and_comments_are_passed_over() {
        let text = "# made by a newer server\nfile a.1.incr.aof seq 1 type i startoffset 17 endoffset 40\n";
        assert_eq!(Manifest::parse(text.as_bytes()).unwrap().incrs[0].name, "a.1.incr.aof");
    }

    #[test]
    fn names_that_need_quotes_come_back() {
        let mut manifest = Manifest::default();
        manifest.open_base(" file seq \n\n.aof ", BaseForm::Rdb);
        manifest.open_incr("größe'\"");
        let text = manifest.format();
        assert!(text.starts_with(b"file \" file seq \\n\\n.aof .1.base.rdb\" seq 1 type b\n"));
        let back = Manifest::parse(&text).unwrap();
        assert_eq!((back.base, back.incrs), (manifest.base, manifest.incrs));
    }

    #[test]
    fn two_rewrites_leave_the_history_in_redis_order() {
        let start = b"file a.5.base.rdb seq 5 type b\nfile a.1.incr.aof seq 1 type i\n";
        let mut manifest = Manifest::parse(start).unwrap();
        for _ in 0..2 {
            manifest.open_incr("a");
            manifest.open_base("a", BaseForm::Rdb);
            manifest.supersede_incrs(true);
        }
        assert_eq!(
            String::from_utf8(manifest.format()).unwrap(),
            "file a.7.base.rdb seq 7 type b\nfile a.2.incr.aof seq 2 type h\n\
             file a.6.base.rdb seq 6 type h\nfile a.1.incr.aof seq 1 type h\n\
             file a.5.base.rdb seq 5 type h\nfile a.3.incr.aof seq 3 type i\n"
        );
        assert_eq!(manifest.forget_history().len(), 4);
        assert_eq!(manifest.format().iter().filter(|&&b| b == b'\n').count(), 2);
    }

    #[test]
    fn without_a_file_being_written_every_incr_is_superseded() {
        let mut manifest = Manifest::default();
        manifest.open_incr("a");
        manifest.open_incr("a");
        manifest.open_base("a", BaseForm::Aof);
        manifest.supersede_incrs(false);
        assert!(manifest.incrs.is_empty());
        assert_eq!(manifest.base.as_ref().map(|part| &part.name[..]), Some("a.1.base.aof"));
        assert_eq!(manifest.history.iter().map(|part| part.seq).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn an_old_style_file_is_base_one() {
        let mut manifest = Manifest::upgraded("appendonly.aof");
        assert_eq!(manifest.open_incr("appendonly.aof"), "appendonly.aof.1.incr.aof");
        assert_eq!(manifest.open_base("appendonly.aof", BaseForm::Rdb), "appendonly.aof.2.base.rdb");
    }
}

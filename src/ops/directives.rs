//! The lines of a configuration file, read as a server reads them: words, and the files that are included.

use std::path::{Path, PathBuf};

use crate::limits::CONFIG_BYTES_MAX;
use crate::resp::quote;

/// The words of a directive, its name in small letters; none for a comment or an empty line.
pub fn words(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let words = quote::split(line.as_bytes()).ok()?;
    let mut words: Vec<String> =
        words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    words.first_mut()?.make_ascii_lowercase();
    Some(words)
}

/// The files an include means: a pattern in the last part of the path stands for all that match.
///
/// # Errors
/// The pattern cannot be followed, or its folder not be read.
pub fn included(word: &str) -> Result<Vec<PathBuf>, String> {
    let path = PathBuf::from(word);
    if !word.contains(['*', '?', '[']) {
        return Ok(vec![path]);
    }
    let (Some(folder), Some(pattern)) = (path.parent(), path.file_name()) else { return Ok(Vec::new()) };
    let pattern = pattern.to_string_lossy().into_owned();
    if folder.to_string_lossy().contains(['*', '?', '[']) || pattern.contains(['?', '[']) {
        return Err(format!("the include {word} cannot be followed from here"));
    }
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let (before, after) = pattern.split_once('*').unwrap_or((&pattern, ""));
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        })
        .collect();
    found.sort();
    Ok(found)
}

/// The text of a file.
///
/// # Errors
/// In words for the user, the path among them.
pub fn read(path: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let size = std::fs::metadata(path).map_err(cannot)?.len();
    if size > CONFIG_BYTES_MAX as u64 {
        return Err(format!("{} is too large to be a configuration file", path.display()));
    }
    std::fs::read(path).map_err(cannot).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

//! Libraries of functions: what FUNCTION LOAD brought, by name. The registry is one immutable value behind a lock, so a
//! call takes a reference and is done with it, and a change is all or nothing. Libraries change while every shard is
//! held, so a snapshot's instant has the same libraries as its journal offset says.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use crate::resp::quote;
use crate::server::sync::{reading, writing};

/// A function of a library.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name as it was registered.
    pub name: String,
    /// What it says of itself in words.
    pub description: Option<Vec<u8>>,
    /// What it says of itself in flags.
    pub flags: u32,
}

/// A library.
#[derive(Debug)]
pub struct Library {
    /// Its number: interpreters know what they have compiled by it.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// Its source, metadata included.
    pub code: Box<[u8]>,
    /// Its functions, by name.
    pub functions: Vec<Function>,
}

/// Names what was given with the source of a library.
pub const BAD_NAME: &str = "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

/// A set of libraries.
#[derive(Debug, Default, Clone)]
pub struct Libraries {
    /// By name.
    pub by_name: BTreeMap<String, Arc<Library>>,
    /// Functions by their names in lower case: the library, and the place in it.
    functions: HashMap<String, (Arc<Library>, usize)>,
}

impl Libraries {
    /// A function by its name, in any case.
    pub fn function(&self, name: &[u8]) -> Option<(&Arc<Library>, &Function)> {
        let name = std::str::from_utf8(name).ok()?;
        let found = match self.functions.get(name) {
            None => self.functions.get(&name.to_ascii_lowercase()),
            found => found,
        };
        let (library, at) = found?;
        Some((library, library.functions.get(*at)?))
    }

    /// Number of functions.
    pub fn functions_len(&self) -> usize {
        self.functions.len()
    }

    /// Adds a library; `replace`: in the place of one of the same name.
    pub fn add(&mut self, library: Arc<Library>, replace: bool) -> Result<(), String> {
        if let Some(old) = self.by_name.get(&library.name) {
            if !replace {
                return Err(exists_already(&library.name));
            }
            let old = Arc::clone(old);
            self.unlink(&old);
        }
        for function in &library.functions {
            if self.functions.contains_key(&function.name.to_ascii_lowercase()) {
                return Err(format!("Function {} already exists", function.name));
            }
        }
        for (at, function) in library.functions.iter().enumerate() {
            self.functions.insert(function.name.to_ascii_lowercase(), (Arc::clone(&library), at));
        }
        self.by_name.insert(library.name.clone(), library);
        Ok(())
    }

    fn unlink(&mut self, library: &Library) {
        self.by_name.remove(&library.name);
        for function in &library.functions {
            self.functions.remove(&function.name.to_ascii_lowercase());
        }
    }

    /// Removes a library; false when there is none of this name.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        let library = std::str::from_utf8(name).ok().and_then(|name| self.by_name.get(name)).cloned();
        if let Some(library) = &library {
            self.unlink(library);
        }
        library.is_some()
    }

    /// Adds all of another set, or nothing.
    pub fn join(&mut self, others: &Libraries, replace: bool) -> Result<(), String> {
        let mut joined = self.clone();
        for library in others.by_name.values() {
            if let Some(old) = self.by_name.get(&library.name) {
                if !replace {
                    return Err(format!("Library {} already exists", library.name));
                }
                joined.unlink(old);
            }
        }
        for library in others.by_name.values() {
            joined.add(Arc::clone(library), false)?;
        }
        *self = joined;
        Ok(())
    }

    /// Bytes of sources and names.
    pub fn bytes(&self) -> usize {
        let of = |library: &Library| {
            let functions = library.functions.iter().map(|f| 64 + 2 * f.name.len()).sum::<usize>();
            library.code.len() + library.name.len() + functions + size_of::<Library>()
        };
        self.by_name.values().map(|library| of(library)).sum()
    }
}

/// The error of a library that is there already.
pub fn exists_already(name: &str) -> String {
    format!("Library '{name}' already exists")
}

/// The registry.
#[derive(Debug, Default)]
pub struct Functions {
    current: RwLock<Arc<Libraries>>,
    numbers: AtomicU64,
}

impl Functions {
    /// The libraries as they are now.
    pub fn get(&self) -> Arc<Libraries> {
        Arc::clone(&reading(&self.current))
    }

    /// Replaces them. Every shard is held, or nobody else runs.
    pub fn set(&self, libraries: Libraries) {
        let old = std::mem::replace(&mut *writing(&self.current), Arc::new(libraries));
        drop(old);
    }

    /// A number for a library that is made.
    pub fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
}

/// What stands in the first line of a library.
#[derive(Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The library's name.
    pub name: String,
    /// Where the code begins: at the end of the first line.
    pub code_at: usize,
}

/// Reads `#!lua name=NAME`.
pub fn metadata(code: &[u8]) -> Result<Metadata, String> {
    if !code.starts_with(b"#!") {
        return Err("Missing library metadata".into());
    }
    let code_at = code.iter().position(|&byte| byte == b'\n').ok_or("Invalid library metadata")?;
    let words = quote::split(&code[..code_at]).ok().filter(|words| !words.is_empty());
    let words = words.ok_or("Invalid library metadata")?;
    let mut name = None;
    for word in &words[1..] {
        let given = word.split_at_checked(5).filter(|(key, _)| key.eq_ignore_ascii_case(b"name="));
        let Some((_, given)) = given else {
            return Err(format!("Invalid metadata value given: {}", String::from_utf8_lossy(word)));
        };
        if name.replace(given).is_some() {
            return Err("Invalid metadata value, name argument was given multiple times".into());
        }
    }
    let name = name.ok_or("Library name was not given")?;
    if !is_name(name) {
        return Err(BAD_NAME.into());
    }
    if &words[0][2..] != b"lua" && !words[0][2..].eq_ignore_ascii_case(b"lua") {
        return Err(format!("Engine '{}' not found", String::from_utf8_lossy(&words[0][2..])));
    }
    Ok(Metadata { name: String::from_utf8_lossy(name).into_owned(), code_at })
}

/// Letters, digits and underscores, at least one of them.
pub fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(name: &str, functions: &[&str]) -> Arc<Library> {
        let functions = functions
            .iter()
            .map(|name| Function { name: (*name).into(), description: None, flags: 0 })
            .collect();
        Arc::new(Library { number: 0, name: name.into(), code: Box::default(), functions })
    }

    #[test]
    fn the_first_line() {
        assert_eq!(metadata(b"#!lua name=a_1\nx"), Ok(Metadata { name: "a_1".into(), code_at: 14 }));
        for (code, why) in [
            ("return 1", "Missing library metadata"),
            ("#!lua name=a", "Invalid library metadata"),
            ("#!lua\n", "Library name was not given"),
            ("#!lua name=a name=b\n", "Invalid metadata value, name argument was given multiple times"),
            ("#!lua foo=a\n", "Invalid metadata value given: foo=a"),
            ("#!lua name=a-b\n", BAD_NAME),
            ("#!py name=a\n", "Engine 'py' not found"),
        ] {
            assert_eq!(metadata(code.as_bytes()).unwrap_err(), why);
        }
    }

    #[test]
    fn names_clash_or_are_replaced() {
        let mut all = Libraries::default();
        all.add(library("a", &["f", "g"]), false).unwrap();
        assert_eq!(all.add(library("a", &["h"]), false).unwrap_err(), "Library 'a' already exists");
        assert_eq!(all.add(library("b", &["F"]), false).unwrap_err(), "Function F already exists");
        all.add(library("a", &["h"]), true).unwrap();
        assert!(all.function(b"f").is_none() && all.function(b"H").is_some());
        assert!(!all.remove(b"b") && all.remove(b"a"));
        assert_eq!(all.functions_len(), 0);
    }

    #[test]
    fn joining_is_all_or_nothing() {
        let (mut all, mut others) = (Libraries::default(), Libraries::default());
        all.add(library("a", &["f"]), false).unwrap();
        all.add(library("b", &["g"]), false).unwrap();
        others.add(library("a", &["g"]), false).unwrap();
        assert!(all.join(&others, false).is_err());
        assert_eq!(all.join(&others, true).unwrap_err(), "Function g already exists");
        assert!(all.function(b"f").is_some());
        all.remove(b"b");
        all.join(&others, true).unwrap();
        assert!(all.function(b"f").is_none() && all.function(b"g").is_some());
    }
}

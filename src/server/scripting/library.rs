//! Loading a library: its code runs once in this thread's interpreter, which says what functions it has. Other threads
//! run it again when they first call one of them.

use std::sync::Arc;

use crate::server::Server;

use super::functions::{Libraries, Library, exists_already, metadata};
use super::interpreter::{self, LOAD_MS_MAX};

/// Loads a library into a set; its name. `limited`: its code may run for half a second only.
pub fn load(
    server: &'static Server,
    libraries: &mut Libraries,
    code: &[u8],
    replace: bool,
    limited: bool,
) -> Result<String, String> {
    let meta = metadata(code)?;
    if !replace && libraries.by_name.contains_key(&meta.name) {
        return Err(exists_already(&meta.name));
    }
    let interpreter = interpreter::local(server)?;
    let found = interpreter.load(code, &meta, limited.then_some(LOAD_MS_MAX))?;
    if found.is_empty() {
        return Err("No functions registered".into());
    }
    let functions = found.values().map(|one| one.function.clone()).collect();
    let number = server.scripts.functions.next_number();
    let name = meta.name;
    let library = Arc::new(Library { number, name: name.clone(), code: code.into(), functions });
    libraries.add(library, replace)?;
    interpreter.adopt(number, found);
    Ok(name)
}

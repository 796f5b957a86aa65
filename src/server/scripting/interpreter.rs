//! One thread's interpreter: Lua with the globals that `prelude.lua` makes, what it has compiled, and the bounds of its
//! memory and time.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::rc::Rc;
use std::sync::Arc;

use mlua::chunk::ChunkMode;
use mlua::{Function, HookTriggers, Lua, LuaOptions, RegistryKey, Result, StdLib, Table, Value, VmState};

use super::api::{self, Failure, FailureSlot};
use super::cache::{Script, Sha, ShaHasher};
use super::convert::{Words, lua_text};
use super::functions::{Library, Metadata, metadata};
use super::host::{self, Loading, Scratch};
use super::random::Random;
use super::{libs, register};
use crate::clock;
use crate::limits::{COMPILED_SCRIPTS_MAX, SCRIPT_MEMORY_BYTES_MAX};
use crate::resp::Args;
use crate::server::Server;

/// A script looks up every so many instructions.
const HOOK_INSTRUCTIONS: u32 = 100_000;

/// An interpreter that holds more, and twice as much as before, is cleared of garbage at once.
const COLLECT_BYTES_MIN: usize = 32 * 1024 * 1024;

/// How long a library may take to load when a client sends it, ms.
pub const LOAD_MS_MAX: u64 = 500;

const PRELUDE_CODE: &str = include_str!("prelude.lua");
/// What Lua calls it.
pub const PRELUDE: &str = "=prelude";

thread_local! {
    static LOCAL: OnceCell<Rc<Interpreter>> = const { OnceCell::new() };
}

/// This thread's interpreter.
pub fn local(server: &'static Server) -> std::result::Result<Rc<Interpreter>, String> {
    LOCAL.with(|local| {
        if let Some(interpreter) = local.get() {
            return Ok(Rc::clone(interpreter));
        }
        let made = Interpreter::new(server).map_err(|error| error.to_string())?;
        Ok(Rc::clone(local.get_or_init(|| Rc::new(made))))
    })
}

/// The functions of one library, as this interpreter compiled them.
type Compiled = HashMap<String, RegistryKey>;

/// A script that is compiled.
struct Known {
    /// A key, not a handle: of those an interpreter has room for a few thousand.
    key: RegistryKey,
    flags: u32,
    /// The server keeps the script until all are flushed.
    stays: bool,
}

/// One interpreter.
pub struct Interpreter {
    server: &'static Server,
    lua: Lua,
    /// The names of fields.
    pub words: Rc<Words>,
    slot: FailureSlot,
    script_globals: Table,
    function_globals: Table,
    run_script: Function,
    run_function: Function,
    run_library: Function,
    scripts: RefCell<HashMap<Sha, Known, BuildHasherDefault<ShaHasher>>>,
    generation: Cell<u64>,
    libraries: RefCell<HashMap<u64, Compiled>>,
    /// Buffers of the calls.
    pub scratch: RefCell<Scratch>,
    /// `math.random`.
    pub random: RefCell<Random>,
    /// What it held when it was last looked at, in bytes.
    bytes: Cell<usize>,
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        self.server.scripts.lua_bytes_changed(self.bytes.get(), 0);
    }
}

impl Interpreter {
    fn new(server: &'static Server) -> Result<Interpreter> {
        // Lua's own pcall and xpcall: whatever they catch goes to a function of ours, where a panic goes on.
        let options = LuaOptions::new().catch_rust_panics(true);
        let lua = Lua::new_with(StdLib::TABLE | StdLib::STRING | StdLib::MATH, options)?;
        let words = Rc::new(Words::new(&lua)?);
        let slot = FailureSlot::default();
        let libraries = lua.create_table()?;
        for (name, library) in libs::install(&lua, server.scripts.json.clone())? {
            libraries.set(name, library)?;
        }
        let prelude = lua.load(PRELUDE_CODE).set_name(PRELUDE).into_function()?;
        let helpers = api::helpers(&lua, &words, &slot)?;
        let made = prelude.call((lua.globals(), helpers, api::tables(&lua, &words)?, libraries))?;
        let (script_globals, function_globals, run_script, run_function, run_library): (
            Table,
            Table,
            Function,
            Function,
            Function,
        ) = made;
        lua.set_globals(script_globals.clone())?;
        lua.set_global_hook(HookTriggers::new().every_nth_instruction(HOOK_INSTRUCTIONS), |_, _| {
            match host::with(|host| host.look_up()) {
                Some(Err(raised)) => Err(mlua::Error::external(raised)),
                _ => Ok(VmState::Continue),
            }
        })?;
        let interpreter = Interpreter {
            server,
            lua,
            words,
            slot,
            script_globals,
            function_globals,
            run_script,
            run_function,
            run_library,
            scripts: RefCell::default(),
            generation: Cell::new(server.scripts.cache.generation()),
            libraries: RefCell::default(),
            scratch: RefCell::default(),
            random: RefCell::default(),
            bytes: Cell::new(0),
        };
        interpreter.account();
        Ok(interpreter)
    }

    /// Tells the server what this interpreter holds. When a run has left very much behind, what of it is garbage goes.
    pub fn account(&self) {
        let mut now = self.lua.used_memory();
        if now > COLLECT_BYTES_MIN && now > 2 * self.bytes.get() {
            // What cannot be collected now will be later.
            let _ = self.lua.gc_collect();
            now = self.lua.used_memory();
        }
        let before = self.bytes.replace(now);
        if before != now {
            self.server.scripts.lua_bytes_changed(before, now);
        }
    }

    fn compile(&self, code: &[u8], name: &str, globals: &Table) -> std::result::Result<Function, String> {
        let chunk =
            self.lua.load(code).set_name(name).set_mode(ChunkMode::Text).set_environment(globals.clone());
        chunk.into_function().map_err(|error| match error {
            mlua::Error::SyntaxError { message, .. } => message,
            other => other.to_string(),
        })
    }

    /// Compiles a script without keeping it: does it compile?
    pub fn try_compile(&self, script: &Script) -> std::result::Result<Function, String> {
        self.compile(&script.body[script.code_at..], "@user_script", &self.script_globals)
    }

    /// A script, compiled.
    pub fn script(&self, script: &Script) -> std::result::Result<Function, String> {
        self.forget_flushed();
        if let Some(known) = self.scripts.borrow().get(&script.sha) {
            return self.lua.registry_value(&known.key).map_err(|why| why.to_string());
        }
        let compiled = self.try_compile(script)?;
        let key = self.lua.create_registry_value(compiled.clone()).map_err(|why| why.to_string())?;
        let mut scripts = self.scripts.borrow_mut();
        if scripts.len() >= COMPILED_SCRIPTS_MAX {
            scripts.clear();
            self.lua.expire_registry_values();
        }
        scripts.insert(script.sha, Known { key, flags: script.flags, stays: false });
        Ok(compiled)
    }

    /// The server keeps this script, which is compiled here.
    pub fn stays(&self, sha: &Sha) {
        if let Some(known) = self.scripts.borrow_mut().get_mut(sha) {
            known.stays = true;
        }
    }

    /// A script that the server keeps and this interpreter has compiled, with its flags.
    pub fn lasting(&self, sha: &Sha) -> Option<(Function, u32)> {
        self.forget_flushed();
        let scripts = self.scripts.borrow();
        let known = scripts.get(sha).filter(|known| known.stays)?;
        Some((self.lua.registry_value(&known.key).ok()?, known.flags))
    }

    fn forget_flushed(&self) {
        let generation = self.server.scripts.cache.generation();
        if self.generation.replace(generation) != generation {
            self.scripts.borrow_mut().clear();
            self.lua.expire_registry_values();
            // What scripts left behind goes with them. Whether all of it could be freed at once is no matter.
            let _ = self.lua.gc_collect();
            self.account();
        }
    }

    /// A function of a library, compiled.
    pub fn function(&self, library: &Arc<Library>, name: &str) -> std::result::Result<Function, String> {
        if !self.libraries.borrow().contains_key(&library.number) {
            let found = self.load(&library.code, &metadata(&library.code)?, None)?;
            self.adopt(library.number, found);
        }
        let libraries = self.libraries.borrow();
        let key = libraries.get(&library.number).and_then(|compiled| compiled.get(name));
        let key = key.ok_or_else(|| "Function not found".to_owned())?;
        self.lua.registry_value(key).map_err(|why| why.to_string())
    }

    /// Keeps the functions of a library that was loaded here.
    pub fn adopt(&self, number: u64, found: register::Found) {
        self.forget_replaced();
        let compiled = found.into_iter().map(|(name, one)| (name, one.callback)).collect();
        self.libraries.borrow_mut().insert(number, compiled);
    }

    /// Forgets libraries that the server does not have any more, once they are as many as those that it has.
    fn forget_replaced(&self) {
        let current = self.server.scripts.functions.get();
        let mut libraries = self.libraries.borrow_mut();
        if libraries.len() > 2 * current.by_name.len() {
            let numbers: Vec<u64> = current.by_name.values().map(|library| library.number).collect();
            libraries.retain(|number, _| numbers.contains(number));
            self.lua.expire_registry_values();
        }
    }

    /// Runs the code of a library, which registers its functions.
    pub fn load(
        &self,
        code: &[u8],
        meta: &Metadata,
        limit_ms: Option<u64>,
    ) -> std::result::Result<register::Found, String> {
        let chunk = self
            .compile(&code[meta.code_at..], "@user_function", &self.function_globals)
            .map_err(|why| format!("Error compiling function: {why}"))?;
        let mut found = register::Found::new();
        let deadline_ms = limit_ms.map(|limit| clock::mono_ms() + limit);
        let outcome = host::lend(&mut Loading { found: &mut found, deadline_ms }, || {
            self.bounded(|| self.run_library.call::<(bool, Value)>(chunk))
        });
        match self.failure_of(outcome) {
            Ok(_) => Ok(found),
            Err(failure) => {
                Err(format!("Error registering functions: {}", String::from_utf8_lossy(&failure.line)))
            }
        }
    }

    /// Runs something with the bound of memory in force.
    fn bounded<R>(&self, f: impl FnOnce() -> Result<R>) -> Result<R> {
        self.lua.set_memory_limit(SCRIPT_MEMORY_BYTES_MAX)?;
        let result = f();
        self.lua.set_memory_limit(0)?;
        result
    }

    fn failure_of(&self, outcome: Result<(bool, Value)>) -> std::result::Result<Value, Failure> {
        match outcome {
            Ok((true, value)) => Ok(value),
            // Without memory the handler of errors fails too.
            Ok((false, _)) => {
                Err(self.slot.borrow_mut().take().unwrap_or_else(|| failure("not enough memory")))
            }
            Err(error) => Err(failure(&error.to_string())),
        }
    }

    /// Runs a script with its keys and arguments.
    pub fn run_script(
        &self,
        script: Function,
        keys: Args<'_>,
        args: Args<'_>,
    ) -> std::result::Result<Value, Failure> {
        self.run(&self.run_script, script, keys, args)
    }

    /// Runs a function with its keys and arguments.
    pub fn run_function(
        &self,
        function: Function,
        keys: Args<'_>,
        args: Args<'_>,
    ) -> std::result::Result<Value, Failure> {
        self.run(&self.run_function, function, keys, args)
    }

    fn run(
        &self,
        runner: &Function,
        f: Function,
        keys: Args<'_>,
        args: Args<'_>,
    ) -> std::result::Result<Value, Failure> {
        let outcome = self.array(keys).and_then(|keys| {
            let args = self.array(args)?;
            self.bounded(|| runner.call::<(bool, Value)>((f, keys, args)))
        });
        self.failure_of(outcome)
    }

    fn array(&self, words: Args<'_>) -> Result<Table> {
        self.lua.create_sequence_from(words.iter().map(lua_text))
    }
}

fn failure(why: &str) -> Failure {
    Failure {
        line: format!("ERR {}", super::convert::one_line(why.as_bytes())).into_bytes(),
        ..Failure::default()
    }
}

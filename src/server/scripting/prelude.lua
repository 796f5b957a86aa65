-- What an interpreter runs first: the globals that scripts and functions see, which nobody can change.
--
-- Lua 5.1 knows no read-only tables, so a script gets stand-ins: empty tables whose metatables lead to the true ones.
-- What looks into tables without metatables (next, pairs, rawget, rawset, getmetatable, setmetatable) knows them.
--
--   globals     the true table of globals, as Lua itself made it
--   host        functions of the server: failure (what pcall makes of an error), as_table (what coroutine.resume and
--               xpcall make of it)
--   apis        the `redis` tables: of scripts, of functions, of a library that is loaded
--   libraries   bit, struct, cjson, cmsgpack
-- Returns what the server needs: the globals of scripts, those of functions, and functions that run code.

local globals, host, apis, libraries = ...

local error, getmetatable, ipairs, load, loadstring, next, pairs, pcall, rawget, rawset, select, setmetatable,
  tostring, type, xpcall = error, getmetatable, ipairs, load, loadstring, next, pairs, pcall, rawget, rawset, select,
  setmetatable, tostring, type, xpcall
local byte, resume = string.byte, coroutine.resume
local failure, as_table = host.failure, host.as_table
local string_metatable = getmetatable('')

-- ---- stand-ins ------------------------------------------------------------------------------------------------

local behind = {} -- stand-in -> true table

local READONLY = 'Attempt to modify a readonly table'

local function refuse_write()
  error(READONLY, 2)
end

-- For functions that write into a table.
local function writable(t)
  if behind[t] then
    error(READONLY, 0)
  end
end

local function refuse_global(_, name)
  error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
end

local function stand_in(true_table)
  local proxy = setmetatable({}, { __index = true_table, __newindex = refuse_write })
  behind[proxy] = true_table
  return proxy
end

-- ---- functions of Lua that know them -----------------------------------------------------------------------------

local replaced = {}

-- The first argument of what was called must be a table; the error is its caller's.
local function expect(kind, name, ...)
  local got = type((...))
  if select('#', ...) == 0 then
    got = 'no value'
  end
  if got ~= kind then
    error("bad argument #1 to '" .. name .. "' (" .. kind .. ' expected, got ' .. got .. ')', 3)
  end
end

function replaced.next(...)
  expect('table', 'next', ...)
  local t, key = ...
  return next(behind[t] or t, key)
end

function replaced.pairs(...)
  expect('table', 'pairs', ...)
  local t = ...
  if behind[t] then
    return replaced.next, t, nil
  end
  return pairs(t)
end

function replaced.rawget(...)
  expect('table', 'rawget', ...)
  local t, key = ...
  return rawget(behind[t] or t, key)
end

function replaced.rawset(...)
  expect('table', 'rawset', ...)
  writable((...))
  return rawset(...)
end

function replaced.setmetatable(...)
  expect('table', 'setmetatable', ...)
  writable((...))
  return setmetatable(...)
end

-- Those of `table` that write. Each is called by its name, for the sake of its errors.
local true_table = globals.table
local guarded = {}

function guarded.insert(...)
  expect('table', 'insert', ...)
  writable((...))
  return true_table.insert(...)
end

function guarded.remove(...)
  expect('table', 'remove', ...)
  writable((...))
  return true_table.remove(...)
end

function guarded.sort(...)
  expect('table', 'sort', ...)
  writable((...))
  return true_table.sort(...)
end

local string_stand_in

function replaced.getmetatable(...)
  local t = ...
  if type(t) == 'string' then
    return string_stand_in
  end
  if behind[t] then
    local metatable = getmetatable(behind[t])
    return metatable and stand_in(metatable)
  end
  return getmetatable(...)
end

-- What the server raises is no value of Lua: pcall hands out its words, the others a table. The end of a killed
-- script is raised again.
local function after_pcall(ok, ...)
  if ok then
    return true, ...
  end
  return false, failure((...))
end

function replaced.pcall(...)
  return after_pcall(pcall(...))
end

local function after_others(ok, ...)
  if ok then
    return true, ...
  end
  return false, as_table((...))
end

function replaced.xpcall(f, handler)
  return after_others(xpcall(f, function(raised)
    return handler(as_table(raised))
  end))
end

local function no_bytecode(chunk)
  return type(chunk) == 'string' and byte(chunk, 1) == 27
end

function replaced.loadstring(...)
  local chunk, name = ...
  if type(chunk) ~= 'number' then
    expect('string', 'loadstring', ...)
  end
  if no_bytecode(chunk) then
    return nil, 'bytecode is not accepted'
  end
  return loadstring(chunk, name)
end

function replaced.load(...)
  expect('function', 'load', ...)
  local reader, name = ...
  local first = true
  return load(function()
    local piece = reader()
    if first and no_bytecode(piece) then
      error('bytecode is not accepted', 0)
    end
    first = first and (piece == nil or piece == '')
    return piece
  end, name)
end

local function as_coroutines(coroutine)
  coroutine.resume = function(...)
    return after_others(resume(...))
  end
  return coroutine
end

-- ---- what scripts see ----------------------------------------------------------------------------------------------

local allowed = { 'xpcall', 'tostring', 'setmetatable', 'next', 'assert', 'tonumber', 'rawequal',
  'collectgarbage', 'getmetatable', 'rawset', 'pcall', 'type', 'select', 'unpack', 'gcinfo', 'pairs', 'rawget',
  'loadstring', 'ipairs', '_VERSION', 'load', 'error' }

local function copy(from)
  local to = {}
  for key, value in pairs(from) do
    to[key] = value
  end
  return to
end

local shared = {}
for _, name in ipairs(allowed) do
  shared[name] = replaced[name] or globals[name]
end
for _, name in ipairs({ 'table', 'string', 'math' }) do
  shared[name] = stand_in(copy(globals[name]))
end
shared.coroutine = stand_in(as_coroutines(copy(globals.coroutine)))
for name, library in pairs(libraries) do
  shared[name] = stand_in(library)
end
behind[shared.math].random, behind[shared.math].randomseed = host.random, host.randomseed
for name, f in pairs(guarded) do
  behind[shared.table][name] = f
end
string_metatable.__index = shared.string
string_stand_in = stand_in(string_metatable)

local function view(api)
  local all = copy(shared)
  all.redis = stand_in(api)
  setmetatable(all, { __index = refuse_global })
  local seen = stand_in(all)
  all._G = seen
  return seen, all
end

local script_globals, script_table = view(apis.script)

local function_globals, function_table = view(apis.running)
local loading_table = setmetatable({ redis = stand_in(setmetatable(apis.loading, { __index = refuse_global })) },
  { __index = refuse_global })
local function_metatable = getmetatable(function_globals)

-- ---- what the server calls -------------------------------------------------------------------------------------------

local handler = host.handler

local function run_script(f, keys, args)
  script_table.KEYS, script_table.ARGV = keys, args
  return xpcall(f, handler)
end

local function run_function(f, keys, args)
  return xpcall(function()
    return f(keys, args)
  end, handler)
end

-- While a library is loaded it sees nothing but its own `redis`.
local function run_library(f)
  function_metatable.__index = loading_table
  behind[function_globals] = loading_table
  local ok, result = xpcall(f, handler)
  function_metatable.__index = function_table
  behind[function_globals] = function_table
  return ok, result
end

return script_globals, function_globals, run_script, run_function, run_library

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
-- Returns what the server needs: the globals of scripts, those of functions, the true table behind the former, and
-- functions that run code.

local globals, host, apis, libraries = ...

local error, getfenv, getmetatable, ipairs, load, loadstring, next, pairs, pcall, rawget, rawset, select, setfenv,
  setmetatable, tostring, type, xpcall = error, getfenv, getmetatable, ipairs, load, loadstring, next, pairs, pcall,
  rawget, rawset, select, setfenv, setmetatable, tostring, type, xpcall
local byte, resume = string.byte, coroutine.resume
local failure, as_table = host.failure, host.as_table
local string_metatable = getmetatable('')

-- ---- stand-ins ------------------------------------------------------------------------------------------------

local behind = {} -- stand-in -> true table

local function refuse_write()
  error('Attempt to modify a readonly table', 2)
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

function replaced.next(t, key)
  return next(behind[t] or t, key)
end

function replaced.pairs(t)
  if behind[t] then
    return replaced.next, t, nil
  end
  return pairs(t)
end

function replaced.rawget(t, key)
  return rawget(behind[t] or t, key)
end

function replaced.rawset(t, key, value)
  if behind[t] then
    refuse_write()
  end
  return rawset(t, key, value)
end

function replaced.setmetatable(t, metatable)
  if behind[t] then
    refuse_write()
  end
  return setmetatable(t, metatable)
end

local string_stand_in

function replaced.getmetatable(t)
  if type(t) == 'string' then
    return string_stand_in
  end
  if behind[t] then
    local metatable = getmetatable(behind[t])
    return metatable and stand_in(metatable)
  end
  return getmetatable(t)
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

function replaced.loadstring(chunk, name)
  if no_bytecode(chunk) then
    return nil, 'bytecode is not accepted'
  end
  return loadstring(chunk, name)
end

function replaced.load(reader, name)
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

local script_globals

function replaced.getfenv(f)
  if f == nil then
    f = 1
  end
  if type(f) == 'number' and f > 0 then
    f = f + 1
  end
  local environment = getfenv(f)
  if environment == globals or f == 0 then
    return script_globals
  end
  return environment
end

function replaced.setfenv(f, environment)
  if f == 0 then
    refuse_write()
  end
  if type(f) == 'number' then
    f = f + 1
  end
  return setfenv(f, environment)
end

local function as_coroutines(coroutine)
  coroutine.resume = function(...)
    return after_others(resume(...))
  end
  return coroutine
end

-- ---- what scripts see ----------------------------------------------------------------------------------------------

local allowed = { 'xpcall', 'tostring', 'getfenv', 'setmetatable', 'next', 'assert', 'tonumber', 'rawequal',
  'collectgarbage', 'getmetatable', 'rawset', 'pcall', 'type', 'select', 'unpack', 'gcinfo', 'pairs', 'rawget',
  'loadstring', 'ipairs', '_VERSION', 'setfenv', 'load', 'error' }

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
string_metatable.__index = behind[shared.string]
string_stand_in = stand_in(string_metatable)

local function view(api)
  local all = copy(shared)
  all.redis = stand_in(api)
  setmetatable(all, { __index = refuse_global })
  local seen = stand_in(all)
  all._G = seen
  return seen, all
end

local script_table
script_globals, script_table = view(apis.script)

local function_globals, function_table = view(apis.running)
local loading_table = setmetatable({ redis = stand_in(setmetatable(apis.loading, { __index = refuse_global })) },
  { __index = refuse_global })
local function_metatable = getmetatable(function_globals)

-- ---- what the server calls -------------------------------------------------------------------------------------------

local handler = host.handler

local function run_script(f)
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

return script_globals, script_table, function_globals, run_script, run_function, run_library

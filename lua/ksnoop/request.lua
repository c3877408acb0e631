--- What `ksnoop trace` is asked for: name, or name(value, value > 1, value->member, return), read.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"

local request = {}

local operators = { ["=="] = true, ["!="] = true, [">"] = true, [">="] = true, ["<"] = true,
  ["<="] = true }

-- A text and the place in it, from 1 on.
local function wrong(r, from, to, message, hint)
  errors.raise(nil, { message = message, hint = hint, text = r.text, pos = from - 1,
    len = math.max(1, to - from + 1) })
end

local function skip(r)
  r.at = r.text:match("^%s*()", r.at)
end

-- What matches from here on, with the blanks behind it, and where it begins; nil when nothing does.
local function take(r, pattern)
  local from = r.at
  local found, behind = r.text:match("^(" .. pattern .. ")()", from)
  if not found then
    return nil
  end
  r.at = behind
  skip(r)
  return found, from
end

-- What stands here, for a message: a word, or the operator's characters.
local function found(r)
  return r.text:match("^[%w_]+", r.at) or r.text:match("^[=!<>&|]+", r.at)
    or r.text:sub(r.at, r.at)
end

-- { "->" member | "." member | "[" number "]" } behind a name. Where it ends.
local function path(r, behind)
  while true do
    local sign, from = take(r, "%->")
    if not sign then
      sign, from = take(r, "%.")
    end
    if sign then
      local member, at = take(r, "[%a_][%w_]*")
      if not member then
        wrong(r, from, from + #sign - 1, ("a member is missing behind %s"):format(sign))
      end
      behind = at + #member - 1
    elseif take(r, "%[") then
      if not take(r, "%d%w*") then
        wrong(r, r.at, r.at, "an index is a number", "such as [0]")
      elseif r.text:sub(r.at, r.at) ~= "]" then
        wrong(r, r.at, r.at, "a ] is missing")
      end
      behind = r.at
      take(r, "%]")
    else
      return behind
    end
  end
end

-- [op value] behind a path.
local function predicate(r, v)
  local op, from = take(r, "[=!<>]+")
  if not op then
    return
  elseif op == "=" then
    wrong(r, from, from, "= gives a value, and nothing here can be changed",
      ("did you mean %s == ?"):format(v.shown))
  elseif not operators[op] then
    wrong(r, from, from + #op - 1, ("'%s' is no comparison"):format(op),
      "comparisons are == != > >= < <=")
  end
  local value, at = take(r, "[-+~]?%s*[%w_][%w_.]*")
  if not value then
    value, at = take(r, "'[^']*'")
  end
  local quoted, quote = take(r, '"[^"]*"?')
  if quoted then
    wrong(r, quote, quote + #quoted - 1, "a text stands between single quotes",
      ("%s %s '%s'"):format(v.shown, op, core.safe((quoted:gsub('"', "")))))
  elseif not value then
    wrong(r, from, from + #op - 1, ("a value is missing behind %s"):format(op),
      "such as 128, 0x80, -ENOENT, 4K or the name of a constant")
  end
  v.op, v.value, v.op_at, v.value_at = op, value, from, at
  v.behind = at + #value - 1
end

local function value(r)
  local base, from = take(r, "[%a_][%w_]*")
  if not base then
    wrong(r, r.at, r.at + math.max(0, #found(r) - 1),
      r.at > #r.text and "it ends here, where an argument is to stand"
      or ("'%s' is no argument"):format(core.safe(found(r))),
      ("arguments are named as ksnoop info %s shows them; return is what it returns")
        :format(r.name))
  end
  local v = { base = base, from = from, is_return = base == "return" }
  v.behind = path(r, from + #base - 1)
  v.path = r.text:sub(from + #base, v.behind)
  v.shown = r.text:sub(from, v.behind):gsub("%s", "")
  predicate(r, v)
  return v
end

-- Behind a value: a comma, or the end.
local function separator(r)
  if take(r, ",") then
    return true
  elseif r.text:sub(r.at, r.at) == ")" then
    return false
  end
  if r.at > #r.text then
    wrong(r, #r.text + 1, #r.text + 1, "a ) is missing")
  end
  local word = found(r)
  wrong(r, r.at, r.at + #word - 1, ("what is '%s'?"):format(core.safe(word)),
    word:match "^[&|]" and "values stand between commas, and all that they ask for must hold"
    or "a value is an argument, with members and a comparison: file->f_pos > 4096")
end

--- Reads one FUNC. Raises with a place in the text.
--- @return table name; values: nil for all, else a list of { base, is_return, path (behind base),
--- shown, op, value, and where in the text: from, op_at, value_at, behind }; text
function request.read(text)
  local r = { text = text, at = 1 }
  skip(r)
  r.name, r.from = take(r, "[%a_][%w_.$]*")
  if not r.name then
    wrong(r, r.at, #text, ("'%s' is no function's name"):format(core.safe(text)),
      "FUNC is a name, or a name with values: vfs_read(count > 100, return)")
  end
  if take(r, "%(") then
    r.values = {}
    if r.text:sub(r.at, r.at) == ")" then
      wrong(r, r.at, r.at, "no value between the parentheses",
        ("%s alone shows all arguments, and what it returns"):format(r.name))
    end
    repeat
      r.values[#r.values + 1] = value(r)
    until not separator(r)
    take(r, "%)")
  end
  if r.at <= #text then
    local pattern = text:find("[*?]", r.at)
    wrong(r, r.at, #text, ("what is '%s'?"):format(core.safe(text:sub(r.at))),
      pattern == r.at and "patterns are for scripts, such as ks.probe 'tcp_*' {}"
      or "FUNC is a name, or a name with values: vfs_read(count > 100, return)")
  end
  return r
end

return request

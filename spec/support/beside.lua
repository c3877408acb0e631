--- Reads what bcc's ksnoop and ours wrote, and predicts from our text what its faults make of it.
local json = require "dkjson"
local ks = require "spec.support.ks"

local beside = {}

--- The events in a text: { name =, pid =, is_return =, lines = what stands between the parentheses }.
function beside.events(text)
  local list, event = {}, nil
  for line in text:gmatch "([^\n]*)\n" do
    local pid, name = line:match "^ *%d+ +%d+ +(%d+) ([%w_.]+)%($"
    if pid then
      event = { name = name, pid = pid, lines = {} }
    elseif event and line == (" "):rep(31) .. ");" then
      list[#list + 1] = event
      event = nil
    elseif event then
      event.lines[#event.lines + 1] = line
      event.is_return = event.is_return or line:find "^ +return = " ~= nil
    end
  end
  return list
end

--- Those between the first and the last that have a line, both included.
function beside.between(list, first, last)
  local from, to
  for i, e in ipairs(list) do
    for _, line in ipairs(e.lines) do
      from = from or (line:find(first, 1, true) and i)
      to = line:find(last, 1, true) and i or to
    end
  end
  return { unpack(list, from, to) }
end

-- A line that opens a block and those in it, as { head, tail, children, n = lines }; or one line.
local function parse(lines, at)
  local head = lines[at]
  local indent = head:match "^ *"
  if not head:find "[%[{]$" then
    return { head = head, n = 1 }, at + 1
  end
  local node = { head = head, children = {}, n = 2 }
  at = at + 1
  while lines[at] and not lines[at]:find("^" .. indent .. "[%]}],?$") do
    local child
    child, at = parse(lines, at)
    node.n = node.n + child.n
    table.insert(node.children, child)
  end
  node.tail = lines[at]
  return node, at + 1
end

local function unparse(node, lines)
  lines[#lines + 1] = node.head
  for _, child in ipairs(node.children or {}) do
    unparse(child, lines)
  end
  lines[#lines + 1] = node.tail
end

--- What predicts: types are read from a file.
function beside.new(btf)
  local types, self = {}, { rules = {}, lines = 0 }

  local function count(rule, n)
    self.rules[rule] = (self.rules[rule] or 0) + n
    self.lines = self.lines + n
  end

  local function describe(type)
    if not types[type] then
      local r = ks.run("--btf", btf, "-f", "json", "type", type)
      types[type] = json.decode(r.out) or {}
    end
    return types[type]
  end

  local function members(type)
    return describe(type).members or {}
  end

  -- The type in front of a value: "struct x", of an array its elements' and true; "" and nothing.
  local function cast(head)
    local type = head:match "%((.*)%)[%[{]$" or ""
    local element = type:match "^(.*)%[%d+%]$"
    return element or type, element ~= nil
  end

  -- The members of a block: of one without a name those of the member of `outer` that has what is in it.
  local function members_in(node, outer)
    local type = cast(node.head)
    if type ~= "struct" and type ~= "union" then
      return members(type)
    end
    local name = node.head:match "^ *%.([%w_]+) = "
    for _, m in ipairs(outer) do
      if m.members and (name and m.name == name or not name and m.name == json.null or not m.name) then
        local has = true
        for _, child in ipairs(node.children) do
          local wanted, found = child.head:match "^ *%.([%w_]+) = ", false
          for _, inner in ipairs(m.members) do
            found = found or inner.name == wanted
          end
          has = has and (found or not wanted)
        end
        if has then
          return m.members
        end
      end
    end
    return {}
  end

  -- Does libbpf take a value that is not 0 for one? Of structs it looks at the first member alone.
  local function seems_zero(node, mine)
    if not node.children then -- elements of arrays are shown also when they are 0
      return node.head:find "[%s)]0,?$" ~= nil or node.head:find "%(nil%),?$" ~= nil
    end
    local _, is_array = cast(node.head)
    if is_array or node.head:find "%[$" then
      for _, child in ipairs(node.children) do
        if not seems_zero(child, child.members or {}) then
          return false
        end
      end
      return true
    end
    local first, child = mine[1], node.children[1]
    local name = child and child.head:match "^ *%.([%w_]+) = "
    if not first or not child or (first.name ~= name and not (name == nil and first.members)) then
      return true
    end
    return seems_zero(child, child.members or {})
  end

  local function resolve(node, outer, element)
    if not node.children then
      return
    end
    local type, is_array = cast(node.head)
    node.members = element and members(element) or is_array and {} or members_in(node, outer)
    for _, child in ipairs(node.children) do
      resolve(child, node.members, is_array and child.head:find "^ *{$" and type or nil)
    end
  end

  local function drop(node, in_array)
    if not node.children then
      return
    end
    local left, _, is_array = {}, cast(node.head)
    for _, child in ipairs(node.children) do
      if child.children and not is_array and not in_array and seems_zero(child, child.members or {}) then
        count("structs left out for their first member", child.n)
      else
        drop(child, in_array or is_array)
        left[#left + 1] = child
      end
    end
    node.children = left
  end

  -- Bytes of the value that a line begins; 0: none.
  local function size_of(head)
    local type = head:match("^" .. (" "):rep(36) .. "%(([^()]*)%)")
    return type and (type:find "%*$" and 8 or describe(type).size) or 0
  end

  --- What bcc's ksnoop prints of the values of an event of ours.
  function self.predict(event)
    local lines, at, offset = {}, 1, 0
    while event.lines[at] do
      local node
      node, at = parse(event.lines, at)
      resolve(node, {})
      drop(node, false)
      local first = #lines + 1
      unparse(node, lines)
      for i = first, offset % 8 ~= 0 and #lines or 0 do
        local n
        lines[i], n = lines[i]:gsub("%(nil%)", "0x0")
        count("null pointers as 0x0 where they are not aligned", n)
      end
      offset = offset + size_of(node.head)
    end
    return lines
  end

  --- It has no events of which it captured no bytes, such as an error that is a pointer.
  function self.omits(event)
    local values, missing = 0, 0
    for _, line in ipairs(event.lines) do
      values = values + (line:find "^ +[%w_>-]+ = %*?[%(x%x%)]*$" and 1 or 0)
      missing = missing + (line:find "^ +/%* Cannot show '" and 1 or 0)
    end
    if values == missing then
      count("events without a value that could be read", #event.lines)
      return true
    end
    return false
  end

  self.count = count
  return self
end

return beside

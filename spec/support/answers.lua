--- gcc's answers: makes of expressions what spec/core/run.c and the guest's differential read.
---
---     luajit spec/support/answers.lua FOLDER    makes FOLDER/image and FOLDER/lines, always the same
local expressions = require "spec.support.expressions"

local answers = {}

local function write(path, text)
  local f = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
end

--- The lines for run, and the image at folder/image. list: see spec.support.expressions.
function answers.of(list, folder, root)
  write(folder .. "/expressions.h", expressions.header(list))
  local command = ([[gcc -w -O0 -fwrapv -fno-strict-aliasing -DEXPRESSIONS='"%s/expressions.h"' -o %s/oracle \
    %s/spec/support/oracle.c 2>%s/errors && %s/oracle %s/image]]):format(folder, folder, root or ".", folder, folder,
    folder)
  local pipe, lines = assert(io.popen(command)), {}
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  pipe:close()
  if #lines ~= #list then
    local f = assert(io.open(folder .. "/errors"))
    error(("gcc answered %d of %d expressions: %s"):format(#lines, #list, f:read "*a"))
  end
  return expressions.lines(list, lines)
end

if arg and arg[0] and arg[0]:find "answers.lua$" then
  local folder, list = arg[1], expressions.simple()
  for _, e in ipairs(expressions.random(20240607, 2000)) do
    list[#list + 1] = e
  end
  for _, e in ipairs(expressions.cells(7)) do
    list[#list + 1] = e
  end
  write(folder .. "/lines", answers.of(list, folder))
end

return answers

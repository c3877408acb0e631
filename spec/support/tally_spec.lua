--- Tests of tally: whatever goes wrong in a run must come out as a failure.

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function run(command)
  local pipe = assert(io.popen(("(%s) 2>&1; echo \"exit $?\""):format(command)))
  local output, code = pipe:read "*a":match "^(.*)exit (%d+)\n$"
  pipe:close()
  return tonumber(code), output
end

-- Runs a spec file with this text through tally; more is a command to run after it.
local function tally(text, more)
  local name = os.tmpname()
  local path = name .. "_spec.lua"
  write(path, text)
  local code, output = run(("spec/support/tally 'it=luajit /usr/bin/busted "
    .. "-o spec/support/tally_output.lua %s%s'"):format(path, more or ""))
  os.remove(path)
  os.remove(name)
  return code, output
end

describe("tally", function()
  it("adds up what passed, in one last line", function()
    local code, output = tally [[
      it("one", function() end)
      it("two", function() io.write "no newline" end)]]
    assert.equal(0, code)
    assert.matches("\nit: 2 passed, 0 failed %(%d+ s%)\n2 passed, 0 failed\n$", output)
  end)

  it("shows a failure with what the test printed and what it expected", function()
    local code, output = tally [[
      it("is one", function() print "seen" assert.equal(1, 2) end)
      it("two", function() end)]]
    assert.equal(1, code)
    assert.matches("FAILED it: is one", output, 1, true)
    assert.matches("    seen\n", output, 1, true)
    assert.matches("Expected objects to be equal", output, 1, true)
    assert.matches("\n1 passed, 1 failed\n$", output)
  end)

  it("repeats after several parts what went wrong, where a log that is cut still has it", function()
    local part = "='echo @tally start x; echo @tally fail is one; echo @tally \\| Expected objects; "
      .. "echo @tally end 0 1 0; exit 1'"
    local _, output = run("spec/support/tally a" .. part .. " b" .. part)
    assert.matches("\nWhat went wrong, once more:\nFAILED a: is one\n    Expected objects\nFAILED b: is one\n"
      .. "    Expected objects\n\na: 0 passed, 1 failed %(%d+ s%)\nb: 0 passed, 1 failed %(%d+ s%)\n"
      .. "0 passed, 2 failed\n$", output)
  end)

  it("names a skipped test and its reason", function()
    local code, output = tally [[
      it("one", function() end)
      it("needs magic", function() pending "no magic here" end)]]
    assert.equal(0, code)
    assert.matches("skipped it: needs magic %-%- [^\n]*no magic here\n", output)
    assert.matches("it: 1 passed, 0 failed, 1 skipped", output, 1, true)
    assert.matches("\n1 passed, 0 failed\n$", output)
  end)

  it("counts an error, a bad before_each and a file that does not load", function()
    assert.equal(1, (tally 'it("errs", function() error {} end)'))
    local _, output = tally 'before_each(function() assert(false) end) it("one", function() end)'
    assert.matches("\n0 passed, 1 failed\n$", output)
    _, output = tally 'it("one", function('
    assert.matches("\n0 passed, 1 failed\n$", output)
    _, output = tally 'setup(function() error "no" end) it("one", function() end)'
    assert.matches("\n0 passed, 1 failed\n$", output)
  end)

  it("does not let a run pass that dies, says nothing, or ends badly after its tests", function()
    local code, output = tally 'it("one", function() end) it("dies", function() os.exit(0) end)'
    assert.equal(1, code)
    assert.matches("did not come to its end (exit code 0, in: dies)", output, 1, true)
    assert.matches("\n1 passed, 1 failed\n$", output)

    assert.equal(1, (tally ""))
    assert.equal(1, (run "spec/support/tally true=true"))
    assert.equal(1, (run "spec/support/tally nothing"))

    code, output = tally('it("one", function() end)', "; echo vm: the kernel complains; exit 125")
    assert.equal(1, code)
    assert.matches("vm: the kernel complains", output, 1, true)
    assert.matches("\n1 passed, 1 failed\n$", output)
  end)

  -- host is run by a luajit of ours: FIRST is what it prints for all specs, AGAIN for those named.
  local function host(first, again)
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    write(folder .. "/first", first)
    write(folder .. "/again", again)
    write(folder .. "/luajit", ([[#!/bin/sh
      case $1 in *tally.lua) exec %s "$@" ;; esac
      shift 3
      if [ $# = 0 ]; then cat %s/first; exit 1; fi
      echo "$@" >>%s/asked; cat %s/again; ! grep -q 'tally fail' %s/again]]):format(
      select(2, run "command -v luajit"):gsub("%s+$", ""),
      folder, folder, folder, folder))
    local code, output = run(("chmod +x %s/luajit; PATH=%s:$PATH spec/support/tally host"):format(
      folder, folder))
    local asked = io.open(folder .. "/asked")
    local files = asked and asked:read "*a"
    os.execute("rm -r " .. folder)
    return code, output, files
  end

  it("runs what failed again by itself, and names what passes then", function()
    local fail = "@tally fail a %s (spec/%s_spec.lua:7)\n@tally | why\n"
    local first = "@tally pass zero\n" .. fail:format("one", "x") .. fail:format("two", "y")
    local code, output, files = host(first .. "@tally end 1 2 0\n",
      "@tally pass a one\n@tally pass a two\n@tally end 2 0 0\n")
    assert.equal("spec/x_spec.lua spec/y_spec.lua\n", files)
    assert.matches("\nUNSTABLE host: a one: failed, and passed", output)
    assert.matches("\nhost: 3 passed, 0 failed, 2 unstable %(%d+ s%)\n2 unstable %(", output)
    assert.matches("\n3 passed, 0 failed\n$", output)
    assert.equal(0, code)

    code, output = host(first .. "@tally end 1 2 0\n",
      "@tally pass a one\n@tally fail a two (spec/y_spec.lua:7)\n@tally end 1 1 0\n")
    assert.matches("\n2 passed, 1 failed\n$", output)
    assert.equal(1, code)
  end)

  it("runs nothing again where much failed, or where the run died", function()
    local fail = "@tally fail %d (spec/x_spec.lua:7)\n"
    local code, output, files = host(fail:rep(4):format(1, 2, 3, 4) .. "@tally end 0 4 0\n", "")
    assert.is_nil(files)
    assert.matches("\n0 passed, 4 failed\n$", output)
    assert.equal(1, code)
    code, output = host(fail:format(1), "@tally pass 1\n@tally end 1 0 0\n")
    assert.matches("did not come to its end", output, 1, true)
    assert.matches("\n1 passed, 1 failed\n$", output)
    assert.equal(1, code)
  end)

  it("tells which files and tests took longest", function()
    local name = os.tmpname()
    write(name .. "_spec.lua", 'it("waits", function() os.execute "sleep 0.3" end)')
    local _, output = run(("luajit /usr/bin/busted -o spec/support/tally_output.lua %s_spec.lua"):format(name))
    assert.matches("\n@tally took 0%.[3-9] test waits\n", output)
    assert.matches("\n@tally took 0%.[3-9] file [^\n]*_spec%.lua\n", output)
    os.remove(name)
    os.remove(name .. "_spec.lua")

    local code
    code, output = run("spec/support/tally 'it=echo @tally pass x; printf \"@tally took %s\\n\" "
      .. "\"0.9 test a\" \"9.2 test b c\" \"33.0 test d\" \"43.1 file e\"; echo @tally end 1 0 0'")
    assert.equal(0, code)
    assert.matches("\nit:   43.1 s  e\nit:   33.0 s  d\nit:    9.2 s  b c\nit: 1 passed", output, 1, true)
  end)

  it("runs parts side by side and adds up all of them", function()
    local part = "'%s=echo @tally start x; echo @tally %s x; echo @tally end %d %d 0; exit %d'"
    local code, output = run("spec/support/tally -j2 " .. part:format("a", "pass", 1, 0, 0) .. " "
      .. part:format("b", "fail", 0, 1, 1) .. " " .. part:format("c", "pass", 1, 0, 0))
    assert.equal(1, code)
    assert.matches("\n\na: 1 passed, 0 failed %(%d+ s%)\nb: 0 passed, 1 failed %(%d+ s%)\n", output)
    assert.matches("\n2 passed, 1 failed\n$", output)
  end)
end)

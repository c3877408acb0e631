-- Tests of spec/vm/run itself, on the default kernel.

-- The specs are in the machine too; there is no machine inside the machine.
if os.getenv 'KSNOOP_VM' then return end

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- Runs a shell command; returns its exit code, its output and what it wrote to stderr.
local function shell(command)
  local errors = os.tmpname()
  local pipe = assert(io.popen(('(%s) 2>%s; echo "exit $?"'):format(command, errors)))
  local output, code = pipe:read('*a'):match '^(.*)exit (%d+)\n$'
  pipe:close()
  local file = assert(io.open(errors))
  local stderr = file:read '*a'
  file:close()
  os.remove(errors)
  return tonumber(code), output, stderr
end

-- vm(OPTIONS, WORD...): OPTIONS as the shell has them, the words exactly
local function vm(options, ...)
  local words = {}
  for i, word in ipairs { ... } do words[i] = quote(word) end
  return shell(('spec/vm/run %s -- %s'):format(options, table.concat(words, ' ')))
end

describe('spec/vm/run', function()
  it('passes the exit code, the output and arguments exactly, names the kernel', function()
    local words = { 'a b', "it's", '"q"', '$HOME', '', '*', '\\n', 'two\nlines', '--' }
    local code, output, stderr = vm('', 'sh', '-c', 'id -un; uname -r; pwd; echo oops >&2; printf "<%s>" "$@"; exit 3',
      'sh', unpack(words))
    assert.equal(3, code)
    local release = stderr:match '^vm: linux (6%.1%.%S+) %(6%.1%.%S+%)\n$'
    assert.is_string(release)
    assert.equal(('root\n%s\n/ksnoop\noops\n<%s>'):format(release, table.concat(words, '><')), output)
  end)

  it('brings files in and out, byte for byte; has busted and luajit, and the kernel has BTF', function()
    local folder = os.tmpname()
    os.remove(folder)
    local code, output = shell(([[
      run=$PWD/spec/vm/run; mkdir -p %s && cd %s && head -c 300000 /dev/urandom >in && mkdir out &&
      (cd out && "$run" --with ../in:/data/in --get /data/out --get /data/has -- sh -c '
        (busted --version && luajit -v && test -r /sys/kernel/btf/vmlinux; echo "$?") >/data/has
        tee /data/out </data/in; exit 5') >copy
      echo $?; cat out/has; cmp in copy && cmp in out/out; code=$?; rm -rf %s; exit $code]]):format(folder, folder,
      folder))
    assert.matches('^5\n.*LuaJIT.*\n0\n$', output)
    assert.equal(0, code)
  end)

  it('exits 125 and shows the console when the kernel crashes', function()
    local code, output, stderr = vm('', 'sh', '-c', 'echo before; echo c >/proc/sysrq-trigger; echo after')
    assert.equal(125, code)
    assert.equal('before\n', output)
    assert.matches('sysrq_handle_crash', stderr)
  end)

  it('exits 125 on a kernel warning even if the command is content', function()
    local code, _, stderr = vm('', 'sh', '-c', 'echo "<4>WARNING: CPU: 0" >/dev/kmsg')
    assert.equal(125, code)
    assert.matches('the kernel complains', stderr)
  end)

  it('exits 125 when the machine goes without a word', function()
    local code, _, stderr = vm('', 'poweroff', '-f')
    assert.equal(125, code)
    assert.matches('the machine is lost', stderr)
  end)

  it('exits 125 when the time is over', function()
    local code, output, stderr = vm('--timeout 25', 'sh', '-c', 'echo before; sleep 1000')
    assert.equal(125, code)
    assert.equal('before\n', output)
    assert.matches('no end after 25 s', stderr)
  end)

  it('exits 125 for a kernel that there is not', function()
    assert.equal(125, (vm('-k 4.4', 'true')))
  end)
end)

--- Runs bcc's ksnoop and ours at the same time, on what one process does:
---     luajit spec/vm/beside.lua WORDS... [/ WORDS...]
--- WORDS: a command line, without -p. What the n-th made them print is in /tmp/beside/n.ours and n.theirs.
local ffi = require "ffi"
ffi.cdef [[
int open(const char *path, int flags, ...);
int close(int fd);
ssize_t read(int fd, void *buf, size_t n);
ssize_t write(int fd, const void *buf, size_t n);
ssize_t pread(int fd, void *buf, size_t n, int64_t at);
int64_t lseek(int fd, int64_t at, int whence);
int pipe(int fd[2]);
int dup(int fd);
int fcntl(int fd, int what, ...);
int unlink(const char *path);
int mkdir(const char *path, unsigned mode);
int rmdir(const char *path);
int rename(const char *from, const char *to);
int ftruncate(int fd, int64_t size);
int kill(int pid, int signal);
int getpid(void);
int fork(void);
int waitpid(int pid, int *status, int options);
int chmod(const char *path, unsigned mode);
int access(const char *path, int mode);
unsigned usleep(unsigned us);
int fsync(int fd);
int sched_setaffinity(int pid, size_t n, const uint64_t *mask);
]]
local C = ffi.C

-- Bytes of the first and of the last write that count, and of one behind: when both tools have shown that, they have
-- shown all. Until both show something, the traced process writes now and then: bcc's ksnoop does not flush its titles.
local FIRST, LAST, BEHIND, WARM = 31336, 31337, 31338, 250

local function work()
  local buf, fds = ffi.new "char[65536]", ffi.new "int[2]"
  for i = 1, 5 do
    local name = "/tmp/beside" .. i
    C.mkdir(name .. "d", 448)
    local fd = C.open(name, 66, ffi.cast("int", 420)) -- O_RDWR | O_CREAT
    C.write(fd, buf, 100 * i)
    C.lseek(fd, 10, 0)
    C.read(fd, buf, 64)
    C.pread(fd, buf, 32, 5)
    C.ftruncate(fd, 50)
    C.fsync(fd)
    C.close(fd)
    C.read(fd, buf, 1)
    C.pipe(fds)
    C.write(fds[1], buf, 7)
    C.read(fds[0], buf, 7)
    C.close(C.dup(fds[0]))
    C.close(fds[0])
    C.close(fds[1])
    C.chmod(name, 384)
    C.access(name, 4)
    C.rename(name, name .. "x")
    C.unlink(name .. "x")
    C.rmdir(name .. "d")
    C.open("/tmp/none", 0)
    C.kill(C.getpid(), 0)
  end
  local fd = C.open("/tmp/last", 577, ffi.cast("int", 420))
  C.write(fd, buf, LAST)
  C.write(fd, buf, BEHIND)
end

local function child(f)
  local pid = C.fork()
  if pid == 0 then
    f()
    os.exit(0)
  end
  return pid
end

local function slurp(path)
  local f = io.open(path)
  local text = f and f:read "*a" or ""
  if f then
    f:close()
  end
  return text
end

local folder = "/tmp/beside/"

-- Waits until a file has a text.
local function wait(path, text)
  for _ = 1, 1200 do
    if slurp(path):find(text, 1, true) then
      return
    end
    C.usleep(50000)
  end
  error(("there is no %q in %s:\n%s%s"):format(text, path, slurp(path):sub(-2000), slurp(path .. ".err")))
end

local function beside(n, words)
  local go = ffi.new "int[2]"
  C.pipe(go)
  local traced = child(function()
    local fd = C.open("/tmp/first", 577, ffi.cast("int", 420))
    C.sched_setaffinity(0, 8, ffi.new("uint64_t[1]", 1)) -- bcc's ksnoop knows no order between CPUs
    C.fcntl(go[0], 4, ffi.cast("int", 2048)) -- O_NONBLOCK
    while C.read(go[0], ffi.new "char[1]", 1) ~= 1 do
      C.write(fd, ffi.new("char[?]", WARM), WARM)
      C.usleep(50000)
    end
    C.write(fd, ffi.new("char[?]", FIRST), FIRST)
    work()
  end)
  local tools = { ours = "ksnoop -q", theirs = "bcc-ksnoop -P 4096" }
  for name, program in pairs(tools) do
    local path = folder .. n .. "." .. name
    os.execute(("%s -p %d '%s' >%s 2>%s.err & echo $! >%s.pid"):format(program, traced,
      table.concat(words, "' '"), path, path, path))
  end
  for name in pairs(tools) do
    wait(folder .. n .. "." .. name, "FUNCTION/ARGS")
  end
  C.write(go[1], "x", 1)
  C.waitpid(traced, nil, 0)
  for name in pairs(tools) do
    local path = folder .. n .. "." .. name
    wait(path, (")%d"):format(BEHIND))
    C.kill(tonumber(slurp(path .. ".pid")), 2)
  end
end

os.execute("mkdir -p " .. folder)
local n, words = 1, {}
for _, word in ipairs { ... } do
  if word == "/" then
    beside(n, words)
    n, words = n + 1, {}
  else
    words[#words + 1] = word
  end
end
beside(n, words)

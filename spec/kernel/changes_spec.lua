--- The spec `changes`: what a call or a span did to an object, against workloads whose answer is known.
local guest = require "spec.kernel.guest"

local function lines(command, script)
  local code, out, err = guest.ksnoop(("-c '%s'"):format(command), script)
  assert.are.equal(0, code, err)
  local list = {}
  for line in out:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  return list
end

describe("changes", function()
  it("of numbers, pointers, texts and structs are what both ends have of them", function()
    local out = guest.json("-c 'build/guest/pairs positions 20 512'", [[
      ks.call "vfs_read" {
        where = { "comm == 'pairs'", "count == 512" },
        capture = { "pos|changes", "same=*pos|changes", "size=file->f_inode->i_size|changes",
          "op=file->f_op|changes", "name=str(file->f_path.dentry->d_name.name)|changes", "who=comm|changes",
          "file|changes" },
      }]])
    assert.are.equal(20, #out.event)
    for i, e in ipairs(out.event) do
      local moved = { (i - 1) * 512, i * 512 }
      assert.are.same(moved, e.args.pos)
      assert.are.same(moved, e.args.same)
      assert.are.same({ 20 * 512, 20 * 512 }, e.args.size)
      assert.are.equal(e.args.op[1], e.args.op[2])
      assert.is_truthy(e.args.op[1]:find "^0xffff")
      assert.are.same({ "pairs-file", "pairs-file" }, e.args.name)
      assert.are.same({ "pairs", "pairs" }, e.args.who)
      assert.are.same({}, e.args.file)
    end
    guest.identity(out.summary.probes.vfs_read)
  end)

  it("of a struct are the members that differ, as text", function()
    -- A file's position moves in its file system's llseek, under locks that are given back.
    guest.spill("/tmp/to_seek", ("x"):rep(1000))
    assert.are.same({ "file->f_pos 0 -> 520; f->f_pos 0 -> 520; 0 -> 520; (unchanged)",
      "file->f_pos 0 -> 520\tf->f_pos 0 -> 520\tfile->f_pos 0 -> 520\t0 -> 520" },
      lines("dd if=/tmp/to_seek of=/dev/null bs=10 skip=52 count=1 2>/dev/null", [[
        ks.call "generic_file_llseek_size" {
          where = { "comm == 'dd'", "offset" },
          ks.print "{file|changes}; {f=*file|changes}; {file->f_pos|changes}; {file->f_inode|changes}",
          function(e) print(e.file, tostring(e.f), ks.text(e, "file"), ks.copy(e).f_pos) end,
        }]]))
  end)

  it("of a packet are what its function is there for", function()
    guest.spill("/tmp/workload.lua", [[
      local ffi = require "ffi"
      ffi.cdef "int socketpair(int, int, int, int *); long write(int, const void *, size_t);"
      local fds, bytes = ffi.new "int[2]", ffi.new "char[100]"
      assert(ffi.C.socketpair(1, 2, 0, fds) == 0 and ffi.C.write(fds[0], bytes, 100) == 100)]])
    assert.are.same({ "skb->len 0 -> 100, skb->tail 0 -> 100" }, lines("luajit /tmp/workload.lua", [[
      ks.call "skb_put" { where = { "comm == 'luajit'", "len == 100" }, ks.print "{skb|changes}" }]]))
  end)

  it("of a span are between its ends", function()
    assert.are.same({ "0 -> 512; 0 -> 512; (unchanged); (unchanged); pairs",
      "512 -> 1024; 512 -> 1024; (unchanged); (unchanged); pairs" },
      lines("build/guest/pairs positions 2 512", [[ks.span {
        open = { "vfs_read", key = "pos", where = { "comm == 'pairs'", "count == 512" }, capture = { "at=pos" } },
        close = { "return:vfs_read", key = "pos" },
        ks.print "{pos|changes}; {at|changes}; {file->f_pos|changes}; {comm|changes}; {comm}",
      }]]))
  end)

  it("that can't be read at one end, or at both, are unreadable", function()
    local out = guest.json("-c 'luajit -e 0'", [[
      ks.call "sys:munmap" {
        where = "comm == 'luajit' && retval == 0",
        capture = { "gone=*(unsigned long *)user(addr)|changes", "never=(struct file *)8|changes" },
        function(e) assert(e.gone == nil and ks.why(e, "gone") == "EFAULT" and ks.text(e, "never") == "?EFAULT") end,
        ks.print(),
      }]])
    assert.is_true(#out.event > 0)
    for _, e in ipairs(out.event) do
      assert.are.same({ gone = { error = "EFAULT" }, never = { error = "EFAULT" } }, e.args)
    end
    local c = out.summary.probes["sys:munmap"]
    assert.are.equal(2 * #out.event, c.nils)
    guest.identity(c)
  end)
end)

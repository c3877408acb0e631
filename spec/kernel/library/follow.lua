local guest = require "spec.kernel.guest"

return {
  like = "6.1",
  words = [['funcs=submit_bio*']],
  workload = function()
    return ("dd if=/dev/%s of=/dev/null bs=4096 count=3 iflag=direct 2>/dev/null"):format(guest.disk())
  end,
  check = function(out)
    -- One for each read; each came from the function that hands it on.
    local found = guest.lines(out, "^0x%x+ +[%d.]+%a+ +(submit_bio%S*) +submit_bio_noacct +(.*)$")
    assert.are.equal(3, #found, out)
    for _, l in ipairs(found) do
      assert.are.equal("submit_bio", l[1], out)
    end
    assert.matches("object%->bi_[%w_.]+ %S+ %-> %S+", out)
  end,
}

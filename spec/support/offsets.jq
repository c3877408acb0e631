# What ksnoop type -f json says, as lines: "T NAME SIZE", and below it for each member that C can name
# "M PATH OFFSET SIZE BIT BITS"; BITS is 0 for what is no bit-field.
def rows($prefix):
  .[] | . as $m | ($m.type | [scan("\\[")] | length) as $dims | ($prefix + ($m.name // "")) as $path |
  (if $m.name then "M \($path) \($m.offset) \($m.size) \($m.bit_offset // 0) \($m.bits // 0)" else empty end),
  (if $m.members then
    (if $m.name then $path + ([range($dims) | "[0]"] | join("")) + "." else $prefix end) as $inner |
    $m.members | rows($inner)
  else empty end);

select(.kind == "struct" or .kind == "union") | "T \(.name) \(.size)", (.members | rows(""))

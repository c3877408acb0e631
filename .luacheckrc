-- Scripts of ours and of users run in LuaJIT, and only there.
std = "luajit"
max_line_length = 100
cache = false

files["spec/**/*_spec.lua"] = { std = "+busted" }
files["spec/support/tally_output.lua"] = { std = "+busted" }
files[".luacheckrc"] = { std = "+luacheckrc" }

-- Output is shown as it is.
files["lua/ksnoop/recipes"] = { max_comment_line_length = 130 }

-- Commands and expected output are quoted whole.
files["spec"] = { std = "+busted", max_line_length = 120 }

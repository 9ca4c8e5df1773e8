-- Everything that some Lua engine shows differently from process to process, one per line.
local function show(name, ...)
    local parts = {}
    for i = 1, select("#", ...) do
        parts[i] = tostring((select(i, ...)))
    end
    print(name .. " = " .. table.concat(parts, " "))
end

local function keys(t)
    local found = {}
    for key in pairs(t) do
        found[#found + 1] = tostring(key)
    end
    return table.concat(found, ",")
end

-- Order of keys
local words = { "delta", "alpha", "omega", "kappa", "sigma", "zeta", "eta", "iota", "beta", "rho", "tau", "mu" }
local short, long, grown = {}, {}, {}
for i, word in ipairs(words) do
    short[word] = i
    long[word:rep(12)] = i
    grown[word] = i
end
for i = 1, #words, 2 do
    grown[words[i]] = nil
end
for i = 1, #words, 3 do
    grown[words[i]] = i
end
show("short keys", keys(short))
show("deleted and added again", keys(grown))
local first = {}
for key in pairs(long) do
    first[#first + 1] = key:sub(1, 4)
end
show("long keys", table.concat(first, ","))
show("float keys", keys({ [1.5] = 1, [-2.25] = 1, [1e300] = 1, [0.1] = 1, [math.huge] = 1 }))
show("sparse keys", keys({ [1000] = 1, [3] = 1, [-7] = 1, [2 ^ 40] = 1, [1] = 1 }))
show("booleans and texts", keys({ b = 1, [true] = 1, a = 1, [false] = 1 }))
show("array", keys({ "x", "y", "z" }))
show("array with hash", keys({ "x", "y", n = 2, [10] = 1 }))
local bytes = keys({ ["é"] = 1, z = 1, Z = 1, ["\255"] = 1, [""] = 1, a = 1, aa = 1, ["a\0"] = 1 })
show("bytes, not letters", (bytes:gsub("[^%g]", function(c) return `\\{c:byte()}` end)))
show("first key", (next(short)))
show("key after", (next(short, "iota")))
show("key after one that is gone", (next(short, "gone")))
local walked = {}
for key, value in next, { y = 1, x = 2 } do
    walked[#walked + 1] = key .. value
end
show("for in next", table.concat(walked, ","))
local bare = {}
for key, value in { y = 1, x = 2, 5 } do
    bare[#bare + 1] = key .. "=" .. value
end
show("for over a bare table", table.concat(bare, ","))
local function hidden()
    return { q = 1, p = 2 }
end
local hid = {}
for key in hidden() do
    hid[#hid + 1] = key
end
show("for over a table that a call gave", table.concat(hid, ","))
local clone = {}
for key in pairs(table.clone(short)) do
    clone[#clone + 1] = key
end
show("a clone", table.concat(clone, ","))
for _, case in { { "a table", {} }, { "a function", print }, { "a coroutine", coroutine.create(print) }, { "a null", json.null }, { "an error", errors.new("x") } } do
    show("keys of " .. case[1], pcall(keys, { [case[2]] = 1 }))
end

-- Names instead of addresses
local a, b = {}, {}
show("tables", a, b, a)
show("functions", print, keys, print)
show("coroutine", coroutine.create(print), coroutine.running())
show("null", json.null, typeof(json.null))
show("error object", errors.new("text"))
show("format", ("%s %*"):format(a, b), pcall(string.format, "%p", a))
show("template", `{a} {keys} {nil} {true}`)
show("metatable's name", setmetatable({}, { __tostring = function() return "mine" end }))
show("raised table", pcall(error, {}))
show("raised function", pcall(error, print))
show("error in concat", pcall(function() return {} .. "x" end))
show("error in call", pcall(function() local t = {} t.x.y = 1 end))
show("error of the host", pcall(json.decode, {}))
show("error in a coroutine", coroutine.resume(coroutine.create(function() error("inside") end)))
show("traceback", (debug.traceback("here"):gsub("\n", "|")))
show("a stack", (errors.new("x"):stack():gsub("\n", "|")))
show("version", _VERSION)
show("taken away", pcall(function() return os.getenv("HOME") end))
show("taken away, too", pcall(function() return os.tmpname() end), pcall(load, "return 1"))
show("not there", string.dump, warn)

-- Sorting
local records = {}
for i = 1, 2000 do
    records[i] = { key = i * 7919 % 7, at = i }
end
table.sort(records, function(x, y) return x.key < y.key end)
local sum = 0
for i, record in ipairs(records) do
    sum = (sum * 31 + record.at) % 1000000007
end
show("sort with many equal", sum)
local numbers = {}
for i = 1, 2000 do
    numbers[i] = i % 2 == 0 and i or 4001 - i
end
table.sort(numbers)
show("sort of a killer", numbers[1], numbers[1000], numbers[2000])
local wrong = { 5, 3, 8, 1, 9, 2, 7 }
show("sort with <=", pcall(table.sort, wrong, function(x, y) return x <= y end))
show("sorted with <=", table.concat(wrong, ","))
local always = { 5, 3, 8, 1, 9, 2, 7 }
table.sort(always, function() return true end)
show("sorted by always", table.concat(always, ","))
show("sort of a mixture", pcall(table.sort, { 1, "a" }))

-- Lengths
show("length with holes", #{ 1, 2, nil, 4 }, #{ nil, nil, 3 }, #{ n = 1 })
local holes = {}
for i = 1, 20 do
    holes[i] = i
end
for i = 5, 20, 5 do
    holes[i] = nil
end
show("length after removal", #holes, #holes, table.maxn(holes))
show("unpack with holes", table.unpack({ 1, nil, 3 }, 1, 3))

-- Chance and time
show("random", math.random(), math.random(100), math.random(-5, 5))
show("random seeded", math.randomseed(7), math.random(1000000), math.random(1000000))
show("random without seed", pcall(math.randomseed))
show("ids", uuid.v4(), uuid.v7(), uuid.v1())
show("named ids", uuid.v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "a"))
show("time", os.time(), os.clock(), os.date("!%c"), os.date("%X %Z"))
for _, name in { "Local", "Europe/Berlin", "America/New_York", "Asia/Kathmandu" } do
    local zone = time.load_location(name)
    show("zone " .. name, time.unix(1711848600):in_location(zone), time.date(2024, 3, 31, 2, 30, 0, 0, zone))
end
show("the machine's zone", time.localtz, time.unix(0):in_local(), time.parse("15:04 MST", "12:00 CET"))

-- Numbers
show("integers", 1, -1, 0, -0, 2 ^ 53, 2 ^ 63, 1e15, 1e16, 123456789012345680)
show("fractions", 0.1, 1 / 3, 0.1 + 0.2, 1e-7, 5e-324, 1.7976931348623157e308, 1e21, 123.456)
show("not numbers", 0 / 0, -(0 / 0), math.huge, -math.huge, math.sqrt(-1), tostring(0 / 0))
show("format of numbers", ("%d %5.2f %g %e %x %q %s"):format(42, 1 / 3, 1e20, 12345.678, 255, 1.5, 0.1))
show("format of NaN", ("%f %g %.1f"):format(0 / 0, -(0 / 0), 0 / 0))
show("bytes of NaN", (string.pack(">d", 0 / 0):gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
show("division", 7 // 2, -7 // 2, 7 % -3, -7 % 3, 5.5 % 2, 7 // 0, pcall(function() return 7 % 0 end))
show("tonumber", tonumber("0x10"), tonumber(" 12 "), tonumber("1e2"), tonumber("z", 36), tonumber("12a"), tonumber("nan"))
show("to integer", math.tointeger(3.0), math.tointeger(3.5), math.type(1), math.type(1.5), math.maxinteger)
local libm = {}
for i = 1, 200 do
    local x = i * 0.37
    for _, name in ipairs({ "sin", "cos", "tan", "exp", "log", "log10", "sinh", "cosh", "tanh", "atan" }) do
        libm[#libm + 1] = ("%.17g"):format(math[name](if name:find("h$") or name == "exp" then x / 10 else x))
    end
    libm[#libm + 1] = ("%.17g"):format(math.asin(i / 200)) .. ("%.17g"):format(math.acos(i / 200))
    libm[#libm + 1] = ("%.17g"):format(x ^ 0.3) .. ("%.17g"):format(1.0001 ^ x) .. ("%.17g"):format(math.atan2(x, 2))
end
show("libm", hash.sha256(table.concat(libm, " ")))
show("powers", 2 ^ 10, 2 ^ 0.5, 10 ^ -2, (-8) ^ (1 / 3), 2 ^ 3 ^ 2, -2 ^ 2, 1.1 ^ 7.3)
show("logarithms", math.log(10), math.log(8, 2), math.log(1000, 10), math.log(5, 3))
local big = json.decode("9007199254740993")
show("big integers", big, big + 1, big // 3, -big, big == json.decode("9007199254740993"))

-- Integers that C has no room for
local list, huge, far = { "a", "b", "c" }, math.huge, math.maxinteger
show("a slice to the end", ("abcdef"):sub(2, far), ("abcdef"):sub(-far, 2), ("abcdef"):sub(huge), string.sub("abcdef", 2, 1e10))
show("a slice at NaN", pcall(string.sub, "abcdef", 0 / 0), pcall(string.byte, "abc", 1, 0 / 0))
show("bytes", ("abc"):byte(2, far), string.byte("abc", far), ("abc"):byte(-huge, 1))
show("searches", ("aaa"):find("a", -far), ("aaa"):find("a", far, true), ("aaa"):match("a+", -huge), ("aaa"):match("a", "1e300"))
show("replacements", ("aaa"):gsub("a", "b", huge))
show("no replacements", ("aaa"):gsub("a", "b", -huge))
show("repeated", ("").rep("", 1e10), pcall(string.rep, "x", 1e10), ("x"):rep(-1e10), pcall(string.rep, "x", 0 / 0))
show("joined", table.concat(list, ",", far, 1), pcall(table.concat, list, ",", 1, far))
show("unpacked", pcall(table.unpack, list, 1, far), pcall(unpack, list, far, -far), pcall(unpack, list, 1, 0 / 0))
show("created", pcall(table.create, 1e10), pcall(table.create, -1e10), pcall(table.create, 0 / 0))
show("put and taken", pcall(table.insert, { 1 }, far, 2), table.remove({ 1 }, far), table.find(list, "b", 1), pcall(table.find, list, "b", -far))
show("selected", select("#", select(far, 1, 2)), pcall(select, -far, 1), pcall(select, 0 / 0, 1))
show("characters", pcall(string.char, 1e10), pcall(string.char, 0 / 0), pcall(utf8.char, -1e10), string.char(72, 105))
show("places in utf8", pcall(utf8.len, "aé", far), utf8.len("aé", 1, 3), pcall(utf8.codepoint, "aé", 1, far), utf8.offset("aé", far), utf8.offset("aé", -far))
show("formatted", pcall(string.format, "%d", 1e300), pcall(string.format, "%x", 2 ^ 64), ("%x %d"):format(2 ^ 63, -2 ^ 62), pcall(string.format, "%d", 0 / 0))
show("formatted texts", pcall(string.format, "%d", "1e300"), pcall(string.format, "%i", "inf"), ("%d %s"):format("12", "1e300"), pcall(string.format, "%c", 1e10))
show("packed", pcall(string.pack, "j", 1e300), (string.pack(">dI2", 1e300, 7):gsub(".", function(c) return ("%02x"):format(c:byte()) end)), string.unpack("b", "\7", -far))
show("scaled", math.ldexp(1, 1e10), math.ldexp(1, -1e10), math.ldexp(3, 4), pcall(math.ldexp, 1, 0 / 0))
show("bits", bit32.band(2 ^ 53, 7), pcall(bit32.band, 2 ^ 63, 1), pcall(bit32.bxor, 1, 0 / 0), pcall(bit32.bnot, -huge), bit32.bor(-1, 0))
show("shifted", bit32.lshift(1, 1e10), bit32.arshift(2 ^ 31, 1e10), bit32.rshift(1, -1e10), pcall(bit32.lrotate, 1, 1e10))
show("fields", bit32.extract(255, 4, 4), pcall(bit32.extract, 1, 2 ^ 31 - 1, 2 ^ 31 - 1), pcall(bit32.replace, 1, 1e300, 0))

-- Values out and in
show("encode", json.encode({ z = 1, a = { 1, 2.5, true, {} }, [ "é" ] = json.null, m = big }))
show("round trip", json.encode(json.decode('{"b":{},"a":[],"n":1.0,"e":1e2,"x":null}')))
show("encode of NaN", json.encode({ 0 / 0 }))
show("encode of a function", json.encode({ f = print }))
show("decode of nonsense", json.decode("{"))
show("yaml", (yaml.encode({ z = { 1, "no" }, a = "x\ny", m = big }, { field_order = { "m" } }):gsub("\n", "|")))
show("yaml of nonsense", yaml.decode("a: ["))
show("payload", payload.new({}), payload.new(1):get_format(), payload.new(print))
show("crypto", crypto.random.string(9), crypto.random.uuid(), base64.encode(crypto.random.bytes(12)))
show("encrypt", base64.encode(crypto.encrypt.aes("x", ("k"):rep(32))), base64.encode(crypto.encrypt.chacha20("x", ("k"):rep(32))))
local token = crypto.jwt.encode({ exp = 1800000001, a = 1, _header = { kid = "k" } }, "secret")
show("token", token, json.encode(crypto.jwt.verify(token, "secret")))
show("key of a password", hash.md5(crypto.pbkdf2("p", "s", 1000, 48)))
show("hash", hash.md5("a"), hash.fnv64("a"))

-- Text
show("classes of bytes", (("aZ09 _é\t"):gsub("%a", "A"):gsub("%s", "S"):gsub("[\128-\255]", "x")))
show("cases", ("aé"):upper(), ("AÉ"):lower())
show("comparison", "a" < "B", "Z" < "a", "é" < "z", "a" < "a\0")
show("utf8", utf8.len("aé€"), utf8.char(8364), utf8.codepoint("€", 1), utf8.len("\255"))

-- The collector
show("no collector", collectgarbage, gcinfo, newproxy, pcall(setmetatable, {}, { __mode = "k" }))
show("objects", typeof(time.unix(0)), typeof(time.unix(0):sub(time.unix(0))), typeof(time.unix(0):location()))
show("no world", io, package, getfenv, setfenv, debug.info)

-- `require` over a program's own modules and imports; nothing is searched for.
--
-- Each text of a program has a `require` of its own. A library is run once for each realm, when it
-- is first asked for, in an environment of its own.
local resolve, instantiate, is_aside = ...

local LOADING = {}

local new_require

-- What `require` gives. Alone, because every run in memory has a `require`, and it shall be small.
local function find(chunk, libraries, name)
    local module, library = resolve(chunk, name)
    if module then
        return module
    end
    local instance = libraries[library]
    if instance == LOADING then
        error(`\`{name}\` is still being loaded: two texts require each other, or its first load failed`, 3)
    elseif instance then
        return instance.value
    end
    -- What leaves no trace loads a text for itself.
    if is_aside() then
        return instantiate(library, new_require(library, { [library] = LOADING }))()
    end
    libraries[library] = LOADING
    local value = instantiate(library, new_require(library, libraries))()
    libraries[library] = { value = value }
    return value
end

function new_require(chunk, libraries)
    return function(name)
        return find(chunk, libraries, name)
    end
end

-- The main chunk of a new realm; and what every `require` has captured and nothing else has.
return function(main)
    return instantiate(main, new_require(main, {}))
end, find

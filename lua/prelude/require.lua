-- `require` over a program's own modules and imports; nothing is searched for.
--
-- Each text of a program has a `require` of its own. A library is run once for each realm, when it
-- is first asked for, in an environment of its own.
local resolve, instantiate, is_aside, LOADING = ...

local function new_require(chunk, libraries)
    return function(name)
        local module, library = resolve(chunk, name)
        if module then
            return module
        end
        local instance = libraries[library]
        if instance == LOADING then
            error(`\`{name}\` is still being loaded: two texts require each other, or its first load failed`, 2)
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
end

-- The main chunk of a new realm.
return function(main)
    return instantiate(main, new_require(main, {}))
end

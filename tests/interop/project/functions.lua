local function double(n)
    return 2 * n
end

-- An error that says all that an error can say.
local function refuse(what)
    error(errors.new({ kind = "Refused", message = `{what} is refused`, retryable = false, details = { code = 42 } }))
end

return { double = double, refuse = refuse }

-- One request to a service, and what its answer means for the caller: a result, a failure that may
-- pass, or one that stays.

local http = require("http_client")
local env = require("env")
local json = require("json")
local activity = require("activity")

local service = {}

function service.ask(method, path, body)
    local address, missing = env.get("MODEL_ADDRESS")
    if missing then
        return nil, missing
    end
    local response, err = http.request(method, address .. path, {
        headers = {
            ["Content-Type"] = "application/json",
            -- An attempt may have worked without its answer being heard; the next one has the same key.
            ["Idempotency-Key"] = activity.idempotency_key(),
        },
        body = json.encode(body or {}),
        timeout = "50s",
    })
    if err then
        return nil, err
    end
    local answer = json.decode(response.body) or {}
    if response.status_code < 300 then
        return answer
    end
    local may_pass = response.status_code >= 500 or response.status_code == 429
    return nil, errors.new({
        kind = answer.kind or (may_pass and errors.UNAVAILABLE or errors.INVALID),
        message = answer.message or ("the service answered " .. response.status_code),
        retryable = may_pass,
    })
end

return service

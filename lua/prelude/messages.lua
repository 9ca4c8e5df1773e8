-- Messages: the calls that wait because of one, and what an update's coroutine does.
local waiting = ...

local attend, check_can_wait = waiting.attend, waiting.check_can_wait

local library = {}

local function sent(answered, value, problem)
    if not answered then
        return nil, value
    elseif problem ~= nil then
        return nil, problem
    end
    return true
end

-- `start` gives true when there is nothing to wait for, false when the outcome comes later.
function library.sends(name, start)
    return function(...)
        check_can_wait(name)
        local done, problem = start(...)
        if done == false then
            return sent(attend())
        end
        return done, problem
    end
end

-- What is waited for begins with false for a message, with true when the time is over, and is
-- `nil, err` when the wait is. Who got no message is to be forgotten.
function library.waits_for_signal(name, start, forget, timed_out)
    return function(signal, options)
        check_can_wait(name)
        local started, problem = start(signal, options)
        if not started then
            return nil, problem
        end
        local answered, over, value = attend()
        if answered and over == false then
            return value
        end
        forget(signal)
        if not answered then
            return nil, over
        elseif over == nil then
            return nil, value
        end
        return nil, timed_out(signal)
    end
end

-- `begin` says whether the update is accepted.
function library.runs_update(begin)
    return function(handler, ...)
        if begin(...) then
            return handler(...)
        end
        return nil
    end
end

return library

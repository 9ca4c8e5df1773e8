-- The workflow: pay, generate, translate, summarise, and let a person decide if the order says so.
--
-- Each step that did something says at once how it is undone. Whatever ends the article early, a
-- model that refuses, a person who does, a request to end, runs these from the last to the first.

local funcs = require("funcs")
local workflow = require("workflow")
local logger = require("logger")

-- Nothing stops the undoing: not a cancellation, nor one step of it that fails.
local function undo(done)
    workflow.shield(function()
        for at = #done, 1, -1 do
            local _, err = funcs.call(done[at].by, done[at].id)
            if err then
                logger:error("not undone", { by = done[at].by, id = done[at].id, reason = err:message() })
            end
        end
    end)
end

-- Waits for a person; reminds once when nobody answers, and does not wait for ever.
local function approved(order, text)
    local patience = order.patience or "24h"
    local decision, late = workflow.wait_signal("decision", { timeout = patience })
    if late and late:kind() == errors.TIMEOUT then
        local _, err = funcs.call("content:remind", { customer = order.customer, text = text })
        if err then
            return nil, err
        end
        decision, late = workflow.wait_signal("decision", { timeout = patience })
    end
    if late and late:kind() == errors.TIMEOUT then
        return nil, errors.new({ kind = "NotApproved", message = "nobody decided in time", retryable = false })
    elseif late then
        return nil, late
    elseif not decision.approved then
        local reason = decision.reason or "no reason given"
        return nil, errors.new({ kind = "NotApproved", message = reason, retryable = false })
    end
    return decision.by
end

local function main(order)
    local done = {}
    local function failed(err)
        workflow.details("undoing")
        undo(done)
        return nil, err
    end

    local payment, unpaid = funcs.call("content:charge", { customer = order.customer, amount = order.amount })
    if unpaid then
        return nil, unpaid
    end
    table.insert(done, { by = "content:refund", id = payment.id })
    workflow.details("25% paid")

    local text, ungenerated = funcs.call("content:generate", order.topic)
    if ungenerated then
        return failed(ungenerated)
    end
    table.insert(done, { by = "content:discard", id = text.id })
    workflow.details("50% generated")

    local translation, untranslated = funcs.call("content:translate", { text = text.id, language = order.language })
    if untranslated then
        return failed(untranslated)
    end
    table.insert(done, { by = "content:discard", id = translation.id })
    workflow.details("75% translated")

    local summary, unsummarised = funcs.call("content:summarise", translation.id)
    if unsummarised then
        return failed(unsummarised)
    end
    table.insert(done, { by = "content:discard", id = summary.id })

    local by
    if order.approval then
        workflow.details("waits for a decision")
        local refused
        by, refused = approved(order, translation.id)
        if refused then
            return failed(refused)
        end
    end
    workflow.details("100%")
    return { payment = payment.id, text = text.id, translation = translation.id, summary = summary.id, approved_by = by }
end

return { main = main }

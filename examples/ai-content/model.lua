-- The activities that ask models. A text stays with the service; the workflow keeps its id, so that
-- its history does not grow with the texts.

local service = require("service")

local model = {}

function model.generate(topic)
    return service.ask("POST", "/generate", { topic = topic })
end

function model.translate(request)
    return service.ask("POST", "/translate", request)
end

function model.summarise(text)
    return service.ask("POST", "/summarise", { text = text })
end

-- A text that is gone already is what was asked for.
function model.discard(text)
    local gone, err = service.ask("DELETE", "/texts/" .. text)
    if err and err:kind() == errors.NOT_FOUND then
        return { id = text }
    end
    return gone, err
end

return model

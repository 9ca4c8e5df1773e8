-- The activities about money and people.

local service = require("service")

local payment = {}

function payment.charge(charge)
    return service.ask("POST", "/payments", charge)
end

function payment.refund(id)
    return service.ask("POST", "/payments/" .. id .. "/refund")
end

function payment.remind(about)
    return service.ask("POST", "/reminders", about)
end

return payment

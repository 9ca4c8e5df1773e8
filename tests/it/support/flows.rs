//! Workflows that more than one part of the tests runs.

/// Adds up until it is told to stop.
pub(crate) const ADDING: &str = r#"
local workflow = require("workflow")
return { main = function(sum)
    workflow.on_query("sum", function(times) return sum * (times or 1) end)
    workflow.on_update("add", function(number)
        if type(number) ~= "number" then
            return nil, errors.new({ kind = "Invalid", message = "not a number", details = { got = number } })
        end
        sum = sum + number
        return sum
    end)
    process.listen("stop"):receive()
    return sum
end }
"#;

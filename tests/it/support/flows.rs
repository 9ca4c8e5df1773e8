//! Workflows that more than one part of the tests runs, and what is done to them.

use super::Output;

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

/// Answers an update only once it is told to.
pub(crate) const SLOW: &str = r#"
local workflow = require("workflow")
return { main = function()
    local go = false
    workflow.on_signal("go", function() go = true end)
    workflow.on_update("work", function(number)
        workflow.await(function() return go end)
        return number * 2
    end)
    process.listen("stop"):receive()
end }
"#;

/// Waits for the acceptance of an update of [`SLOW`] alone, and asks for its result later; gives what is
/// said of an update that there is not. `workflow` runs `metonic workflow …`.
pub(crate) fn accepted_first(id: &str, workflow: impl Fn(&[&str]) -> Output) -> String {
    let said = |arguments: &[&str]| {
        let output = workflow(arguments);
        assert_eq!(output.code, Some(0), "{output}");
        output.stdout
    };
    let text = ["update", id, "work", "4", "--update-id", "u", "--wait-for", "accepted"];
    assert_eq!(said(&text), "the update u is accepted\n");
    let json = ["update", id, "work", "4", "--update-id", "u", "--wait-for-stage", "accepted", "-o", "json"];
    assert_eq!(said(&json), "{\"updateId\":\"u\",\"stage\":\"accepted\"}\n");
    said(&["signal", id, "go"]);
    assert_eq!(said(&["update", id, "--update-id", "u", "--result"]), "8\n");
    let output = workflow(&["update", id, "--update-id", "v", "--result"]);
    assert_eq!(output.code, Some(1), "{output}");
    output.stderr
}

//! Objects of the library, in the hands of code that means no good.

use crate::workflow::script::{Reader, World, show};

/// Each object that a workflow can get, by its name.
const OBJECTS: &str = "local channel, funcs, saga, time = require('channel'), require('funcs'), require('saga'), require('time')
local workflow = require('workflow')
local function objects()
    local future = funcs.async('app:f')
    local scope = workflow.scope(function() time.sleep('1h') end)
    local own = channel.new(1)
    return {
        channel = own, receives = own:case_receive(), sends = own:case_send(1),
        future = future, response = future:response(), topic = process.listen('topic'),
        timer = time.timer('1h'), ticker = time.ticker('1h'), after = time.after('1h'), ticks = time.ticker('1h'):channel(),
        mutex = workflow.mutex(), semaphore = workflow.semaphore(2), scope = scope, saga = saga.new(),
        fields = workflow.with_options({}), error = require('errors').new('x'), now = time.now(), span = time.parse_duration('1s'),
    }
end
";

#[test]
fn no_object_of_the_library_can_be_changed_or_looked_into() {
    let main = format!(
        "{OBJECTS}
        local attacks = {{
            clear = table.clear,
            clone = table.clone,
            freeze = table.freeze,
            insert = function(object) table.insert(object, 1) end,
            move = function(object) table.move({{ 1 }}, 1, 1, 1, object) end,
            rawset = function(object) rawset(object, 'closed', 1) end,
            set = function(object) object.closed = 1 end,
            setmetatable = function(object) setmetatable(object, {{}}) end,
            unset = function(object) setmetatable(object, nil) end,
            next = function(object) assert(next(object) ~= nil) end,
            pairs = function(object) for _ in pairs(object) do return end error() end,
            loop = function(object) for _ in object, nil do return end error() end,
        }}
        return function()
            local broken, count = {{}}, 0
            for name, object in pairs(objects()) do
                count += 1
                for attack, f in pairs(attacks) do
                    if pcall(f, object) then
                        broken[#broken + 1] = `{{name}}:{{attack}}`
                    end
                end
            end
            return `{{count}} {{table.concat(broken, ' ')}}`
        end"
    );
    let shown = show(&World::new(&main, &[]).player().play(Reader::default().read("start")));
    assert!(shown.contains("Complete \"18 \""), "{shown}");
}

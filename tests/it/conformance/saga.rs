//! Steps that are taken back.

use serde_json::json;

use crate::support::{Parts, in_every_way, server};

#[test]
fn steps_are_undone_in_reverse_when_one_fails() {
    let parts = Parts {
        flow: r#"
            local funcs, saga = require("funcs"), require("saga")
            return { main = function(fails_at, only_done)
                return saga.run(function(undo)
                    for n = 1, 3 do
                        -- Whether a step that failed was done all the same is often not known.
                        if not only_done then undo:add("t:undo", n) end
                        local _, problem = funcs.call("t:step", n, fails_at)
                        if problem then
                            return nil, problem
                        end
                        if only_done then undo:add("t:undo", n) end
                    end
                    return "done"
                end)
            end }
        "#,
        functions: r#"
            return {
                step = function(n, fails_at)
                    if n == fails_at then
                        return nil, errors.new({ kind = "Broken", message = "step " .. n, retryable = false })
                    end
                end,
                undo = function(n) return n end,
            }
        "#,
        activities: &["step", "undo"],
        ..Parts::default()
    };
    in_every_way("saga", parts, |scenario| {
        let cases = [(1, false, vec![1]), (3, false, vec![3, 2, 1]), (1, true, vec![]), (3, true, vec![2, 1])];
        for (fails_at, only_done, expected) in cases {
            let id = scenario.begin(&[json!(fails_at), json!(only_done)]);
            let failure = scenario.end(&id).unwrap_err();
            assert_eq!(failure["cause"]["message"], format!("step {fails_at}"));
            let scheduled = server().events(&id, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED");
            let undone: Vec<_> = scheduled
                .iter()
                .map(|event| &event["activityTaskScheduledEventAttributes"])
                .filter(|activity| activity["activityType"]["name"] == "t:undo")
                .map(|activity| activity["input"][0].clone())
                .collect();
            assert_eq!(undone, expected);
        }
        assert_eq!(scenario.run(&[json!(4)]), Ok(json!("done")));
    });
}

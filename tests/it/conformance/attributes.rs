//! Search attributes and memo.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::support::{Parts, in_every_way, server};

/// An attribute of each type.
const TYPES: [(&str, &str); 7] = [
    ("SpecText", "Text"),
    ("SpecKeyword", "Keyword"),
    ("SpecInt", "Int"),
    ("SpecDouble", "Double"),
    ("SpecBool", "Bool"),
    ("SpecDatetime", "Datetime"),
    ("SpecKeywordList", "KeywordList"),
];

#[test]
fn attributes_of_every_type_are_set_read_handed_on_and_taken_away() {
    for (name, kind) in TYPES {
        server().temporal(&["operator", "search-attribute", "create", "--name", name, "--type", kind]);
    }
    let parts = Parts {
        flow: r#"
            local workflow, time = require("workflow"), require("time")
            local function read()
                local seen = workflow.search_attributes()
                seen.SpecDatetime = seen.SpecDatetime and seen.SpecDatetime:unix()
                return seen
            end
            return { main = function(role)
                if role == "child" then return read() end
                workflow.attrs({ search = {
                    SpecText = { type = "text", value = "some words" }, SpecKeyword = "word", SpecInt = 5,
                    SpecDouble = { type = "double", value = 5 }, SpecBool = true,
                    SpecDatetime = time.unix(1767225600, 0), SpecKeywordList = { "a", "b" },
                } })
                local own = read()
                local function long(bytes)
                    return workflow.attrs({ search = { SpecKeyword = string.rep("x", bytes) } })
                end
                -- With its quotation marks: what is larger ends the run.
                local _, too_large = long(2047)
                local largest = long(2046)
                local child = workflow.with_options({ search_attributes = {
                    SpecText = { type = "text", value = "x" }, SpecKeyword = "given", SpecInt = 6, SpecDouble = 2.5,
                    SpecBool = false, SpecDatetime = time.unix(60, 0), SpecKeywordList = { "c" },
                } }):exec("flow", "child")
                workflow.wait_signal("go")
                workflow.attrs({ search = { SpecText = "more" } })
                local more = read().SpecText
                local gone = {}
                for name in pairs(own) do
                    gone[name] = workflow.unset
                end
                workflow.attrs({ search = gone })
                return { own, child, more, next(read()) == nil, largest, too_large:kind() }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("search-attributes", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, "EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED");
        let shown = |field: &str| {
            let fields = server().describe(&id)["workflowExecutionInfo"]["searchAttributes"]["indexedFields"].take();
            let data = fields[field]["data"].as_str().map(|data| STANDARD.decode(data).unwrap());
            data.map(|data| String::from_utf8(data).unwrap())
        };
        assert_eq!([shown("SpecInt"), shown("SpecText")], [Some("5".into()), Some("\"some words\"".into())]);
        server().signal(&id, "go", &[]);
        let own = json!({
            "SpecText": "some words", "SpecKeyword": "word", "SpecInt": 5, "SpecDouble": 5, "SpecBool": true,
            "SpecDatetime": 1_767_225_600, "SpecKeywordList": ["a", "b"],
        });
        let child = json!({
            "SpecText": "x", "SpecKeyword": "given", "SpecInt": 6, "SpecDouble": 2.5, "SpecBool": false,
            "SpecDatetime": 60, "SpecKeywordList": ["c"],
        });
        assert_eq!(scenario.end(&id), Ok(json!([own, child, "more", true, true, "Invalid"])));
        assert_eq!(TYPES.map(|(name, _)| shown(name)), [const { None::<String> }; 7]);
    });
}

#[test]
fn a_memo_is_set_read_and_taken_away() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                workflow.attrs({ memo = { a = { n = 1 }, b = "x" } })
                workflow.attrs({ memo = { b = workflow.unset, c = true } })
                return { workflow.memo(), workflow.info().memo }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("memo", parts, |scenario| {
        let id = scenario.begin(&[]);
        let memo = json!({"a": {"n": 1}, "c": true});
        assert_eq!(scenario.end(&id), Ok(json!([memo, memo])));
        assert_eq!(server().describe(&id)["workflowExecutionInfo"]["memo"]["fields"], memo);
    });
}

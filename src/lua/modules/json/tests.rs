//! Texts that are too long to read; what a schema asks of a value, and what it may itself be.

use crate::lua::{
    Limits, Meter, Tripped,
    testing::{self, text},
};

/// `true`, or the message without the function's name.
fn validate(schema: &str, value: &str) -> String {
    let code = format!(
        "local ok, err = json.validate_string([==[{schema}]==], [==[{value}]==]) \
         if ok then return tostring(ok) end assert(err:kind() == 'Invalid' and ok == nil) return err:message()"
    );
    text(&code).trim_start_matches("json.validate_string: ").to_owned()
}

#[test]
fn a_value_fits_or_is_told_where_it_does_not() {
    let order = r##"{
        "type": "object", "required": ["id", "lines"], "additionalProperties": false,
        "properties": {
            "id": {"type": "string", "minLength": 3},
            "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/line"}}
        },
        "$defs": {"line": {"properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}}
    }"##;
    for (value, expected) in [
        (r#"{"id": "o-1", "lines": [{"n": 2}]}"#, "true"),
        (r#"{"id": "o-1", "lines": [{"n": 2.0}]}"#, "true"),
        (r#"{"id": "o-1"}"#, "it must have `lines`"),
        ("{}", "it must have `id`"),
        (r#"{"id": "o", "lines": [{"n": 2}]}"#, "`id` must have at least 3 characters, has 1"),
        (r#"{"id": 7, "lines": []}"#, "`id` must be string, got `7`"),
        (r#"{"id": "o-1", "lines": []}"#, "`lines` must have at least 1 items, has 0"),
        (r#"{"id": "o-1", "lines": [{"n": 2}, {"n": 0}]}"#, "`lines[1].n` must be at least `1`, got `0`"),
        (r#"{"id": "o-1", "lines": [{"n": 1.5}]}"#, "`lines[0].n` must be integer, got `1.5`"),
        (r#"{"id": "o-1", "lines": [{}]}"#, "`lines[0]` must have `n`"),
        (r#"{"id": "o-1", "lines": [{"n": 1}], "x": 1}"#, "`x` is not allowed"),
        ("[1]", "it must be object, got an array"),
    ] {
        assert_eq!(validate(order, value), expected, "{value}");
    }
}

#[test]
fn every_keyword_is_checked() {
    for (schema, fits, does_not, expected) in [
        ("true", "1", "", ""),
        ("false", "", "1", "it is not allowed"),
        (r#"{"type": ["string", "null"]}"#, "null", "1", "it must be string or null, got `1`"),
        (r#"{"enum": [1, {"a": [2]}]}"#, r#"{"a": [2.0]}"#, "3", "it must be one of `[1,{\"a\":[2]}]`, got `3`"),
        (r#"{"const": "a"}"#, r#""a""#, r#""b""#, "it must be `\"a\"`, got `\"b\"`"),
        (r#"{"exclusiveMinimum": 1}"#, "1.1", "1", "it must be more than `1`, got `1`"),
        (r#"{"exclusiveMaximum": 1}"#, "0", "1", "it must be less than `1`, got `1`"),
        (r#"{"maximum": 1}"#, "1", "2", "it must be at most `1`, got `2`"),
        (r#"{"multipleOf": 0.1}"#, "0.7", "0.75", "it must be a multiple of `0.1`, got `0.75`"),
        (r#"{"maxLength": 2}"#, r#""äö""#, r#""abc""#, "it must have at most 2 characters, has 3"),
        (r#"{"maxItems": 1}"#, "[1]", "[1, 2]", "it must have at most 1 items, has 2"),
        (r#"{"uniqueItems": true}"#, "[1, 2]", "[1, 2, 1.0]", "`[2]` is there twice"),
        (
            r#"{"prefixItems": [{"type": "string"}], "items": {"type": "number"}}"#,
            r#"["a", 1]"#,
            r#"["a", "b"]"#,
            "`[1]` must be number, got `\"b\"`",
        ),
        (r#"{"contains": {"const": 1}, "maxContains": 1}"#, "[1, 2]", "[1, 1]", "it has 2 items that fit `contains`"),
        (r#"{"maxProperties": 1}"#, r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#, "it must have at most 1 fields, has 2"),
        (
            r#"{"propertyNames": {"maxLength": 1}}"#,
            r#"{"a": 1}"#,
            r#"{"ab": 1}"#,
            "`ab` has a name that must have at most 1 characters, has 2",
        ),
        (
            r#"{"dependentRequired": {"card": ["name"]}}"#,
            r#"{"name": "n"}"#,
            r#"{"card": 1}"#,
            "it must have `name`, as it has `card`",
        ),
        (r#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, "1", "3", "it must be at most `2`, got `3`"),
        (
            r#"{"anyOf": [{"type": "string"}, {"minimum": 1}]}"#,
            "1",
            "0",
            "it must fit one of the 2 schemas of `anyOf`, and fits none",
        ),
        (
            r#"{"oneOf": [{"minimum": 1}, {"minimum": 2}]}"#,
            "1",
            "3",
            "it must fit one of the 2 schemas of `oneOf`, and fits 2",
        ),
        (r#"{"not": {"type": "string"}}"#, "1", r#""a""#, "it must not fit `{\"type\":\"string\"}`"),
        (
            r#"{"if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"minimum": 1}}"#,
            "20",
            "0",
            "it must be at least `1`, got `0`",
        ),
        (
            r##"{"properties": {"next": {"$ref": "#"}}, "required": ["v"]}"##,
            r#"{"v": 1, "next": {"v": 2}}"#,
            r#"{"v": 1, "next": {}}"#,
            "`next` must have `v`",
        ),
    ] {
        if !fits.is_empty() {
            assert_eq!(validate(schema, fits), "true", "{schema}");
        }
        if !does_not.is_empty() {
            assert_eq!(validate(schema, does_not), expected, "{schema}");
        }
    }
}

#[test]
fn a_schema_that_is_none_or_says_more_than_is_checked_is_refused() {
    for (schema, expected) in [
        ("7", "the schema: it must be a schema, got integer"),
        ("{", "the schema: the text is no JSON: "),
        (r#"{"tpye": "string"}"#, "the schema: `tpye` is no keyword that metonic knows"),
        (
            r#"{"properties": {"a": {"pattern": "x"}}}"#,
            "the schema: `properties.a.pattern` is no keyword that metonic knows; check the text in code",
        ),
        (r#"{"type": "text"}"#, "the schema: `type` must be one of `array`, "),
        (r#"{"minLength": -1}"#, "the schema: `minLength` must be a whole number from 0 on"),
        (r#"{"required": "a"}"#, "the schema: `required` must be a list of names"),
        (r#"{"items": [{}, {}]}"#, "the schema: `items` must be a schema, got list"),
        (
            r#"{"$ref": "https://example.com/a.json"}"#,
            "the schema: `$ref` leads to nothing: `https://example.com/a.json`; a reference names a place",
        ),
        (r##"{"default": {"pattern": "x"}, "$ref": "#/default"}"##, "the schema: `$ref` leads to nothing: `#/default`"),
    ] {
        let told = validate(schema, "1");
        assert!(told.starts_with(expected), "{schema}: {told}");
    }
}

#[test]
fn lua_tables_are_schemas_and_values() {
    let schema = "{type = 'object', properties = {n = {type = 'integer'}, tags = {items = {type = 'string'}}}}";
    for (value, expected) in [
        ("{n = 1, tags = {'a'}}", "true"),
        ("{}", "true"),
        ("{n = 'x'}", "json.validate: `n` must be integer, got `\"x\"`"),
        ("{n = print}", "json.validate: `n`: a function cannot be written"),
    ] {
        let code = format!("local ok, err = json.validate({schema}, {value}) return ok and 'true' or err:message()");
        assert_eq!(text(&code), expected, "{value}");
    }
    let raised = text("return select(2, pcall(json.validate, 7, 1))");
    assert!(raised.ends_with("json.validate: `schema` must be a table or JSON text, got a number"), "{raised}");
}

#[test]
fn a_schema_that_leads_to_itself_ends() {
    let told = validate(r##"{"$ref": "#"}"##, "1");
    assert_eq!(told, "it is under more schemas than are followed; does the schema lead to itself?");
}

#[test]
fn a_schema_that_takes_any_time_is_ended_by_the_limits_of_the_code() {
    let lua = testing::lua();
    let limits = Limits { instructions: 2_000_000, ..testing::LIMITS };
    Meter::begin(&lua, &limits).unwrap();
    let code = r##"
        local schema = [[{"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"properties": {"a": {
            "allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}}}}]]
        local value = {}
        for _ = 1, 60 do value = {a = value} end
        pcall(json.validate, schema, value)
    "##;
    assert!(testing::run::<()>(&lua, code).is_err());
    assert_eq!(Meter::end(&lua), Some(Tripped::Instructions));
}

#[test]
fn a_text_of_too_many_values_is_refused_before_it_is_read() {
    let problem = "json.decode: the text holds more than 1000000 values";
    assert_eq!(text("return select(2, json.decode('[' .. ('0,'):rep(1000000) .. '0]'))"), problem);
    assert_eq!(text(r#"return #json.decode('"' .. (',[{'):rep(1000000) .. '\\\\"')"#), "3000001");
}

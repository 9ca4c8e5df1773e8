//! `yaml`: text to values and back. What is read passes the limits of entry files, and what is
//! written is in one order, so a replay writes the same text.

mod write;

use mlua::{Lua, LuaString, Table, Value as LuaValue};

use crate::{
    lua::{Answer, Effect, Module, arguments, from_lua, to_lua},
    source::SourceMap,
    value::{Failure, Value, failure_kind},
    yaml::{self, Data, Node, Plain},
};

pub(crate) struct Yaml;

impl Module for Yaml {
    const NAME: &'static str = "yaml";
    const EFFECT: Effect = Effect::Pure;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let yaml = lua.create_table()?;
        yaml.raw_set("decode", lua.create_function(decode)?)?;
        yaml.raw_set("encode", lua.create_function(encode)?)?;
        Ok(yaml)
    }
}

/// `yaml.encode(table, {field_order = {…}, sort_unordered = true})`
fn encode(lua: &Lua, (table, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<LuaString>> {
    const NAME: &str = "yaml.encode";
    let table = LuaValue::Table(arguments::table(NAME, "table", &table)?);
    let first = field_order(NAME, &options)?;
    match from_lua(lua, &table) {
        Ok(value) => lua.create_string(write::written(&value, &first)).map(Answer::Value),
        Err(problem) => Ok(Answer::Failure(failure(failure_kind::INTERNAL, NAME, &problem.to_string()))),
    }
}

/// The keys that stand first. `sort_unordered` is read and changes nothing: the others are always
/// sorted, since no other order is the same on every replay.
fn field_order(function: &str, options: &LuaValue) -> mlua::Result<Vec<String>> {
    if *options == LuaValue::Nil {
        return Ok(Vec::new());
    }
    let options = arguments::table(function, "options", options)?;
    arguments::only_keys(function, &options, &["field_order", "sort_unordered"])?;
    arguments::flag(function, "sort_unordered", &options.raw_get("sort_unordered")?)?;
    match options.raw_get::<LuaValue>("field_order")? {
        LuaValue::Nil => Ok(Vec::new()),
        order => {
            let order = arguments::table(function, "field_order", &order)?;
            let keys = order.sequence_values::<LuaValue>();
            keys.map(|key| arguments::text(function, "field_order", &key?)).collect()
        }
    }
}

/// `yaml.decode(text)`
fn decode(lua: &Lua, text: LuaValue) -> mlua::Result<Answer<LuaValue>> {
    const NAME: &str = "yaml.decode";
    let text = arguments::text(NAME, "text", &text)?;
    match read(&text) {
        Ok(value) => to_lua(lua, &value).map(Answer::Value),
        Err((kind, problem)) => Ok(Answer::Failure(failure(kind, NAME, &problem))),
    }
}

/// The value, or a kind of failure and what is wrong where.
fn read(text: &str) -> Result<Value, (&'static str, String)> {
    if text.trim().is_empty() {
        return Err((failure_kind::INVALID, "the text is empty".to_owned()));
    }
    if text.len() as u64 > yaml::MAX_BYTES {
        let problem = format!("the text has more than {} MiB", yaml::MAX_BYTES / (1024 * 1024));
        return Err((failure_kind::INVALID, problem));
    }
    let mut sources = SourceMap::default();
    let source = sources.add("", text);
    let parsed = yaml::parse(source, text);
    let place = |span| {
        let place = sources.place(span);
        format!("line {}, column {}: ", place.line, place.column)
    };
    if let Some(problem) = parsed.diagnostics.iter().next() {
        let place = problem.primary.as_ref().map(|label| place(label.span)).unwrap_or_default();
        return Err((failure_kind::INTERNAL, format!("{place}{}", problem.headline)));
    }
    let Some(root) = parsed.root else {
        return Err((failure_kind::INVALID, "the text holds no value".to_owned()));
    };
    match too_large(&root) {
        Some(node) => Err((failure_kind::INTERNAL, format!("{}the number does not fit 64 bits", place(node.span)))),
        None => Ok(root.to_value()),
    }
}

/// The first number that would be rounded.
fn too_large(node: &Node) -> Option<&Node> {
    match &node.data {
        Data::Scalar(scalar) => matches!(scalar.plain(), Plain::TooLarge | Plain::TooSmall).then_some(node),
        Data::List(items) => items.iter().find_map(too_large),
        Data::Map(pairs) => pairs.iter().find_map(|pair| too_large(&pair.value)),
    }
}

fn failure(kind: &str, function: &str, problem: &str) -> Failure {
    Failure { retryable: Some(false), ..Failure::new(kind, format!("{function}: {problem}")) }
}

#[cfg(test)]
mod tests {
    use crate::lua::testing::text;

    fn problem(code: &str) -> String {
        text(&format!("local _, e = {code} return e:kind() .. ': ' .. e"))
    }

    #[test]
    fn yaml_is_read() {
        let code =
            r#"return json.encode(yaml.decode("a: 1\nb: [x, 2.5, true, ~]\nc: &n {d: '1'}\ne: *n\nf: |\n  x\n  y\n"))"#;
        assert_eq!(text(code), r#"{"a":1,"b":["x",2.5,true,null],"c":{"d":"1"},"e":{"d":"1"},"f":"x\ny\n"}"#);
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_place() {
        for (code, expected) in [
            ("yaml.decode('')", "Invalid: yaml.decode: the text is empty"),
            ("yaml.decode('# nothing')", "Invalid: yaml.decode: the text holds no value"),
            ("yaml.decode('a: 1\\na: 2')", "Internal: yaml.decode: line 2, column 1: the key `a` is there twice"),
            ("yaml.decode('a: !x 1')", "Internal: yaml.decode: line 1, column 4: the tag `!x` means nothing here"),
            (
                "yaml.decode('a: 99999999999999999999')",
                "Internal: yaml.decode: line 1, column 4: the number does not fit 64 bits",
            ),
        ] {
            assert_eq!(problem(code), expected, "{code}");
        }
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        for (code, expected) in [
            ("yaml.decode(('['):rep(100000) .. (']'):rep(100000))", "values inside values, too many levels deep"),
            (
                "yaml.decode('a0: &a0 [x,x,x,x,x,x,x,x,x]\\n' .. (function() local t = {} for i = 1, 9 do \
                 t[i] = `a{i}: &a{i} [` .. (`*a{i - 1},`):rep(9) .. ']' end return table.concat(t, '\\n') end)())",
                "more than 100000 values in one file",
            ),
            ("yaml.decode(('x'):rep(5000000))", "the text has more than 4 MiB"),
        ] {
            let problem = problem(code);
            assert!(problem.ends_with(expected), "{problem}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_an_internal_error() {
        assert_eq!(problem("yaml.encode({f = print})"), "Internal: yaml.encode: `f`: a function cannot be written");
        assert_eq!(
            problem("(function() local t = {} t.t = t return yaml.encode(t) end)()"),
            "Internal: yaml.encode: `t`: the table contains itself"
        );
    }

    #[test]
    fn misuse_raises() {
        assert_eq!(
            text("return select(2, pcall(yaml.encode, 'x'))"),
            "app:main:1: yaml.encode: `table` must be a table, got a string"
        );
        assert_eq!(
            text("return select(2, pcall(yaml.encode, {}, {field_ordre = {}}))"),
            "app:main:1: yaml.encode: unknown option `field_ordre`; did you mean `field_order`?"
        );
    }
}

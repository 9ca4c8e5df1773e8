//! What fits a schema, what does not, and what is no schema. The library that says it too is asked.

use serde_json::{Value as Json, json};

use super::*;
use crate::lua::testing::text;

fn value(json: &Json) -> Value {
    Value::from_json(json.to_string().as_bytes()).unwrap()
}

/// What does not fit, one a line.
fn wrong(schema: &Json, instance: &Json) -> String {
    let schema = compile::schema(&value(schema)).unwrap();
    match check::problems(&schema, &value(instance), Origin::Text) {
        Ok(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(stopped) => stopped,
    }
}

fn no_schema(schema: &Json) -> String {
    compile::schema(&value(schema)).unwrap_err()
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let schema = json!({
        "type": "object",
        "required": ["id", "lines"],
        "properties": {
            "id": {"type": "string", "pattern": r"^o-\d+$"},
            "lines": {"type": "array", "minItems": 1, "items": {"properties": {"price": {"type": "number", "minimum": 0}}}},
            "state": {"enum": ["new", "paid"]},
        },
        "additionalProperties": false,
    });
    assert_eq!(wrong(&schema, &json!({"id": "o-1", "lines": [{"price": 0.5}], "state": "new"})), "");
    let bad = json!({"id": "1", "lines": [{"price": 1}, {"price": -1}, {"price": "2"}], "state": "lost", "more": 1});
    assert_eq!(
        wrong(&schema, &bad),
        "`id` must match `^o-[0-9]+$`\n`lines[1].price` must be 0 or more\n`lines[2].price` must be number, and is string\n\
         `state` must be one of \"new\", \"paid\"\n`more` is not allowed"
    );
    assert_eq!(wrong(&schema, &json!([])), "the value must be object, and is array");
    assert_eq!(wrong(&schema, &json!({"id": "o-1"})), "the value must have the field `lines`");
}

#[test]
fn a_schema_that_is_none_is_told_with_its_place() {
    for (schema, message) in [
        (json!({"typ": "string"}), "`#` has the keyword `typ`, which is not known; did you mean `type`?"),
        (json!({"properties": {"a": {"type": "text"}}}), "`#/properties/a/type`: there is no type `text`"),
        (json!({"allOf": [5]}), "`#/allOf/0` must be an object or a boolean"),
        (json!({"$ref": "#/$defs/a"}), "`#/$ref` refers to `#/$defs/a`, which is not there"),
        (
            json!({"$ref": "https://example.com/schema"}),
            "`#/$ref` refers to `https://example.com/schema`, and only parts of the same schema, as `#/$defs/name`, are read",
        ),
        (json!({"minLength": -1}), "`#/minLength` must be a whole number from 0"),
        (json!({"pattern": "(a"}), "the pattern `(a` cannot be used: unclosed group"),
        (
            json!({"pattern": "a(?=b)"}),
            "the pattern `a(?=b)` cannot be used: look-around, including look-ahead and look-behind, is not supported",
        ),
        (json!({"pattern": "(a{1,100}){1,100}"}), "the pattern `(a{1,100}){1,100}` cannot be used: it is too large"),
        (
            json!({"format": "hostname"}),
            "`#/format`: there is no format `hostname`; known are `date`, `date-time`, `email`, `ipv4`, `ipv6`, `uri`, `uuid`",
        ),
        (json!({"unevaluatedProperties": false}), "`#` has the keyword `unevaluatedProperties`, which is not known"),
    ] {
        assert_eq!(no_schema(&schema), message);
    }
}

#[test]
fn a_schema_that_takes_for_ever_is_stopped() {
    let mut defs = serde_json::Map::new();
    for at in 0..60 {
        let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
        defs.insert(format!("d{at}"), json!({"allOf": [next.clone(), next]}));
    }
    defs.insert("d60".to_owned(), json!({}));
    let doubling = json!({"$ref": "#/$defs/d0", "$defs": defs});
    assert_eq!(wrong(&doubling, &json!(1)), "the value takes more than 2000000 checks; make it or the schema smaller");
    let circle = json!({"$ref": "#"});
    assert_eq!(wrong(&circle, &json!(1)), "the schema refers to itself without end, or is deeper than 256");
    let text = "a".repeat(1_000_000);
    let slow = json!({"pattern": "(a|aa)+$"});
    assert_eq!(wrong(&slow, &json!(text)), "the value takes more than 2000000 checks; make it or the schema smaller");
}

#[test]
fn a_schema_may_refer_to_itself() {
    let tree = json!({"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#"}}}});
    assert_eq!(wrong(&tree, &json!({"kids": [{"kids": []}, {"kids": [{}]}]})), "");
    assert_eq!(wrong(&tree, &json!({"kids": [{"kids": [1]}]})), "`kids[0].kids[0]` must be object, and is integer");
}

#[test]
fn formats_are_known_by_their_form() {
    for (format, good, bad) in [
        ("date", vec!["2024-02-29", "2026-11-30"], vec!["2026-02-29", "2026-1-1", "2026-13-01"]),
        (
            "date-time",
            vec!["2026-11-21T15:00:00Z", "2026-11-21t15:00:60.25+01:00"],
            vec!["2026-11-21", "2026-11-21T24:00:00Z", "2026-11-21T15:00:00", "2026-11-21T15:00:00+25:00"],
        ),
        ("email", vec!["a@example.com", "a.b+c@localhost"], vec!["a", "@b", "a b@c", "a@-b", "a@b..c"]),
        ("ipv4", vec!["127.0.0.1"], vec!["127.0.0", "1.2.3.256"]),
        ("ipv6", vec!["::1"], vec!["1", ":::"]),
        ("uri", vec!["https://example.com/a?b#c", "urn:x"], vec!["example.com", "https://a b", ":a"]),
        ("uuid", vec!["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], vec!["6ba7b8109dad11d180b400c04fd430c8", "x"]),
    ] {
        let schema = json!({"format": format});
        let fits = |text: &&str| wrong(&schema, &json!(text)).is_empty();
        assert_eq!(good.iter().filter(|text| !fits(text)).collect::<Vec<_>>(), Vec::<&&str>::new(), "{format}");
        assert_eq!(bad.iter().filter(|text| fits(text)).collect::<Vec<_>>(), Vec::<&&str>::new(), "{format}");
    }
}

#[test]
fn lua_asks_with_tables_and_texts() {
    let code = r#"
        local schema = { type = "object", properties = { n = { type = "integer" } }, required = { "n" } }
        local good = json.validate(schema, { n = 1 })
        local none, wrong = json.validate(schema, { n = "1" })
        local _, empty = json.validate(schema, {})
        local text = json.validate_string('{"type":"array"}', "[]")
        local _, broken = json.validate_string(schema, "{")
        local _, bad = json.validate({ type = "nothing" }, 1)
        local either = json.validate({ type = "object" }, {}) and json.validate({ type = "array", properties = {} }, {})
        return json.encode({ good, none == nil, tostring(wrong), wrong:kind(), wrong:details(), tostring(empty), text, broken:kind(), tostring(bad), either })
    "#;
    assert_eq!(
        text(code),
        r#"[true,true,"json.validate: `n` must be integer, and is string","Invalid",[{"message":"must be integer, and is string","path":"n"}],"json.validate: the value must have the field `n`",true,"Internal","json.validate: this is no schema: `#/type`: there is no type `nothing`",true]"#
    );
}

#[test]
fn a_state_keeps_a_number_of_schemas() {
    let code = "for n = 1, 250 do json.validate({ minimum = n }, n) end return json.validate({ minimum = 1 }, 1)";
    assert_eq!(text(code), "true");
}

/// Numbers without chance: the same schemas and values each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap();
        from[at].clone()
    }

    fn instance(&mut self, depth: u64) -> Json {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => self.pick(&[json!(null), json!(true), json!(false)]),
            1 | 2 => self.pick(&[json!(0), json!(1), json!(2), json!(-3), json!(6)]),
            3 => self.pick(&[json!(1.0), json!(2.5), json!(-0.5)]),
            4 | 5 => self.pick(&[json!(""), json!("a"), json!("ab"), json!("1"), json!("é")]),
            6 => (0..self.below(4)).map(|_| self.instance(depth - 1)).collect(),
            _ => (0..self.below(4))
                .map(|_| (self.pick(&["a", "b", "cc"]).to_owned(), self.instance(depth - 1)))
                .collect(),
        }
    }

    fn schema(&mut self, depth: u64) -> Json {
        if depth == 0 || self.below(12) == 0 {
            return self.pick(&[
                json!(true),
                json!(false),
                json!({}),
                json!({"type": "integer"}),
                json!({"type": "string"}),
            ]);
        }
        let mut schema = serde_json::Map::new();
        for _ in 0..=self.below(3) {
            let (keyword, value) = self.keyword(depth - 1);
            schema.insert(keyword.to_owned(), value);
        }
        Json::Object(schema)
    }

    fn schemas(&mut self, depth: u64) -> Json {
        (0..=self.below(2)).map(|_| self.schema(depth)).collect()
    }

    fn named(&mut self, depth: u64) -> Json {
        (0..=self.below(2)).map(|_| (self.pick(&["a", "b", "cc"]).to_owned(), self.schema(depth))).collect()
    }

    fn keyword(&mut self, depth: u64) -> (&'static str, Json) {
        let types = ["null", "boolean", "integer", "number", "string", "array", "object"];
        let number = self.pick(&[json!(0), json!(1), json!(2), json!(1.5)]);
        let count = json!(self.below(4));
        match self.below(31) {
            0 | 1 => ("type", json!(self.pick(&types))),
            2 => ("type", json!([self.pick(&types[1..]), "null"])),
            3 => ("const", self.instance(depth)),
            4 => ("enum", json!([self.instance(depth), self.instance(0)])),
            5 => ("minimum", number),
            6 => ("maximum", number),
            7 => ("exclusiveMinimum", number),
            8 => ("exclusiveMaximum", number),
            9 => ("multipleOf", json!(self.below(3) + 1)),
            10 => ("minLength", count),
            11 => ("maxLength", count),
            12 => ("pattern", json!(self.pick(&["^a", "b$", r"^\d$", r"\w\w", "."]))),
            13 => ("minItems", count),
            14 => ("maxItems", count),
            15 => ("uniqueItems", json!(true)),
            16 => ("prefixItems", self.schemas(depth)),
            17 => ("items", self.schema(depth)),
            18 => ("contains", self.schema(depth)),
            19 => ("minProperties", count),
            20 => ("maxProperties", count),
            21 => ("required", json!([self.pick(&["a", "b", "cc"])])),
            22 => ("properties", self.named(depth)),
            23 => ("patternProperties", json!({ self.pick(&["^a$", "c+", "."]): self.schema(depth) })),
            24 => ("additionalProperties", self.schema(depth)),
            25 => ("propertyNames", self.schema(depth)),
            26 => ("dependentRequired", json!({"a": [self.pick(&["b", "cc"])]})),
            27 => ("allOf", self.schemas(depth)),
            28 => ("anyOf", self.schemas(depth)),
            29 => ("oneOf", self.schemas(depth)),
            _ => ("not", self.schema(depth)),
        }
    }
}

#[test]
fn the_library_says_the_same_of_a_thousand_schemas() {
    let mut dice = Dice(7);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..1000 {
        let mut schema = dice.schema(3);
        if let (Json::Object(keywords), 0) = (&mut schema, dice.below(4)) {
            keywords.insert("if".to_owned(), dice.schema(2));
            keywords.insert("then".to_owned(), dice.schema(2));
            keywords.insert("else".to_owned(), dice.schema(2));
        }
        let library = jsonschema::draft202012::new(&schema).unwrap();
        for _ in 0..5 {
            let instance = dice.instance(3);
            let fits = wrong(&schema, &instance).is_empty();
            assert_eq!(fits, library.is_valid(&instance), "{schema}\n{instance}\n{}", wrong(&schema, &instance));
            if fits { good += 1 } else { bad += 1 }
        }
    }
    assert!(good > 1000 && bad > 1000, "{good} fit, {bad} do not");
}

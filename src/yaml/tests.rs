//! Trees, their places, and their limits.

use super::*;
use crate::{diag::Code, source::SourceMap};

fn read(text: &str) -> (Parsed, SourceMap) {
    let mut sources = SourceMap::default();
    let source = sources.add("a.yaml", text);
    (parse(source, text), sources)
}

fn root(text: &str) -> Node {
    let (parsed, _) = read(text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    parsed.root.unwrap()
}

fn first_code(text: &str) -> Option<Code> {
    read(text).0.diagnostics.iter().next().map(|diagnostic| diagnostic.code)
}

/// The texts at the places of all keys and scalars.
fn slices(text: &str) -> Vec<String> {
    fn walk(node: &Node, sources: &SourceMap, found: &mut Vec<String>) {
        match &node.data {
            Data::Scalar(_) => found.push(sources.slice(node.span).to_owned()),
            Data::List(items) => items.iter().for_each(|item| walk(item, sources, found)),
            Data::Map(pairs) => {
                for pair in pairs {
                    found.push(format!("{}:", sources.slice(pair.key.span)));
                    walk(&pair.value, sources, found);
                }
            }
        }
    }
    let (parsed, sources) = read(text);
    let mut found = Vec::new();
    walk(&parsed.root.unwrap(), &sources, &mut found);
    found
}

#[test]
fn every_key_and_value_knows_its_place() {
    assert_eq!(slices("a: 1\nb: [x, 'y z']\n"), ["a:", "1", "b:", "x", "'y z'"]);
}

#[test]
fn places_are_right_behind_a_byte_order_mark_and_wide_letters() {
    assert_eq!(slices("\u{feff}é: ü\r\nb: c\r\n"), ["é:", "ü", "b:", "c"]);
}

#[test]
fn a_zero_byte_is_called_by_its_name_wherever_it_stands() {
    for text in ["a: 1\nb: é\0", "a: 1\nb: \u{e9}\0: {", "a: 1 \n'b: \0"] {
        let (parsed, sources) = read(text);
        let said: Vec<_> = parsed.diagnostics.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
        let at = text.find('\0').unwrap();
        let zero = parsed.diagnostics.iter().find_map(|diagnostic| diagnostic.primary.as_ref()).unwrap().span;
        let column = sources.place(zero).column;
        assert_eq!(said, [format!("byte {at} of the file is zero, in column {column} of its line")]);
        assert!(parsed.root.is_none());
    }
}

#[test]
fn a_block_begins_with_its_first_line() {
    assert_eq!(slices("a: |\n  one\n  two\n\nb: 1\n"), ["a:", "one\n  two", "b:", "1"]);
}

#[test]
fn a_list_reaches_from_its_first_item_to_its_last() {
    let (parsed, sources) = read("a:\n  - x\n  - y\nb: 1\n");
    let root = parsed.root.unwrap();
    assert_eq!(sources.slice(root.get("a").unwrap().span), "x\n  - y");
}

#[test]
fn what_is_written_beside_a_merge_wins() {
    let value = root("a: &a {x: 1, y: 1}\nb: {y: 2, <<: *a}\n").get("b").unwrap().to_value();
    assert_eq!(value.to_json(), r#"{"y":2,"x":1}"#);
}

#[test]
fn json_is_yaml() {
    let value = root("{\"a\": [1, -2.5, true, null, \"\\u00e9\\n\"]}").to_value();
    assert_eq!(value.to_json(), "{\"a\":[1,-2.5,true,null,\"é\\n\"]}");
}

#[test]
fn json_with_tabs_is_yaml() {
    assert_eq!(root("{\n\t\"a\": 1,\n\t\"b\": [\n\t\t2\n\t]\n}\n").to_value().to_json(), r#"{"a":1,"b":[2]}"#);
}

#[test]
fn nothing_is_nothing() {
    assert!(read("").0.root.is_none());
    assert!(read("# only a comment\n").0.root.is_none());
}

#[test]
fn what_is_too_deep_is_refused() {
    assert_eq!(first_code(&"[".repeat(100_000)), Some(Code::YamlLimit));
    let nested: String = (0..200).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_eq!(first_code(&nested), Some(Code::YamlLimit));
}

#[test]
fn aliases_cannot_grow_a_file_without_end() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    assert_eq!(first_code(&text), Some(Code::YamlLimit));
    let many = format!("a: &a 1\nb: [{}]\n", vec!["*a"; 1001].join(", "));
    assert_eq!(first_code(&many), Some(Code::YamlLimit));
}

#[test]
fn a_value_cannot_hold_itself() {
    assert_eq!(first_code("a: &a [*a]\n"), Some(Code::YamlSyntax));
}

#[test]
fn too_many_values_are_refused() {
    let text = format!("[{}]", "1,".repeat(100_001));
    assert_eq!(first_code(&text), Some(Code::YamlLimit));
}

#[test]
fn a_key_is_a_text() {
    assert_eq!(first_code("? [a]\n: 1\n"), Some(Code::YamlSyntax));
}

#[test]
fn debug_output_shows_no_text() {
    assert!(!format!("{:?}", root("a: hidden\n")).contains("hidden"));
}

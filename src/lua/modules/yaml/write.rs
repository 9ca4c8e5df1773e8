//! Values as YAML: in blocks, two spaces a level, a text in quotes wherever some reader could take
//! it for something else.

use crate::{
    value::{Map, Value},
    yaml::{Plain, Scalar, Style},
};

/// Words that older readers take for booleans or nothing.
const OLD_WORDS: [&str; 6] = ["yes", "no", "on", "off", "y", "n"];
/// What may not begin a text without quotes.
const SIGNS: &str = "!&*-:?[]{},#|>@`\"'%=<~.";

/// Writes a value; `first` names the keys that stand before the others in every map.
pub(super) fn written(value: &Value, first: &[String]) -> String {
    let mut writer = Writer { text: String::new(), first };
    match value {
        Value::Map(map) if !map.is_empty() => writer.map(map, 0, false),
        Value::List(items) if !items.is_empty() => writer.list(items, 0, false),
        other => {
            writer.scalar(other, 0);
            writer.text.push('\n');
        }
    }
    writer.text
}

struct Writer<'a> {
    text: String,
    first: &'a [String],
}

impl Writer<'_> {
    /// `continues`: the first line is begun already, behind a `- `.
    fn map(&mut self, map: &Map, level: usize, continues: bool) {
        for (at, (key, value)) in ordered(map, self.first).into_iter().enumerate() {
            if at > 0 || !continues {
                self.indent(level);
            }
            self.text += &one_line(key);
            self.text.push(':');
            self.value(value, level);
        }
    }

    fn list(&mut self, items: &[Value], level: usize, continues: bool) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 || !continues {
                self.indent(level);
            }
            self.text.push('-');
            match item {
                Value::Map(map) if !map.is_empty() => {
                    self.text.push(' ');
                    self.map(map, level + 1, true);
                }
                Value::List(items) if !items.is_empty() => {
                    self.text.push(' ');
                    self.list(items, level + 1, true);
                }
                other => self.value(other, level),
            }
        }
    }

    /// What stands behind a `key:` or a `-`, to the end of its last line.
    fn value(&mut self, value: &Value, level: usize) {
        match value {
            Value::Map(map) if !map.is_empty() => {
                self.text.push('\n');
                self.map(map, level + 1, false);
            }
            Value::List(items) if !items.is_empty() => {
                self.text.push('\n');
                self.list(items, level + 1, false);
            }
            other => {
                self.text.push(' ');
                self.scalar(other, level + 1);
                self.text.push('\n');
            }
        }
    }

    fn scalar(&mut self, value: &Value, level: usize) {
        match value {
            Value::Text(text) if is_block(text) => {
                self.text += if text.ends_with('\n') { "|" } else { "|-" };
                for line in text.trim_end_matches('\n').split('\n') {
                    self.text.push('\n');
                    if !line.is_empty() {
                        self.indent(level);
                        self.text += line;
                    }
                }
            }
            Value::Text(text) => self.text += &one_line(text),
            other => self.text += &other.to_json(),
        }
    }

    fn indent(&mut self, level: usize) {
        self.text.extend(std::iter::repeat_n("  ", level));
    }
}

/// The pairs in the order they are written.
fn ordered<'a>(map: &'a Map, first: &[String]) -> Vec<(&'a String, &'a Value)> {
    let mut pairs: Vec<_> = map.iter().collect();
    let place = |key: &String| first.iter().position(|named| named == key).unwrap_or(first.len());
    pairs.sort_by(|(left, _), (right, _)| place(left).cmp(&place(right)).then_with(|| left.cmp(right)));
    pairs
}

/// Whether several lines can be written as they are.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && text.chars().all(|letter| letter == '\n' || !needs_escape(letter))
        && text.lines().all(|line| !line.ends_with(' '))
}

/// A text in one line: as it is, or in double quotes, which are those of JSON.
fn one_line(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            '\r' => quoted += "\\r",
            letter if needs_escape(letter) => quoted += &format!("\\u{:04x}", u32::from(letter)),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

fn is_plain(text: &str) -> bool {
    let lower = text.to_lowercase();
    Scalar::new(text, Style::Plain).plain() == Plain::Text
        && !text.starts_with(|first: char| SIGNS.contains(first) || first.is_ascii_digit() || first == '+')
        && text.trim() == text
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && !text.chars().any(needs_escape)
        && !OLD_WORDS.contains(&lower.as_str())
        && !["true", "false", "null"].contains(&lower.as_str())
}

/// What no reader has to accept, or some take for the end of a line.
fn needs_escape(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lua::testing::text;

    fn value(json: &str) -> Value {
        Value::from_json(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_value_is_written_in_blocks() {
        let value = value(
            r#"{"b":[1,[2,"x"],{"c":null,"d":[]},{}],"a":{"long":"one\ntwo\n","open":"one\n\n  two","e":1e300}}"#,
        );
        let expected = "a:\n  e: 1e+300\n  long: |\n    one\n    two\n  open: |-\n    one\n\n      two\nb:\n  \
                        - 1\n  - - 2\n    - x\n  - c: null\n    d: []\n  - {}\n";
        assert_eq!(written(&value, &[]), expected);
    }

    #[test]
    fn a_text_that_could_be_misread_is_quoted() {
        for (text, shown) in [
            ("plain text", "plain text"),
            ("é", "é"),
            ("a:b", "a:b"),
            ("", "\"\""),
            ("true", "\"true\""),
            ("No", "\"No\""),
            ("12", "\"12\""),
            ("2024-01-01", "\"2024-01-01\""),
            ("- a", "\"- a\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            (" a", "\" a\""),
            ("tab\there", "\"tab\\there\""),
            ("nul\0", "\"nul\\u0000\""),
            ("\"q\\", "\"\\\"q\\\\\""),
        ] {
            assert_eq!(one_line(text), shown);
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let json = r#"{"":1,"12":[[[]],{"x":[{"y":-0.5}]}],"a b":{"c":{}},"t":["\n","a\n\n","  a\nb"," ","~","a\u0085b","x\r\ny","'","1_000","0x1f","=","<<",".5","tab\t\nx"]}"#;
        let text = text(&format!("return json.encode(yaml.decode(yaml.encode(json.decode([==[{json}]==]))))"));
        assert_eq!(value(&text), value(json));
    }

    #[test]
    fn keys_stand_in_the_order_that_is_asked_for_and_then_sorted() {
        let code = "return yaml.encode({c = 1, a = 2, name = {kind = 3, b = 4}, kind = 5}, \
                    {field_order = {'name', 'kind'}, sort_unordered = true})";
        assert_eq!(text(code), "name:\n  kind: 3\n  b: 4\nkind: 5\na: 2\nc: 1\n");
    }

    #[test]
    fn nothing_is_an_empty_list_or_map() {
        assert_eq!(text("return yaml.encode({})"), "[]\n");
        assert_eq!(text("return yaml.encode(json.object())"), "{}\n");
    }
}

//! Policies in `meta.options`: the words that Lua's option tables take, spelled as there.

use serde_json::json;

use crate::{
    workflow::Worded,
    yaml::{DecodeCx, Field, Given, Node, Schema, quoted},
};

/// A policy that is written as a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Policy<T>(pub(crate) T);

/// The words to show: the usual one for each meaning.
fn usual<T: Worded>() -> Vec<&'static str> {
    let words = T::WORDS.iter().enumerate();
    let first = words.filter(|(at, (_, number, _))| T::WORDS[..*at].iter().all(|(_, other, _)| other != number));
    first.map(|(_, (word, ..))| *word).collect()
}

impl<T: Worded> Field for Policy<T> {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let words = usual::<T>();
        let (text, meaning) = match cx.scalar(node, &format!("one of {}", quoted(&words)))? {
            Given::Later => return T::WORDS.first().map(|(.., meaning)| Self(*meaning)),
            Given::Now { plain, text, .. } => {
                let number = plain.whole().and_then(|number| i64::try_from(number).ok());
                let meaning = number.map_or_else(|| T::of_word(&text), T::of_number);
                (text, meaning)
            }
        };
        if meaning.is_none() {
            cx.no_choice(node, &text, &words);
        }
        meaning.map(Self)
    }

    fn schema() -> Schema {
        let words: Vec<&str> = T::WORDS.iter().map(|(word, ..)| *word).collect();
        let numbers: Vec<i64> = T::WORDS.iter().map(|(_, number, _)| *number).collect();
        let joined: Vec<String> = words.iter().map(|word| word.replace('_', "")).collect();
        // The usual words are offered; the other spellings are what a pattern can tell of them.
        let other = format!("[A-Z-]|^({}|{}.*)$", joined.join("|"), T::PREFIX);
        Schema::or_placeholder(json!({"anyOf": [
            {"enum": words},
            {"type": "string", "pattern": other},
            {"type": "integer", "minimum": numbers.iter().min(), "maximum": numbers.iter().max()},
        ]}))
    }

    fn type_name() -> String {
        let words: Vec<String> = usual::<T>().iter().map(|word| format!("`{word}`")).collect();
        words.join(" or ")
    }

    fn show(&self) -> serde_json::Value {
        let word = T::WORDS.iter().find(|(.., meaning)| *meaning == self.0);
        word.map_or(serde_json::Value::Null, |(word, ..)| json!(word))
    }
}

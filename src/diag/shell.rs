//! Commands that a person is told to type: what stands in them means the same to a shell.

use std::{borrow::Cow, path::Path};

/// What stands in a command behind its verb to mean the project in `folder`; nothing for the current one.
pub(crate) fn folder_argument(flag: &str, folder: &Path) -> String {
    if folder.as_os_str() == "." { String::new() } else { format!(" {flag}{}", shell_word(&folder.to_string_lossy())) }
}

/// The text as one word of a command.
pub(crate) fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+,:@%=~".contains(letter);
    if !text.is_empty() && !text.starts_with('~') && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        for plain in ["shop", "../a/b-c_d.e", "/x/é:1"] {
            assert_eq!(shell_word(plain), plain);
        }
        for (text, word) in [
            ("my shop", "'my shop'"),
            ("it's", r"'it'\''s'"),
            ("$(x)", "'$(x)'"),
            ("~x", "'~x'"),
            ("a\\b", "'a\\b'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(text), word);
        }
        assert_eq!(folder_argument("-C ", Path::new("my shop")), " -C 'my shop'");
        assert_eq!(folder_argument("-C ", Path::new(".")), "");
    }
}

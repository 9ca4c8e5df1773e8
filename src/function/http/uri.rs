//! Parts of URLs: bytes as `%XX` and back.

use std::fmt::Write as _;

use crate::value::Failure;

/// `text` as a part of a URL: every byte but letters, digits and `-_.~` as `%XX`.
pub(crate) fn encode_uri(text: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(*byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// What [`encode_uri`] was given; a `+` is a space, as forms write it.
pub(crate) fn decode_uri(text: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        match (*first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
                decoded.push(u8::try_from(digit(*high) * 16 + digit(*low)).unwrap_or_default());
                rest = after;
            }
            (b'%', _) => return Err(Failure::invalid("a `%` stands before two hexadecimal digits")),
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_url_comes_back_as_it_was() {
        let text = "a b/ü+%&~".as_bytes();
        assert_eq!(encode_uri(text), "a%20b%2F%C3%BC%2B%25%26~");
        assert_eq!(decode_uri(encode_uri(text).as_bytes()).unwrap(), text);
        assert_eq!(decode_uri(b"a+b").unwrap(), b"a b");
        assert!(decode_uri(b"50%").is_err());
    }
}

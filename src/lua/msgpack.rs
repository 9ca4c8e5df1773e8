//! MessagePack, for `payload.format.MSGPACK`: values to bytes and back.
//!
//! Each value is written in its shortest form and a map in its own order, so the same value gives
//! the same bytes. Extensions and keys that are no texts are refused; Lua has nothing for them.

use crate::{
    lua::MOST_VALUES,
    value::{Map, Value},
};

/// Levels of lists and maps in each other.
const DEEPEST: usize = 128;

/// Why bytes are no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MsgPackError {
    #[error("the MessagePack ends too early")]
    Short,
    #[error("there is more behind the MessagePack")]
    Long,
    #[error("the MessagePack has an extension or another byte that means nothing here: 0x{0:02x}")]
    Unknown(u8),
    #[error("a text of the MessagePack is not UTF-8")]
    Text,
    #[error("a key of the MessagePack is no text")]
    Key,
    #[error("the MessagePack is nested deeper than {DEEPEST} levels")]
    Deep,
    #[error("the MessagePack holds more than {MOST_VALUES} values")]
    Many,
}

pub(crate) fn write(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, value);
    bytes
}

fn put(to: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => to.push(0xc0),
        Value::Bool(value) => to.push(0xc2 + u8::from(*value)),
        Value::Int(number) => match u64::try_from(*number) {
            Ok(number) => put_unsigned(to, number),
            Err(_) => put_negative(to, *number),
        },
        Value::UInt(number) => put_unsigned(to, *number),
        Value::Float(number) => {
            to.push(0xcb);
            to.extend(number.to_be_bytes());
        }
        Value::Text(text) => {
            put_length(to, text.len(), Some((0xa0, 31)), [Some(0xd9), Some(0xda), Some(0xdb)]);
            to.extend(text.as_bytes());
        }
        Value::Bytes(bytes) => {
            put_length(to, bytes.len(), None, [Some(0xc4), Some(0xc5), Some(0xc6)]);
            to.extend(bytes);
        }
        Value::List(items) => {
            put_length(to, items.len(), Some((0x90, 15)), [None, Some(0xdc), Some(0xdd)]);
            for item in items {
                put(to, item);
            }
        }
        Value::Map(map) => {
            put_length(to, map.len(), Some((0x80, 15)), [None, Some(0xde), Some(0xdf)]);
            for (key, value) in map {
                put_length(to, key.len(), Some((0xa0, 31)), [Some(0xd9), Some(0xda), Some(0xdb)]);
                to.extend(key.as_bytes());
                put(to, value);
            }
        }
    }
}

fn put_unsigned(to: &mut Vec<u8>, number: u64) {
    if let Ok(number) = u8::try_from(number) {
        if number >= 0x80 {
            to.push(0xcc);
        }
        to.push(number);
    } else if let Ok(number) = u16::try_from(number) {
        to.push(0xcd);
        to.extend(number.to_be_bytes());
    } else if let Ok(number) = u32::try_from(number) {
        to.push(0xce);
        to.extend(number.to_be_bytes());
    } else {
        to.push(0xcf);
        to.extend(number.to_be_bytes());
    }
}

fn put_negative(to: &mut Vec<u8>, number: i64) {
    if let Ok(number) = i8::try_from(number) {
        if number < -32 {
            to.push(0xd0);
        }
        to.extend(number.to_be_bytes());
    } else if let Ok(number) = i16::try_from(number) {
        to.push(0xd1);
        to.extend(number.to_be_bytes());
    } else if let Ok(number) = i32::try_from(number) {
        to.push(0xd2);
        to.extend(number.to_be_bytes());
    } else {
        to.push(0xd3);
        to.extend(number.to_be_bytes());
    }
}

/// `short` is the byte that holds a length by itself, and the longest it can hold; `sized` are those
/// before a length of one, two and four bytes. No value in memory is longer.
fn put_length(to: &mut Vec<u8>, length: usize, short: Option<(u8, u8)>, sized: [Option<u8>; 3]) {
    let [one, two, four] = sized;
    if let (Some((begin, _)), Ok(length)) =
        (short.filter(|(_, longest)| length <= usize::from(*longest)), u8::try_from(length))
    {
        to.push(begin | length);
    } else if let (Some(begin), Ok(length)) = (one, u8::try_from(length)) {
        to.extend([begin, length]);
    } else if let (Some(begin), Ok(length)) = (two, u16::try_from(length)) {
        to.push(begin);
        to.extend(length.to_be_bytes());
    } else {
        to.extend(four);
        to.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
}

pub(crate) fn read(bytes: &[u8]) -> Result<Value, MsgPackError> {
    let mut reader = Reader { rest: bytes, values: 0 };
    let value = reader.value(0)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(MsgPackError::Long) }
}

struct Reader<'a> {
    rest: &'a [u8],
    /// How many were read.
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, MsgPackError> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(MsgPackError::Many);
        }
        if depth > DEEPEST {
            return Err(MsgPackError::Deep);
        }
        let [begin] = self.array()?;
        Ok(match begin {
            0x00..=0x7f => Value::Int(i64::from(begin)),
            0x80..=0x8f => self.map(usize::from(begin & 0x0f), depth)?,
            0x90..=0x9f => self.list(usize::from(begin & 0x0f), depth)?,
            0xa0..=0xbf => Value::Text(self.text(usize::from(begin & 0x1f))?),
            0xc0 => Value::Null,
            0xc2 | 0xc3 => Value::Bool(begin == 0xc3),
            0xc4..=0xc6 => {
                let length = self.length(begin - 0xc4)?;
                Value::Bytes(self.take(length)?.to_vec())
            }
            0xca => Value::Float(f64::from(f32::from_be_bytes(self.array()?))),
            0xcb => Value::Float(f64::from_be_bytes(self.array()?)),
            0xcc => Value::Int(i64::from(u8::from_be_bytes(self.array()?))),
            0xcd => Value::Int(i64::from(u16::from_be_bytes(self.array()?))),
            0xce => Value::Int(i64::from(u32::from_be_bytes(self.array()?))),
            0xcf => {
                let number = u64::from_be_bytes(self.array()?);
                i64::try_from(number).map_or(Value::UInt(number), Value::Int)
            }
            0xd0 => Value::Int(i64::from(i8::from_be_bytes(self.array()?))),
            0xd1 => Value::Int(i64::from(i16::from_be_bytes(self.array()?))),
            0xd2 => Value::Int(i64::from(i32::from_be_bytes(self.array()?))),
            0xd3 => Value::Int(i64::from_be_bytes(self.array()?)),
            0xd9..=0xdb => {
                let length = self.length(begin - 0xd9)?;
                Value::Text(self.text(length)?)
            }
            0xdc | 0xdd => {
                let length = self.length(begin - 0xdc + 1)?;
                self.list(length, depth)?
            }
            0xde | 0xdf => {
                let length = self.length(begin - 0xde + 1)?;
                self.map(length, depth)?
            }
            0xe0..=0xff => Value::Int(i64::from(i8::from_be_bytes([begin]))),
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => return Err(MsgPackError::Unknown(begin)),
        })
    }

    /// A length of one, two or four bytes: their number is two to the power of `size`.
    fn length(&mut self, size: u8) -> Result<usize, MsgPackError> {
        match size {
            0 => self.array().map(|[length]| usize::from(length)),
            1 => self.array().map(|length| usize::from(u16::from_be_bytes(length))),
            _ => self.array().map(|length| usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX)),
        }
    }

    /// What is missing is found out before room is made for it.
    fn list(&mut self, length: usize, depth: usize) -> Result<Value, MsgPackError> {
        (0..length).map(|_| self.value(depth + 1)).collect::<Result<_, _>>().map(Value::List)
    }

    fn map(&mut self, length: usize, depth: usize) -> Result<Value, MsgPackError> {
        let pairs = (0..length).map(|_| match self.value(depth + 1)? {
            Value::Text(key) => Ok((key, self.value(depth + 1)?)),
            _ => Err(MsgPackError::Key),
        });
        pairs.collect::<Result<Map, _>>().map(Value::Map)
    }

    fn text(&mut self, length: usize) -> Result<String, MsgPackError> {
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| MsgPackError::Text)
    }

    fn take(&mut self, length: usize) -> Result<&[u8], MsgPackError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(MsgPackError::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MsgPackError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(MsgPackError::Short)?;
        self.rest = rest;
        Ok(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_their_shortest_form_and_read_again() {
        let long = "x".repeat(40);
        for (json, begin) in [
            ("null", &[0xc0][..]),
            ("true", &[0xc3]),
            ("127", &[0x7f]),
            ("128", &[0xcc, 0x80]),
            ("256", &[0xcd, 1, 0]),
            ("65536", &[0xce, 0, 1, 0, 0]),
            ("18446744073709551615", &[0xcf, 0xff]),
            ("-32", &[0xe0]),
            ("-33", &[0xd0, 0xdf]),
            ("-200", &[0xd1, 0xff, 0x38]),
            ("-70000", &[0xd2]),
            ("-5000000000", &[0xd3]),
            ("1.5", &[0xcb, 0x3f, 0xf8]),
            ("\"ab\"", &[0xa2, b'a', b'b']),
            (&format!("\"{long}\""), &[0xd9, 40, b'x']),
            ("[1,[]]", &[0x92, 1, 0x90]),
            ("{\"b\":1,\"a\":null}", &[0x82, 0xa1, b'b', 1, 0xa1, b'a', 0xc0]),
        ] {
            let value = Value::from_json(json.as_bytes()).unwrap();
            let bytes = write(&value);
            assert!(bytes.starts_with(begin), "{json}: {bytes:02x?}");
            assert_eq!(read(&bytes).unwrap().to_json(), value.to_json());
        }
    }

    #[test]
    fn long_lists_maps_and_bytes_come_back() {
        let list = Value::List((0..70_000).map(Value::Int).collect());
        let map = Value::Map((0..20).map(|at| (at.to_string(), Value::Bytes(vec![7; 300]))).collect());
        for value in [list, map] {
            assert_eq!(read(&write(&value)), Ok(value));
        }
    }

    #[test]
    fn a_float_of_four_bytes_is_read() {
        assert_eq!(read(&[0xca, 0x3f, 0xc0, 0, 0]), Ok(Value::Float(1.5)));
    }

    #[test]
    fn what_is_no_value_is_told() {
        let deep = [[0x91; 200].as_slice(), &[0xc0]].concat();
        for (bytes, error) in [
            (&[][..], MsgPackError::Short),
            // A list of four billion, of which nothing is there.
            (&[0xdd, 0xff, 0xff, 0xff, 0xff], MsgPackError::Short),
            (&[0xdb, 0xff, 0xff, 0xff, 0xff], MsgPackError::Short),
            (&[0xc0, 0xc0], MsgPackError::Long),
            (&[0xd4, 1, 1], MsgPackError::Unknown(0xd4)),
            (&[0xa1, 0xff], MsgPackError::Text),
            (&[0x81, 1, 1], MsgPackError::Key),
            (&deep, MsgPackError::Deep),
        ] {
            assert_eq!(read(bytes), Err(error), "{bytes:02x?}");
        }
    }
}

//! What the engine's words say went wrong: which operation, on values of which types.

/// What was done when an error arose, with the types that the engine named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort<'m> {
    /// Something was called that is no function.
    Call { kind: &'m str },
    /// `for … in` over something that cannot be gone through.
    Iterate { kind: &'m str },
    /// An operator with one operand.
    One { symbol: &'static str, kind: &'m str },
    /// Operators with two operands; `wrong` is the operand that does not fit, if it is only one.
    Two { symbols: &'static [&'static str], wrong: Option<(Side, &'m str)> },
    /// `t[key]`, where the key is no text.
    Index { kind: &'m str, key: &'m str },
    /// The first, second or third number of `for i = …`.
    Bound { position: usize, kind: &'m str },
    /// None of these.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl<'m> Sort<'m> {
    pub(super) fn of(message: &'m str) -> Self {
        Self::read(message).unwrap_or(Self::Other)
    }

    fn read(message: &'m str) -> Option<Self> {
        if let Some(rest) = message.strip_prefix("invalid 'for' ") {
            let (what, rest) = rest.split_once(" (number expected, got ")?;
            let position = ["initial value", "limit", "step"].iter().position(|name| *name == what)?;
            return Some(Self::Bound { position, kind: rest.strip_suffix(')')? });
        }
        let (verb, rest) = message.strip_prefix("attempt to ")?.split_once(' ')?;
        let value = |words: &str| rest.strip_prefix(words)?.strip_suffix(" value");
        match verb {
            "call" => Some(Self::Call { kind: value("a ")? }),
            "iterate" => Some(Self::Iterate { kind: value("over a ")? }),
            "get" => Some(Self::One { symbol: "#", kind: value("length of a ")? }),
            "index" => rest.split_once(" with ").map(|(kind, key)| Self::Index { kind, key }),
            "concatenate" => {
                let (left, right) = rest.split_once(" with ")?;
                Some(Self::Two { symbols: &[".."], wrong: wrong(left, right, &[|kind| is_plain(kind)]) })
            }
            "perform" => {
                let (name, kinds) = rest.strip_prefix("arithmetic (")?.split_once(") on ")?;
                arithmetic(name, kinds)
            }
            "compare" => {
                let (symbols, (left, right)): (&'static [&'static str], _) = match rest.split_once(" <= ") {
                    Some(kinds) => (&["<=", ">="], kinds),
                    None => (&["<", ">"], rest.split_once(" < ")?),
                };
                Some(Self::Two { symbols, wrong: wrong(left, right, &[|kind| kind != "nil"]) })
            }
            _ => None,
        }
    }
}

fn arithmetic<'m>(name: &str, kinds: &'m str) -> Option<Sort<'m>> {
    if name == "unm" {
        return Some(Sort::One { symbol: "-", kind: kinds });
    }
    let symbols: &[&str] = match name {
        "add" => &["+"],
        "sub" => &["-"],
        "mul" => &["*"],
        "div" => &["/"],
        "idiv" => &["//"],
        "mod" => &["%"],
        "pow" => &["^"],
        _ => return None,
    };
    let (left, right) = kinds.split_once(" and ").unwrap_or((kinds, kinds));
    // A text may be a number.
    Some(Sort::Two { symbols, wrong: wrong(left, right, &[|kind| is_plain(kind), |kind| kind == "number"]) })
}

/// The only operand that does not fit, by the first measure that tells the two apart.
fn wrong<'m>(left: &'m str, right: &'m str, fits: &[fn(&str) -> bool]) -> Option<(Side, &'m str)> {
    fits.iter().find_map(|fits| match (fits(left), fits(right)) {
        (false, true) => Some((Side::Left, left)),
        (true, false) => Some((Side::Right, right)),
        _ => None,
    })
}

fn is_plain(kind: &str) -> bool {
    matches!(kind, "number" | "string")
}

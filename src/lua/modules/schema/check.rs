//! A value is checked against a schema. Each check costs; who spends too much is stopped.

use std::{
    cmp::Ordering::{self, Equal, Greater, Less},
    collections::BTreeSet,
};

use super::{Check, DEEPEST, MOST_CHECKS, MOST_PROBLEMS, Origin, PartId, Problem, Schema, Type, pattern};
use crate::{
    lua::convert::Trail,
    value::{Map, Value},
};

/// What does not fit, the first of it. An error: the check was stopped.
pub(super) fn problems(schema: &Schema, value: &Value, origin: Origin) -> Result<Vec<Problem>, String> {
    let mut run = Run { schema, origin, left: MOST_CHECKS, depth: 0 };
    let mut problems = Vec::new();
    run.part(PartId(0), value, &Trail::Root, &mut problems)?;
    Ok(problems)
}

struct Run<'a> {
    schema: &'a Schema,
    origin: Origin,
    left: u64,
    depth: usize,
}

impl Run<'_> {
    /// Adds what does not fit to `problems`, up to a number.
    fn part(
        &mut self,
        part: PartId,
        value: &Value,
        path: &Trail<'_>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), String> {
        if self.depth >= DEEPEST {
            return Err(format!("the schema refers to itself without end, or is deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let schema = self.schema;
        for check in &schema.parts[part.0] {
            self.spend(1)?;
            if problems.len() >= MOST_PROBLEMS {
                break;
            }
            self.check(check, value, path, problems)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn fits(&mut self, part: PartId, value: &Value, path: &Trail<'_>) -> Result<bool, String> {
        let mut problems = Vec::new();
        self.part(part, value, path, &mut problems)?;
        Ok(problems.is_empty())
    }

    fn spend(&mut self, cost: u64) -> Result<(), String> {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(format!("the value takes more than {MOST_CHECKS} checks; make it or the schema smaller")),
        }
    }

    fn check(
        &mut self,
        check: &Check,
        value: &Value,
        path: &Trail<'_>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), String> {
        let wanted = match (check, value) {
            (Check::Never, _) => Some("is not allowed".to_owned()),
            (Check::Type(types), value) => self.type_problem(types, value),
            (Check::Const(wanted), value) => {
                self.spend(size(value))?;
                (!equal(wanted, value)).then(|| format!("must be {}", shown(wanted)))
            }
            (Check::Enum(values), value) => {
                self.spend(size(value) * (values.len() as u64 + 1))?;
                (!values.iter().any(|wanted| equal(wanted, value))).then(|| one_of(values))
            }
            (Check::AllOf(parts), value) => {
                for part in parts {
                    self.part(*part, value, path, problems)?;
                }
                None
            }
            (Check::Ref(part), value) => {
                self.part(*part, value, path, problems)?;
                None
            }
            (Check::AnyOf(parts) | Check::OneOf(parts), value) => {
                let is_one = matches!(check, Check::OneOf(_));
                let mut fitting = 0;
                for part in parts {
                    fitting += u32::from(self.fits(*part, value, path)?);
                    if fitting == 1 && !is_one {
                        break;
                    }
                }
                match fitting {
                    0 => Some(format!("fits none of {} possibilities", parts.len())),
                    2.. => Some(format!("fits {fitting} possibilities, and must fit exactly one")),
                    1 => None,
                }
            }
            (Check::Not(part), value) => self.fits(*part, value, path)?.then(|| "is what it must not be".to_owned()),
            (Check::If { condition, then, otherwise }, value) => {
                let part = if self.fits(*condition, value, path)? { then } else { otherwise };
                if let Some(part) = part {
                    self.part(*part, value, path, problems)?;
                }
                None
            }
            (Check::DependentSchemas(pairs), Value::Map(map)) => {
                for (_, part) in pairs.iter().filter(|(name, _)| map.contains_key(name)) {
                    self.part(*part, value, path, problems)?;
                }
                None
            }
            (check, Value::Text(text)) => self.text_problem(check, text)?,
            (check, Value::List(items)) => self.list_problem(check, items, path, problems)?,
            (check, Value::Map(map)) => self.map_problem(check, map, path, problems)?,
            (check, value) => number_problem(check, value),
        };
        if let Some(wanted) = wanted {
            problems.push(Problem { path: path.path(), wanted });
        }
        Ok(())
    }

    fn type_problem(&self, types: &[Type], value: &Value) -> Option<String> {
        let is = |wanted: &Type| match (wanted, value) {
            (Type::Null, Value::Null)
            | (Type::Boolean, Value::Bool(_))
            | (Type::Integer | Type::Number, Value::Int(_) | Value::UInt(_))
            | (Type::Number, Value::Float(_))
            | (Type::String, Value::Text(_))
            | (Type::Array, Value::List(_))
            | (Type::Object, Value::Map(_)) => true,
            (Type::Integer, Value::Float(number)) => number.fract() == 0.0,
            // An empty table of Lua may be either.
            (Type::Object, Value::List(items)) => self.origin == Origin::Lua && items.is_empty(),
            _ => false,
        };
        let names: Vec<&str> = types.iter().map(|wanted| wanted.name()).collect();
        (!types.iter().any(is)).then(|| format!("must be {}, and is {}", names.join(" or "), name_of(value)))
    }

    fn text_problem(&mut self, check: &Check, text: &str) -> Result<Option<String>, String> {
        let cost = if matches!(check, Check::Pattern(_)) { pattern::COST } else { 1 };
        self.spend(text.len() as u64 * cost)?;
        let length = || text.chars().count() as u64;
        Ok(match check {
            Check::MinLength(least) if length() < *least => Some(format!("must have {least} characters or more")),
            Check::MaxLength(most) if length() > *most => Some(format!("must have {most} characters or fewer")),
            Check::Pattern(pattern) if !pattern.matches(text) => Some(format!("must match `{}`", pattern.text())),
            Check::Format(format) if !format.fits(text) => Some(format!("must be of the format `{}`", format.name())),
            _ => None,
        })
    }

    fn list_problem(
        &mut self,
        check: &Check,
        items: &[Value],
        path: &Trail<'_>,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<String>, String> {
        let count = items.len() as u64;
        Ok(match check {
            Check::MinItems(least) if count < *least => Some(format!("must have {least} items or more")),
            Check::MaxItems(most) if count > *most => Some(format!("must have {most} items or fewer")),
            Check::UniqueItems => {
                self.spend(items.iter().map(size).sum())?;
                let mut seen = BTreeSet::new();
                let is_unique = items.iter().all(|item| seen.insert(key(item)));
                (!is_unique).then(|| "must not have the same item twice".to_owned())
            }
            Check::Items { first, rest } => {
                for (index, item) in items.iter().enumerate() {
                    self.spend(1)?;
                    if let Some(part) = first.get(index).or(rest.as_ref()) {
                        self.part(*part, item, &Trail::Index(path, index), problems)?;
                    }
                }
                None
            }
            Check::Contains { part, at_least, at_most } => {
                let mut found = 0;
                for (index, item) in items.iter().enumerate() {
                    found += u64::from(self.fits(*part, item, &Trail::Index(path, index))?);
                }
                if found < *at_least {
                    Some(format!("must contain {at_least} or more of the items that are asked for"))
                } else {
                    at_most
                        .filter(|most| found > *most)
                        .map(|most| format!("must contain {most} or fewer of the items that are asked for"))
                }
            }
            // An empty table of Lua may be an object.
            Check::Required(_) | Check::MinProperties(_) if self.origin == Origin::Lua && items.is_empty() => {
                self.map_problem(check, &Map::new(), path, problems)?
            }
            _ => None,
        })
    }

    fn map_problem(
        &mut self,
        check: &Check,
        map: &Map,
        path: &Trail<'_>,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<String>, String> {
        let count = map.len() as u64;
        Ok(match check {
            Check::MinProperties(least) if count < *least => Some(format!("must have {least} fields or more")),
            Check::MaxProperties(most) if count > *most => Some(format!("must have {most} fields or fewer")),
            Check::Required(names) => {
                let missing = names.iter().find(|name| !map.contains_key(*name));
                missing.map(|name| format!("must have the field `{name}`"))
            }
            Check::DependentRequired(pairs) => {
                let missing = pairs.iter().filter(|(name, _)| map.contains_key(name)).find_map(|(name, wanted)| {
                    wanted.iter().find(|wanted| !map.contains_key(*wanted)).map(|wanted| (name, wanted))
                });
                missing.map(|(name, wanted)| format!("has the field `{name}` and so must have `{wanted}`"))
            }
            Check::PropertyNames(part) => {
                for name in map.keys() {
                    if !self.fits(*part, &Value::Text(name.clone()), path)? {
                        return Ok(Some(format!("has a field `{name}`, which no field may be called")));
                    }
                }
                None
            }
            Check::Properties { named, matching, rest } => {
                for (name, item) in map {
                    let mut is_known = false;
                    let here = Trail::Key(path, name);
                    if let Some(part) = named.get(name) {
                        is_known = true;
                        self.part(*part, item, &here, problems)?;
                    }
                    for (pattern, part) in matching {
                        self.spend(name.len() as u64 * pattern::COST + 1)?;
                        if pattern.matches(name) {
                            is_known = true;
                            self.part(*part, item, &here, problems)?;
                        }
                    }
                    if let (Some(part), false) = (rest, is_known) {
                        self.part(*part, item, &here, problems)?;
                    }
                }
                None
            }
            _ => None,
        })
    }
}

fn number_problem(check: &Check, value: &Value) -> Option<String> {
    let is = |limit: &Value, wanted: &[Ordering]| compare(value, limit).is_none_or(|found| wanted.contains(&found));
    match check {
        Check::Minimum(limit) if !is(limit, &[Equal, Greater]) => Some(format!("must be {} or more", shown(limit))),
        Check::Maximum(limit) if !is(limit, &[Equal, Less]) => Some(format!("must be {} or less", shown(limit))),
        Check::ExclusiveMinimum(limit) if !is(limit, &[Greater]) => Some(format!("must be more than {}", shown(limit))),
        Check::ExclusiveMaximum(limit) if !is(limit, &[Less]) => Some(format!("must be less than {}", shown(limit))),
        Check::MultipleOf(step) if !is_multiple(value, step) => Some(format!("must be a multiple of {}", shown(step))),
        _ => None,
    }
}

/// Whole numbers exactly, others as doubles.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => float(left)?.partial_cmp(&float(right)?),
    }
}

fn is_multiple(value: &Value, step: &Value) -> bool {
    if let (Some(value), Some(step)) = (whole(value), whole(step)) {
        return step != 0 && value % step == 0;
    }
    let (Some(value), Some(step)) = (float(value), float(step)) else { return true };
    // A tenth is no double: 0.3 is three tenths although the division is not exact.
    let times = value / step;
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::UInt(value) => Some(i128::from(*value)),
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^63")]
        Value::Float(value) if value.fract() == 0.0 && value.abs() < 9.2e18 => Some(*value as i128),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "one side is a double already")]
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::UInt(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

/// Whether two values are the same to JSON: `1` and `1.0` are, and fields have no order.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            let same = |(key, left): (&String, &Value)| right.get(key).is_some_and(|right| equal(left, right));
            left.len() == right.len() && left.iter().all(same)
        }
        (Value::Int(_) | Value::UInt(_) | Value::Float(_), Value::Int(_) | Value::UInt(_) | Value::Float(_)) => {
            compare(left, right) == Some(Equal)
        }
        (left, right) => left == right,
    }
}

/// A text that equal values share.
fn key(value: &Value) -> String {
    match value {
        Value::List(items) => format!("[{}]", items.iter().map(key).collect::<Vec<_>>().join(",")),
        Value::Map(map) => {
            let mut fields: Vec<_> = map.iter().map(|(name, item)| format!("{name:?}:{}", key(item))).collect();
            fields.sort_unstable();
            format!("{{{}}}", fields.join(","))
        }
        number => whole(number).map_or_else(|| number.to_json(), |number| number.to_string()),
    }
}

/// About how many values and bytes a value has.
fn size(value: &Value) -> u64 {
    match value {
        Value::Text(text) => text.len() as u64 + 1,
        Value::List(items) => items.iter().map(size).sum::<u64>() + 1,
        Value::Map(map) => map.iter().map(|(name, item)| name.len() as u64 + size(item)).sum::<u64>() + 1,
        _ => 1,
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::UInt(_) => "integer",
        Value::Float(_) => "number",
        Value::Text(_) | Value::Bytes(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// What the schema says, never what the value holds: that may be a secret.
fn shown(wanted: &Value) -> String {
    let text = wanted.to_json();
    if text.len() > 100 { "what the schema says".to_owned() } else { text }
}

fn one_of(values: &[Value]) -> String {
    let shown: Vec<String> = values.iter().map(shown).collect();
    if shown.len() > 10 {
        format!("must be one of {} values", shown.len())
    } else {
        format!("must be one of {}", shown.join(", "))
    }
}

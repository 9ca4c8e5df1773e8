//! The order example: what it is given, and the steps that are told of it, whatever keeps its runs.

use std::path::Path;

use super::repository;

/// An order that cannot be filled.
pub(crate) const UNICORN: &str = r#"{"customer":"ada","items":[{"sku":"unicorn","price":1}]}"#;

/// The steps of [`order`].
pub(crate) const SHIPPED: &str = r#"started  {"customer":"ada","items":[{"sku":"lamp","price":1900,"quantity":2},{"sku":"bulb","price":400}]}
orders:reserve_stock  → {"id":"res-2"}
orders:charge_payment  → {"amount":4200,"id":"pay-4200"}
timer 5s
orders:send_receipt  → {"receipt":"receipt for pay-4200"}
orders:ship_parcel  → {"tracking":"parcel-res-2"}
completed  {"payment":"pay-4200","receipt":"receipt for pay-4200","status":"shipped","total":4200,"tracking":"parcel-res-2"}"#;

/// The steps of [`UNICORN`].
pub(crate) const SOLD_OUT: &str = r#"started  {"customer":"ada","items":[{"sku":"unicorn","price":1}]}
orders:reserve_stock  OutOfStock: there are no unicorns left
failed  OutOfStock: there are no unicorns left"#;

/// The order of the example's README.
pub(crate) fn order() -> String {
    repository::read(Path::new("examples/orders/order.json"))
}

/// The steps of a run, without their times: names and values. That a task took a busy machine too long is
/// none of them.
pub(crate) fn steps(said: &str) -> String {
    let step = |line: &str| {
        let (time, rest) = line.trim_start().split_once("s  ")?;
        time.parse::<f64>().ok().filter(|_| !rest.starts_with("task timed out"))?;
        let words: Vec<&str> = rest.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        let took = |word: &&str| word.ends_with('s') && word.starts_with(|first: char| first.is_ascii_digit());
        Some(words.into_iter().filter(|word| !took(word)).collect::<Vec<_>>().join("  "))
    };
    said.lines().filter_map(step).collect::<Vec<_>>().join("\n")
}

/// The steps of an order that is shipped. The parcel and the receipt are under way together; either may
/// come first.
pub(crate) fn shipped_steps(said: &str) -> String {
    let said = steps(said);
    let mut steps: Vec<&str> = said.lines().collect();
    if let Some(together) = steps.get_mut(4..6) {
        together.sort_unstable();
    }
    steps.join("\n")
}

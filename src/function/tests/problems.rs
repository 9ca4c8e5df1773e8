//! What people hear of attempts that failed.

use super::*;
use crate::diag::{Diagnostic, Show};

/// A teller, and what it told: headlines.
fn teller() -> (Teller, Arc<Mutex<Vec<Diagnostic>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let target = Arc::clone(&told);
    let show: Show = Arc::new(move |diagnostic| target.lock().unwrap().push(diagnostic.clone()));
    (Teller::shown_by(Some(show)), told)
}

/// The headlines of what is told of two attempts that run this code.
async fn told(code: &str) -> Vec<String> {
    let (teller, told) = teller();
    let bench = Bench { teller: Some(Arc::new(teller)), ..Bench::new() };
    let entry = entry("f", code);
    for _ in 0..2 {
        bench.run_with(&entry, task(Vec::new()), alone()).await;
    }
    let told = told.lock().unwrap();
    told.iter().map(|diagnostic| diagnostic.headline.clone()).collect()
}

#[tokio::test]
async fn a_bug_is_told_once_and_not_once_per_attempt() {
    let told = told("return function() local order = {} return order.customer.email end").await;
    assert_eq!(told, ["attempt to index nil with 'email'"]);
}

#[tokio::test]
async fn a_passed_limit_is_told() {
    let told = told("return function() while true do end end").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("without waiting"), "{told:?}");
}

#[tokio::test]
async fn what_the_author_decided_is_the_callers_to_read() {
    let raised = told("return function() error(errors.new('no')) end").await;
    let returned = told("return function() return nil, errors.new('no') end").await;
    assert_eq!((raised, returned), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn what_is_told_names_the_line_the_attempt_and_the_run() {
    let (teller, told) = teller();
    let bench = Bench { teller: Some(Arc::new(teller)), ..Bench::new() };
    let entry = entry("f", "return function()\n  local order = {}\n  return order.customer.email\nend");
    bench.run_with(&entry, task(Vec::new()), alone()).await;
    let diagnostic = told.lock().unwrap().pop().unwrap();
    let sources = Arc::clone(entry.program.sources());
    let report = crate::diag::Report { diagnostic, sources, subject: crate::diag::Subject::default() };
    insta::assert_snapshot!(report.render(), @r"
    error[lua-error]: attempt to index nil with 'email'
     --> f.lua:3:10
      |
    3 |   return order.customer.email
      |          ^^^^^^^^^^^^^^ this is nil
      |
      = note: activity app:f, attempt 2, of workflow app:order, id order-1, run run-1
      = help: fix the file: the next attempt runs the new code
    ");
}

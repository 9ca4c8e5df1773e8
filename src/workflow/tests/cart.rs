//! The cart of `examples/updates`, with updates that come at the same time.

use insta::assert_snapshot;

use crate::workflow::script::{Reader, World, play, show};

/// What came of each activation after two lamps were put into the cart.
fn after_two_lamps(activations: &[&str]) -> String {
    let begun = ["start \"ada\"", "update add#lamps \"lamp\" 2", "resolve 1 1900"];
    let mut reader = Reader::default();
    let read: Vec<_> = begun.iter().chain(activations).map(|text| reader.read(text)).collect();
    let world = World::new(include_str!("../../../examples/updates/cart.lua"), &[]);
    let completions = play(&world, &read);
    completions[begun.len()..].iter().map(|completion| show(completion) + "\n").collect()
}

#[test]
fn a_cart_is_paid_once_and_not_changed_meanwhile() {
    let pays = "update pay#first \"visa\"\nupdate pay#second \"visa\"\nupdate add#late \"bulb\" 1";
    assert_snapshot!(after_two_lamps(&[pays, "resolve 2 \"paid\""]), @r#"
    Accept #first
    2 ScheduleActivity cart:charge "visa" 3800   main.lua:66
    Reject #second Closed: the cart is being paid (not retryable)
    Reject #late Closed: the cart is being paid (not retryable)

    CompleteUpdate #first "paid"
    Complete {"receipt":"paid","total":3800}
    "#);
}

#[test]
fn what_is_added_when_a_payment_begins_is_paid_too() {
    let both = "update add#bulb \"bulb\" 1\nupdate pay#pay \"visa\"";
    assert_snapshot!(after_two_lamps(&[both, "resolve 2 400", "resolve 3 \"paid\""]), @r#"
    Accept #bulb
    Accept #pay
    2 ScheduleActivity cart:price_of "bulb"   main.lua:39

    CompleteUpdate #bulb {"total":4200}
    3 ScheduleActivity cart:charge "visa" 4200   main.lua:66

    CompleteUpdate #pay "paid"
    Complete {"receipt":"paid","total":4200}
    "#);
}

#[test]
fn a_cart_whose_card_was_refused_is_paid_with_another() {
    let pays = ["update pay#first \"visa\"", "fail 2 Refused: no money", "update pay#second \"other\""];
    assert_snapshot!(after_two_lamps(&pays), @r#"
    Accept #first
    2 ScheduleActivity cart:charge "visa" 3800   main.lua:66

    Reject #first Refused: no money

    Accept #second
    3 ScheduleActivity cart:charge "other" 3800   main.lua:66
    "#);
}

//! Timeouts that are written out.

use super::*;

#[test]
fn timeouts_that_are_written_out_are_compared() {
    let options = |options: &str| in_main(&format!("return funcs.new():with_options({{{options}}}):call('a')"));
    assert_eq!(options("start_to_close_timeout = '11m'"), ["missing-heartbeat: '11m'"]);
    assert_eq!(options("['activity.start_to_close_timeout'] = 3600000"), ["missing-heartbeat: 3600000"]);
    assert_eq!(options("heartbeat_timeout = '10m'"), ["useless-timeout: '10m'"]);
    assert_eq!(options("start_to_close_timeout = '2m', schedule_to_close_timeout = '1m'"), ["useless-timeout: '2m'"]);
    for fine in [
        "start_to_close_timeout = '10m'",
        "start_to_close_timeout = '11m', heartbeat_timeout = '1m'",
        "start_to_close_timeout = '11m', heartbeat_timeout = order.heartbeat",
        "start_to_close_timeout = '11m', ['local'] = true",
        "start_to_close_timeout = '11m', [name] = '1m'",
        "start_to_close_timeout = order.patience",
        "start_to_close_timeout = 'soon'",
    ] {
        assert_eq!(options(fine), [""; 0], "{fine}");
    }
}

#[test]
fn options_in_a_local_are_compared_too() {
    assert_eq!(
        found(
            "local slow = { start_to_close_timeout = '11m' }
            local function main() return funcs.new():with_options(slow):call('a'), funcs.new():with_options(slow):call('b') end
            return { main = main }"
        ),
        ["missing-heartbeat: '11m'"]
    );
    for fine in [
        "local o = { start_to_close_timeout = '11m' } o.heartbeat_timeout = '1m' return funcs.new():with_options(o):call('a')",
        "local o = { start_to_close_timeout = '11m' } order.more(o) return funcs.new():with_options(o):call('a')",
        "local o = { start_to_close_timeout = '11m' } o = order.options return funcs.new():with_options(o):call('a')",
        "return funcs.new():with_options(order):call('a')",
    ] {
        assert_eq!(in_main(fine), [""; 0], "{fine}");
    }
}

#[test]
fn a_heartbeat_of_the_function_itself_is_enough() {
    let text = "return function() return funcs.new():with_options({ start_to_close_timeout = '1h' }):call('a') end";
    assert_eq!(found_in(text, Setting { has_heartbeats: true, ..WORKFLOW }), [""; 0]);
}

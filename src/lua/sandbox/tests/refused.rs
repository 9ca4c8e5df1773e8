//! What code is told that asks for what it cannot have, and the numbers at the edge of what it can.

use crate::lua::{
    sandbox::open,
    testing::{FREE, error, run, text},
};

#[test]
fn what_was_taken_away_says_what_to_do_instead() {
    for (code, problem) in [
        (
            "load('return 1')",
            "load: there is none: code that is made while it runs has no history and was not checked; write it into \
             the entry, or into a library.lua that it imports",
        ),
        (
            "os.getenv('HOME')",
            "os.getenv: there is none: the machine's variables can differ between a run and its replay; pass the \
             value as an input, or declare it as an `env.variable` and read it in a function.lua with `env`",
        ),
        (
            "os.exit()",
            "os.exit: there is none: it reaches the world, and a replay would reach it again; let another program do \
             it that a function.lua calls",
        ),
    ] {
        assert_eq!(error(code).message, problem);
    }
}

#[test]
fn the_smallest_integer_fits() {
    let smallest = "-9223372036854775808";
    assert_eq!(text("return ('%d'):format(-2 ^ 63)"), smallest);
    assert_eq!(text("return ('%i %c'):format('-9223372036854775808', 65)"), format!("{smallest} A"));
    assert_eq!(text("return string.unpack('i8', string.pack('i8', -2 ^ 63)) == -2 ^ 63"), "true");
    assert_eq!(
        text("return bit32.band(-2 ^ 63, 1) .. bit32.bnot(-2 ^ 63) .. bit32.lrotate(1, -2 ^ 31)"),
        "042949672951"
    );
    for code in ["('%d'):format(-2 ^ 63 - 2048)", "string.pack('i8', -2 ^ 64)", "bit32.bnot(-2 ^ 63 - 2048)"] {
        assert!(error(code).message.starts_with("invalid argument"), "{code}");
    }
}

#[test]
fn what_was_taken_away_says_something_else_in_a_function() {
    let lua = open(&FREE).unwrap();
    for (code, problem) in [
        (
            "load('return 1')",
            "load: there is none: code that is made while it runs was not checked; write it into the entry, or into \
             a library.lua that it imports",
        ),
        (
            "os.getenv('HOME')",
            "os.getenv: there is none: what a function reads is declared; declare an `env.variable` and read it with \
             `env`",
        ),
        (
            "os.exit()",
            "os.exit: there is none: it concerns the whole process, in which other calls run; return, or raise an \
             error",
        ),
        (
            "os.remove('x')",
            "os.remove: there is none: a function has no files and starts no programs; keep data with `sql`, or call \
             a service with `http_client`",
        ),
    ] {
        assert_eq!(run::<()>(&lua, code).unwrap_err().message, problem);
    }
}

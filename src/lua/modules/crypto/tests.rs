//! `crypto`, against what other tools computed.

use std::{rc::Rc, time::Duration};

use crate::lua::{
    Ambient,
    sandbox::open,
    testing::{FREE, lua, run, text},
};

const PRIVATE_KEYS: [&str; 2] = [include_str!("testdata/rsa.pem"), include_str!("testdata/rsa_pkcs1.pem")];
const PUBLIC_KEYS: [&str; 2] = [include_str!("testdata/rsa_public.pem"), include_str!("testdata/rsa_public_pkcs1.pem")];
/// Signed by another tool with the first private key.
const RSA_TOKEN: &str = include_str!("testdata/token.txt");

/// What `code` gives in a run whose clock shows `now`.
fn at(now: u64, code: &str) -> String {
    let lua = lua();
    Ambient::enter(&lua, &Rc::new(Ambient::new(42).with_clock(Rc::new(move || Duration::from_secs(now)))));
    match run::<String>(&lua, &format!("return tostring((function() {code}\nend)())")) {
        Ok(text) => text,
        Err(error) => panic!("{code}: {}", error.located()),
    }
}

/// `kind: message` of the error that `call` gives.
fn problem(call: &str) -> String {
    at(1_800_000_000, &format!("local _, e = {call} return e:kind() .. ': ' .. e"))
}

fn in_hex(expression: &str) -> String {
    text(&format!("return (({expression}):gsub('.', function(c) return ('%02x'):format(c:byte()) end))"))
}

#[test]
fn codes_are_those_of_the_standard() {
    assert_eq!(
        text("return crypto.hmac.sha256('Jefe', 'what do ya want for nothing?')"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(
        text("return crypto.hmac.sha512('Jefe', 'what do ya want for nothing?')"),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    );
}

#[test]
fn keys_of_passwords_are_those_of_the_standard() {
    assert_eq!(
        in_hex("crypto.pbkdf2('password', 'salt', 4096, 40, 'sha256')"),
        "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134af7ad98c1b458ce3f"
    );
    assert_eq!(
        in_hex("crypto.pbkdf2('password', 'salt', 3, 100, 'sha512')"),
        "b6b07cb2cebf4ad84468391a543824fccffe0e0769dbe6bddf10a65673c4b648e612d44918f9ce9a19a1294cf5140628084ba994c3b21a4ef4741220b811c633cfc0641fccbcc4164f1bbfcb1f33f595ae9aa4a33ddcce570157775980362c0ee28aa340"
    );
}

#[test]
fn a_workflow_may_not_iterate_for_long() {
    assert_eq!(
        problem("crypto.pbkdf2('p', 's', 50001, 33)"),
        "Invalid: crypto.pbkdf2: a workflow may ask for 100000 iterations, not 100002: its task has only seconds; \
         do it in a function.lua"
    );
}

#[test]
fn iterations_count_as_work_of_the_code() {
    use crate::lua::{Limits, Meter, Tripped};
    let lua = open(&FREE).unwrap();
    let limits = Limits { instructions: 50_000, wall: Duration::from_secs(60), memory: 64 * 1024 * 1024 };
    Meter::begin(&lua, &limits).unwrap();
    let _ = run::<()>(&lua, "pcall(crypto.pbkdf2, 'p', 's', 10000000, 32)");
    assert_eq!(Meter::end(&lua), Some(Tripped::Instructions));
}

#[test]
fn what_others_encrypted_is_decrypted() {
    let key = "local key = '' for i = 0, 31 do key = key .. string.char(i) end \
               local function bytes(hex) return (hex:gsub('..', function(h) return string.char(tonumber(h, 16)) end)) end ";
    for (call, hex) in [
        ("aes(d, key, 'aad')", "000102030405060708090a0b3367ae6f951f279a9b24b6938d0fd964154a166f"),
        ("aes(d, key:sub(1, 16))", "000102030405060708090a0be709dfbabf39af58e9b86f736d2edcf3edda6868"),
        ("chacha20(d, key, 'aad')", "000102030405060708090a0bfd9e7074e698869031cc91e99ab67bd7ee1ee5c5"),
    ] {
        assert_eq!(text(&format!("{key} local d = bytes('{hex}') return crypto.decrypt.{call}")), "text", "{call}");
    }
}

#[test]
fn what_was_encrypted_is_decrypted() {
    for cipher in ["aes", "chacha20"] {
        let code = format!(
            "local key = ('k'):rep(32) local c = crypto.encrypt.{cipher}('text', key, 'a') \
             return #c .. crypto.decrypt.{cipher}(c, key, 'a')"
        );
        assert_eq!(text(&code), "32text");
    }
}

#[test]
fn what_was_changed_is_not_decrypted() {
    let decrypt = |what: &str| {
        problem(&format!(
            "(function() local key = ('k'):rep(32) local c = crypto.encrypt.aes('text', key, 'a') return {what} end)()"
        ))
    };
    let changed = "Internal: crypto.decrypt.aes: the data was changed, or it is another key or `aad`";
    for call in [
        "crypto.decrypt.aes(c, key, 'b')",
        "crypto.decrypt.aes(c, ('l'):rep(32), 'a')",
        "crypto.decrypt.aes(c:sub(1, -2) .. '\\0', key, 'a')",
    ] {
        assert_eq!(decrypt(call), changed, "{call}");
    }
    assert_eq!(
        decrypt("crypto.decrypt.aes(c:sub(1, 27), key, 'a')"),
        "Invalid: crypto.decrypt.aes: the data is shorter than 28 bytes"
    );
}

#[test]
fn arguments_that_cannot_work_are_invalid() {
    for (call, expected) in [
        ("hmac.sha256('', 'x')", "hmac.sha256: the key is empty"),
        ("encrypt.aes('x', ('k'):rep(24))", "encrypt.aes: the key has 16 or 32 bytes, not 24"),
        ("encrypt.chacha20('x', 'k')", "encrypt.chacha20: the key has 32 bytes, not 1"),
        ("random.bytes(0)", "random.bytes: `n` is a whole number from 1 to 1048576, not 0"),
        ("random.bytes(1.5)", "random.bytes: `n` is a whole number from 1 to 1048576, not 1.5"),
        ("random.string(1048577)", "random.string: `n` is a whole number from 1 to 1048576, not 1048577"),
        ("random.string(5, '')", "random.string: `charset` has 1 to 1024 letters"),
        ("pbkdf2('p', 's', 0, 32)", "pbkdf2: `iterations` is a whole number from 1 to 10000000, not 0"),
        ("pbkdf2('p', 's', 1, 1e9)", "pbkdf2: `length` is a whole number from 1 to 1024, not 1000000000"),
        ("pbkdf2('p', 's', 1, 32, 'md5')", "pbkdf2: `md5` is neither `sha256` nor `sha512`"),
        ("jwt.encode({}, '')", "jwt.encode: the key is empty"),
        (
            "jwt.encode({}, 'k', 'none')",
            "jwt.encode: there is no algorithm `none`; known are HS256, HS384, HS512 and RS256",
        ),
        ("jwt.encode({1}, 'k')", "jwt.encode: `claims` has to have named keys"),
        (
            "jwt.encode({_header = {alg = 'none'}}, 'k')",
            "jwt.encode: `_header.alg` cannot be set; the algorithm is the third argument",
        ),
        (
            "jwt.verify('', 'k', 'none')",
            "jwt.verify: there is no algorithm `none`; known are HS256, HS384, HS512 and RS256",
        ),
    ] {
        assert_eq!(problem(&format!("crypto.{call}")), format!("Invalid: crypto.{expected}"), "{call}");
    }
}

#[test]
fn a_run_makes_the_same_chance_again() {
    for call in ["bytes(12):byte(1, 12)", "string(40)", "string(9, 'äöü')", "uuid()"] {
        let code = format!("return table.concat({{ crypto.random.{call} }}, ' ')");
        assert_eq!(at(1, &code), at(2, &code), "{call}");
    }
    assert_eq!(at(1, "return crypto.random.string(9, 'äöü')").chars().count(), 9);
}

#[test]
fn every_letter_comes_up() {
    let counted = at(
        1,
        "local n = {} for c in crypto.random.string(6000, 'abc'):gmatch('.') do n[c] = (n[c] or 0) + 1 end \
         return n.a > 1800 and n.b > 1800 and n.c > 1800",
    );
    assert_eq!(counted, "true");
}

#[test]
fn a_function_makes_chance_that_no_seed_gives() {
    let made = || {
        let lua = open(&FREE).unwrap();
        Ambient::current(&lua).reseed(7);
        run::<String>(&lua, "return crypto.random.string(40)").unwrap()
    };
    assert_ne!(made(), made());
}

#[test]
fn a_token_that_was_made_is_accepted() {
    for (algorithm, keys) in [("HS256", ["k", "k"]), ("HS384", ["k", "k"]), ("HS512", ["k", "k"])]
        .into_iter()
        .chain(std::iter::zip(PRIVATE_KEYS, PUBLIC_KEYS).map(|(private, public)| ("RS256", [private, public])))
    {
        let code = format!(
            "local token = crypto.jwt.encode({{sub = 'a', exp = 11, _header = {{kid = '1'}}}}, [[{}]], '{algorithm}') \
             return crypto.jwt.verify(token, [[{}]], '{algorithm}').sub",
            keys[0], keys[1]
        );
        assert_eq!(at(10, &code), "a", "{algorithm}");
    }
}

#[test]
fn tokens_are_those_of_other_tools() {
    let made = format!("return crypto.jwt.encode({{sub = 'a', exp = 1800000060}}, [[{}]], 'RS256')", PRIVATE_KEYS[0]);
    assert_eq!(text(&made), RSA_TOKEN);
    let shared = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let read = format!("return crypto.jwt.verify('{shared}', 'your-256-bit-secret', nil, false).name");
    assert_eq!(at(1, &read), "John Doe");
}

#[test]
fn a_token_that_does_not_hold_is_refused() {
    let token = |claims: &str| format!("crypto.jwt.encode({{{claims}}}, 'k')");
    for (token, arguments, expected) in [
        (token("exp = 1800000000"), "'k'", "the token has expired"),
        (token("exp = 'soon'"), "'k'", "`exp` is no number"),
        (token("exp = 1900000000, nbf = 1850000000"), "'k'", "the token does not hold yet"),
        (token("sub = 'a'"), "'k'", "the token never expires; pass `false` as `require_exp` to take it"),
        (token("exp = 1900000000"), "'l'", "the signature is wrong"),
        (token("exp = 1900000000"), "'k', 'HS512'", "the token says `HS256`, not `HS512`"),
        (token("exp = 1900000000") + " .. '.x'", "'k'", "the text is no token of three parts"),
        ("'YQ.YQ.YQ'".to_owned(), "'k'", "the header is no JSON object"),
        ("'a'".to_owned(), "'k'", "the text is no token of three parts"),
        (
            token("exp = 1900000000, _header = {crit = {'b64'}}"),
            "'k'",
            "the token asks for an extension that metonic does not know",
        ),
        (format!("'{RSA_TOKEN}'"), "'k', 'HS256'", "the token says `RS256`, not `HS256`"),
    ] {
        let call = format!("crypto.jwt.verify({token}, {arguments})");
        assert_eq!(problem(&call), format!("Internal: crypto.jwt.verify: {expected}"), "{call}");
    }
}

#[test]
fn a_key_that_is_none_is_told() {
    for key in ["k", "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----", "-----BEGIN "] {
        let call = format!("crypto.jwt.verify('{RSA_TOKEN}', [[{key}]], 'RS256')");
        assert!(problem(&call).starts_with("Invalid: crypto.jwt.verify: the key has to be a PEM text"), "{key}");
    }
}

#[test]
fn equal_is_equal_and_nothing_else() {
    for (a, b, equal) in [("abc", "abc", "true"), ("abc", "abd", "false"), ("abc", "ab", "false"), ("", "", "true")] {
        assert_eq!(text(&format!("return crypto.constant_time_compare('{a}', '{b}')")), equal);
    }
}

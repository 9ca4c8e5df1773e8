//! Names that secrets have: keys of files, and variables.
//!
//! A name is compared word by word, whichever way it is made of words: `db_pwd`, `client-secret`,
//! `apiKey`, `AUTH_TOKEN`. Where a mistake is shown, slips are forgiven: a few other words are taken
//! for secrets there, too.

use crate::diag::closest;

/// Words of a name, any of which makes it one of a secret.
const WORDS: [&str; 6] = ["password", "passphrase", "passcode", "secret", "token", "credential"];

/// Those that are too short for a slip.
const SHORT_WORDS: [&str; 5] = ["pwd", "pw", "pass", "passwd", "creds"];

/// What is counted in `tokens` is none to keep.
const COUNTS: [&str; 10] = ["max", "min", "total", "limit", "budget", "count", "num", "input", "output", "prompt"];

/// Words that are near one of those, and mean something else.
const OTHERS: [&str; 5] = ["broken", "spoken", "taken", "secure", "section"];

/// What one is called that opens something, without what stands between the words.
const KEYS: [&str; 12] = [
    "accesskey",
    "accountkey",
    "apikey",
    "authkey",
    "encryptionkey",
    "keypem",
    "masterkey",
    "privatekey",
    "secretkey",
    "sharedkey",
    "signingkey",
    "sshkey",
];

/// Whether a name is one of a secret.
pub(crate) fn names_secret(name: &str) -> bool {
    let words = words(name);
    let counts = words.iter().any(|word| COUNTS.contains(&word.as_str()));
    is_any(&words, |word| {
        let one = word.strip_suffix('s').unwrap_or(word);
        SHORT_WORDS.contains(&word)
            || WORDS.iter().any(|secret| word.ends_with(secret))
            || WORDS.iter().any(|secret| one.ends_with(secret)) && !(counts && one == "token")
    })
}

/// Whether a name is one of a secret, or perhaps meant as one.
pub(crate) fn may_name_secret(name: &str) -> bool {
    let is_near = |word: &str| closest(word, WORDS).is_some() && !OTHERS.contains(&word);
    names_secret(name) || is_any(&words(name), is_near)
}

fn is_any(words: &[String], is_secret: impl Fn(&str) -> bool) -> bool {
    if words.last().is_some_and(|last| ["env", "file"].contains(&last.as_str())) {
        return false;
    }
    let joined = words.concat();
    words.iter().any(|word| is_secret(word)) || KEYS.iter().any(|key| joined.contains(key))
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() && after_lower {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        after_lower = letter.is_lowercase() || letter.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secrets_name_is_known_by_its_words() {
        for name in [
            "access_token",
            "client_secret",
            "db_pwd",
            "pwd",
            "dbPassword",
            "dbpassword",
            "private_key",
            "apiKey",
            "x-api-key",
            "APIKEY",
            "AUTH_TOKEN",
            "aws.secret.access.key",
            "passphrases",
            "db_pass",
            "tokens",
            "credentials",
        ] {
            assert!(names_secret(name), "{name}");
        }
    }

    #[test]
    fn a_slip_in_a_secrets_name_counts_only_where_slips_are_forgiven() {
        for name in ["clientSecert", "tokn", "max_tokens", "stolen", "passport"] {
            assert!(!names_secret(name) && may_name_secret(name), "{name}");
        }
    }

    #[test]
    fn other_names_are_not_taken_for_a_secrets() {
        for name in [
            "author",
            "default",
            "api_key_env",
            "key_pem_file",
            "fairness_key",
            "task_queue",
            "broken",
            "secure",
            "total",
            "pod",
            "keyboard",
            "",
        ] {
            assert!(!may_name_secret(name), "{name}");
        }
    }
}

//! Names that secrets have: keys of files, and variables.
//!
//! A name is compared word by word, whichever way it is made of words: `db_pwd`, `client-secret`,
//! `apiKey`, `AUTH_TOKEN`. Slips are forgiven, so a few other words are taken for secrets, too.

use super::slips::is_or_nearly;

/// Words of a name, any of which makes it one of a secret.
const WORDS: [&str; 6] = ["password", "passphrase", "passcode", "secret", "token", "credentials"];

/// Those that are too short for a slip.
const SHORT_WORDS: [&str; 4] = ["pwd", "pw", "passwd", "creds"];

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
pub(super) fn names_secret(name: &str) -> bool {
    let words = words(name);
    if words.last().is_some_and(|last| ["env", "file"].contains(&last.as_str())) {
        return false;
    }
    let is_secret = |word: &String| {
        let word = word.as_str();
        SHORT_WORDS.contains(&word)
            || WORDS.iter().any(|secret| word.ends_with(secret))
            || is_or_nearly(word, &WORDS) && !OTHERS.contains(&word)
    };
    let joined = words.concat();
    words.iter().any(is_secret) || KEYS.iter().any(|key| joined.contains(key))
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
            "clientSecert",
            "passphrases",
            "db_pass",
        ] {
            assert!(names_secret(name), "{name}");
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
            assert!(!names_secret(name), "{name}");
        }
    }
}

//! RSA keys as PEM texts, for tokens signed with `RS256`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};

const NO_PRIVATE_KEY: &str =
    "the key has to be a PEM text with `PRIVATE KEY` or `RSA PRIVATE KEY`, of 2048 bits or more";
const NO_PUBLIC_KEY: &str = "the key has to be a PEM text with `PUBLIC KEY` or `RSA PUBLIC KEY`";

/// Signs; the same key and text give the same signature, so chance plays no part in the result.
pub(super) fn sign(pem: &[u8], text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let pair = match section(pem).ok_or(NO_PRIVATE_KEY)? {
        (label, der) if label == "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der),
        (label, der) if label == "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
        _ => return Err(NO_PRIVATE_KEY),
    };
    let pair = pair.map_err(|_| NO_PRIVATE_KEY)?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).map_err(|_| NO_PRIVATE_KEY)?;
    Ok(signature)
}

/// Whether `signature` is that of `text`.
pub(super) fn verify(pem: &[u8], text: &[u8], signature: &[u8]) -> Result<bool, &'static str> {
    let (label, der) = section(pem).ok_or(NO_PUBLIC_KEY)?;
    let key = match label.as_str() {
        "RSA PUBLIC KEY" => der,
        "PUBLIC KEY" => inner_key(&der).ok_or(NO_PUBLIC_KEY)?.to_vec(),
        _ => return Err(NO_PUBLIC_KEY),
    };
    Ok(UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(text, signature).is_ok())
}

/// The first section of a PEM text: its label and its bytes.
fn section(pem: &[u8]) -> Option<(String, Vec<u8>)> {
    let text = str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: String = body.split_ascii_whitespace().collect();
    Some((label.to_owned(), STANDARD.decode(body).ok()?))
}

/// The RSA key inside a key that names its algorithm: a sequence of the algorithm and a string of
/// bits.
fn inner_key(der: &[u8]) -> Option<&[u8]> {
    /// `rsaEncryption` and no parameters.
    const RSA: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let (outer, _) = element(der, 0x30)?;
    let (algorithm, rest) = element(outer, 0x30)?;
    let (bits, _) = element(rest, 0x03)?;
    // The first byte counts the bits to leave out at the end.
    bits.strip_prefix(&[0]).filter(|_| algorithm == RSA)
}

/// The content of the element that `der` begins with, and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (length, rest) =
            rest.split_at_checked(usize::from(first & 0x7f)).filter(|(length, _)| length.len() <= 4)?;
        (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
    };
    rest.split_at_checked(length)
}

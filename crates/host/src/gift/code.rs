//! Codes that can be said over a telephone: four words, out of which both sides work out where the file is and what to show.
//!
//! The words are the only secret. They give the key of the endpoint that the file is given on, and so its name; whoever guesses
//! at them has to do [`slow`] for each of 7,772^4 guesses (52 bits) while the file is there, and finds nothing afterwards.

use argon2::{Algorithm, Argon2, Params, Version};
use diceware_wordlists::EFF_LONG_WORDLIST as WORDS;
use skein_app::{Kind, Refusal};
use skein_event::SecretKey;
use skein_net::gift::Token;
use zeroize::Zeroizing;

/// How many words a code has.
const LENGTH: usize = 4;
/// The longest text that is looked at, in bytes.
const MAX_TEXT: usize = 200;
/// What a guess costs: memory in KiB, and how often it is gone through.
const COST: (u32, u32) = (64 << 10, 3);
/// Nothing else is worked out from the same words.
const SALT: &[u8] = b"skein gift code 1";

/// A fresh code.
///
/// # Errors
/// If the system gives no random numbers.
pub(super) fn fresh() -> Result<String, Refusal> {
    let mut words = Vec::with_capacity(LENGTH);
    while words.len() < LENGTH {
        let mut bytes = [0; 2];
        crate::chance::fill(&mut bytes)?;
        // 65,536 is no multiple of the words: what is left over is thrown again, so that all are alike likely.
        let number = usize::from(u16::from_le_bytes(bytes));
        let word = WORDS[number % WORDS.len()];
        // Four of the list have a hyphen of their own; read aloud, nobody could tell it from the space between two words.
        if number < 65_536 / WORDS.len() * WORDS.len() && is_word(word) {
            words.push(word);
        }
    }
    Ok(words.join(" "))
}

/// Reads a code, whatever its case and whatever stands between the words; gives it as it is written.
///
/// # Errors
/// If it is none; says which word is not one of a code's.
pub(super) fn read(text: &str) -> Result<String, Refusal> {
    let no = |why: String| {
        Err(Refusal::new(Kind::Usage, why)
            .hint("A code has four words, such as \"unwired stapling cabbie tripod\". Ask for it once more."))
    };
    if text.len() > MAX_TEXT {
        return no("this is too long to be a code".into());
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    if let Some(strange) = words.iter().find(|word| !is_word(word)) {
        return no(format!("\"{strange}\" is no word of a code"));
    }
    if words.len() != LENGTH {
        return no(format!("this has {} of a code's {LENGTH} words", words.len()));
    }
    Ok(words.join(" "))
}

fn is_word(text: &str) -> bool {
    !text.contains('-') && WORDS.contains(&text)
}

/// What a code stands for: the key of the endpoint, and what is shown there. Takes a while on purpose.
///
/// # Errors
/// If there is not enough memory for it.
pub(super) fn slow(code: &str) -> Result<(SecretKey, Token), Refusal> {
    let failed = |error: argon2::Error| Refusal::new(Kind::Failed, format!("the code could not be used: {error}"));
    let params = Params::new(COST.0, COST.1, 1, Some(64)).map_err(failed)?;
    let mut out = Zeroizing::new([0; 64]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(code.as_bytes(), SALT, &mut *out).map_err(failed)?;
    let (mut key, mut token) = ([0; 32], Token::default());
    key.copy_from_slice(&out[..32]);
    token.copy_from_slice(&out[32..]);
    Ok((SecretKey::from_bytes(key), token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_was_written_down() {
        for _ in 0..500 {
            let code = fresh().expect("there is chance");
            assert_eq!(read(&code), Ok(code.clone()));
            assert_eq!(read(&format!(" {} ", code.to_uppercase().replace(' ', ", "))), Ok(code.clone()));
            assert_eq!(read(&code.replace(' ', "-")), Ok(code.clone()));
        }
    }

    #[test]
    fn what_is_no_code_is_refused_and_says_why() {
        assert!(read("unwired stapling cabbie").expect_err("three").message.contains("3 of a code's 4"));
        assert!(read("unwired stapling cabbie xyzzyx").expect_err("none").message.contains("xyzzyx"));
        for bad in ["", "----", "\u{0}", &"unwired ".repeat(1_000)] {
            assert_eq!(read(bad).expect_err("none").kind, Kind::Usage, "{bad:?}");
        }
    }

    #[test]
    fn the_same_words_stand_for_the_same_place_and_others_for_another() {
        let (one, other) = (slow("unwired stapling cabbie tripod"), slow("unwired stapling tripod cabbie"));
        let (one, other) = (one.expect("works"), other.expect("works"));
        assert_ne!((one.0.public(), one.1), (other.0.public(), other.1));
        assert_eq!(slow("unwired stapling cabbie tripod").expect("works").1, one.1);
    }
}

//! What can be typed about files on their way: `skein limits`, and `skein files pause`, `resume`, `first` and `coming`, which
//! stand under an app's name because that is where people look for them.

use clap::{Args, Subcommand};

/// The app under whose name they stand.
pub const UNDER: &str = "files";

/// `skein files …`, the house's own.
#[derive(Debug, Clone, Subcommand)]
pub enum SteerCommand {
    /// See what is on its way to this device, and what is paused
    Coming,
    /// Fetch no more of a file until it is resumed; what is here of it stays
    Pause(Chosen),
    /// Go on with what is paused
    Resume(Chosen),
    /// Let a file that is on its way come before all others
    First {
        /// Name, or the beginning of the id
        share: String,
    },
}

/// One file, or all.
#[derive(Debug, Clone, Args)]
pub struct Chosen {
    /// Name, or the beginning of the id
    #[arg(required_unless_present = "all")]
    pub share: Option<String>,
    /// All files of this device: none comes, and none goes to others
    #[arg(long, conflicts_with = "share")]
    pub all: bool,
}

/// `skein limits …`.
#[derive(Debug, Clone, Subcommand)]
pub enum LimitsCommand {
    /// Set how much may go up and down a second at any time
    Set(Rates),
    /// Add hours of the day with stricter limits, by this computer's clock
    Between {
        /// From when: 08:00
        #[arg(value_parser = parse_minute)]
        from: u16,
        /// Until when: 18:00; before FROM means the next day
        #[arg(value_parser = parse_minute)]
        to: u16,
        /// How much.
        #[command(flatten)]
        rates: Rates,
    },
    /// Take hours of the day away again
    End {
        /// Their number, as `skein limits` shows it
        number: usize,
    },
}

/// How much may go up and down a second.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = true)]
pub struct Rates {
    /// What is sent, in a second: 500KB, 2MB, or none for no limit
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub up: Option<Rate>,
    /// What is fetched, in a second: 500KB, 2MB, or none for no limit
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub down: Option<Rate>,
}

/// Bytes a second, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(pub Option<u64>);

/// Reads "500KB", "1.5MB/s", "none".
fn parse_rate(text: &str) -> Result<Rate, String> {
    let wrong = || format!("\"{text}\" is no rate; write for example 500KB, 2MB, or none");
    let plain = text.trim().trim_end_matches("/s");
    if plain == "none" {
        return Ok(Rate(None));
    }
    let end = plain.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(plain.len());
    let number = plain[..end].parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(wrong)?;
    let power = match plain[end..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "kb" | "k" => 1,
        "mb" | "m" => 2,
        "gb" | "g" => 3,
        _ => return Err(wrong()),
    };
    // `as` clamps; what is too much or too little is refused by whoever keeps it.
    Ok(Rate(Some((number * 1_000_f64.powi(power)) as u64)))
}

/// Reads "08:00" as a minute of the day.
fn parse_minute(text: &str) -> Result<u16, String> {
    let wrong = || format!("\"{text}\" is no time of the day; write for example 08:00");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let digits = |part: &str, most: u16| {
        let fits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|number| fits && *number <= most).ok_or_else(wrong)
    };
    Ok(digits(hour, 23)? * 60 + digits(minute, 59)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_times_are_read_as_people_write_them() {
        for (text, rate) in
            [("500KB", Some(500_000)), ("1.5MB/s", Some(1_500_000)), ("2m", Some(2_000_000)), ("none", None)]
        {
            assert_eq!(parse_rate(text), Ok(Rate(rate)), "{text}");
        }
        for text in ["", "fast", "5 apples", "-1", "1.2.3KB"] {
            assert!(parse_rate(text).is_err(), "{text:?}");
        }
        assert_eq!((parse_minute("08:00"), parse_minute("0:05"), parse_minute("23:59")), (Ok(480), Ok(5), Ok(1_439)));
        for text in ["24:00", "8", "08:60", "+8:00", "08:0x", "", ":"] {
            assert!(parse_minute(text).is_err(), "{text:?}");
        }
    }
}

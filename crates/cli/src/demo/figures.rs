//! What was measured, as a table and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use crate::text::{Paint, Table, amount, time};

/// One fetch of the shared folder.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// Who fetched it.
    pub name: &'static str,
    /// How much came.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
    /// From how many devices something came.
    pub holders: usize,
}

/// What was measured.
#[derive(Debug, Default)]
pub struct Figures {
    /// From starting the processes until all answer.
    pub start: Duration,
    /// From the link to being a member, one for each who joined.
    pub joins: Vec<Duration>,
    /// From before a message is said until a member's program shows it, one for each message and reader.
    pub deliveries: Vec<Duration>,
    /// Messages among those, counted once.
    pub messages: usize,
    /// Fetches of the folder.
    pub fetches: Vec<Fetch>,
    /// From starting the killed member again until it shows the last of what was said meanwhile.
    pub catch_up: Duration,
    /// How many messages that were.
    pub missed: usize,
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The smallest value that at least `percent` of all values do not exceed; zero if there are none.
fn percentile(values: &[Duration], percent: usize) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

impl Figures {
    /// The table for people.
    pub fn table(&self, paint: Paint) -> String {
        let mut table = Table::new(&["What was measured on this computer", "", ""]);
        let show = |duration| time::measured(ms(duration));
        table.row(["five programs start", &show(self.start), "until all of them answer"]);
        let (least, most) = (percentile(&self.joins, 0), percentile(&self.joins, 100));
        let joins = format!("{} to {}", show(least), show(most));
        table.row(["joining by link", &joins, "until the newcomer is a member"]);
        for percent in [50, 99] {
            let what = format!("a message arrives, p{percent}");
            let how = format!("{} messages, {} arrivals, each until it is shown", self.messages, self.deliveries.len());
            table.row([
                what.as_str(),
                &show(percentile(&self.deliveries, percent)),
                if percent == 50 { how.as_str() } else { "" },
            ]);
        }
        for fetch in &self.fetches {
            let what = format!("{} fetches the folder", fetch.name);
            let rate = amount::rate(fetch.bytes as f64 / fetch.took.as_secs_f64().max(1e-6));
            let holders = amount::many(fetch.holders as u64, "holder", "holders");
            table.row([
                &what,
                &rate,
                &format!("{} in {} from {holders}", amount::bytes(fetch.bytes), show(fetch.took)),
            ]);
        }
        let missed = amount::many(self.missed as u64, "message", "messages");
        table.row([
            "catching up after a crash",
            &show(self.catch_up),
            &format!("{missed}, from starting the program again"),
        ]);
        table.text(paint)
    }

    /// The same for programs; units in the names.
    pub fn value(&self) -> Value {
        let fetches: Vec<Value> = self.fetches.iter().map(fetch_value).collect();
        json!({
            "start_ms": ms(self.start),
            "join_p50_ms": ms(percentile(&self.joins, 50)),
            "join_max_ms": ms(percentile(&self.joins, 100)),
            "message_p50_ms": ms(percentile(&self.deliveries, 50)),
            "message_p99_ms": ms(percentile(&self.deliveries, 99)),
            "messages": self.messages,
            "arrivals": self.deliveries.len(),
            "fetches": fetches,
            "catch_up_ms": ms(self.catch_up),
            "caught_up_messages": self.missed,
        })
    }
}

fn fetch_value(fetch: &Fetch) -> Value {
    let rate = fetch.bytes as f64 / 1e6 / fetch.took.as_secs_f64().max(1e-6);
    json!({ "member": fetch.name, "bytes": fetch.bytes, "took_ms": ms(fetch.took), "mb_per_s": rate, "holders": fetch.holders })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let shown = [0, 50, 99, 100].map(|percent| percentile(&values, percent).as_millis());
        assert_eq!(shown, [1, 100, 198, 200]);
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}

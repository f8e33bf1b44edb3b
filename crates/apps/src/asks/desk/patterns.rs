//! Patterns as screens show them: reports that may have one cause. Nothing in it is about a person.

use skein_app::{Fault, Me, View};

use super::answer::{Answer, PatternRow, Spot};
use super::show::Shower;
use crate::asks::ask::Ask;
use crate::asks::event::degrees;
use crate::asks::patterns::patterns;

/// The most reports that are listed with a pattern, the newest.
const MAX_LISTED: usize = 50;

/// The patterns in what is open.
///
/// # Errors
/// Only if the store fails.
pub fn shown(me: &Me, view: &View<'_>) -> Result<Answer, Fault> {
    let mut shower = Shower::new(me, view);
    let mut rows = Vec::new();
    for pattern in patterns(me, view)? {
        let mut asks = Vec::new();
        for row in pattern.reports.iter().take(MAX_LISTED) {
            asks.extend(Ask::one(*row, view)?);
        }
        // The name that the newest of them give to the place, if they give one.
        let label = asks
            .iter()
            .filter_map(|ask| ask.words.place.as_ref())
            .map(|place| &place.label)
            .find(|label| !label.is_empty());
        let middle = Spot {
            label: label.cloned().unwrap_or_default(),
            north: Some(degrees(pattern.middle.0)),
            east: Some(degrees(pattern.middle.1)),
        };
        rows.push(PatternRow {
            topic: pattern.topic,
            count: pattern.count as u32,
            radius_m: pattern.radius_m,
            hours: pattern.hours,
            middle,
            alarm: pattern.once_in.is_some(),
            once_in: pattern.once_in,
            fix: pattern.fix,
            reports: shower.rows(&asks)?,
        });
    }
    Ok(Answer::Patterns { patterns: rows })
}

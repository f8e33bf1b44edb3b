//! How well somebody fits an ask: numbers in, numbers out. Knows no rows, no clock and no names.
//!
//! Only `+ - * /` and square roots of 64-bit floats, in a written order: these are exact to the last bit by IEEE 754, so every
//! machine gets the same. Where a formula has a power, it is multiplied out ([`power`]).

/// The first guess of somebody's skill in a topic that they said they know.
pub(super) const KNOWS: f64 = 0.55;
/// The same in a topic of which they said nothing.
pub(super) const UNKNOWN: f64 = 0.12;
/// So many outcomes weigh as much as the first guess.
const WEIGHT: f64 = 3.0;
/// 2^(-1/180): what is left of an outcome's weight after a day. Half is left after 180 days.
const FADES_DAILY: f64 = 0.996_156_587_220_575_2;
/// What is left of a delivery after an hour, where it counts as a share of the work.
const SHARE_FADES_HOURLY: f64 = 0.999;
/// The least mean share: in a community that has just begun nobody has done "more than their share".
const LEAST_MEAN: f64 = 0.3;
/// How somebody outside their hours counts against somebody within.
const OUTSIDE: f64 = 0.25;
/// What a learner's skill is below.
pub(super) const LEARNS_BELOW: f64 = 0.35;

/// `base` to the power of `n`, by squaring.
pub(super) fn power(base: f64, mut n: u64) -> f64 {
    let (mut square, mut result) = (base, 1.0);
    while n > 0 {
        if n & 1 == 1 {
            result *= square;
        }
        square *= square;
        n >>= 1;
    }
    result
}

/// What is left of an outcome's weight after so many days.
pub(super) fn faded(days: u64) -> f64 {
    power(FADES_DAILY, days)
}

/// What is left of a delivery as a share of the work after so many hours.
pub(super) fn share_faded(hours: u64) -> f64 {
    power(SHARE_FADES_HOURLY, hours)
}

/// What came of somebody's deliveries in a topic, faded.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Record {
    /// Confirmed by whoever got them.
    pub good: f64,
    /// Not there, or to be done again.
    pub bad: f64,
}

/// The guessed chance that what somebody delivers is good.
pub(super) fn skill(record: Record, prior: f64) -> f64 {
    (record.good + WEIGHT * prior) / (record.good + record.bad + WEIGHT)
}

/// How little is known of it: half of this is added, so that newcomers are tried.
pub(super) fn doubt(skill: f64, record: Record) -> f64 {
    (skill * (1.0 - skill) / (record.good + record.bad + 4.0)).sqrt()
}

/// How available somebody is.
pub(super) fn here(within_their_hours: bool) -> f64 {
    if within_their_hours { 1.0 } else { OUTSIDE }
}

/// How free somebody is; 0: not at all.
pub(super) fn free(open: u32, capacity: u8) -> f64 {
    if capacity == 0 {
        return 0.0;
    }
    (1.0 - f64::from(open) / f64::from(capacity)).max(0.0)
}

/// Less than 1 for who has done more than others lately, so that work goes round.
pub(super) fn share(own: f64, mean: f64) -> f64 {
    1.0 / (1.0 + own / mean.max(LEAST_MEAN)).sqrt()
}

/// What does not change from hour to hour: skill with its doubt, to the power of one and a half, times the share.
pub(super) fn base(skill: f64, doubt: f64, share: f64) -> f64 {
    let hope = skill + 0.5 * doubt;
    hope * hope.sqrt() * share
}

/// The same where somebody's try came to nothing: the time that is left is for whoever is surest to get it done, whatever they
/// have done already, and however little is known of others.
pub(super) fn sure(skill: f64) -> f64 {
    skill * skill * skill
}

/// The score. Who has no room for one more promise is not scored at all.
pub(super) fn score(base: f64, here: f64, free: f64) -> f64 {
    base * here * (0.4 + 0.6 * free)
}

/// The guessed chance that somebody who is asked takes it.
pub(super) fn takes(skill: f64, here: f64) -> f64 {
    0.8 * (0.6 * (0.25 + 0.75 * skill) * here).min(0.95)
}

/// Breaks ties: a number that nobody can choose, since an ask's id is a hash. Any good mixer does (this is splitmix64's).
pub(super) fn tie(ask: &[u8; 32], member: &[u8; 32]) -> u64 {
    let part = |bytes: &[u8; 32], at: usize| {
        bytes[at..at + 8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let mix = |mut x: u64| {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    mix(mix(part(ask, 0) ^ part(member, 0)) ^ part(ask, 8) ^ part(member, 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-9, "{got} is not {expected}");
    }

    #[test]
    fn skill_is_what_was_worked_out_by_hand() {
        let none = Record::default();
        near(skill(none, KNOWS), 0.55);
        near(skill(none, UNKNOWN), 0.12);
        // (2 + 1.65) / (2 + 1 + 3) and (0 + 0.36) / (0 + 3 + 3).
        near(skill(Record { good: 2.0, bad: 1.0 }, KNOWS), 3.65 / 6.0);
        near(skill(Record { good: 0.0, bad: 3.0 }, UNKNOWN), 0.06);
        // sqrt(.55 * .45 / 4) and sqrt(.5 * .5 / 25).
        near(doubt(0.55, none), 0.248_746_859_276_655);
        near(doubt(0.5, Record { good: 12.0, bad: 9.0 }), 0.1);
    }

    #[test]
    fn an_outcome_weighs_half_after_180_days() {
        near(faded(0), 1.0);
        near(faded(180), 0.5);
        near(faded(360), 0.25);
        near(share_faded(1), 0.999);
        near(share_faded(2), 0.998_001);
    }

    #[test]
    fn the_score_is_what_was_worked_out_by_hand() {
        // Hope .64 with doubt .2 is .74; .74^1.5 = .636572...; share 1/sqrt(1+3/1) = .5.
        near(share(3.0, 1.0), 0.5);
        near(share(0.3, 0.0), 0.5_f64.sqrt());
        let base = base(0.64, 0.2, share(3.0, 1.0));
        near(base, 0.5 * 0.74 * 0.860_232_526_704_263);
        // One of three promises: free 2/3, so .4 + .4 = .8; outside their hours: a quarter.
        near(score(base, here(true), free(1, 3)), base * 0.8);
        near(score(base, here(false), free(1, 3)), base * 0.2);
        assert_eq!((free(3, 3), free(5, 3), free(0, 0)), (0.0, 0.0, 0.0));
    }

    #[test]
    fn after_a_failure_skill_alone_counts() {
        near(sure(0.5), 0.125);
        // Once more than twice as good is asked first, however much they have done: 8 to 1 beats any share of the work.
        assert!(score(sure(0.8), here(true), free(1, 2)) > score(sure(0.4), here(true), free(0, 2)));
    }

    #[test]
    fn the_chance_that_somebody_takes_it_is_what_was_worked_out_by_hand() {
        near(takes(0.55, 1.0), 0.8 * 0.6 * 0.6625);
        near(takes(0.55, 0.25), 0.8 * 0.6 * 0.6625 * 0.25);
        near(takes(1.0, 1.0), 0.48);
    }

    #[test]
    fn ties_fall_otherwise_for_every_ask() {
        let (ana, ben) = ([1; 32], [2; 32]);
        let first = |ask: u8| tie(&[ask; 32], &ana) < tie(&[ask; 32], &ben);
        let ana_first = (0..=255).filter(|ask| first(*ask)).count();
        assert!((90..166).contains(&ana_first), "{ana_first} of 256");
    }
}

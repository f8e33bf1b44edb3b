//! Sums that come out the same to the last bit on every device: only plus, minus, times, divided by and square roots, which
//! IEEE 754 fixes exactly. What the standard library takes from the platform (`ln`, `cos`, `hypot`) must never be used here:
//! two devices would find two different patterns in the same reports.

/// Metres in a degree, on a sphere.
const METRES_A_DEGREE: f64 = 111_195.0;
/// Half a turn in thousandths of a degree.
const HALF_TURN: i32 = 180_000;

/// The natural logarithm of a positive, ordinary number; right to about 15 digits.
pub(super) fn ln(x: f64) -> f64 {
    debug_assert!(x.is_normal() && x > 0.0);
    // x = m · 2^e with m between √½ and √2; then ln m = 2 artanh((m-1)/(m+1)), a series that is short there.
    let bits = x.to_bits();
    let mut e = ((bits >> 52) & 0x7ff) as i32 - 1_023;
    let mut m = f64::from_bits((bits & ((1 << 52) - 1)) | (1_023 << 52));
    if m > std::f64::consts::SQRT_2 {
        m /= 2.0;
        e += 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let sum = (0..12).rev().fold(0.0, |sum, n| sum * square + 1.0 / f64::from(2 * n + 1));
    f64::from(e) * std::f64::consts::LN_2 + 2.0 * s * sum
}

/// The cosine of a latitude in thousandths of a degree; right to about 12 digits.
fn cos(thousandths: f64) -> f64 {
    let x = thousandths / 180_000.0 * std::f64::consts::PI;
    let square = x * x;
    (1..=11).rev().fold(1.0, |sum, n| 1.0 - sum * square / f64::from(2 * n * (2 * n - 1)))
}

/// The square of the metres between two places near one another (thousandths of a degree north and east), on a sphere that
/// is flat there.
pub(in crate::asks) fn square_m(a: (i32, i32), b: (i32, i32)) -> f64 {
    let north = f64::from(a.0 - b.0) / 1_000.0 * METRES_A_DEGREE;
    let east = f64::from(turn(a.1 - b.1)) / 1_000.0 * METRES_A_DEGREE * cos(f64::from(a.0 + b.0) / 2.0);
    north * north + east * east
}

/// A difference of degrees east, the short way round.
pub(super) fn turn(east: i32) -> i32 {
    match east {
        east if east > HALF_TURN => east - 2 * HALF_TURN,
        east if east < -HALF_TURN => east + 2 * HALF_TURN,
        east => east,
    }
}

/// How many thousandths of a degree north are surely so many metres or more.
pub(super) fn north_span(metres: f64) -> i32 {
    (metres / METRES_A_DEGREE * 1_000.0) as i32 + 1
}

/// How many thousandths of a degree east are surely so many metres or more, as far from this latitude as those metres reach.
pub(super) fn east_span(metres: f64, north: i32) -> i32 {
    let furthest = f64::from((north.abs() + north_span(metres)).min(90_000));
    let a_thousandth = METRES_A_DEGREE / 1_000.0 * cos(furthest).max(1e-6);
    ((metres / a_thousandth).min(f64::from(HALF_TURN)) as i32 + 1).min(HALF_TURN)
}

/// A small generator of numbers (xoshiro256**): the same from the same seed everywhere. Never for secrets.
pub(super) struct Dice([u64; 4]);

impl Dice {
    /// From this seed.
    pub fn new(seed: &[u8; 32]) -> Self {
        let part = |n: usize| seed[8 * n..8 * n + 8].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        // All noughts would stay so for ever.
        let first = if seed.iter().all(|byte| *byte == 0) { 1 } else { part(0) };
        Self([first, part(1), part(2), part(3)])
    }

    fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below this one; each as likely as any other to within one in 2^32, for numbers below 2^32.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// Puts items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_the_platform_and_their_bits_are_pinned() {
        for n in 1..10_000 {
            let x = f64::from(n) * 0.37;
            assert!((ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(1.0), "ln {x}");
        }
        assert_eq!(ln(1.0), 0.0);
        // Every device must come to these bits; a program in another language came to them, too.
        assert_eq!(ln(2_000.0).to_bits(), 0x401e_6752_f96f_46de);
        assert_eq!(ln(0.3).to_bits(), 0xbff3_4378_fcbd_a720);
    }

    #[test]
    fn distances_are_right_to_the_bit() {
        assert!((square_m((52_520, 13_405), (52_521, 13_405)).sqrt() - 111.195).abs() < 0.001);
        assert!((square_m((60_000, 10_000), (60_000, 10_010)).sqrt() - 556.0).abs() < 0.1);
        assert!(square_m((0, 179_999), (0, -179_999)).sqrt() < 300.0, "across the date line");
        for north in -90..=90 {
            assert!((cos(f64::from(north * 1_000)) - f64::from(north).to_radians().cos()).abs() < 1e-12);
        }
        assert_eq!(square_m((52_520, 13_405), (52_523, 13_400)).to_bits(), 0x410b_8dbb_d6df_e164);
    }

    #[test]
    fn spans_hold_what_is_so_near() {
        for north in [0, 52_520, -89_000, 89_999] {
            let east = east_span(200.0, north);
            assert!(east == HALF_TURN || square_m((north, 0), (north, east)).sqrt() >= 200.0);
            assert!(square_m((north, 0), (north - north_span(200.0), 0)).sqrt() >= 200.0);
        }
    }

    #[test]
    fn the_generator_is_the_one_that_others_have() {
        // From the reference implementation's test vectors for the state 1, 2, 3, 4.
        let mut dice = Dice([1, 2, 3, 4]);
        let first: Vec<u64> = (0..4).map(|_| dice.next()).collect();
        assert_eq!(first, [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
        let begin = |byte| Dice::new(&[byte; 32]).next();
        assert!(begin(0) != begin(1) && begin(2) != begin(3), "every seed is another, and none stands still");
    }
}

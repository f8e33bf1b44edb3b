//! The made-up community: who lives in it, what they can do, and when they look. All of it is assumption; the numbers are those
//! of the study that the product's formula comes from, or say so.

/// How many members.
pub const MEMBERS: usize = 200;
/// How many topics.
pub const TOPICS: usize = 12;
/// How long, in hours.
pub const HOURS: u64 = 90 * 24;
/// A need is of use for so long, in hours.
pub const EXPIRES: u64 = 96;
/// What people are really good at, best first; at everything else [`POOR`].
const SKILLS: [f64; 3] = [0.85, 0.65, 0.5];
const POOR: f64 = 0.08;
/// The share of real skills that people declare.
const DECLARED: f64 = 0.8;
/// The chance that somebody looks within an hour, in the hours that they named and outside (own assumption).
const LOOKS: (f64, f64) = (0.5, 0.05);
/// What is taken is done after so many hours, from and to. Chosen by one thing only, before the engine was run with it: that the
/// dispatcher who knows everything gets about as far as in the study (0.97 and 0.94), so that it is as hard to do well here.
pub const WORK: (u64, u64) = (12, 48);
/// From when until when people name hours, in their own time zone (own assumption).
const DAY: (u64, u64) = (8, 22);

/// Numbers by chance, the same for the same seed.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// By a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Between 0 and 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Below a number.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n as u64 + 1) as usize);
        }
    }
}

/// Somebody.
pub struct Person {
    /// The chance that what they do in a topic is good.
    pub skills: [f64; TOPICS],
    /// What they said that they know.
    pub declared: Vec<usize>,
    /// How many promises they want to hold.
    pub capacity: u8,
    /// How gladly they take what they are asked for: 0.6 on average, as the formula assumes.
    pub willing: f64,
    zone: u64,
}

impl Person {
    fn new(dice: &mut Dice) -> Self {
        let mut topics: Vec<usize> = (0..TOPICS).collect();
        dice.shuffle(&mut topics);
        let mut skills = [POOR; TOPICS];
        let real = topics.iter().zip(SKILLS);
        real.clone().for_each(|(topic, skill)| skills[*topic] = skill);
        let declared = real.map(|(topic, _)| *topic).filter(|_| dice.share() < DECLARED).collect();
        let capacity = 1 + dice.below(3) as u8;
        Self { skills, declared, capacity, willing: 0.3 + 0.6 * dice.share(), zone: dice.below(3) * 8 }
    }

    /// Whether an hour lies within those that they named.
    pub fn is_within_hours(&self, hour: u64) -> bool {
        (DAY.0..DAY.1).contains(&((hour + self.zone) % 24))
    }

    /// The hours that they name, as the app keeps them: a bit for each hour of the week.
    pub fn hours(&self) -> Vec<u8> {
        let mut bits = vec![0_u8; 21];
        for hour in (0..168).filter(|hour| self.is_within_hours(*hour as u64)) {
            bits[hour / 8] |= 1 << (hour % 8);
        }
        bits
    }

    /// The chance that they look in this hour.
    fn looks(&self, hour: u64) -> f64 {
        if self.is_within_hours(hour) { LOOKS.0 } else { LOOKS.1 }
    }
}

/// Something that somebody needs.
#[derive(Debug, Clone, Copy)]
pub struct Want {
    /// Who.
    pub owner: usize,
    /// About what.
    pub topic: usize,
    /// In which hour.
    pub hour: u64,
}

/// A community with all that it will need, and when people will look: the same for every way of asking.
pub struct Village {
    /// Who lives in it.
    pub people: Vec<Person>,
    /// What they need, in order of time.
    pub wants: Vec<Want>,
    /// For each hour, who looks.
    pub looking: Vec<Vec<usize>>,
}

impl Village {
    /// Of every ten people one says that they know everything.
    pub fn with_boasters(mut self) -> Self {
        self.people.iter_mut().step_by(10).for_each(|person| person.declared = (0..TOPICS).collect());
        self
    }

    /// By a seed, with so many needs a day.
    pub fn new(seed: u64, per_day: u64) -> Self {
        let mut dice = Dice::new(seed);
        let people: Vec<Person> = (0..MEMBERS).map(|_| Person::new(&mut dice)).collect();
        let weight = |topic: usize| ((topic + 1) as f64).powf(-0.8);
        let all: f64 = (0..TOPICS).map(weight).sum();
        let mut wants: Vec<Want> = (0..per_day * HOURS / 24)
            .map(|_| {
                let mut at = dice.share() * all;
                let topic = (0..TOPICS).find(|topic| {
                    at -= weight(*topic);
                    at < 0.0
                });
                let owner = dice.below(MEMBERS as u64) as usize;
                Want { owner, topic: topic.unwrap_or(0), hour: dice.below(HOURS) }
            })
            .collect();
        wants.sort_by_key(|want| want.hour);
        let mut who_looks = |hour: u64| {
            let mut who: Vec<usize> = (0..MEMBERS).filter(|who| dice.share() < people[*who].looks(hour)).collect();
            dice.shuffle(&mut who);
            who
        };
        let looking = (0..HOURS).map(&mut who_looks).collect();
        Self { people, wants, looking }
    }
}

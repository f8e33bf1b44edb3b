//! Why somebody is asked, in plain words, and from nothing but their own facts: no number here is about anybody else.

use skein_event::MemberId;

use super::facts::DAY_MS;
use super::{Invited, Round};

impl Round {
    /// Why this member is asked: what moved them up, then what else went into it.
    pub(super) fn reasons(&self, invited: &Invited, member: &MemberId) -> Vec<String> {
        let Some(place) = self.facts.place(member) else { return Vec::new() };
        let head = &self.heads[invited.head];
        let mut reasons = vec![self.skill(invited, place)];
        let me = &self.facts.members[place];
        let slots = head.hours_at(invited.asked.at_ms);
        let (free, now) = (slots.iter().any(|at| me.is_within_hours(*at)), slots == [invited.asked.at_ms]);
        reasons.push(match (me.hours.is_empty(), free, now) {
            (true, ..) => "You have not said when you can be asked, so any time counts.".into(),
            (_, true, true) => "You said that you can be asked at this time.".into(),
            (_, true, false) => "You said that you are free at that time.".into(),
            (_, false, _) => {
                "It is outside the hours that you named; that counts against asking you, but not fully.".into()
            }
        });
        let holds = self.facts.open_at(place, self.now_ms);
        let promises = if me.capacity == 1 { "promise" } else { "promises" };
        reasons.push(match holds {
            0 => format!("You hold none of the {} {promises} that you want to have at once.", me.capacity),
            holds => format!("You hold {holds} of the {} {promises} that you want to have at once.", me.capacity),
        });
        let shares = self.facts.shares(head.posted_ms / DAY_MS);
        if shares.0[place] < shares.1 * 0.75 {
            reasons.push("It is your turn: you have done less than usual here lately.".into());
        } else if shares.0[place] > shares.1.max(0.3) * 1.5 {
            reasons.push("You have done much here lately; that counts against asking you.".into());
        }
        reasons.push(match (head.urgent, invited.asked.wave) {
            (true, 0) => "It is urgent, and you are among the first who are asked.".into(),
            (true, _) => "It is urgent, and nobody has taken it since others were asked.".into(),
            (_, 0) => "You are among the first who are asked.".into(),
            (..) => "Others were asked before, and there is room still.".into(),
        });
        reasons
    }

    fn skill(&self, invited: &Invited, place: usize) -> String {
        let head = &self.heads[invited.head];
        let topic = &head.topic;
        if topic.is_empty() {
            return "It names no topic, so it may fit anybody: who is asked rests on hours, promises and whose turn it is.".into();
        }
        let fit = self.facts.fits(head)[place];
        match self.facts.times(place, topic) {
            1 => format!("You have done \"{topic}\" once for others, and they confirmed it."),
            times if times > 1 => format!("You have done \"{topic}\" {times} times for others, and they confirmed it."),
            _ if invited.asked.learner => format!("You said that you want to learn \"{topic}\"."),
            _ if fit.knows => format!("You said that you know \"{topic}\"."),
            _ if fit.learns => format!("You said that you want to learn \"{topic}\", and nobody else was nearer."),
            _ => format!(
                "Nothing is known yet about you and \"{topic}\": you are asked to give you the chance, or because few were left."
            ),
        }
    }
}

//! What nodes ask for, done.

use skein_node::Effect;

use super::Engine;
use super::entering::INTRODUCTION;
use super::seat::Seat;
use crate::Change;

impl Engine {
    /// Does what a node asks for.
    pub(super) fn effect(&mut self, seat: &mut Seat, effect: Effect) {
        let community = seat.hall.id;
        match effect {
            Effect::Answer { ticket: INTRODUCTION, result } => seat.introduced(&self.core, result.map(drop)),
            Effect::Answer { ticket, result } => {
                if let Some(reply) = self.tickets.remove(&ticket) {
                    drop(reply.send(result)); // whoever asked may have gone
                }
            }
            // A link that cannot take more is closed by the network, and `Down` follows.
            Effect::Send { to, frame } => drop(self.core.wire.send(to, community, frame)),
            Effect::HangUp { device, why } => self.core.wire.hang_up(device, community, &why),
            Effect::Changed { app, object } => {
                if app == self.core.rules.roster.app() {
                    seat.refresh_names(&self.core);
                }
                if let Some(app) = self.core.rules.app(&app) {
                    seat.hall.stale(app.name());
                    self.core.news.notify_one();
                }
                let (community, object) = (community.to_string(), object.to_string());
                self.core.tell(Change::Object { community, app, object });
            }
            Effect::StandingChanged => seat.refresh_standing(&self.core),
            Effect::CaughtUp { .. } => {
                if let Some(entering) = &mut seat.entering {
                    entering.caught_up();
                }
            }
            Effect::Signal { from, app, object, bytes } => self.core.tell(Change::Signal {
                community: community.to_string(),
                from: from.to_string(),
                app,
                object: object.to_string(),
                text: String::from_utf8_lossy(&bytes).into_owned(),
            }),
            Effect::Report(finding) => {
                self.core.tell(Change::Finding { community: community.to_string(), message: finding.message });
            }
            Effect::ContactsChanged => seat.contacts.changed(),
            Effect::Wake { at_ms, .. } => {
                seat.wake_at_ms = Some(seat.wake_at_ms.map_or(at_ms, |known| known.min(at_ms)));
            }
        }
    }
}

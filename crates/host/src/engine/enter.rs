//! New communities in the loop: founded here, come into by a link, or given up before that worked.

use std::path::Path;

use skein_app::{Kind, Refusal};
use skein_event::CommunityId;
use skein_node::{Effect, Input, Node};
use skein_store::Store;

use super::Engine;
use super::entering::INTRODUCTION;
use super::seat::{Seat, not_here};
use crate::hall::EntryState;
use crate::record::Record;
use crate::{Change, Standing, trouble};

/// The most communities on one device.
const MAX_COMMUNITIES: usize = 256;

impl Engine {
    fn has_room(&self) -> Result<(), Refusal> {
        if self.seats.len() < MAX_COMMUNITIES {
            return Ok(());
        }
        Err(Refusal::new(
            Kind::Limit,
            format!("this device is in {MAX_COMMUNITIES} communities, and there is no room for more"),
        )
        .hint("Leave one first: `skein leave`."))
    }

    /// Writes the founding event; `now_ms` is the time that the community's id was made with.
    pub(super) fn found(&mut self, community: CommunityId, payload: Vec<u8>, now_ms: u64) -> Result<(), Refusal> {
        self.has_room()?;
        let path = self.core.profile.community(&community);
        let founded = self.make_founded(&path, community, payload, now_ms);
        let node = founded.inspect_err(|_| remove_file(&path))?;
        let mut seat = Seat::new(&self.core, community);
        self.seat_node(&mut seat, None, node);
        self.core.halls.put(seat.hall.clone());
        self.seats.insert(community, seat);
        Ok(())
    }

    fn make_founded(
        &self,
        path: &Path,
        community: CommunityId,
        payload: Vec<u8>,
        now_ms: u64,
    ) -> Result<Node, Refusal> {
        let failed = |error| trouble::of_store(path, &error);
        let store = Store::open(path).map_err(failed)?;
        let node = Node::open(self.core.rules, community, self.core.keys(), self.core.keeper, store);
        let mut node = node.map_err(|error| failed(error.0))?;
        let introduce = Input::Introduce { ticket: INTRODUCTION, payload };
        for effect in node.handle(vec![introduce], now_ms).map_err(|error| failed(error.0))? {
            if let Effect::Answer { result, .. } = effect {
                result?;
            }
        }
        if !node.is_member(&node.device()) {
            return Err(Refusal::new(Kind::Usage, "a community cannot be founded with these names")
                .hint("A name has 1 to 64 bytes, no line breaks, and no blanks at its ends."));
        }
        Ok(node)
    }

    /// Begins to come into a community, or begins again with a new link.
    pub(super) fn enter(&mut self, community: CommunityId, record: Record) -> Result<(), Refusal> {
        let path = self.core.profile.community(&community);
        let failed = |error| trouble::of_store(&path, &error);
        let again = self.seats.contains_key(&community);
        let (mut seat, mut store) = match self.seats.remove(&community) {
            None => {
                self.has_room()?;
                (Seat::new(&self.core, community), Store::open(&path).map_err(failed)?)
            }
            Some(mut seat) => {
                let standing = seat.hall.known().standing;
                let outside = matches!(standing, Standing::Joining | Standing::Refused);
                match (outside, seat.node.take()) {
                    (true, Some(node)) => (seat, node.into_store()),
                    (_, node) => {
                        seat.node = node;
                        let refusal = already(standing, &seat);
                        self.seats.insert(community, seat);
                        return Err(refusal);
                    }
                }
            }
        };
        let up = seat.hall.change(|known| std::mem::take(&mut known.up));
        up.iter().for_each(|device| self.core.wire.hang_up(*device, community, "coming in anew"));
        let written = record.write(&mut store);
        let node = written.and_then(|()| {
            Node::open(self.core.rules, community, self.core.keys(), self.core.keeper, store).map_err(|error| error.0)
        });
        seat.hall.entry.send_replace(EntryState::Looking);
        let result = match node {
            Ok(node) => {
                self.seat_node(&mut seat, Some(record), node);
                if let Some(entering) = seat.entering.as_mut().filter(|_| again) {
                    entering.again();
                }
                Ok(())
            }
            Err(error) => {
                seat.fail(&self.core, &error);
                Err(failed(error))
            }
        };
        self.core.halls.put(seat.hall.clone());
        self.seats.insert(community, seat);
        result
    }

    /// Forgets a community that this device never came into.
    pub(super) fn give_up(&mut self, community: &CommunityId) -> Result<(), Refusal> {
        let seat = self.seats.get(community).ok_or_else(not_here)?;
        if !matches!(seat.hall.known().standing, Standing::Joining | Standing::Refused) {
            return Err(Refusal::new(Kind::Conflict, "this device has come into the community already"));
        }
        let up = seat.hall.change(|known| std::mem::take(&mut known.up));
        self.seats.remove(community);
        self.core.halls.remove(community);
        self.core.wire.keep(*community, Vec::new());
        up.iter().for_each(|device| self.core.wire.hang_up(*device, *community, "coming in was given up"));
        remove_file(&self.core.profile.community(community));
        self.core.tell(Change::Community { community: community.to_string() });
        Ok(())
    }
}

fn already(standing: Standing, seat: &Seat) -> Refusal {
    let name = seat.hall.known().name.clone();
    match standing {
        Standing::Closed => seat.trouble(),
        Standing::Left => {
            Refusal::new(Kind::Conflict, format!("this device has left {name}, and cannot come back as it is"))
                .hint("Give it a fresh key with `skein device renew`, then use the link again.")
        }
        _ => Refusal::new(Kind::Conflict, format!("you belong to {name} already")).hint("See `skein members`."),
    }
}

/// Removes a store's files. What cannot be removed is opened, and shown, at the next start.
fn remove_file(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        std::fs::remove_file(&file).ok();
    }
}

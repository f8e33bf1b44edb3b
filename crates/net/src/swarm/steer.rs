//! What a person wants, told to the scheduler: looked at every tick, so that nobody who changes it has to wait for the actor.

use skein_event::BlobHash;
use skein_swarm::{FileId, Input, Order};

use super::actor::Actor;
use crate::steer::Rank;

impl Actor {
    /// Tells the scheduler what has changed.
    pub(super) fn steer(&mut self) {
        let steering = self.store.steering.clone();
        let (down, rests) = (steering.down.rate(), steering.rests());
        if self.steered.0 != down {
            // Going out is limited by whoever sends, group by group.
            self.input(Input::Limits { up: None, down });
        }
        if self.steered.1 != rests {
            self.input(Input::Pause(rests));
        }
        self.steered = (down, rests);
        self.swarm.came_elsewhere(steering.elsewhere());
        let fetched = self.files.iter().filter(|(_, file)| file.is_fetched()).map(|(id, file)| (*id, file.hash));
        for (id, hash) in fetched.collect::<Vec<_>>() {
            self.steer_file(id, hash);
        }
    }

    fn steer_file(&mut self, id: FileId, hash: BlobHash) {
        let (rank, watched) = (self.rank_of(hash), self.store.steering.watched(hash));
        let Some(file) = self.files.get_mut(&id) else { return };
        let piece = |at: u64| u32::try_from(at / file.layout.piece()).unwrap_or(u32::MAX);
        let order = watched.map_or(Order::Rarest, |at| Order::Sequential { from: piece(at) });
        let ranked = std::mem::replace(&mut file.rank, rank) != rank;
        let ordered = std::mem::replace(&mut file.order, order) != order;
        if ranked {
            self.input(Input::Priority(id, rank.into()));
        }
        if ordered {
            self.input(Input::Order(id, order));
        }
    }

    /// The rank of a file: its own, or that of a folder that it is in.
    pub(super) fn rank_of(&self, file: BlobHash) -> Rank {
        let mut roots = self.store.index.roots_of(file);
        roots.push(file);
        self.store.steering.rank_of(&roots)
    }
}

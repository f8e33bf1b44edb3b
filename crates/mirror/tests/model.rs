//! Two to four devices with disks of their own, edited by people at random, cut off, and killed between any two steps. In
//! the end all disks are equal, and nothing that a person ever saved is lost from everywhere.

mod world;

use world::World;

const SEEDS: u64 = 4_000;

#[test]
fn disks_end_equal_and_nothing_that_was_saved_is_lost() {
    let mut conflicts = 0;
    let mut kills = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.something();
        }
        world.settle();
        world.check();
        conflicts += u64::from(world.had_conflict);
        kills += world.kills;
    }
    assert!(conflicts > SEEDS / 4, "the schedules make conflicts: {conflicts}");
    assert!(kills > SEEDS, "and kills: {kills}");
}

/// Where only one person works, and only their program and the others' are killed, nobody ever sees another version.
#[test]
fn kills_alone_make_no_conflict_and_bring_nothing_back() {
    for seed in 0..SEEDS / 2 {
        let mut world = World::new(seed);
        world.one_person = true;
        for _ in 0..60 {
            world.something();
        }
        world.settle();
        world.check();
        assert!(!world.had_conflict, "seed {seed}: one person cannot be of two minds");
        assert!(world.is_what_the_first_has(), "seed {seed}: what they took away stays away, what they saved stays");
    }
}

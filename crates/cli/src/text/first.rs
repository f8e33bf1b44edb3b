//! What somebody reads who types `skein` for the first time, or before it was started.

/// The first steps; `known`: there is a folder from an earlier time.
pub fn steps(known: bool) -> String {
    let begin = if known { "Skein is not running. Start it:\n\n  skein up\n" } else { FIRST };
    format!("{begin}{MORE}")
}

const FIRST: &str = "\
Skein is one community on its members' own computers: talk and files, with no server in between.

See it at work, with five invented people on this computer:

  skein demo

Begin one of your own:

  skein found \"Our garden\" --name Ana
  skein invite

Or come into one, with the link that you were given:

  skein join LINK --name Ana
";

const MORE: &str = "\nAll commands: skein --help\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newcomer_and_an_old_hand_read_different_things() {
        assert!(steps(false).contains("skein found"));
        assert!(steps(true).contains("skein up"));
    }
}

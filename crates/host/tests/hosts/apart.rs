//! People who are never there at the same time: a keeper carries what they say.

use crate::common::{Person, until};

#[test]
fn two_who_are_never_online_together_reach_each_other_through_a_keeper() {
    let (keeper, mut ana, mut ben) = (Person::keeper(), Person::new(), Person::new());
    assert!(keeper.status().keeper);
    keeper.found("Garden", "Kit");
    let link = keeper.invite(2).link;
    ana.join(&link, "Ana").expect("Ana is in");
    ana.rename("Anna");
    keeper.sees(&["Anna", "Kit"]);
    ana.stop();
    ben.join(&link, "Ben").expect("Ben is in");
    ben.sees(&["Anna", "Ben", "Kit"]);
    ben.rename("Benno");
    keeper.sees(&["Anna", "Benno", "Kit"]);
    ben.stop();
    ana.start();
    ana.sees(&["Anna", "Benno", "Kit"]);
}

#[test]
fn a_newcomer_gets_in_by_any_member_whom_the_link_names() {
    let (mut ana, ben, cem) = (Person::new(), Person::new(), Person::new());
    ana.found("Garden", "Ana");
    ben.join(&ana.invite(1).link, "Ben").expect("Ben is in");
    until("they reach each other", || ana.communities()[0].devices_reached == 1);
    let presence = || ana.members().iter().any(|row| row.name == "Ben" && !row.devices[0].addresses.is_empty());
    until("Ana knows where Ben is", presence);
    let link = ana.invite(1).link;
    ben.sees(&["Ana", "Ben"]);
    until("Ben has the invitation", || ben.communities()[0].events == ana.communities()[0].events);
    ana.stop();
    cem.join(&link, "Cem").expect("Ben lets Cem in");
    ben.sees(&["Ana", "Ben", "Cem"]);
    ana.start();
    ana.sees(&["Ana", "Ben", "Cem"]);
}

//! How the program behaves towards terminals, pipes, and people who are new or in a hurry.

mod common;

use std::process::Stdio;

use common::Person;

#[test]
fn a_newcomer_is_told_what_to_do_first() {
    let ana = Person::new();
    let out = ana.good(&[]);
    assert!(out.contains("skein found") && out.contains("skein join") && out.contains("skein demo"), "{out}");
    assert!(!ana.has("home"), "looking leaves nothing behind");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let ana = Person::new();
    for words in [&["completions", "bash"][..], &["--help"], &[]] {
        let mut child = ana
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{words:?} ended with {}", output.status);
        assert!(output.stderr.is_empty(), "{words:?} complained: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_cannot_be_understood_ends_with_2() {
    let ana = Person::new();
    for words in
        [&["frob"][..], &["invite", "--expires", "3y"], &["search"], &["--frob"], &["chat"], &["invite", "--uses", "0"]]
    {
        ana.bad(2, words);
    }
}

#[test]
fn founding_starts_the_program_and_says_so() {
    let ana = Person::new();
    let done = ana.types(&["found", "Garden"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("ana is its first member"), "the user's name serves: {}", done.out);
    assert!(done.err.contains("started in the background"), "{}", done.err);
    assert_eq!(ana.json(&["status"])["communities"][0]["name"], "Garden");
}

#[test]
fn a_program_that_cannot_start_says_why() {
    let ana = Person::new();
    let error = ana.bad(1, &["up", "--bind=192.0.2.77:5"]);
    assert!(error.contains("did not start") && error.contains("192.0.2.77:5"), "{error}");
}

#[test]
fn a_data_folder_with_too_long_a_path_is_refused_in_words() {
    let ana = Person::new();
    let error = ana.bad(2, &["--data-dir", &"x".repeat(120), "status"]);
    assert!(error.contains("too long"), "{error}");
}

#[test]
fn colours_are_for_screens_only() {
    let ana = Person::new();
    for words in [&["--help"][..], &[], &["status"], &["frob"]] {
        let done = ana.types(words);
        assert!(!(done.out + &done.err).contains('\u{1b}'), "{words:?} printed colours into a pipe");
    }
}

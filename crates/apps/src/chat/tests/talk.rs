//! Members talk: real nodes, the commands and queries of the command line, the text on the terminal.

use serde_json::{Value, json};
use skein_app::Kind;
use skein_event::EventId;

use crate::testing::Town;

fn say(town: &mut Town, who: usize, channel: &str, text: &str) -> EventId {
    town.say(who, "chat", json!({"say": {"channel": channel, "text": [text]}}))
}

fn read(channel: &str) -> Value {
    json!({"read": {"channel": channel}})
}

fn texts(answer: &Value) -> Vec<&str> {
    let messages = answer["messages"].as_array().expect("a page has messages");
    messages.iter().map(|message| message["text"].as_str().unwrap_or("(deleted)")).collect()
}

fn refused(town: &mut Town, who: usize, command: Value) -> Kind {
    let refusal = town.ask(who, "chat", command.clone()).expect_err("is refused");
    assert!(!refusal.message.is_empty() && !refusal.hint.is_empty(), "{command}: {refusal:?}");
    refusal.kind
}

#[test]
fn two_who_open_a_channel_apart_are_in_the_same_one() {
    let mut town = Town::of(&["Ana", "Ben"]);
    say(&mut town, 0, "garden", "beans?");
    say(&mut town, 1, "#Garden", "peas!");
    town.meet_all();
    for who in [0, 1] {
        let answer = town.query(who, "chat", read("garden")).expect("is there");
        assert_eq!(texts(&answer), ["beans?", "peas!"]);
    }
    assert_eq!(town.rows(0, "chat"), town.rows(1, "chat"));
    town.rebuild(1);
    assert_eq!(town.rows(0, "chat"), town.rows(1, "chat"));
}

#[test]
fn a_channel_reads_as_people_expect() {
    let mut town = Town::of(&["Ana", "Ben"]);
    let hello = say(&mut town, 0, "general", "hello **all**\nhow are you");
    town.meet_all();
    let hi = say(&mut town, 1, "general", "hi @ana!");
    let beans = say(&mut town, 1, "general", "been planted");
    let short = |id: EventId| id.to_string()[..8].to_string();
    town.say(1, "chat", json!({"edit": {"message": short(beans), "text": ["beans", "planted"]}}));
    town.say(1, "chat", json!({"react": {"message": short(hello), "emoji": "👍"}}));
    town.meet_all();
    let inside = json!({"channel": "general", "text": ["yes"], "thread": short(hi)});
    town.say(0, "chat", json!({ "say": inside }));
    let answer = json!({"channel": "general", "text": ["good"], "reply": short(beans)});
    let good = town.say(0, "chat", json!({ "say": answer }));
    town.say(0, "chat", json!({"pin": {"message": short(hello)}}));
    let expected = format!(
        "#general\n-- 2025-11-22 --\n\
         {} 00:00 Ana: hello **all**\n               how are you\n               pinned  👍 1\n\
         {} 00:00 Ben: hi @ana!\n               1 in its thread, 00:00\n\
         {} 00:00 Ben: beans planted (edited)\n\
         {} 00:00 Ana: good\n               in answer to Ben: beans planted\n",
        short(hello),
        short(hi),
        short(beans),
        short(good)
    );
    assert_eq!(town.text(0, "chat", read("general")), expected);
    let thread = town.query(0, "chat", json!({"read": {"channel": "general", "thread": short(hi)}})).expect("is there");
    assert_eq!(texts(&thread), ["hi @ana!", "yes"]);
    let pinned = town.query(0, "chat", json!({"read": {"channel": "general", "pinned": true}})).expect("is there");
    assert_eq!(texts(&pinned), ["hello **all**\nhow are you"]);
    let mentions = town.query(0, "chat", json!({"mentions": {}})).expect("is there");
    assert_eq!(texts(&mentions), ["hi @ana!"]);
    let shown = town.text(0, "chat", json!({"show": {"message": short(hello)}}));
    assert!(shown.ends_with(&format!("id: {hello}\n👍 by Ben\n")), "{shown}");
    town.meet_all();
    assert_eq!(town.rows(0, "chat"), town.rows(1, "chat"));
}

#[test]
fn what_is_deleted_leaves_its_place_in_channel_and_thread() {
    let mut town = Town::of(&["Ana", "Ben", "Cem"]);
    let root = say(&mut town, 0, "general", "root");
    let inside = json!({"channel": "general", "text": ["inside"], "thread": root});
    let inside = town.say(0, "chat", json!({ "say": inside }));
    let edit = json!({"message": inside, "text": ["inside out"]});
    town.say(0, "chat", json!({ "edit": edit }));
    town.meet(&[0, 1]); // Cem is away until all is deleted.
    for message in [inside, root] {
        assert_eq!(refused(&mut town, 1, json!({"delete": {"message": message}})), Kind::Denied);
        assert_eq!(refused(&mut town, 1, json!({"edit": {"message": message, "text": ["no"]}})), Kind::Denied);
        town.say(0, "chat", json!({"delete": {"message": message}}));
        assert_eq!(refused(&mut town, 0, json!({"edit": {"message": message, "text": ["no"]}})), Kind::Conflict);
    }
    town.meet_all();
    for who in [0, 1, 2] {
        let channel = town.query(who, "chat", read("general")).expect("keeps its name");
        assert_eq!(texts(&channel), ["(deleted)"]);
        assert_eq!(channel["messages"][0]["id"], json!(root));
        let thread =
            town.query(who, "chat", json!({"read": {"channel": "general", "thread": root}})).expect("is there");
        assert_eq!(texts(&thread), ["(deleted)", "(deleted)"]);
        assert_eq!(town.query(who, "chat", json!({"channels": {}})).expect("lists")["channels"][0]["name"], "general");
    }
    for who in [1, 2] {
        assert_eq!(town.rows(0, "chat"), town.rows(who, "chat"));
        town.rebuild(who);
        assert_eq!(town.rows(0, "chat"), town.rows(who, "chat"));
    }
}

#[test]
fn pages_follow_one_another() {
    let mut town = Town::of(&["Ana"]);
    let all: Vec<EventId> = (0..25).map(|n| say(&mut town, 0, "general", &format!("{n}"))).collect();
    let page = |town: &Town, more: Value| {
        let mut query = read("general");
        query["read"]["limit"] = json!(10);
        for (name, value) in more.as_object().expect("an object") {
            query["read"][name] = value.clone();
        }
        town.query(0, "chat", query).expect("is there")
    };
    let newest = page(&town, json!({}));
    assert_eq!((texts(&newest)[0], texts(&newest).len(), &newest["more"]), ("15", 10, &json!(true)));
    let older = page(&town, json!({"before": newest["messages"][0]["id"]}));
    assert_eq!((texts(&older)[0], texts(&older)[9]), ("5", "14"));
    let oldest = page(&town, json!({"before": older["messages"][0]["id"]}));
    assert_eq!((texts(&oldest).len(), &oldest["more"]), (5, &json!(false)));
    let after = page(&town, json!({"after": all[20]}));
    assert_eq!(texts(&after), ["21", "22", "23", "24"]);
    assert_eq!(texts(&page(&town, json!({"after": all[3]})))[0], "4");
}

#[test]
fn following_shows_what_came_late_too() {
    let mut town = Town::of(&["Ana", "Ben"]);
    let chat = crate::APPS.iter().find(|app| app.name() == "chat").expect("is in the list");
    say(&mut town, 1, "general", "late");
    for n in 0..3 {
        say(&mut town, 0, "general", &format!("{n}"));
    }
    let mut query = read("general");
    query["read"]["limit"] = json!(2);
    let first = town.query(0, "chat", query.clone()).expect("is there");
    query = chat.next(&query, &first).expect("goes on");
    assert_eq!(texts(&town.query(0, "chat", query.clone()).expect("is there")), [""; 0]);
    town.meet_all();
    for text in ["3", "4", "5"] {
        say(&mut town, 0, "general", text);
    }
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..3 {
        let answer = town.query(0, "chat", query.clone()).expect("is there");
        seen.extend(texts(&answer).into_iter().map(String::from));
        query = chat.next(&query, &answer).expect("goes on");
    }
    assert_eq!(seen, ["late", "3", "4", "5"]);
}

#[test]
fn unread_counts_are_one_persons_own() {
    let mut town = Town::of(&["Ana", "Ben"]);
    say(&mut town, 0, "general", "hello @Ben");
    say(&mut town, 0, "general", "again");
    say(&mut town, 1, "general", "mine");
    town.meet_all();
    let counts = |town: &Town, who: usize| {
        let answer = town.query(who, "chat", json!({"channels": {}})).expect("lists");
        (answer["channels"][0]["unread"].as_u64(), answer["channels"][0]["mentions"].as_u64())
    };
    assert_eq!((counts(&town, 0), counts(&town, 1)), ((Some(1), Some(0)), (Some(2), Some(1))));
    let marked = town.ask(1, "chat", json!({"mark-read": {"channel": "general"}})).expect("marks");
    let skein_node::Answer::Do(skein_app::Job::Mark { object, tick }) = marked else { panic!("{marked:?}") };
    town.mark(1, object, tick);
    town.meet_all();
    assert_eq!((counts(&town, 0), counts(&town, 1)), ((Some(1), Some(0)), (Some(0), Some(0))));
    say(&mut town, 0, "general", "news");
    town.meet_all();
    assert_eq!(counts(&town, 1), (Some(1), Some(0)));
}

#[test]
fn a_thread_is_read_by_itself_or_with_its_channel() {
    let mut town = Town::of(&["Ana", "Ben"]);
    let root = say(&mut town, 0, "general", "who has the key?").to_string();
    let reply = |town: &mut Town, text: &str| {
        town.now_ms += 60_000;
        town.say(0, "chat", json!({"say": {"channel": "general", "text": [text], "thread": root}}));
        town.meet_all();
        town.now_ms
    };
    let read = |town: &Town, thread: bool| {
        let thread = thread.then_some(&root);
        let page = town.query(1, "chat", json!({"read": {"channel": "general", "thread": thread}})).expect("reads");
        (page["read_ms"].as_u64().expect("a time"), page["channel"]["unread"].as_u64().expect("a number"))
    };
    let mark = |town: &mut Town, thread: Option<&String>| {
        let command = json!({"mark-read": {"channel": "general", "thread": thread}});
        let marked = town.ask(1, "chat", command).expect("marks");
        let skein_node::Answer::Do(skein_app::Job::Mark { object, tick }) = marked else { panic!("{marked:?}") };
        town.mark(1, object, tick);
    };
    let first = reply(&mut town, "on the hook");
    assert!(read(&town, true).0 < first, "nothing was read");
    mark(&mut town, None);
    assert_eq!((read(&town, false), read(&town, true)), ((first, 0), (first, 0)), "with its channel");
    let second = reply(&mut town, "no longer");
    mark(&mut town, Some(&root));
    assert_eq!((read(&town, false), read(&town, true)), ((first, 1), (second, 1)), "by itself");
    reply(&mut town, "found it");
    mark(&mut town, None);
    assert_eq!(read(&town, true), (second, 0), "what the channel's reader did not open is new in the thread");
    let refused = town.ask(1, "chat", json!({"mark-read": {"channel": "shed", "thread": root}}));
    assert!(refused.is_err(), "it is not in that channel");
}

#[test]
fn what_was_said_before_one_came_in_is_not_unread() {
    let mut town = Town::of(&["Ana", "Ben"]);
    for text in ["one", "two @Cem", "three"] {
        say(&mut town, 0, "general", text);
    }
    say(&mut town, 0, "shed", "tools");
    town.meet_all();
    let cem = town.join("Cem");
    town.meet_all();
    let counts = |town: &Town, who: usize| {
        let unread = town.unread(who, "chat");
        let answer = town.query(who, "chat", json!({"channels": {}})).expect("lists");
        let channels = answer["channels"].as_array().expect("a list");
        let sum = |what: &str| channels.iter().map(|channel| channel[what].as_u64().expect("a number")).sum::<u64>();
        assert_eq!((sum("unread"), sum("mentions")), (unread.items.into(), unread.mentions.into()), "{answer}");
        (unread.items, unread.mentions)
    };
    assert_eq!(counts(&town, cem), (0, 0), "the history was said to others");
    assert_eq!(counts(&town, 1), (4, 0), "Ben was there");
    say(&mut town, 1, "shed", "@cem, the key?");
    say(&mut town, 0, "general", "welcome");
    let deleted = say(&mut town, 0, "general", "@Cem oh, nothing");
    town.say(0, "chat", json!({"delete": {"message": deleted.to_string()}}));
    say(&mut town, cem, "general", "hello");
    town.meet_all();
    assert_eq!(counts(&town, cem), (2, 1));
    town.say(1, "chat", json!({"channel": {"archive": {"channel": "shed"}}}));
    town.meet_all();
    assert_eq!(counts(&town, cem), (1, 0), "what is put away calls nobody");
}

#[test]
fn channels_are_opened_renamed_and_put_away() {
    let mut town = Town::of(&["Ana"]);
    assert_eq!(town.text(0, "chat", json!({"channels": {}})), "#general  nothing said yet\n");
    assert_eq!(town.text(0, "chat", read("general")), "#general\nNothing to show here.\n");
    let new = json!({"channel": {"new": {"name": "Garden", "topic": "What grows"}}});
    town.say(0, "chat", new.clone());
    assert_eq!(refused(&mut town, 0, new), Kind::Conflict);
    say(&mut town, 0, "garden", "hello");
    town.say(0, "chat", json!({"channel": {"rename": {"channel": "garden", "name": "plot"}}}));
    for name in ["plot", "garden"] {
        let answer = town.query(0, "chat", read(name)).expect("both names lead to it");
        assert_eq!((texts(&answer), answer["channel"]["name"].as_str()), (vec!["hello"], Some("plot")));
    }
    let rename = json!({"channel": {"rename": {"channel": "general", "name": "plot"}}});
    assert_eq!(refused(&mut town, 0, rename), Kind::Conflict);
    town.say(0, "chat", json!({"channel": {"topic": {"channel": "plot", "topic": ["Beans"]}}}));
    town.say(0, "chat", json!({"channel": {"archive": {"channel": "plot"}}}));
    assert_eq!(refused(&mut town, 0, json!({"say": {"channel": "plot", "text": ["x"]}})), Kind::Denied);
    assert_eq!(town.text(0, "chat", json!({"channels": {}})), "#general  nothing said yet\n");
    let all = town.text(0, "chat", json!({"channels": {"all": true}}));
    assert!(all.contains("#plot") && all.contains("archived, Beans"), "{all}");
    town.say(0, "chat", json!({"channel": {"archive": {"channel": "plot", "undo": true}}}));
    say(&mut town, 0, "plot", "again");
}

#[test]
fn what_cannot_be_is_refused_in_plain_words() {
    let mut town = Town::of(&["Ana"]);
    let one = say(&mut town, 0, "general", "one");
    say(&mut town, 0, "garden", "two");
    let long = "x".repeat(16 * 1024 + 1);
    let cases = [
        (json!({"say": {"channel": "general", "text": [" "]}}), Kind::Usage),
        (json!({"say": {"channel": "general", "text": [long]}}), Kind::Limit),
        (json!({"say": {"channel": "general", "text": ["\u{1b}[2J"]}}), Kind::Usage),
        (json!({"say": {"channel": "a\nb", "text": ["x"]}}), Kind::Usage),
        (json!({"say": {"channel": "garden", "text": ["x"], "thread": one}}), Kind::Usage),
        (json!({"react": {"message": one, "emoji": "two words"}}), Kind::Usage),
        (json!({"react": {"message": one, "emoji": "x", "remove": true}}), Kind::Conflict),
        (json!({"delete": {"message": "abc"}}), Kind::Usage),
        (json!({"delete": {"message": "zzzzzz"}}), Kind::NotFound),
        (json!({"delete": {"message": "!!!!!!"}}), Kind::NotFound),
        (json!({"mark-read": {"channel": "nowhere"}}), Kind::NotFound),
    ];
    for (command, kind) in cases {
        assert_eq!(refused(&mut town, 0, command.clone()), kind, "{command}");
    }
}

#[test]
fn a_beginning_that_fits_two_messages_is_ambiguous() {
    let mut town = Town::of(&["Ana"]);
    let ids: Vec<String> = (0..3_000).map(|n| say(&mut town, 0, "general", &format!("{n}")).to_string()).collect();
    let fits = |start: &str| ids.iter().filter(|id| id.starts_with(start)).count();
    let twice =
        ids.iter().find(|id| fits(&id[..4]) == 2).expect("among 3,000 ids two begin with the same 4 characters");
    let refusal = town.query(0, "chat", json!({"show": {"message": twice[..4]}})).expect_err("two begin so");
    assert_eq!(refusal.kind, Kind::Ambiguous);
    for id in [twice, &ids[7]] {
        let shown = town.query(0, "chat", json!({"show": {"message": id[..12]}})).expect("one begins so");
        assert_eq!(shown["message"]["id"], json!(id));
    }
}

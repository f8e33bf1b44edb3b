//! What the demo's pretend neighbours say and share, and how they answer. They never pretend to be people.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_apps::chat::{Answer, Message};
use skein_host::{Change, Hit, Request, Said};
use tokio::time::sleep;

use super::member::Member;

const CHANNEL: &str = "general";
/// How many of the newest items are looked at after a change.
const LOOKED_AT: u32 = 20;
/// How many answers they give in one run.
const MOST_ANSWERS: usize = 200;
/// How long it takes them to answer.
const THINKING: Duration = Duration::from_millis(1_500);

/// Something that a neighbour does, after a pause in milliseconds.
enum Step {
    /// Says something in the channel.
    Say(u64, usize, &'static str),
    /// Shares the folder.
    Share(u64, usize),
}

const ROSA: usize = 0;
const TARIQ: usize = 1;
const WEN: usize = 2;

/// About a minute.
const STORY: &[Step] = &[
    Step::Say(
        300,
        ROSA,
        "Welcome to the allotment! Tariq, Wen and I are **pretend neighbours**: three programs on your own computer, here so \
         that you can try everything. Nothing that you write here leaves it.",
    ),
    Step::Say(3_000, TARIQ, "Hello! The first peas are up by the south wall."),
    Step::Say(5_000, WEN, "Mine too. Did anybody water the seedlings on Sunday?"),
    Step::Say(6_000, ROSA, "I did. @Wen, your tomatoes could do with a stake."),
    Step::Share(5_000, ROSA),
    Step::Say(2_000, ROSA, "I have put our planting plan into *Files*, for whoever wants it."),
    Step::Say(7_000, WEN, "Thanks! I take the bed by the pear tree, then."),
    Step::Say(6_000, TARIQ, "Who has the key to the shed?"),
    Step::Say(5_000, WEN, "It hangs behind the second pot, as ever."),
    Step::Say(7_000, TARIQ, "Then see you on Saturday at ten: we mend the fence. I bring nails."),
    Step::Say(6_000, ROSA, "And I bring cake."),
    Step::Say(
        4_000,
        WEN,
        "Now you: write something, react to a message, share a file. We have a few sentences ready. When you have seen \
         enough, leave this community, and we are gone.",
    ),
];

const SHARE: &str = "Planting plan";
const PAGES: [(&str, &str); 4] = [
    (
        "Read me.md",
        "# Our planting plan\n\nThis folder belongs to the demo: three pretend neighbours wrote it.\n\n- `beds.md`: who grows \
         what\n- `calendar.txt`: when\n- `recipes/soup.md`: what for\n",
    ),
    (
        "beds.md",
        "# Beds\n\n| Bed | Who | What |\n|---|---|---|\n| South wall | Tariq | peas, then beans |\n| Pear tree | Wen | tomatoes, \
         basil |\n| By the gate | Rosa | potatoes, marigolds |\n| Corner | free | yours? |\n",
    ),
    (
        "calendar.txt",
        "March      peas, broad beans\nApril      potatoes, lettuce\nMay        beans, tomatoes (after the last frost)\nJune       \
         leeks\nSeptember  garlic\n",
    ),
    (
        "recipes/soup.md",
        "# Pea soup\n\nPeas, an onion, a potato, mint. Twenty minutes. Serves whoever mended the fence.\n",
    ),
];

/// Goes on with the story where it was, and answers whatever the person says, until something fails.
///
/// # Errors
/// What a neighbour's program refused, or that it ended.
pub async fn perform(neighbours: &[Member], folder: &Path) -> Result<(), Refusal> {
    // The answers begin before the story: nothing that is said meanwhile is missed.
    tokio::try_join!(answer(neighbours), story(neighbours, folder))?;
    Ok(())
}

async fn story(neighbours: &[Member], folder: &Path) -> Result<(), Refusal> {
    let note = folder.join("told");
    let told = fs::read_to_string(&note).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    for (at, step) in STORY.iter().enumerate().skip(told) {
        match step {
            Step::Say(pause_ms, who, words) => {
                sleep(Duration::from_millis(*pause_ms)).await;
                let _: Said = neighbours[*who].types(&["chat", "say", CHANNEL, words]).await?;
            }
            Step::Share(pause_ms, who) => {
                sleep(Duration::from_millis(*pause_ms)).await;
                let path = make_share(&folder.join("desk")).map_err(|error| {
                    Refusal::new(Kind::Failed, format!("the neighbours' folder cannot be made: {error}"))
                })?;
                let _: Said = neighbours[*who].types(&["files", "add", &path]).await?;
            }
        }
        // If it cannot be noted down, something may be said twice.
        let _ = fs::write(&note, (at + 1).to_string());
    }
    Ok(())
}

fn make_share(desk: &Path) -> std::io::Result<String> {
    let top = desk.join(SHARE);
    for (name, text) in PAGES {
        let path = top.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(top.display().to_string())
}

/// Answers what is said by anybody who is none of the neighbours.
async fn answer(neighbours: &[Member]) -> Result<(), Refusal> {
    let mut changes = neighbours[ROSA].client()?.follow(None).await?;
    let feed = Request::Feed { community: None, limit: LOOKED_AT, before: None };
    let mut seen = HashSet::new();
    let mut given = 0;
    for hit in neighbours[ROSA].ask::<Vec<Hit>>(&feed).await? {
        seen.insert(hit.event);
    }
    while given < MOST_ANSWERS {
        loop {
            if let Change::Object { .. } | Change::Lagged = changes.next().await? {
                break;
            }
        }
        let hits = neighbours[ROSA].ask::<Vec<Hit>>(&feed).await?;
        seen.retain(|event| hits.iter().any(|hit| hit.event == *event));
        for hit in hits.into_iter().rev() {
            let ours = neighbours.iter().any(|neighbour| neighbour.name == hit.name);
            if seen.insert(hit.event.clone()) && hit.app == "chat" && !ours {
                sleep(THINKING).await;
                reply(neighbours, &hit.event, given).await;
                given += 1;
            }
        }
    }
    std::future::pending().await
}

/// One answer. If it was no message, or was deleted meanwhile, nobody says anything.
async fn reply(neighbours: &[Member], event: &str, given: usize) {
    let shown = neighbours[ROSA].types::<Answer>(&["chat", "show", event]).await;
    let Ok(Answer::Message { message }) = shown else { return };
    let (who, words) = words(&message, given);
    let typed = ["chat", "say", &message.channel_name, &words, "--reply", event];
    if let Err(refusal) = neighbours[who].types::<Said>(&typed).await {
        tracing::info!("a pretend neighbour has no answer: {refusal}");
    }
}

/// Who answers what.
fn words(message: &Message, given: usize) -> (usize, String) {
    let text = message.text.as_deref().unwrap_or_default().to_lowercase();
    let asked = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let name = &message.author.name;
    let others: [&str; 5] = [
        "I am only a pretend neighbour and have a few sentences ready, but that went straight to our three programs, with no \
         server in between.",
        "A real neighbour would have more to say. Try a reaction, a thread, or a file dropped on this page.",
        "Noted! (I am a program, so I note everything.) With real people this works just the same: make an invitation under \
         *People*.",
        "That sounds like something for Saturday. As a pretend neighbour I am always free.",
        "I cannot really answer, being pretended. But look under *Is it safe?*: there you see which devices have your message.",
    ];
    if asked(&["hello", "hallo", "hey", "good morning", "good evening"]) || text.trim() == "hi" {
        return (
            ROSA,
            format!("Hello {name}! I am only a pretend neighbour, but it is good to see somebody real here."),
        );
    }
    if asked(&["file", "folder", "plan", "photo", "picture"]) {
        let words = "The planting plan is in *Files*: open it and fetch it, it comes from whoever of us has it. You can share \
                     something too. (Pretend neighbours like pictures of beans.)";
        return (ROSA, words.to_owned());
    }
    if asked(&["who are you", "are you real", "robot", "bot", "pretend"]) {
        let words = "We are three pretend neighbours: programs on your own computer with a few sentences each. Nobody else \
                     reads this.";
        return (TARIQ, words.to_owned());
    }
    if asked(&["thank"]) {
        return (WEN, "You are welcome, says the pretend neighbour.".to_owned());
    }
    if asked(&["saturday", "fence", "cake", "shed", "key"]) {
        let words =
            "Saturday at ten, by the shed; the key hangs behind the second pot. The cake is as pretended as I am.";
        return (TARIQ, words.to_owned());
    }
    (given % 3, others[given % others.len()].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::member::typed;
    use crate::demo::neighbours::NAMES;

    #[test]
    fn the_story_takes_about_a_minute_and_can_be_typed() {
        let mut whole_ms = 0;
        for step in STORY {
            match step {
                Step::Say(pause_ms, who, words) => {
                    whole_ms += pause_ms;
                    assert!(*who < NAMES.len() && typed(&["chat", "say", CHANNEL, words]).is_ok(), "{words}");
                }
                Step::Share(pause_ms, _) => whole_ms += pause_ms,
            }
        }
        assert!((40_000..80_000).contains(&whole_ms), "{whole_ms}");
        assert!(matches!(STORY[0], Step::Say(_, _, words) if words.contains("pretend")), "they say so first");
    }
}

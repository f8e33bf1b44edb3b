//! Looking at how things are: status, communities, members, feed, search, who has what.

use std::collections::HashSet;
use std::time::Duration;

use skein_host::{Change, CommunityRow, Hit, MemberRow, Request, Status, WhoHasIt};
use tokio::time::sleep;

use super::Context;
use super::belong::now_ms;
use crate::args::SearchArgs;
use crate::out::Done;
use crate::text::show;
use crate::text::time::When;

/// How often `status --watch` draws.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// How many lines `feed --follow` asks for after a change.
const FEED_STEP: u32 = 200;

pub(super) async fn status(context: &Context, watch: bool) -> Done {
    loop {
        let status: Status = context.ask(&Request::Status).await?;
        if watch && context.out.screen && !context.out.json {
            // Home, then clear what is below: no flicker.
            context.out.text("\x1b[H\x1b[J")?;
        }
        context.print(&status, |status| show::status(status, now_ms(), context.out.paint))?;
        if !watch {
            return Ok(());
        }
        sleep(WATCH_EVERY).await;
    }
}

pub(super) async fn communities(context: &Context) -> Done {
    context.show(&Request::Communities, |rows: &Vec<CommunityRow>| show::communities(rows, context.out.paint)).await
}

pub(super) async fn members(context: &Context) -> Done {
    let request = Request::Members { community: context.community() };
    context.show(&request, |rows: &Vec<MemberRow>| show::members(rows, now_ms(), context.out.paint)).await
}

pub(super) async fn search(context: &Context, args: SearchArgs) -> Done {
    let at = |when: When| when.ms(now_ms());
    let request = Request::Search {
        community: context.community(),
        text: args.words.join(" "),
        limit: args.limit,
        app: args.app,
        member: args.from,
        object: args.place,
        after_ms: args.after.map(at),
        before_ms: args.before.map(at),
    };
    context.show(&request, |hits: &Vec<Hit>| show::hits(hits, now_ms(), context.out.paint)).await
}

pub(super) async fn who_has(context: &Context, event: String) -> Done {
    let request = Request::WhoHas { community: context.community(), event };
    context.show(&request, |who: &WhoHasIt| show::who_has(who, context.out.paint)).await
}

/// The newest last, as one reads a terminal.
pub(super) async fn feed(context: &Context, limit: u32, follow: bool) -> Done {
    let community = context.community();
    if !follow {
        let request = Request::Feed { community, limit, before: None };
        return context.show(&request, |hits: &Vec<Hit>| show::feed(hits, now_ms(), context.out.paint)).await;
    }
    let mut changes = context.client.follow(community.as_deref()).await?;
    let mut seen = HashSet::new();
    let mut limit = limit;
    loop {
        let request = Request::Feed { community: community.clone(), limit, before: None };
        let hits: Vec<Hit> = context.ask(&request).await?;
        let new: Vec<Hit> = hits.iter().filter(|hit| !seen.contains(&hit.event)).cloned().collect();
        print_feed(context, &new)?;
        // Only what this many lines can hold is asked for again, so no more needs to be remembered.
        seen = hits.into_iter().map(|hit| hit.event).collect();
        limit = FEED_STEP;
        while !matches!(changes.next().await?, Change::Object { .. } | Change::Lagged) {}
        changes.settle().await;
    }
}

fn print_feed(context: &Context, new: &[Hit]) -> Done {
    if context.out.json {
        return new.iter().rev().try_for_each(|hit| context.out.value(&serde_json::to_value(hit).unwrap_or_default()));
    }
    if new.is_empty() { Ok(()) } else { context.out.text(&show::feed(new, now_ms(), context.out.paint)) }
}

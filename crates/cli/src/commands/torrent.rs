//! `skein files torrent` and `skein files fetch-torrent`: files for and from anybody who speaks BitTorrent.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, FromArgMatches};
use serde_json::{Value, json};
use skein_app::{Kind, Refusal};
use skein_host::{Giving, Request, SeedTerms, TakeTerms, TakenTorrent, TorrentRequest, TorrentRow, TorrentState};

use super::Context;
use super::gift::what;
use crate::args::{FetchArgs, TorrentArgs, TorrentCommand, sync};
use crate::out::Done;
use crate::text::{Table, amount, one_line, show};

pub(super) async fn run(context: &Context, matches: &ArgMatches) -> Done {
    let args = TorrentArgs::from_arg_matches(matches).map_err(|error| Refusal::new(Kind::Usage, error.to_string()))?;
    match args.command {
        None => seed(context, args).await,
        Some(TorrentCommand::List) => {
            context.show(&asked(TorrentRequest::List), |rows: &Vec<TorrentRow>| list(context, rows)).await
        }
        Some(TorrentCommand::End { id }) => {
            let (): () = context.ask(&asked(TorrentRequest::End { id })).await?;
            context.out.answer(&json!({ "ended": true }), || "It is ended.".to_owned())
        }
    }
}

fn asked(request: TorrentRequest) -> Request {
    Request::Torrent(request)
}

async fn seed(context: &Context, args: TorrentArgs) -> Done {
    let file = args.file.ok_or_else(|| Refusal::new(Kind::Usage, "which file?").hint("`skein files torrent FILE`"))?;
    let (what, folder) = what(context, &file).await?;
    let to = args.to.unwrap_or_else(|| beside(&what));
    let cwd = std::env::current_dir().ok();
    let terms = SeedTerms { what, folder, cwd, to: Some(to), trackers: args.tracker, seed: !args.no_seed };
    let row: TorrentRow = context.ask(&asked(TorrentRequest::Seed(terms))).await?;
    context.print(&row, |row| given(context, row))
}

/// Where the `.torrent` file is written: where the person stands, under the name of what it is of.
fn beside(what: &Giving) -> PathBuf {
    let name = match what {
        Giving::Path(path) => std::path::absolute(path).ok().and_then(|path| Some(path.file_name()?.to_owned())),
        Giving::Held { name, .. } => Some(name.into()),
    };
    let mut name = name.unwrap_or_else(|| "files".into());
    name.push(".torrent");
    Path::new(&name).to_owned()
}

fn given(context: &Context, row: &TorrentRow) -> String {
    let mut text = format!("{}\n", row.magnet);
    if !context.out.screen || context.out.quiet {
        return text;
    }
    if let Some(path) = &row.path {
        text.push_str(&format!("\nThe same as a file: {}\n", one_line(path)));
    }
    if row.state == TorrentState::Described {
        text.push_str("Nobody is given anything yet.\n");
        return text;
    }
    let end = context.typed(&format!("skein files torrent end {}", row.id));
    let name = one_line(&row.name);
    text.push_str(&format!("Whoever has either can fetch {name} ({}), and pass it on.\n", amount::bytes(row.bytes)));
    text.push_str(&format!("It is given while Skein runs on this computer, until you end it:  {end}\n"));
    text
}

fn list(context: &Context, rows: &[TorrentRow]) -> String {
    if rows.is_empty() {
        return format!(
            "You give no torrent to anybody.\n\nGive a file:   {}\nFetch one:     {}\n",
            context.typed("skein files torrent FILE"),
            context.typed("skein files fetch-torrent MAGNET|FILE")
        );
    }
    let mut table = Table::new(&["no.", "file", "size", "state", "to", "sent"]);
    for row in rows {
        let come = || format!("{} here", amount::bytes(row.here_bytes));
        let (state, to, sent) = match row.state {
            TorrentState::Given | TorrentState::Described => (
                "given".to_owned(),
                amount::many(row.peers.into(), "computer", "computers"),
                amount::bytes(row.sent_bytes),
            ),
            TorrentState::Fetching => (format!("on its way, {}", come()), String::new(), String::new()),
            TorrentState::Begun => (format!("not finished, {}", come()), String::new(), String::new()),
        };
        table.row([&row.id, &one_line(&row.name), &amount::bytes(row.bytes), &state, &to, &sent]);
    }
    table.text(context.out.paint)
}

pub(super) async fn fetch(context: &Context, matches: &ArgMatches) -> Done {
    let args = FetchArgs::from_arg_matches(matches).map_err(|error| Refusal::new(Kind::Usage, error.to_string()))?;
    let terms = TakeTerms {
        community: context.community(),
        from: args.torrent,
        cwd: std::env::current_dir().ok(),
        peers: args.from,
        trackers: args.tracker,
        ask_trackers: args.trackers,
    };
    let taken: TakenTorrent = context.ask(&asked(TorrentRequest::Take(terms))).await?;
    let command = json!({ "add": { "path": { "path": taken.path }, "name": args.name, "note": args.note } });
    let add = Request::Do { community: context.community(), app: sync::UNDER.into(), command, cwd: None };
    let shared: Result<Value, Refusal> = context.ask(&add).await;
    // What is shared, now or before, is in the store of files: what came lies here a second time.
    if shared.as_ref().map_or_else(|refusal| refusal.kind == Kind::Conflict, |_| true) {
        let thrown: Result<(), Refusal> = context.ask(&asked(TorrentRequest::End { id: taken.id.clone() })).await;
        if let Err(refusal) = thrown {
            context.out.note(&format!("What came could not be cleared away: {refusal}"));
        }
    }
    let shared = shared.map_err(|refusal| match refusal.kind {
        Kind::Conflict => refusal,
        _ => refusal.hint("It came whole, and is kept: the same command goes on."),
    })?;
    let answer = json!({ "torrent": taken, "shared": shared });
    context.out.answer(&answer, || {
        let name = one_line(args.name.as_deref().unwrap_or(&taken.name));
        let size = amount::bytes(taken.bytes);
        format!("{name} ({size}) came whole, and is shared.\n{}", show::outcome(&shared, context.out.paint))
    })
}

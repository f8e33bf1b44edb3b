//! `skein files sync`: folders that stay the same.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, FromArgMatches};
use skein_app::{Kind, Refusal};
use skein_host::{BroughtBack, OldVersion, Request, Said, TieRow, TieState, Tying};

use super::Context;
use super::belong::now_ms;
use crate::args::{SyncArgs, SyncCommand};
use crate::out::Done;
use crate::text::{Table, amount, one_line, time};

pub(super) async fn run(context: &Context, matches: &ArgMatches) -> Done {
    let args = SyncArgs::from_arg_matches(matches).map_err(|error| Refusal::new(Kind::Usage, error.to_string()))?;
    let change = |dir: &Path, what| Request::ChangeTie { dir: absolute(dir), what };
    match args.command {
        None => tie(context, args).await,
        Some(SyncCommand::List) => list(context).await,
        Some(SyncCommand::Status { dir }) => {
            let row = tied(context, &dir).await?;
            context.print(&row, one)
        }
        Some(SyncCommand::Pause { dir }) => context.show(&change(&dir, Tying::Pause), one).await,
        Some(SyncCommand::Resume { dir, gone, back }) => {
            let what = match (gone, back) {
                (true, _) => Tying::ResumeGone,
                (_, true) => Tying::ResumeBack,
                _ => Tying::Resume,
            };
            context.show(&change(&dir, what), one).await
        }
        Some(SyncCommand::Stop { dir }) => {
            context
                .show(&change(&dir, Tying::Stop), |row: &TieRow| {
                    format!("{} is kept the same no longer. All files stay where they are.\n", one_line(&row.dir))
                })
                .await
        }
        Some(SyncCommand::Keep { dir, file }) => keep(context, &dir, &file).await,
        Some(SyncCommand::Versions { dir, path }) => versions(context, &dir, path).await,
        Some(SyncCommand::Restore { dir, version }) => {
            context
                .show(&Request::BringBack { dir: absolute(&dir), version }, |back: &BroughtBack| {
                    format!("It is back: {}\n", one_line(&back.path))
                })
                .await
        }
    }
}

async fn tied(context: &Context, dir: &Path) -> Result<TieRow, Refusal> {
    let rows: Vec<TieRow> = context.ask(&Request::Ties { dir: Some(absolute(dir)) }).await?;
    rows.into_iter().next().ok_or_else(|| Refusal::new(Kind::NotFound, "it is not kept the same"))
}

async fn keep(context: &Context, dir: &Path, file: &str) -> Done {
    let row = tied(context, dir).await?;
    let path = Path::new(file).strip_prefix(&row.dir).ok().and_then(Path::to_str).unwrap_or(file);
    let shelf = skein_apps::SHELF;
    let (community, command) = (Some(row.community.clone()), shelf.keep(&row.folder, path));
    context
        .show(&Request::Do { community, app: shelf.app().into(), command, cwd: None }, |_: &Said| {
            let next = context.typed("skein files sync versions DIR");
            format!(
                "Everybody has that version now: {}\nThe others are among the old versions:  {next}\n",
                one_line(path)
            )
        })
        .await
}

async fn tie(context: &Context, args: SyncArgs) -> Done {
    let dir = args.dir.ok_or_else(|| Refusal::new(Kind::Usage, "which folder?").hint("`skein files sync DIR`"))?;
    let SyncArgs { name, only, without, one_case, .. } = args;
    let request = Request::Tie { community: context.community(), dir: absolute(&dir), name, only, without, one_case };
    context
        .show(&request, |row: &TieRow| {
            let name = one_line(&row.name);
            let next = context.typed(&format!("skein files sync DIR --as \"{name}\""));
            format!("{}\nThe others have it with:  {next}\n", one(row).trim_end())
        })
        .await
}

async fn list(context: &Context) -> Done {
    context
        .show(&Request::Ties { dir: None }, |rows: &Vec<TieRow>| {
            if rows.is_empty() {
                return format!(
                    "No folder of this computer is kept the same. Begin with one:  {}\n",
                    context.typed("skein files sync DIR")
                );
            }
            let mut table = Table::new(&["Folder", "In", "How it stands"]);
            for row in rows {
                let place = format!("{} / {}", one_line(&row.community_name), one_line(&row.name));
                table.row([&one_line(&row.dir), &place, &state(row.state).to_owned()]);
            }
            table.text(context.out.paint)
        })
        .await
}

async fn versions(context: &Context, dir: &Path, path: Option<String>) -> Done {
    context
        .show(&Request::OldVersions { dir: absolute(dir), path }, |found: &Vec<OldVersion>| {
            if found.is_empty() {
                return "There are no old versions.\n".to_owned();
            }
            let mut table = Table::new(&["File", "When", "Size", "Whose", "Id"]);
            for old in found {
                let when = time::ago(old.at_ms, now_ms());
                let id = if old.at.is_empty() { old.id.chars().take(12).collect() } else { one_line(&old.id) };
                let by = if old.by.is_empty() { "here".into() } else { one_line(&old.by) };
                table.row([&one_line(&old.path), &when, &amount::bytes(old.bytes), &by, &id]);
            }
            let next = context.typed("skein files sync restore DIR ID");
            format!("{}\nTo have one back, beside what is there now:  {next}\n", table.text(context.out.paint))
        })
        .await
}

fn state(state: TieState) -> &'static str {
    match state {
        TieState::New => "not looked at yet",
        TieState::Equal => "the same",
        TieState::Working => "working",
        TieState::Waiting => "waiting for others",
        TieState::Paused => "paused",
        TieState::Away => "not there",
        TieState::ManyGone => "asks you: many files are gone",
        TieState::Trouble => "trouble",
    }
}

fn one(row: &TieRow) -> String {
    let (dir, name) = (one_line(&row.dir), one_line(&row.name));
    let files = if row.files == 1 { "1 file".to_owned() } else { format!("{} files", row.files) };
    let mut text =
        format!("{dir} is {name} in {}: {files}, {}.\n", one_line(&row.community_name), amount::bytes(row.bytes));
    text.push_str(&format!("{}\n", one_line(format!("{} {}", row.words, row.next).trim_end())));
    match row.conflicts {
        0 => (),
        1 => text.push_str("One file was changed by two at once: the other version lies beside it.\n"),
        n => text.push_str(&format!("{n} other versions lie beside files that two changed at once.\n")),
    }
    if row.conflicts > 0 {
        text.push_str(
            "Keep one:  skein files sync keep DIR FILE\nOr delete what you do not need, or give it another name.\n",
        );
    }
    if !row.problems.is_empty() {
        text.push_str("Left alone:\n");
    }
    for left in &row.problems {
        text.push_str(&format!("  {}: {}\n", one_line(&left.path), one_line(&left.why)));
    }
    text
}

/// A path as seen from the root: the running program stands elsewhere. One that cannot be is left as it is.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

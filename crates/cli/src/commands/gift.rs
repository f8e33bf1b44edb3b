//! `skein give`, `take` and `gifts`: files for and from people who are in no community.

use std::path::PathBuf;

use serde_json::{Value, json};
use skein_app::{Kind, Refusal};
use skein_host::{GiftRow, Giving, Request, TakenFile, Terms};

use super::Context;
use super::belong::{now_ms, qr_code};
use crate::args::GiveArgs;
use crate::out::Done;
use crate::text::{Table, amount, one_line, time};

pub(super) async fn give(context: &Context, args: GiveArgs) -> Done {
    super::start::up_if_down(context).await?;
    let terms = Terms {
        what: a_file(context, &args.file).await?,
        cwd: std::env::current_dir().ok(),
        times: args.times,
        lasts_ms: args.expires.as_millis() as u64,
        spoken: args.code,
    };
    let row: GiftRow = context.ask(&Request::Give(terms)).await?;
    context.print(&row, |row| {
        let mut text = format!("{}\n", row.text);
        if context.out.screen && !context.out.quiet {
            let span = time::span(row.expires_ms.saturating_sub(now_ms()));
            let who = if row.times == 1 { "one person".to_owned() } else { format!("{} people", row.times) };
            let how = context.typed(if row.spoken { "skein take FOUR WORDS" } else { "skein take LINK" });
            text.push_str(&format!(
                "\n{}, {}, for {who}. They type:  {how}\n",
                one_line(&row.name),
                amount::bytes(row.bytes)
            ));
            text.push_str(&format!("It is there for {span}, while Skein runs on this computer.\n"));
        }
        if row.spoken { text } else { text + &qr_code(context, &row.text, args.qr) }
    })
}

async fn a_file(context: &Context, file: &str) -> Result<Giving, Refusal> {
    match what(context, file).await? {
        (giving, false) => Ok(giving),
        (_, true) => Err(Refusal::new(Kind::Usage, "a folder cannot be given, only a file")
            .hint("Fetch it with `skein files get`, pack it into one file, and give that.")),
    }
}

/// A path that is there; else what a member shared under this name, and whether that is a folder.
pub(super) async fn what(context: &Context, file: &str) -> Result<(Giving, bool), Refusal> {
    if std::path::Path::new(file).exists() {
        return Ok((Giving::Path(file.into()), false));
    }
    let query = json!({ "show": { "share": file } });
    let request = Request::Ask { community: context.community(), app: "files".into(), query };
    let nothing = |refusal: Refusal| {
        let why = format!("{file} is no file here, and nothing is shared under that name");
        if refusal.kind == Kind::NotFound {
            Refusal::new(Kind::NotFound, why).hint("See what is shared: `skein files ls`.")
        } else {
            refusal
        }
    };
    let answer: Value = context.ask(&request).await.map_err(nothing)?;
    let share = &answer["share"]["share"];
    let text = |name: &str| share[name].as_str().map(String::from);
    match (text("root"), text("name")) {
        (Some(root), Some(name)) => Ok((Giving::Held { root, name }, share["folder"] == true)),
        _ => Err(Refusal::new(Kind::Failed, "what is shared under that name could not be understood")),
    }
}

pub(super) async fn take(context: &Context, text: &str, to: PathBuf) -> Done {
    super::start::up_if_down(context).await?;
    let to = std::path::absolute(&to).unwrap_or(to);
    context
        .show(&Request::Take { text: text.to_owned(), to }, |taken: &TakenFile| {
            format!("{} ({}) is at {}\n", one_line(&taken.name), amount::bytes(taken.bytes), one_line(&taken.path))
        })
        .await
}

pub(super) async fn gifts(context: &Context, end: Option<String>) -> Done {
    if let Some(id) = end {
        let (): () = context.ask(&Request::EndGift { id }).await?;
        return context.out.answer(&json!({ "ended": true }), || "It is taken back.".to_owned());
    }
    context.show(&Request::Gifts, |rows: &Vec<GiftRow>| draw(context, rows)).await
}

fn draw(context: &Context, rows: &[GiftRow]) -> String {
    if rows.is_empty() {
        return format!(
            "You are giving nothing to anybody outside.\n\nGive a file:  {}\n",
            context.typed("skein give FILE")
        );
    }
    let mut table = Table::new(&["no.", "file", "size", "taken", "state"]);
    for row in rows {
        let state = match row {
            GiftRow { over: true, taken, times, .. } if taken >= times => "done".to_owned(),
            GiftRow { over: true, .. } => "over".to_owned(),
            GiftRow { under_way: 1.., .. } => "on its way".to_owned(),
            row => format!("there for {}", time::span(row.expires_ms.saturating_sub(now_ms()))),
        };
        let taken = format!("{} of {}", row.taken, row.times);
        table.row([&row.id, &one_line(&row.name), &amount::bytes(row.bytes), &taken, &state]);
    }
    table.text(context.out.paint)
}

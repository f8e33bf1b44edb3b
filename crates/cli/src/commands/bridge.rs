//! `skein bridge`: addresses by which other programs, a calendar for one, ask an app in a protocol of their own.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Context;
use crate::args::BridgeCommand;
use crate::out::Done;
use crate::text::{Table, one_line, time};

/// A bridge's address.
#[derive(Serialize, Deserialize)]
struct BridgeOpen {
    id: String,
    address: String,
    near_address: String,
    warning: String,
}

/// The bridges that are open.
#[derive(Serialize, Deserialize)]
struct BridgeList {
    bridges: Vec<BridgeRow>,
}

/// A bridge in a list.
#[derive(Serialize, Deserialize)]
struct BridgeRow {
    id: String,
    name: String,
    app: String,
    speaks: String,
    writes: bool,
    near: bool,
    since_ms: u64,
    used_ms: u64,
}

pub(super) async fn bridge(context: &Context, command: BridgeCommand) -> Done {
    match command {
        BridgeCommand::Open { app, speaks, near } => {
            let wanted = json!({ "community": context.community(), "app": app, "speaks": speaks, "near": near });
            opened(context, &context.client.post("/api/bridges/open", &wanted).await?)
        }
        BridgeCommand::Ls => {
            let list: BridgeList = context.client.get("/api/bridges").await?;
            context.print(&list, |list| draw(context, list))
        }
        BridgeCommand::Renew { bridge } => {
            opened(context, &context.client.post("/api/bridges/renew", &json!({ "id": bridge })).await?)
        }
        BridgeCommand::End { bridge } => {
            // Nothing else: a refusal is an object, and would pass for any value.
            let (): () = context.client.post("/api/bridges/end", &json!({ "id": bridge })).await?;
            context.out.answer(&json!({ "ended": true }), || "That address leads nowhere any more.".to_owned())
        }
    }
}

fn opened(context: &Context, open: &BridgeOpen) -> Done {
    context.out.note(&open.warning);
    context.print(open, |open| {
        let mut text = format!("{}\n", one_line(&open.address));
        if !open.near_address.is_empty() {
            text.push_str(&format!("{}\n", one_line(&open.near_address)));
        }
        if context.out.screen && !context.out.quiet {
            let end = context.typed(&format!("skein bridge end {}", open.id));
            text.push_str(&format!(
                "\nIt is shown once; another one:  {}\n",
                context.typed(&format!("skein bridge renew {}", open.id))
            ));
            text.push_str(&format!("Take it back:  {end}\n"));
        }
        text
    })
}

fn draw(context: &Context, list: &BridgeList) -> String {
    if list.bridges.is_empty() {
        let typed = context.typed("skein bridge open asks --as calendar");
        return format!("No bridge is open: no other program can ask anything here.\n\nOpen one:  {typed}\n");
    }
    let now_ms = super::belong::now_ms();
    let mut table = Table::new(&["bridge", "community", "app", "speaks", "may", "made", "last used"]);
    for row in &list.bridges {
        let may = match (row.writes, row.near) {
            (true, _) => "read and write",
            (false, true) => "read, also near by",
            (false, false) => "read",
        };
        let used = if row.used_ms == 0 { "never".to_owned() } else { time::ago(row.used_ms, now_ms) };
        let made = time::ago(row.since_ms, now_ms);
        table.row([&row.id, &one_line(&row.name), &one_line(&row.app), &one_line(&row.speaks), may, &made, &used]);
    }
    table.text(context.out.paint)
}

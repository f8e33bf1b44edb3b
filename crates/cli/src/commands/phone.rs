//! `skein phone`: phones that use this computer's Skein over the local network.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Context;
use super::belong::qr_code;
use crate::args::PhoneCommand;
use crate::out::Done;
use crate::text::{Table, one_line, time};

/// A link for one phone.
#[derive(Serialize, Deserialize)]
struct PhoneLink {
    link: String,
    expires_ms: u64,
    warning: String,
}

/// The phones that are paired.
#[derive(Serialize, Deserialize)]
struct PhoneList {
    phones: Vec<PhoneRow>,
    address: String,
}

/// A phone that is paired.
#[derive(Serialize, Deserialize)]
struct PhoneRow {
    id: String,
    label: String,
    since_ms: u64,
    used_ms: u64,
}

pub(super) async fn phone(context: &Context, command: PhoneCommand) -> Done {
    match command {
        PhoneCommand::Add { label, qr } => add(context, label, qr).await,
        PhoneCommand::Ls => {
            let list: PhoneList = context.client.get("/api/phones").await?;
            context.print(&list, |list| draw(context, list))
        }
        PhoneCommand::End { phone } => {
            // Nothing else: a refusal is an object, and would pass for any value.
            let (): () = context.client.post("/api/phones/end", &json!({ "id": phone })).await?;
            context.out.answer(&json!({ "ended": true }), || "That phone can no longer use this Skein.".to_owned())
        }
    }
}

async fn add(context: &Context, label: Option<String>, qr: bool) -> Done {
    super::start::up_if_down(context).await?;
    let link: PhoneLink =
        context.client.post("/api/phones/pair", &json!({ "label": label.unwrap_or_default() })).await?;
    context.out.note(&link.warning);
    context.print(&link, |link| {
        let mut text = format!("{}\n", one_line(&link.link));
        if context.out.screen && !context.out.quiet {
            text.push_str("\nOpen it on the phone, in the same network: good once, for two minutes.\n");
            text.push_str(&format!("Take it back whenever you like:  {}\n", context.typed("skein phone end NAME")));
        }
        text + &qr_code(context, &link.link, qr)
    })
}

fn draw(context: &Context, list: &PhoneList) -> String {
    if list.phones.is_empty() {
        return format!(
            "No phone is paired, and nothing here listens for one.\n\nPair one:  {}\n",
            context.typed("skein phone add")
        );
    }
    let now_ms = super::belong::now_ms();
    let mut table = Table::new(&["Phone", "Name", "Paired", "Last used"]);
    for phone in &list.phones {
        let ago = |at_ms: u64| time::ago(at_ms, now_ms);
        table.row([&phone.id, &one_line(&phone.label), &ago(phone.since_ms), &ago(phone.used_ms)]);
    }
    let address = match list.address.as_str() {
        "" => "They have no way to this computer now.".to_owned(),
        address => format!("They find this computer at {address}"),
    };
    format!("{}\n{address}\n", table.text(context.out.paint))
}

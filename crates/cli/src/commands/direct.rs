//! `skein direct` and `skein knocks`: talking with one member alone.

use serde_json::Value;
use skein_host::{Entered, Knock, Request};

use super::Context;
use crate::out::Done;
use crate::text::{Table, one_line, time};

pub(super) async fn direct(context: &Context, member: String) -> Done {
    context
        .show(&Request::Direct { community: context.community(), member }, |entered: &Entered| {
            let name = one_line(&entered.name);
            let typed = context.typed(&format!("skein --community \"{name}\" chat say general Hello"));
            format!("{name}: only the two of you are in it. They are told as soon as they can be reached.\n\nSay something:  {typed}\n")
        })
        .await
}

pub(super) async fn knocks(context: &Context, decline: Option<String>) -> Done {
    if let Some(id) = decline {
        let answer: Value = context.ask(&Request::Decline { id }).await?;
        return context.out.answer(&answer, || "It is not shown again on this computer.".to_owned());
    }
    context
        .show(&Request::Knocks, |knocks: &Vec<Knock>| {
            if knocks.is_empty() {
                return "Nobody is waiting to talk with you alone.\n".to_owned();
            }
            let now_ms = super::belong::now_ms();
            let mut table = Table::new(&["Who", "When", "Id"]);
            for knock in knocks {
                table.row([&one_line(&knock.name), &time::ago(knock.at_ms, now_ms), &knock.id]);
            }
            let links: Vec<String> = knocks
                .iter()
                .map(|knock| {
                    format!(
                        "Talk with {}:\n  {}\n",
                        one_line(&knock.name),
                        context.typed(&format!("skein join {}", knock.link))
                    )
                })
                .collect();
            format!("{}\n{}", table.text(context.out.paint), links.join("\n"))
        })
        .await
}

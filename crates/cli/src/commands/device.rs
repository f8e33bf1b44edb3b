//! One person, several devices.

use std::io;

use skein_app::{Kind, Refusal};
use skein_apps::people;
use skein_host::{DeviceInvitation, DeviceLinked, Renewed, Request, Said};

use super::Context;
use super::app::{ask_people, tell_people};
use super::belong::{qr_code, sure};
use crate::args::DeviceCommand;
use crate::out::Done;
use crate::text::{amount, one_line};

pub(super) async fn device(context: &Context, command: DeviceCommand) -> Done {
    match command {
        DeviceCommand::Add { qr } => add(context, qr).await,
        DeviceCommand::Link { link, label } => link_up(context, link, label).await,
        DeviceCommand::Renew => renew(context).await,
        DeviceCommand::Ls => {
            ask_people(context, &people::Query::Devices { member: Some(own_id(context).await?) }).await
        }
        DeviceCommand::Retire { device } => {
            sure(context, "What that device writes from now on will not count. Go on?")?;
            let said: Said = tell_people(context, &people::Command::Retire { device }).await?;
            context.print(&said, |_| "That device is no longer yours.".to_owned())
        }
    }
}

async fn own_id(context: &Context) -> Result<String, Refusal> {
    let request = Request::Members { community: context.community() };
    let members: Vec<skein_host::MemberRow> = context.ask(&request).await?;
    let own = members.into_iter().find(|member| member.you).map(|member| member.member);
    own.ok_or_else(|| {
        Refusal::new(Kind::NotFound, "you are not a member of this community yet")
            .hint("`skein communities` shows how each one stands.")
    })
}

async fn add(context: &Context, qr: bool) -> Done {
    context
        .show(&Request::DeviceAdd, |invitation: &DeviceInvitation| {
            let mut text = format!("{}\n", one_line(&invitation.link));
            if context.out.screen && !context.out.quiet {
                text.push_str("\nGood once, for ten minutes, while this computer runs Skein. ");
                text.push_str("Show it to nobody: whoever has it becomes you.\n");
                text.push_str(&format!("On the other computer type:  {}\n", context.typed("skein device link LINK")));
            }
            text + &qr_code(context, &invitation.link, qr)
        })
        .await
}

async fn link_up(context: &Context, link: String, label: Option<String>) -> Done {
    super::start::up_if_down(context).await?;
    let label = label.or_else(computer_name).unwrap_or_else(|| "another device".to_owned());
    context
        .show(&Request::DeviceLink { link: link.trim().to_owned(), label }, |linked: &DeviceLinked| {
            let names: Vec<String> = linked.communities.iter().map(|row| one_line(&row.name)).collect();
            let which = if names.is_empty() { "no community yet".to_owned() } else { amount::list(&names) };
            format!("This computer is a device of {} now, in {which}.", one_line(&linked.name))
        })
        .await
}

pub(super) fn computer_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty() && name != "localhost")
}

async fn renew(context: &Context) -> Done {
    sure(context, "Give this device a new identity? It is meant for when a copy of it was in use elsewhere.")?;
    context
        .show(&Request::DeviceRenew, |renewed: &Renewed| {
            format!("This device starts anew, as {}. Its old identity is kept in {}.", renewed.device, renewed.old_key)
        })
        .await
}

/// An error of this computer, as a refusal.
pub(super) fn trouble(what: &str, error: &io::Error) -> Refusal {
    Refusal::new(Kind::Failed, format!("{what}: {error}"))
}

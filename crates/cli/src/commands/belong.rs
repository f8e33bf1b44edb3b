//! Coming and going: found, invite, join, leave, remove.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use skein_app::{Kind, Refusal};
use skein_apps::people;
use skein_host::{Entered, Invitation, Left, LinkRead, Request, Said, Status};

use super::Context;
use super::app::{ask_people, tell_people};
use crate::args::{InviteArgs, InviteCommand};
use crate::out::Done;
use crate::text::{amount, one_line, qr, show, time};

/// How long `skein join` waits for somebody to let this person in.
const JOIN_TIME: Duration = Duration::from_secs(60);

/// Now, in milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

pub(super) async fn found(context: &Context, name: String, me: Option<String>) -> Done {
    super::start::up_if_down(context).await?;
    let my_name = my_name(context, me).await?;
    context
        .show(&Request::Found { name, my_name }, |entered: &Entered| {
            let (name, me) = (one_line(&entered.name), one_line(&entered.my_name));
            format!(
                "{name} is founded, and {me} is its first member.\n\nLet others in:  {}\n",
                context.typed("skein invite")
            )
        })
        .await
}

/// What a link is for, before anything is done with it.
pub(super) async fn look(context: &Context, link: String) -> Done {
    super::start::up_if_down(context).await?;
    context
        .show(&Request::ReadLink { link: link.trim().to_owned() }, |read: &LinkRead| show::link(read, now_ms()))
        .await
}

pub(super) async fn join(context: &Context, link: String, me: Option<String>) -> Done {
    super::start::up_if_down(context).await?;
    if context.out.screen && !context.out.json && !context.out.quiet {
        let read: LinkRead = context.ask(&Request::ReadLink { link: link.trim().to_owned() }).await?;
        context.out.text(&show::link(&read, now_ms()))?;
    }
    let my_name = my_name(context, me).await?;
    let wait_ms = Some(JOIN_TIME.as_millis() as u64);
    context
        .show(&Request::Join { link: link.trim().to_owned(), my_name, wait_ms }, |entered: &Entered| {
            let (name, me) = (one_line(&entered.name), one_line(&entered.my_name));
            let next = context.typed("skein members");
            format!("Welcome to {name}, {me}.\n\nSee who is there:  {next}\n")
        })
        .await
}

/// What the others shall see: what was typed, else the name used last (`None`), else what the person says, else the
/// user's name on this computer.
async fn my_name(context: &Context, typed: Option<String>) -> Result<Option<String>, Refusal> {
    if typed.is_some() {
        return Ok(typed);
    }
    let status: Status = context.ask(&Request::Status).await?;
    if !status.name.is_empty() {
        return Ok(None);
    }
    let user = std::env::var("USER").unwrap_or_default();
    let asks = io::stdin().is_terminal() && context.out.draws && !context.globals.yes;
    let said = if asks { prompt("What shall the others call you?", &user)? } else { String::new() };
    let name = if said.is_empty() { user } else { said };
    if name.is_empty() {
        return Err(Refusal::new(Kind::Usage, "nobody knows what to call you").hint("Say it with --name NAME."));
    }
    Ok(Some(name))
}

/// Asks on the terminal; an empty answer means `usual`.
pub(super) fn prompt(question: &str, usual: &str) -> Result<String, Refusal> {
    let usual = if usual.is_empty() { String::new() } else { format!(" [{usual}]") };
    let cannot = |error| Refusal::new(Kind::Failed, format!("the terminal cannot be read: {error}"));
    write!(io::stderr(), "{question}{usual} ").map_err(cannot)?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(cannot)?;
    Ok(line.trim().to_owned())
}

/// Whether the person is sure. Without a terminal it takes `--yes`.
pub(super) fn sure(context: &Context, question: &str) -> Result<(), Refusal> {
    if context.globals.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !context.out.draws {
        return Err(Refusal::new(Kind::Usage, "this needs to be confirmed").hint("Add --yes if you are sure."));
    }
    match prompt(question, "no")?.to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Refusal::new(Kind::Failed, "nothing was done")),
    }
}

pub(super) async fn invite(context: &Context, args: InviteArgs) -> Done {
    match args.command {
        None => {
            let lasts = u64::try_from(args.expires.as_millis()).unwrap_or(u64::MAX);
            let expires_ms = now_ms().saturating_add(lasts);
            let request = Request::Invite { community: context.community(), uses: args.uses, expires_ms };
            context.show(&request, |invitation| draw_invitation(context, invitation, lasts, args.qr)).await
        }
        Some(InviteCommand::Ls { all }) => ask_people(context, &people::Query::Invitations { all }).await,
        Some(InviteCommand::Revoke { id }) => {
            let said: Said = tell_people(context, &people::Command::Revoke { invitation: id }).await?;
            context.print(&said, |_| "The invitation no longer lets anybody in.".to_owned())
        }
    }
}

fn draw_invitation(context: &Context, invitation: &Invitation, lasts_ms: u64, qr: bool) -> String {
    let mut text = format!("{}\n", one_line(&invitation.link));
    if context.out.screen && !context.out.quiet {
        let who = amount::many(u64::from(invitation.uses), "person", "people");
        let name = one_line(&invitation.name);
        text.push_str(&format!("\nLets {who} into {name} for {}. ", time::span(lasts_ms)));
        text.push_str("Give it to nobody else: whoever has it can come in.\n");
        text.push_str(&format!("They type:  {}\n", context.typed("skein join LINK --name THEIR-NAME")));
    }
    text.push_str(&qr_code(context, &invitation.link, qr));
    text
}

/// The link as a picture, on a screen or if asked for.
pub(super) fn qr_code(context: &Context, link: &str, asked: bool) -> String {
    let wanted = asked || (context.out.screen && !context.out.quiet);
    let code = if wanted { qr::draw(link) } else { None };
    code.map(|code| format!("\n{code}")).unwrap_or_default()
}

pub(super) async fn leave(context: &Context) -> Done {
    sure(context, "Leave for good? What is here can still be read and exported.")?;
    context
        .show(&Request::Leave { community: context.community() }, |left: &Left| match left.told {
            true => "You have left. What is here can still be read and exported.".to_owned(),
            false => "You have left. The others will hear of it when this computer can next reach one of them; \
                      leave Skein running until then."
                .to_owned(),
        })
        .await
}

pub(super) async fn remove(context: &Context, member: String) -> Done {
    sure(context, &format!("Ask that {} be removed?", one_line(&member)))?;
    let said: Said = tell_people(context, &people::Command::Remove { member }).await?;
    context.print(&said, |_| {
        format!(
            "You have asked for it. Who else has, and whether it is enough:  {}",
            context.typed("skein people members")
        )
    })
}

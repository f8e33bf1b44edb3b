//! What each command does: asks the running program, prints its answer.

mod app;
mod belong;
mod bridge;
mod device;
mod direct;
mod gift;
mod keep;
mod logs;
mod look;
mod open;
mod phone;
pub mod run;
mod start;
mod steer;
mod sync;
mod torrent;

use clap::{ArgMatches, Subcommand};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use skein_app::{Kind, Refusal};
use skein_host::Request;

use crate::args::{Globals, HostCommand, SteerCommand};
use crate::client::Client;
use crate::out::{Done, Out};
use crate::profile::Profile;
use crate::progress::Shown;

/// What every command needs.
pub struct Context {
    /// The options of every command.
    pub globals: Globals,
    /// How to print.
    pub out: Out,
    /// Where Skein keeps everything.
    pub profile: Profile,
    /// Asks the running program.
    pub client: Client,
}

impl Context {
    /// Puts together what the options say.
    ///
    /// # Errors
    /// If there is no place to keep anything.
    pub fn new(globals: Globals, out: Out) -> Result<Self, Refusal> {
        let profile = Profile::find(&globals)?;
        let client = Client::new(profile.clone());
        Ok(Self { globals, out, profile, client })
    }

    /// Something to type, as it is shown.
    fn typed(&self, command: &str) -> String {
        self.out.paint.cyan(command)
    }

    fn community(&self) -> Option<String> {
        self.globals.community.clone()
    }

    /// Asks, and shows progress meanwhile.
    async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Refusal> {
        let mut shown = Shown::new(&self.out);
        self.client.ask(request, |progress| shown.see(progress)).await
    }

    /// Asks, and prints the answer as JSON or as the text that `draw` makes of it.
    async fn show<T: DeserializeOwned + Serialize>(&self, request: &Request, draw: impl FnOnce(&T) -> String) -> Done {
        let answer: T = self.ask(request).await?;
        self.print(&answer, draw)
    }

    fn print<T: Serialize>(&self, answer: &T, draw: impl FnOnce(&T) -> String) -> Done {
        let value = serde_json::to_value(answer).unwrap_or(Value::Null);
        self.out.answer(&value, || draw(answer))
    }
}

/// Does what a command of the house says.
///
/// # Errors
/// What the program refused, or that it is not running.
pub async fn host(context: &Context, command: HostCommand) -> Done {
    match command {
        HostCommand::Found { name, me } => belong::found(context, name, me).await,
        HostCommand::Invite(args) => belong::invite(context, args).await,
        HostCommand::Join { link, me, look } if !look => belong::join(context, link, me).await,
        HostCommand::Join { link, .. } => belong::look(context, link).await,
        HostCommand::Give(args) => gift::give(context, args).await,
        HostCommand::Take { what, to } => gift::take(context, &what.join(" "), to).await,
        HostCommand::Gifts { end } => gift::gifts(context, end).await,
        HostCommand::Members => look::members(context).await,
        HostCommand::Communities => look::communities(context).await,
        HostCommand::Leave => belong::leave(context).await,
        HostCommand::Remove { member } => belong::remove(context, member).await,
        HostCommand::Device(command) => device::device(context, command).await,
        HostCommand::Direct { member } => direct::direct(context, member).await,
        HostCommand::Knocks { decline } => direct::knocks(context, decline).await,
        HostCommand::Phone(command) => phone::phone(context, command).await,
        HostCommand::Bridge(command) => bridge::bridge(context, command).await,
        HostCommand::Search(args) => look::search(context, args).await,
        HostCommand::Feed { limit, follow } => look::feed(context, limit, follow).await,
        HostCommand::WhoHas { id } => look::who_has(context, id).await,
        HostCommand::Export { to } => keep::export(context, to).await,
        HostCommand::Backup(args) => keep::backup(context, args).await,
        HostCommand::Restore(args) => keep::restore(context, args).await,
        HostCommand::Doctor => keep::doctor(context).await,
        HostCommand::Up(args) => start::up_command(context, &args.node).await,
        HostCommand::Run(args) => run::run(context, args).await,
        HostCommand::Open { print } => open::open(context, print).await,
        HostCommand::Limits { command } => steer::limits(context, command).await,
        HostCommand::Down => start::down(context).await,
        HostCommand::Status { watch } => look::status(context, watch).await,
        HostCommand::Logs { follow, lines } => logs::logs(context, follow, lines).await,
        HostCommand::Demo { with_me: true, .. } => start::demo(context).await,
        HostCommand::Demo { check, keep, .. } => crate::demo::demo(context, check, keep).await,
        // Completions need no profile; they were printed before there was a context.
        HostCommand::Completions { .. } => Ok(()),
    }
}

/// Does what a command of an app says.
///
/// # Errors
/// What the program refused, or that it is not running.
pub async fn of_app(context: &Context, name: &str, matches: &ArgMatches) -> Done {
    match matches.subcommand() {
        Some((crate::args::sync::NAME, matches)) if name == crate::args::sync::UNDER => {
            sync::run(context, matches).await
        }
        Some((command, _)) if name == crate::args::steer::UNDER && SteerCommand::has_subcommand(command) => {
            steer::run(context, matches).await
        }
        Some((crate::args::torrent::NAME, matches)) if name == crate::args::sync::UNDER => {
            torrent::run(context, matches).await
        }
        Some((crate::args::torrent::FETCH, matches)) if name == crate::args::sync::UNDER => {
            torrent::fetch(context, matches).await
        }
        _ => app::run(context, name, matches).await,
    }
}

/// `skein` alone: opens the page for a person at a screen; else says how it is doing, or what to do first.
///
/// # Errors
/// As `skein status`, but not if it is not running.
pub async fn alone(context: &Context) -> Done {
    if open::has_screen() && !context.out.json {
        return open::open(context, false).await;
    }
    match look::status(context, false).await {
        Err(crate::out::End::Refused(refusal)) if refusal.kind == Kind::NotRunning && !context.out.json => {
            context.out.text(&crate::text::first::steps(context.profile.folder().exists()))
        }
        other => other,
    }
}

//! `GET /ws`: one WebSocket for each tab. It says who it is in its first frame, then it is told what changes.
//!
//! Changes come as ids only, gathered for a moment and each once; the tab asks again for what it shows. A tab that does
//! not keep up is told to ask for everything anew, and one that takes nothing at all is closed with the reason.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use skein_host::{Change, Item, Request};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::auth::{Caller, From, Gate};
use crate::guard::Door;
use crate::problem::Problem;

/// The longest message that a tab may send, in bytes.
const MAX_MESSAGE_BYTES: usize = 4096;
/// How many pings may stay without an answer.
const MAX_UNANSWERED: u32 = 3;

/// The first frame, from the tab.
#[derive(Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hello {
    token: String,
}

/// What a tab is told.
#[derive(Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Told {
    /// It is signed in: from now on it hears of every change. Whatever it shows should be asked for now.
    Ready,
    /// What changed, each once.
    Changes(Vec<Change>),
}

/// Why a socket ends: a code that the page can tell apart, and words.
struct Ending(u16, &'static str);

const GOING: Ending = Ending(1001, "Skein is going offline");
const ONLY_TELLS: Ending = Ending(1008, "this socket only tells what changes");
const SIGNED_OUT: Ending = Ending(4401, "this browser is not signed in here");
const SILENT: Ending = Ending(4408, "it did not say who it is in time");
const SLOW: Ending = Ending(4409, "it does not read what it is told");
const GONE: Ending = Ending(4410, "it no longer answers");

pub(crate) async fn upgrade(
    State(gate): State<Gate>,
    from: From,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, Kind::Usage, "this address is for WebSockets only"))?;
    let place = gate
        .sockets()
        .try_acquire_owned()
        .map_err(|_| Problem::from(Refusal::new(Kind::Limit, "too many tabs are open").hint("Close some of them.")))?;
    let upgrade = upgrade.max_message_size(MAX_MESSAGE_BYTES).max_frame_size(MAX_MESSAGE_BYTES).write_buffer_size(0);
    Ok(upgrade.on_upgrade(async move |mut socket| {
        if let Some(ending) = talk(&mut socket, &gate, from).await {
            farewell(&mut socket, &gate, ending).await;
        }
        drop(place);
    }))
}

/// Says why it ends; gives the tab a moment to hear it.
async fn farewell(socket: &mut WebSocket, gate: &Gate, Ending(code, reason): Ending) {
    tracing::debug!("a tab's socket was closed: {reason}");
    let heard = async {
        let close = CloseFrame { code, reason: reason.into() };
        // Reads on until the other side hangs up: to hang up on bytes that are still coming in would lose the reason.
        if socket.send(Message::Close(Some(close))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // If it cannot be told, it is closed without a word.
    let _ = timeout(gate.house.limits.farewell, heard).await;
}

/// `None`: the tab closed it, or the connection broke.
async fn talk(socket: &mut WebSocket, gate: &Gate, from: From) -> Option<Ending> {
    let caller = match introduce(socket, gate, from).await {
        Ok(caller) => caller,
        Err(ending) => return ending,
    };
    let changes = gate.house.desk.ask(Request::Follow { community: None });
    let mut tab = Tab { socket, gate, changes, gathered: Gathered::new(gate.house.limits.gathered) };
    if let Err(ending) = tab.tell(&Told::Ready).await {
        return ending;
    }
    tokio::select! {
        ending = tab.follow() => ending,
        () = caller.ended(&gate.house) => Some(SIGNED_OUT),
        () = gate.house.closing() => Some(GOING),
    }
}

async fn introduce(socket: &mut WebSocket, gate: &Gate, from: From) -> Result<Caller, Option<Ending>> {
    if gate.door == Door::Socket {
        return Caller::admit(gate, from, None).map_err(|_| Some(SIGNED_OUT));
    }
    let first = tokio::select! {
        first = timeout(gate.house.limits.introduce, socket.recv()) => first.map_err(|_| Some(SILENT))?,
        () = gate.house.closing() => return Err(Some(GOING)),
    };
    let Some(Ok(Message::Text(text))) = first else { return Err(Some(SIGNED_OUT)) };
    let Ok(hello) = serde_json::from_str::<Hello>(&text) else { return Err(Some(SIGNED_OUT)) };
    Caller::admit(gate, from, Some(&hello.token)).map_err(|_| Some(SIGNED_OUT))
}

/// A tab that has said who it is.
struct Tab<'a> {
    socket: &'a mut WebSocket,
    gate: &'a Gate,
    changes: mpsc::Receiver<Item>,
    gathered: Gathered,
}

impl Tab<'_> {
    async fn follow(&mut self) -> Option<Ending> {
        let limits = self.gate.house.limits.clone();
        let mut pings = tokio::time::interval_at(Instant::now() + limits.ping, limits.ping);
        let mut unanswered = 0;
        let mut tell_at = Instant::now();
        loop {
            let step = tokio::select! {
                item = self.changes.recv() => {
                    if self.gathered.is_empty() {
                        tell_at = Instant::now() + limits.gather;
                    }
                    self.gathered.take_in(item)
                }
                () = sleep_until(tell_at), if !self.gathered.is_empty() => {
                    let changes = self.gathered.empty();
                    self.tell(&Told::Changes(changes)).await
                }
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Pong(_))) => {
                        unanswered = 0;
                        Ok(())
                    }
                    Some(Ok(Message::Ping(_))) => Ok(()),
                    Some(Ok(Message::Text(_) | Message::Binary(_))) => Err(Some(ONLY_TELLS)),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => Err(None),
                },
                _ = pings.tick() => {
                    unanswered += 1;
                    if unanswered > MAX_UNANSWERED {
                        Err(Some(GONE))
                    } else {
                        self.send(Message::Ping(Bytes::new())).await
                    }
                }
            };
            if let Err(ending) = step {
                return ending;
            }
        }
    }

    async fn tell(&mut self, told: &Told) -> Result<(), Option<Ending>> {
        let text = serde_json::to_string(told).map_err(|_| None)?;
        self.send(Message::text(text)).await
    }

    /// Sends, and goes on gathering meanwhile, so that a slow tab never holds up the host.
    async fn send(&mut self, message: Message) -> Result<(), Option<Ending>> {
        let mut sending = std::pin::pin!(self.socket.send(message));
        let mut late = std::pin::pin!(sleep(self.gate.house.limits.slow));
        loop {
            tokio::select! {
                sent = sending.as_mut() => return sent.map_err(|_| None),
                () = late.as_mut() => return Err(Some(SLOW)),
                item = self.changes.recv() => self.gathered.take_in(item)?,
            }
        }
    }
}

/// Changes that are still to be told: each once, and not too many.
struct Gathered {
    changes: Vec<Change>,
    limit: usize,
}

impl Gathered {
    fn new(limit: usize) -> Self {
        Self { changes: Vec::new(), limit }
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn empty(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn take_in(&mut self, item: Option<Item>) -> Result<(), Option<Ending>> {
        let change = match item {
            Some(Item::Change(change)) => change,
            Some(Item::Progress(_)) => return Ok(()),
            Some(Item::Done(_) | Item::Refused(_)) | None => return Err(Some(GOING)),
        };
        let told_already = match self.changes.first() {
            Some(Change::Lagged) => true, // that says it all
            _ => says_again(&change) && self.changes.contains(&change),
        };
        if change == Change::Lagged || (!told_already && self.changes.len() >= self.limit) {
            self.changes = vec![Change::Lagged];
        } else if !told_already {
            self.changes.push(change);
        }
        Ok(())
    }
}

/// Whether it is enough to say this once: "ask again" is, "came" and "went" are not.
fn says_again(change: &Change) -> bool {
    matches!(
        change,
        Change::Object { .. } | Change::Members { .. } | Change::Community { .. } | Change::Coming | Change::Lagged
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(number: usize) -> Option<Item> {
        let (community, app) = ("c".into(), "chat".into());
        Some(Item::Change(Change::Object { community, app, object: number.to_string() }))
    }

    fn take_in(gathered: &mut Gathered, item: Option<Item>) {
        assert!(gathered.take_in(item).is_ok());
    }

    #[test]
    fn changes_are_gathered_once_each_and_not_without_end() {
        let mut gathered = Gathered::new(3);
        for number in [1, 2, 1, 1] {
            take_in(&mut gathered, object(number));
        }
        assert_eq!(gathered.changes.len(), 2);
        for up in [true, false, true] {
            let reach = Change::Reach { community: "c".into(), device: "d".into(), up };
            take_in(&mut gathered, Some(Item::Change(reach)));
        }
        assert_eq!(gathered.empty(), [Change::Lagged], "too many: ask for everything anew");
        assert!(gathered.is_empty());
        take_in(&mut gathered, Some(Item::Change(Change::Lagged)));
        take_in(&mut gathered, object(9));
        assert_eq!(gathered.empty(), [Change::Lagged], "that says it all");
        assert!(gathered.take_in(None).is_err());
    }
}

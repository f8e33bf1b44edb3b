//! `POST /api/request`: a request to the host; the answer is a stream of its items, one JSON object a line.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde::Serialize;
use skein_app::{Kind, Refusal};
use skein_host::{Item, Request};
use tokio::sync::mpsc;

use crate::auth::{Caller, Gate};
use crate::may;
use crate::problem::Problem;
use crate::routes::read_json;

pub(crate) async fn request(State(gate): State<Gate>, caller: Caller, body: Body) -> Result<Response, Problem> {
    let request: Request = read_json(&gate, body).await?;
    let desk = &gate.house.desk;
    let mut items = match &caller {
        Caller::Own | Caller::Browser(_) => desk.ask(request),
        Caller::Phone(_) => {
            may::ask(&request)?;
            desk.ask_within(request, gate.house.spool.folder())
        }
    };
    match items.recv().await {
        None => Err(Refusal::new(Kind::Failed, "Skein broke off without an answer").hint("See `skein logs`.").into()),
        Some(Item::Refused(refusal)) => Err(refusal.into()),
        Some(first) => Ok(lines(gate, caller, items, Some(first), Some)),
    }
}

/// The items as lines, until the last one, the door closes, or the session ends. `show` leaves out what it gives `None` for.
pub(crate) fn lines<T: Serialize + Send + 'static>(
    gate: Gate,
    caller: Caller,
    items: mpsc::Receiver<Item>,
    first: Option<Item>,
    show: impl Fn(Item) -> Option<T> + Send + 'static,
) -> Response {
    let state = Lines { gate, caller, items, first, show };
    let body = Body::from_stream(unfold(state, async |mut state| {
        let line = state.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), state))
    }));
    ([(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

struct Lines<F> {
    gate: Gate,
    caller: Caller,
    items: mpsc::Receiver<Item>,
    first: Option<Item>,
    show: F,
}

impl<T: Serialize, F: Fn(Item) -> Option<T>> Lines<F> {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let item = match self.first.take() {
                Some(item) => item,
                None => self.wait().await?,
            };
            if let Some(shown) = (self.show)(item) {
                let mut line = serde_json::to_vec(&shown).ok()?;
                line.push(b'\n');
                return Some(line.into());
            }
        }
    }

    async fn wait(&mut self) -> Option<Item> {
        tokio::select! {
            item = self.items.recv() => item,
            () = self.gate.house.closing() => None,
            () = self.caller.ended(&self.gate.house) => None,
        }
    }
}

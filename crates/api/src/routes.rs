//! The routes, and what stands before and behind all of them: the guard, the headers, the limits.

use std::time::Instant;

use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use skein_event::BlobHash;
use tokio::time::timeout;

use crate::auth::{Caller, From, Gate};
use crate::guard::{self, Door};
use crate::problem::Problem;
use crate::server::wall_ms;
use crate::ticket::MAX_NAME_BYTES;
use crate::{blob, demo, follow, headers, page, pair, request, span, upload, ws};

/// All routes, for one door.
pub(crate) fn routes(gate: Gate) -> Router {
    let mut routes = Router::new()
        .route("/", get(page::page))
        .route("/api/login", post(login))
        .route("/api/sign-out", post(sign_out))
        .route("/api/request", post(request::request))
        .route("/api/follow", get(follow::follow))
        .route("/api/ticket", post(ticket))
        .route("/api/me", get(pair::me))
        .route("/api/demo", post(demo::demo))
        .route("/api/phones", get(pair::list))
        .route("/api/phones/pair", post(pair::pair))
        .route("/api/phones/end", post(pair::end))
        .route("/api/bridges", get(span::list))
        .route("/api/bridges/open", post(span::open))
        .route("/api/bridges/renew", post(span::renew))
        .route("/api/bridges/end", post(span::end))
        .route("/bridge/{secret}", any(span::cross))
        .route("/bridge/{secret}/", any(span::cross))
        .route("/bridge/{secret}/{*path}", any(span::cross))
        .route("/api/upload", post(upload::upload))
        .route("/api/upload/done", post(upload::done))
        .route("/blob/{root}", get(blob::blob))
        .route("/ws", get(ws::upgrade));
    if gate.door == Door::Socket {
        routes = routes.route("/api/link", post(link));
    }
    routes
        .fallback(page::page)
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, Kind::Usage, "this address is not asked in that way")
        })
        .layer(from_fn_with_state(gate.clone(), stand_guard))
        .with_state(gate)
}

/// Before and behind every route, and behind what is no route too.
async fn stand_guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let response = match guard::check(gate.door, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    headers::add(gate.door, response)
}

/// Reads a body: bounded in size and in time.
pub(crate) async fn read_body(gate: &Gate, body: Body) -> Result<Bytes, Problem> {
    let limits = &gate.house.limits;
    match timeout(limits.body, to_bytes(body, limits.body_bytes)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Kind::Limit, "this is longer than the local door takes"))
        }
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, Kind::Usage, "the request took too long to arrive")),
    }
}

/// Reads a body as JSON.
pub(crate) async fn read_json<T: DeserializeOwned>(gate: &Gate, body: Body) -> Result<T, Problem> {
    let bytes = read_body(gate, body).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let why: String = error.to_string().chars().take(300).collect();
        Refusal::new(Kind::Usage, format!("this cannot be understood: {why}")).into()
    })
}

/// The code from the opening link's fragment.
#[derive(Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    code: String,
}

/// The session's token: keep it in this browser, send it in the header Authorization.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct LoggedIn {
    token: String,
}

async fn login(State(gate): State<Gate>, from: From, body: Body) -> Result<Json<LoggedIn>, Problem> {
    gate.may_guess(from)?;
    let Login { code } = read_json(&gate, body).await?;
    let (house, now) = (&gate.house, Instant::now());
    let token = match gate.door {
        Door::Lan(_) => house.phones.swap(&code, now, wall_ms())?,
        Door::Loopback(_) | Door::Socket => house.sessions.swap(&code, now)?,
    };
    if token.is_none() {
        gate.guessed(from)?;
    }
    match token {
        Some(token) => Ok(Json(LoggedIn { token })),
        None => Err(Problem::new(StatusCode::UNAUTHORIZED, Kind::Denied, "this link was used before, or is too old")
            .hint("Open Skein with a fresh link of its own.")),
    }
}

async fn sign_out(State(gate): State<Gate>, caller: Caller) -> Result<Json<serde_json::Value>, Problem> {
    match caller {
        Caller::Browser(token) => gate.house.sessions.revoke(&token),
        Caller::Phone(id) => gate.house.end_phone(&id).await?,
        Caller::Own => {
            gate.house.sessions.revoke_all();
        }
    }
    Ok(Json(serde_json::Value::Null))
}

/// A link that opens the page, signed in.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct OpeningLink {
    link: String,
}

async fn link(State(gate): State<Gate>, _: Caller) -> Result<Json<OpeningLink>, Problem> {
    Ok(Json(OpeningLink { link: gate.house.opening_link()? }))
}

/// For which file a ticket is wanted, and what it is to be called when it is saved.
#[derive(Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketWanted {
    #[ts(type = "string")]
    root: BlobHash,
    name: String,
}

/// Where the file can be read for a while.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct Ticket {
    url: String,
    #[ts(type = "number")]
    good_for_ms: u64,
}

async fn ticket(State(gate): State<Gate>, _: Caller, body: Body) -> Result<Json<Ticket>, Problem> {
    let TicketWanted { root, name } = read_json(&gate, body).await?;
    if name.len() > MAX_NAME_BYTES {
        return Err(Refusal::new(Kind::Usage, "this name is longer than 255 bytes").into());
    }
    let good_for_ms = u64::try_from(gate.house.limits.ticket.as_millis()).unwrap_or(u64::MAX);
    let ticket = gate.tickets().mint(&root, &name, gate.house.now_ms().saturating_add(good_for_ms));
    let url = format!("/blob/{root}?t={ticket}&n={}", blob::percent(&name));
    Ok(Json(Ticket { url, good_for_ms }))
}

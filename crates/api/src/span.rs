//! `/bridge/SECRET/…`: a stranger's program at a bridge; and `/api/bridges`: opening, listing, renewing and ending them,
//! only from the computer itself.

use std::time::Instant;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skein_app::{Bridged, Kind, MAX_BRIDGED_BYTES, Refusal, Reply};
use skein_host::{Item, Request, Speech};
use tokio::time::timeout;

use crate::auth::{Caller, From, Gate};
use crate::bridge::{BridgeRow, Leads};
use crate::guard::Door;
use crate::headers::FILE_POLICY;
use crate::may;
use crate::problem::Problem;
use crate::routes::read_json;
use crate::server::wall_ms;

/// The most fields of a request; what comes after them is not looked at.
const MAX_FIELDS: usize = 100;
/// What a request's content is.
const FORM: &str = "application/x-www-form-urlencoded";

/// Which bridge to open.
#[derive(Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct BridgeWanted {
    /// Where; `null`: the only community there is.
    #[serde(default)]
    #[ts(optional = nullable)]
    community: Option<String>,
    /// Which app.
    app: String,
    /// Which protocol.
    speaks: String,
    /// Open it to the local network too, while a phone is paired; only if it is only for reading.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    near: bool,
}

/// A bridge's address. It is shown once; whoever has it can use the bridge.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct BridgeOpen {
    id: String,
    address: String,
    /// The same in the local network; empty if it is not open there.
    near_address: String,
    /// What the person should know first; may be empty.
    warning: String,
}

/// The bridges that are open.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct BridgeList {
    bridges: Vec<BridgeRow>,
}

/// Which bridge: the beginning of its id.
#[derive(Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct BridgeNamed {
    id: String,
}

pub(crate) async fn list(State(gate): State<Gate>, caller: Caller) -> Result<Json<BridgeList>, Problem> {
    at_the_computer(&caller)?;
    Ok(Json(BridgeList { bridges: gate.house.bridges.all() }))
}

pub(crate) async fn open(State(gate): State<Gate>, caller: Caller, body: Body) -> Result<Json<BridgeOpen>, Problem> {
    at_the_computer(&caller)?;
    let BridgeWanted { community, app, speaks, near } = read_json(&gate, body).await?;
    let speech: Speech = asked(&gate, Request::Speech { community, app }).await?;
    let found = speech.protocols.iter().find(|protocol| protocol.name == speaks);
    let Some(protocol) = found else {
        let names: Vec<&str> = speech.protocols.iter().map(|protocol| protocol.name.as_str()).collect();
        let hint =
            if names.is_empty() { "It has no bridges.".into() } else { format!("It speaks: {}.", names.join(", ")) };
        return Err(Refusal::new(Kind::NotFound, format!("{} does not speak this", speech.app)).hint(hint).into());
    };
    if near && protocol.writes {
        return Err(Refusal::new(Kind::Denied, "only what is for reading can be opened to the local network")
            .hint("The way there is not encrypted: others could take the address and write in your name.")
            .into());
    }
    let leads = Leads {
        community: speech.community,
        name: speech.name,
        app: speech.app,
        speaks,
        writes: protocol.writes,
        entry: protocol.entry.clone(),
        near,
    };
    let (id, secret) = gate.house.bridges.open(leads.clone(), wall_ms())?;
    Ok(Json(shown(&gate, id, &secret, &leads).await))
}

pub(crate) async fn renew(State(gate): State<Gate>, caller: Caller, body: Body) -> Result<Json<BridgeOpen>, Problem> {
    at_the_computer(&caller)?;
    let BridgeNamed { id } = read_json(&gate, body).await?;
    let (bridge, secret) = gate.house.bridges.renew(&id, wall_ms())?;
    Ok(Json(shown(&gate, bridge.id, &secret, &bridge.leads).await))
}

pub(crate) async fn end(State(gate): State<Gate>, caller: Caller, body: Body) -> Result<Json<Value>, Problem> {
    at_the_computer(&caller)?;
    let BridgeNamed { id } = read_json(&gate, body).await?;
    gate.house.bridges.end(&id)?;
    Ok(Json(Value::Null))
}

fn at_the_computer(caller: &Caller) -> Result<(), Refusal> {
    if caller.phone().is_some() { Err(may::refused("open or end bridges")) } else { Ok(()) }
}

async fn shown(gate: &Gate, id: String, secret: &str, leads: &Leads) -> BridgeOpen {
    let way = format!("/bridge/{secret}/{}", leads.entry);
    let near = if leads.near { gate.house.lan.settle().await.into_iter().next() } else { None };
    let warning = match (leads.writes, leads.near) {
        (true, _) => "Whoever has this address can read what it shows, and put things into the community in your name.",
        (_, true) => "Whoever has this address can read what it shows; in the local network the way is not encrypted.",
        _ => "Whoever has this address and gets to this computer can read what it shows.",
    };
    BridgeOpen {
        id,
        address: format!("http://127.0.0.1:{}{way}", gate.house.port),
        near_address: near.map(|at| format!("http://{at}{way}")).unwrap_or_default(),
        warning: warning.into(),
    }
}

/// Asks the host and waits for the end of its answer.
async fn asked<T: DeserializeOwned>(gate: &Gate, request: Request) -> Result<T, Problem> {
    let mut items = gate.house.desk.ask(request);
    while let Some(item) = items.recv().await {
        match item {
            Item::Refused(refusal) => return Err(refusal.into()),
            Item::Done(value) => {
                return serde_json::from_value(value).map_err(|error| {
                    Refusal::new(Kind::Failed, format!("the answer is not understood: {error}")).into()
                });
            }
            Item::Progress(_) | Item::Change(_) => {}
        }
    }
    Err(Refusal::new(Kind::Failed, "Skein broke off without an answer").into())
}

/// A stranger's program at a bridge.
pub(crate) async fn cross(
    State(gate): State<Gate>,
    from: From,
    method: Method,
    uri: Uri,
    params: RawPathParams,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let part = |name: &str| params.iter().find(|(given, _)| *given == name).map(|(_, value)| value).unwrap_or_default();
    let known = gate.house.bridges.knows(part("secret"), wall_ms());
    // One that is open is served, whatever others try.
    let Some(leads) = known.filter(|leads| leads.near || !matches!(gate.door, Door::Lan(_))) else {
        return Err(wrong(&gate, from));
    };
    let posts = match method {
        Method::GET | Method::HEAD => false,
        Method::POST => true,
        _ => {
            return Err(Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                Kind::Usage,
                "this address is not asked in that way",
            ));
        }
    };
    let mut fields = form(uri.query().unwrap_or_default().as_bytes());
    if posts {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !is_form(kind) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Kind::Usage,
                "only a form is understood here",
            ));
        }
        let bytes = timeout(gate.house.limits.body, to_bytes(body, MAX_BRIDGED_BYTES)).await;
        let bytes =
            bytes.map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, Kind::Usage, "it took too long to arrive"))?;
        let bytes = bytes.map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Kind::Limit, "this is too long"))?;
        fields.extend(form(&bytes));
        fields.truncate(MAX_FIELDS);
    }
    let request = Bridged { speaks: leads.speaks, posts, path: part("path").into(), fields };
    let request = Request::Bridge { community: Some(leads.community), app: leads.app, request };
    let Reply { status, kind, body } = asked(&gate, request).await?;
    let mut response =
        (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response();
    let kind = HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CONTENT_TYPE, kind);
    // A browser that is led here shows it, and does nothing with it.
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    Ok(response)
}

/// The same for a secret that is none, and for one that is not for this door.
fn wrong(gate: &Gate, from: From) -> Problem {
    if let Some(from) = from.0 {
        let now = Instant::now();
        if gate.house.crossings.too_many(from, now) {
            return Refusal::new(Kind::Limit, "this was tried too often").hint("Wait a minute.").into();
        }
        gate.house.crossings.wrong(from, now);
    }
    Problem::new(StatusCode::NOT_FOUND, Kind::NotFound, "there is nothing at this address")
}

pub(crate) fn is_form(kind: &str) -> bool {
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM)
}

fn form(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes)
        .take(MAX_FIELDS)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

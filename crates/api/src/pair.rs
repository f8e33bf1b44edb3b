//! `/api/phones/…` and `GET /api/me`: pairing phones, listing and ending them; only from the computer itself.

use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skein_app::Refusal;

use crate::auth::{Caller, Gate};
use crate::lan;
use crate::may;
use crate::phone::PhoneRow;
use crate::problem::Problem;
use crate::routes::read_json;
use crate::server::wall_ms;

/// What a person should know before they pair a phone.
const WARNING: &str = "The way between your phone and this computer is not encrypted. Others in the same network could \
     read along, or use Skein in your name until you end the phone here. Do it only in a network whose people you trust, \
     such as your own at home.";

/// Who asks, for a page that shows a phone less.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct Me {
    /// Whether it is a paired phone.
    phone: bool,
    /// What the phone is called; empty on the computer.
    label: String,
}

/// What the phone shall be called.
#[derive(Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneWanted {
    #[serde(default)]
    label: String,
}

/// A link for one phone.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct PhoneLink {
    /// To be opened on the phone; good once.
    link: String,
    /// Until when it is good.
    #[ts(type = "number")]
    expires_ms: u64,
    /// What the person should know first.
    warning: String,
}

/// The phones that are paired.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct PhoneList {
    phones: Vec<PhoneRow>,
    /// Where they find this computer: `http://192.168.…:PORT`; empty while nothing listens.
    address: String,
}

/// Which phone: its id, the beginning of it, or its name.
#[derive(Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneEnding {
    id: String,
}

pub(crate) async fn me(State(gate): State<Gate>, caller: Caller) -> Json<Me> {
    let label = caller.phone().and_then(|id| gate.house.phones.get(id)).map(|phone| phone.label);
    Json(Me { phone: label.is_some(), label: label.unwrap_or_default() })
}

pub(crate) async fn pair(State(gate): State<Gate>, caller: Caller, body: Body) -> Result<Json<PhoneLink>, Problem> {
    at_the_computer(&caller)?;
    let PhoneWanted { label } = read_json(&gate, body).await?;
    let label = if label.trim().is_empty() { "phone" } else { &label };
    let code = gate.house.phones.mint_code(label, Instant::now(), wall_ms())?;
    let lasts_ms = u64::try_from(gate.house.limits.pairing.as_millis()).unwrap_or(u64::MAX);
    let expires_ms = wall_ms().saturating_add(lasts_ms);
    let Some(at) = gate.house.lan.settle().await.into_iter().next() else { return Err(lan::no_way().into()) };
    // In the fragment: a browser keeps that to itself.
    Ok(Json(PhoneLink { link: format!("http://{at}/#code={code}"), expires_ms, warning: WARNING.into() }))
}

pub(crate) async fn list(State(gate): State<Gate>, caller: Caller) -> Result<Json<PhoneList>, Problem> {
    at_the_computer(&caller)?;
    let address = gate.house.lan.settle().await.first().map(|at| format!("http://{at}")).unwrap_or_default();
    Ok(Json(PhoneList { phones: gate.house.phones.all(Instant::now(), wall_ms()), address }))
}

pub(crate) async fn end(State(gate): State<Gate>, caller: Caller, body: Body) -> Result<Json<Value>, Problem> {
    at_the_computer(&caller)?;
    let PhoneEnding { id } = read_json(&gate, body).await?;
    gate.house.end_phone(&id).await?;
    Ok(Json(Value::Null))
}

/// Lets in the person at the computer only.
fn at_the_computer(caller: &Caller) -> Result<(), Refusal> {
    if caller.phone().is_some() { Err(may::refused("pair or end phones")) } else { Ok(()) }
}

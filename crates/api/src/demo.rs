//! `POST /api/demo`: the demo community, for a person who tries Skein alone. Who plays it is not known here.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};

use crate::auth::{Caller, Gate};
use crate::may;
use crate::problem::Problem;
use crate::routes::read_json;

/// Nothing is chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoWanted {}

/// The demo community.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct DemoOpened {
    /// Its id.
    community: String,
}

pub(crate) async fn demo(State(gate): State<Gate>, caller: Caller, body: Body) -> Result<Json<DemoOpened>, Problem> {
    if caller.phone().is_some() {
        return Err(may::refused("start the demo").into());
    }
    let DemoWanted {} = read_json(&gate, body).await?;
    let Some(demo) = &gate.house.demo else {
        return Err(Refusal::new(Kind::NotFound, "this program has no demo").into());
    };
    Ok(Json(DemoOpened { community: demo.open().await? }))
}

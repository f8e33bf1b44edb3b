//! `GET /api/follow?community=…`: what changes, for scripts; one JSON object a line, until the reader goes away.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use skein_app::{Kind, Refusal};
use skein_host::{Item, Request};

use crate::auth::{Caller, Gate};
use crate::problem::Problem;
use crate::request::lines;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Where {
    community: Option<String>,
}

pub(crate) async fn follow(
    State(gate): State<Gate>,
    caller: Caller,
    query: Result<Query<Where>, QueryRejection>,
) -> Result<Response, Problem> {
    let Ok(Query(Where { community })) = query else {
        return Err(Refusal::new(Kind::Usage, "only `community` can be chosen here").into());
    };
    let items = gate.house.desk.ask(Request::Follow { community });
    let show = |item| match item {
        Item::Change(change) => serde_json::to_value(&change).ok(),
        Item::Refused(refusal) => serde_json::to_value(crate::problem::error_body(&refusal)).ok(),
        Item::Progress(_) | Item::Done(_) => None,
    };
    Ok(lines(gate, caller, items, None, show))
}

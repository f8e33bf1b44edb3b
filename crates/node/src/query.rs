//! Questions: answered from any connection to the store, never through the loop.

use rusqlite::Connection;
use serde_json::Value;
use skein_app::{Fault, Kind, Me, Refusal, View, Want};
use skein_event::DeviceId;
use skein_store::DbIds;

use crate::Rules;

/// Answers an app's query.
///
/// # Errors
/// A [`Refusal`] in people's words.
pub fn query(rules: Rules, connection: &Connection, me: &Me, app: &str, query: Value) -> Result<Value, Refusal> {
    let app =
        rules.app(app).ok_or_else(|| Refusal::new(Kind::NotFound, format!("there is no app called \"{app}\"")))?;
    let ids = DbIds(connection);
    app.query(me, query, &View::of_all(connection, &ids))
}

/// What this device should be doing, by every app's rows. `there`: the devices that it is connected with.
///
/// # Errors
/// Only if the store fails.
pub fn wants(rules: Rules, connection: &Connection, me: &Me, there: &[DeviceId]) -> Result<Vec<Want>, Fault> {
    let ids = DbIds(connection);
    let view = View::of_all(connection, &ids);
    let mut wants = Vec::new();
    for app in rules.apps {
        wants.extend(app.wants(me, there, &view)?);
    }
    Ok(wants)
}

//! Following what changes.

use std::sync::Arc;

use serde_json::Value;
use skein_app::Refusal;
use tokio::sync::broadcast::error::RecvError;

use super::{Items, find};
use crate::core::{Core, stopping};
use crate::{Change, Item};

/// Sends changes until the receiver goes away. One that does not keep up is told that it missed some.
pub(super) async fn follow(core: &Arc<Core>, community: Option<String>, items: &Items) -> Result<Value, Refusal> {
    let only = match &community {
        Some(_) => Some(find::community(core, community.as_deref())?.id.to_string()),
        None => None,
    };
    let mut changes = core.changes.subscribe();
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            () = items.gone() => return Ok(Value::Null),
        };
        let change = match change {
            Ok(change) => change,
            Err(RecvError::Lagged(_)) => Change::Lagged,
            Err(RecvError::Closed) => return Err(stopping()),
        };
        let wanted = match (&only, change.community()) {
            (Some(only), Some(community)) => only == community,
            _ => true,
        };
        if wanted && items.0.send(Item::Change(change)).await.is_err() {
            return Ok(Value::Null);
        }
    }
}

//! `POST /api/upload?path=…[&batch=…]`: a file that a browser sends, of any size; the page shares it by its path then.
//!
//! Several files with the same batch make a folder. What breaks off leaves nothing.

use std::io;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::auth::{Caller, Gate};
use crate::problem::Problem;
use crate::routes::read_json;
use crate::spool;

/// Where the file belongs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Its name, or its path within the folder that is sent: parted by `/`.
    path: String,
    /// What came back for the first file of this folder.
    batch: Option<String>,
}

/// Where the file is now.
#[derive(Serialize, ts_rs::TS)]
pub(crate) struct Uploaded {
    /// For further files of the same folder, and for saying that it is done.
    batch: String,
    /// The file, or the folder that was sent, on this computer: what to share.
    path: String,
}

/// Which batch is no longer needed.
#[derive(Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadDone {
    batch: String,
}

pub(crate) async fn upload(
    State(gate): State<Gate>,
    _: Caller,
    wanted: Result<Query<Wanted>, QueryRejection>,
    body: Body,
) -> Result<Json<Uploaded>, Problem> {
    let Ok(Query(wanted)) = wanted else {
        return Err(Refusal::new(Kind::Usage, "an upload names the file's path").into());
    };
    spool::proper(&wanted.path)?;
    let (batch, folder) = gate.house.spool.batch(wanted.batch.as_deref())?;
    let file = spool::create(&folder, &wanted.path)?;
    let path = folder.join(&wanted.path);
    if let Err(refusal) = receive(&gate, file, body).await {
        // Half a file is of no use; if it cannot be removed now, it goes with its batch.
        let _ = std::fs::remove_file(&path);
        return Err(refusal.into());
    }
    let top = wanted.path.split('/').next().unwrap_or_default();
    Ok(Json(Uploaded { batch, path: folder.join(top).display().to_string() }))
}

/// Writes the body as it comes. It may take as long as it takes, but not stand still.
async fn receive(gate: &Gate, file: std::fs::File, body: Body) -> Result<(), Refusal> {
    let mut file = tokio::fs::File::from_std(file);
    let mut stream = body.into_data_stream();
    loop {
        let next = timeout(gate.house.limits.stalled, stream.next()).await;
        match next.map_err(|_| Refusal::new(Kind::Usage, "the file stopped coming"))? {
            None => break,
            Some(Ok(bytes)) => file.write_all(&bytes).await.map_err(|error| full(&error))?,
            Some(Err(_)) => return Err(Refusal::new(Kind::Usage, "the file broke off")),
        }
    }
    file.flush().await.map_err(|error| full(&error))
}

fn full(error: &io::Error) -> Refusal {
    spool::failed(std::path::Path::new("the file"), error)
}

pub(crate) async fn done(State(gate): State<Gate>, _: Caller, body: Body) -> Result<Json<serde_json::Value>, Problem> {
    let UploadDone { batch } = read_json(&gate, body).await?;
    gate.house.spool.remove(&batch);
    Ok(Json(serde_json::Value::Null))
}

//! Keeping things safe: export, backup, restore, doctor.

use std::path::{Path, PathBuf};

use serde_json::Value;
use skein_host::Request;

use super::Context;
use crate::out::Done;
use crate::text::one_line;

pub(super) async fn export(context: &Context, to: PathBuf) -> Done {
    let request = Request::Export { community: context.community(), to: absolute(&to) };
    context
        .show(&request, |path: &Value| {
            format!("Everything is in {}, as Markdown, JSON Lines and files.", place(path, &to))
        })
        .await
}

pub(super) async fn backup(context: &Context, file: PathBuf) -> Done {
    context
        .show(&Request::Backup { to: absolute(&file), full: false, passphrase: None }, |path: &Value| {
            format!(
                "The backup is {}. Keep it where only you can read it: whoever has it can be you.\n\
                 To come back with it on another computer:  {}",
                place(path, &file),
                context.typed("skein restore FILE")
            )
        })
        .await
}

/// A path as seen from the root: the running program stands elsewhere. One that cannot be is left as it is.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Where the host says that it is; else where it was asked to be.
fn place(answer: &Value, asked: &Path) -> String {
    one_line(&answer.as_str().map_or_else(|| asked.display().to_string(), str::to_owned))
}

pub(super) async fn restore(_context: &Context, _file: PathBuf) -> Done {
    Ok(())
}

pub(super) async fn doctor(_context: &Context) -> Done {
    Ok(())
}

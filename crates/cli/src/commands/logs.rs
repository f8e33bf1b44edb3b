//! `skein logs`: what the running program wrote down.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use skein_app::{Kind, Refusal};
use tokio::time::sleep;

use super::Context;
use super::device::trouble;
use crate::out::{Done, Out};

/// How much of the end of the file is read to find the last lines, in bytes.
const TAIL_BYTES: u64 = 1 << 20;
/// How often a followed file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) async fn logs(context: &Context, follow: bool, lines: u32) -> Done {
    let path = context.profile.log();
    let unreadable = |error: io::Error| trouble("the log cannot be read", &error);
    let mut file = File::open(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Refusal::new(Kind::NotFound, "there is no log: Skein has not run in the background here")
                .hint("Start it with `skein up`.")
        }
        _ => unreadable(error),
    })?;
    let text = tail(&mut file).map_err(unreadable)?;
    let skip = text.lines().count().saturating_sub(lines as usize);
    for line in text.lines().skip(skip) {
        print(&context.out, line)?;
    }
    let mut rest = String::new();
    if !follow {
        return Ok(());
    }
    loop {
        sleep(LOOK_EVERY).await;
        if renewed(&file, &path) {
            file = File::open(&path).map_err(unreadable)?;
        }
        let mut bytes = Vec::new();
        (&mut file).take(TAIL_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
        rest.push_str(&String::from_utf8_lossy(&bytes));
        while let Some(end) = rest.find('\n') {
            let line: String = rest.drain(..=end).collect();
            print(&context.out, line.trim_end())?;
        }
    }
}

fn tail(file: &mut File) -> io::Result<String> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether the name stands for another file now.
fn renewed(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(old), Ok(new)) = (file.metadata(), path.metadata()) else { return false };
    (old.dev(), old.ino()) != (new.dev(), new.ino())
}

fn print(out: &Out, line: &str) -> Done {
    // A log holds names that others chose.
    let line = crate::text::one_line(line);
    if out.json { out.value(&json!({ "line": line })) } else { out.text(&format!("{line}\n")) }
}

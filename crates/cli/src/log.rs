//! What the running program writes down about itself: to the terminal, or to a file of bounded size.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// When the file is this long, in bytes, it is moved aside to `….old` and a new one begun: two of them at most.
const MAX_BYTES: u64 = 4 << 20;

/// Begins to write: to `file`, else to standard error.
///
/// # Errors
/// If the file cannot be opened.
pub fn begin(file: Option<PathBuf>, verbose: u8) -> io::Result<()> {
    let filter = EnvFilter::new(match verbose {
        0 => "warn,librqbit=error,skein_host=info,skein_node=info,skein_net=info,skein_api=info",
        1 => "info,skein_host=debug,skein_node=debug,skein_net=debug,skein_api=debug",
        _ => "debug",
    });
    let format = tracing_subscriber::fmt().with_env_filter(filter).with_target(verbose > 0);
    match file {
        Some(path) => format.with_ansi(false).with_writer(Mutex::new(Rotating::open(path)?)).init(),
        None => format.with_writer(io::stderr).init(),
    }
    Ok(())
}

struct Rotating {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Rotating {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = append(&path)?;
        let length = file.metadata()?.len();
        Ok(Self { path, file, length })
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.length >= MAX_BYTES {
            std::fs::rename(&self.path, self.path.with_extension("old"))?;
            *self = Self::open(self.path.clone())?;
        }
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes down the last words of a thread that broke, so that `skein logs` has them.
pub fn keep_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("the program has a fault: {panic}");
        usual(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_never_takes_more_than_two_files() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("skein.log");
        let mut log = Rotating::open(path.clone()).expect("opens");
        let line = vec![b'x'; 1 << 20];
        for _ in 0..14 {
            log.write_all(&line).expect("is written");
        }
        let mut lengths: Vec<u64> = std::fs::read_dir(folder.path())
            .expect("is there")
            .flatten()
            .map(|e| e.metadata().expect("is there").len())
            .collect();
        lengths.sort_unstable();
        assert_eq!(lengths, [2 << 20, 4 << 20]);
    }
}

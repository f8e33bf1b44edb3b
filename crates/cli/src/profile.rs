//! Where Skein keeps everything on this computer.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use skein_app::{Kind, Refusal};

use crate::args::Globals;

/// A unix socket's path must be shorter than this, in bytes; the system sets it.
const MAX_SOCKET_PATH: usize = 108;

/// The folder of one installation: one process at a time runs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    folder: PathBuf,
}

impl Profile {
    /// The folder that was asked for, or the usual one.
    ///
    /// # Errors
    /// If there is no home folder, or the path is too long.
    pub fn find(globals: &Globals) -> Result<Self, Refusal> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let usual = || usual(variable("XDG_DATA_HOME"), variable("HOME"));
        let folder = globals.data_dir.clone().or_else(usual).ok_or_else(|| {
            Refusal::new(Kind::Usage, "there is no home folder to keep anything in")
                .hint("Say where with --data-dir FOLDER or the variable SKEIN_HOME.")
        })?;
        let folder = std::path::absolute(&folder)
            .map_err(|error| Refusal::new(Kind::Usage, format!("{} is no folder: {error}", folder.display())))?;
        Self::at(folder)
    }

    /// This folder.
    ///
    /// # Errors
    /// If the path is too long.
    pub fn at(folder: PathBuf) -> Result<Self, Refusal> {
        let profile = Self { folder };
        if profile.socket().as_os_str().len() >= MAX_SOCKET_PATH {
            let path = profile.folder.display();
            return Err(Refusal::new(Kind::Usage, format!("the path of the data folder is too long: {path}"))
                .hint("Choose one of at most 90 bytes with --data-dir FOLDER or the variable SKEIN_HOME."));
        }
        Ok(profile)
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder if it is not there: nobody else on this computer may look into it.
    ///
    /// # Errors
    /// If the disk or the folder above does not let us.
    pub fn make(&self) -> Result<(), Refusal> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(|error| {
            Refusal::new(Kind::Failed, format!("the folder {} cannot be made: {error}", self.folder.display()))
                .hint("Choose another one with --data-dir FOLDER.")
        })
    }

    /// The socket that the running program listens on.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("ctl.sock")
    }

    /// What the running program writes down about itself.
    pub fn log(&self) -> PathBuf {
        self.folder.join("skein.log")
    }
}

fn usual(data_home: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    // The rule for such variables is that a relative path is ignored.
    let data_home = data_home.map(PathBuf::from).filter(|path| path.is_absolute());
    data_home.or_else(|| home.map(|home| PathBuf::from(home).join(".local/share"))).map(|data| data.join("skein"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_folder_is_in_the_home_folder() {
        let path = |text: &str| Some(OsString::from(text));
        assert_eq!(usual(None, path("/home/ana")), Some("/home/ana/.local/share/skein".into()));
        assert_eq!(usual(path("/data"), path("/home/ana")), Some("/data/skein".into()));
        assert_eq!(usual(path("data"), path("/home/ana")), Some("/home/ana/.local/share/skein".into()));
        assert_eq!(usual(None, None), None);
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_refused() {
        assert!(Profile::at(PathBuf::from("/").join("x".repeat(97))).is_ok());
        let refusal = Profile::at(PathBuf::from("/").join("x".repeat(98))).expect_err("too long");
        assert_eq!(refusal.kind, Kind::Usage);
    }
}

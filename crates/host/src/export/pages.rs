//! The pages that apps write: each appended to as it goes, so that no page is ever held in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use skein_app::{Attached, Pages, Refusal, plain};

use super::folder::{failed, open};
use super::names::{self, Names};

/// Where a file or folder is to be written.
pub(super) struct Place {
    pub file: Attached,
    /// The folder, relative to the export.
    pub folder: PathBuf,
    /// Its name there.
    pub name: String,
}

/// What the apps wrote.
pub(super) struct Written {
    /// The pages, in the order in which they were begun.
    pub pages: Vec<PathBuf>,
    /// The files that are here and are still to be written.
    pub attached: Vec<Place>,
    /// The names of those that are not.
    pub not_here: Vec<String>,
}

/// All pages, while they are written.
pub(super) struct Book<'a> {
    folder: &'a Path,
    /// Whether all of a file is on this device.
    here: &'a dyn Fn(&Attached) -> bool,
    names: Names,
    paths: BTreeMap<String, PathBuf>,
    open: Option<(PathBuf, BufWriter<File>)>,
    written: Written,
    /// The first thing that went wrong: apps need not care.
    trouble: Option<Refusal>,
}

impl<'a> Book<'a> {
    pub fn new(folder: &'a Path, here: &'a dyn Fn(&Attached) -> bool) -> Self {
        let mut names = Names::default();
        // Taken: the page to begin with.
        names.give("README", ".md");
        let written = Written { pages: Vec::new(), attached: Vec::new(), not_here: Vec::new() };
        Self { folder, here, names, paths: BTreeMap::new(), open: None, written, trouble: None }
    }

    /// Gives what was written, or what went wrong.
    pub fn finish(mut self) -> Result<Written, Refusal> {
        self.close();
        match self.trouble {
            None => Ok(self.written),
            Some(refusal) => Err(refusal),
        }
    }

    fn path(&mut self, page: &str) -> PathBuf {
        if let Some(path) = self.paths.get(page) {
            return path.clone();
        }
        let path = self.names.give(page, ".md");
        self.paths.insert(page.into(), path.clone());
        self.written.pages.push(path.clone());
        path
    }

    fn close(&mut self) {
        if let Some((path, mut file)) = self.open.take()
            && let Err(error) = file.flush()
        {
            self.trouble.get_or_insert(failed(&path, &error));
        }
    }

    fn append(&mut self, path: PathBuf, text: &str) -> Result<(), Refusal> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != path) {
            self.close();
            let file = open(&self.folder.join(&path)).map_err(|error| failed(&path, &error))?;
            self.open = Some((path, BufWriter::new(file)));
        }
        match &mut self.open {
            Some((path, file)) => file.write_all(text.as_bytes()).map_err(|error| failed(path, &error)),
            None => Ok(()),
        }
    }
}

impl Pages for Book<'_> {
    fn write(&mut self, page: &str, markdown: &str) {
        if self.trouble.is_some() {
            return;
        }
        let path = self.path(page);
        if let Err(refusal) = self.append(path, markdown) {
            self.trouble.get_or_insert(refusal);
        }
    }

    fn attach(&mut self, page: &str, file: &Attached) -> String {
        let name = plain(&file.name);
        if !(self.here)(file) {
            self.written.not_here.push(file.name.clone());
            return format!("{name} is not on the device that this was written on.");
        }
        let folder = Path::new("files").join(file.root.short());
        let place = Place { file: file.clone(), name: names::part(&file.name), folder };
        let up = "../".repeat(self.path(page).components().count().saturating_sub(1));
        let line = format!("[{name}]({up}{})", names::link(&place.folder.join(&place.name)));
        if !self.written.attached.iter().any(|other| other.folder == place.folder && other.name == place.name) {
            self.written.attached.push(place);
        }
        line
    }

    fn keep(&mut self, page: &str, name: &str, ending: &str, bytes: &[u8]) -> String {
        let path = self.names.give(name, ending);
        if self.trouble.is_none() {
            let write = || open(&self.folder.join(&path))?.write_all(bytes);
            if let Err(error) = write() {
                self.trouble = Some(failed(&path, &error));
            }
        }
        let up = "../".repeat(self.path(page).components().count().saturating_sub(1));
        format!("[{}]({up}{})", plain(&path.display().to_string()), names::link(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skein_event::BlobHash;

    fn file(n: u8, name: &str) -> Attached {
        Attached { root: BlobHash::from_bytes([n; 32]), folder: false, name: name.into(), bytes: 1 }
    }

    #[test]
    fn pages_grow_in_turn_and_link_to_what_is_here() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = |file: &Attached| file.root == BlobHash::from_bytes([1; 32]);
        let mut book = Book::new(folder.path(), &here);
        book.write("chat/garden", "one ");
        book.write("chat/shed", "two");
        let line = book.attach("chat/garden", &file(1, "../a b.txt"));
        book.write("chat/garden", &line);
        book.write("readme", "not the first page");
        assert!(book.attach("files", &file(2, "gone")).contains("not on the device"));
        let written = book.finish().expect("it is written");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a page");
        assert!(read("chat/garden.md").starts_with("one [../a b.txt](../files/"), "{}", read("chat/garden.md"));
        assert_eq!(read("chat/shed.md"), "two");
        assert_eq!(read("readme-2.md"), "not the first page");
        assert_eq!(written.not_here, ["gone"]);
        assert_eq!(written.attached[0].name, "_a b.txt");
    }

    #[test]
    fn small_files_of_an_app_are_kept_beside_the_pages_under_names_of_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut book = Book::new(folder.path(), &|_| false);
        book.write("members", "");
        let line = book.keep("members", "pictures/../Ana", ".webp", b"one");
        assert_eq!(line, "[pictures/\\_/Ana.webp](pictures/_/Ana.webp)");
        assert_eq!(
            book.keep("a/b", "pictures/../ana", ".webp", b"two"),
            "[pictures/\\_/ana-2.webp](../pictures/_/ana-2.webp)"
        );
        book.finish().expect("it is written");
        let read = |name: &str| std::fs::read(folder.path().join(name)).expect("a file");
        assert_eq!((read("pictures/_/Ana.webp"), read("pictures/_/ana-2.webp")), (b"one".to_vec(), b"two".to_vec()));
    }

    #[test]
    fn what_cannot_be_written_is_told_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("chat"), "in the way").expect("it is written");
        let mut book = Book::new(folder.path(), &|_| false);
        book.write("chat/garden", "one");
        assert!(book.finish().is_err());
    }
}

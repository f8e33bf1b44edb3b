//! An app's commands, queries and answers as TypeScript, for the page: texts only. Whoever wants files writes them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ts_rs::{Config, ExportError, TS, TypeVisitor};

use crate::App;

/// The text of every file that TypeScript needs to know an app's types, by the file's name.
pub type Declarations = BTreeMap<PathBuf, String>;

pub(crate) fn of_app<A: App>() -> Result<Declarations, ExportError> {
    // Numbers are JavaScript's own: sizes, times and counts stay below 2^53.
    let config = Config::new().with_large_int("number");
    let mut found = Collected { config: &config, files: Declarations::new(), trouble: None };
    found.visit::<A::Command>();
    found.visit::<A::Query>();
    found.visit::<A::Answer>();
    match found.trouble {
        None => Ok(found.files),
        Some(error) => Err(error),
    }
}

struct Collected<'a> {
    config: &'a Config,
    files: Declarations,
    trouble: Option<ExportError>,
}

impl TypeVisitor for Collected<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // What TypeScript knows by itself has no file. What was met before is not met again, or a type in itself never ends.
        let Some(path) = T::output_path() else { return };
        if self.files.contains_key(&path) {
            return;
        }
        match T::export_to_string(self.config) {
            Ok(text) => {
                self.files.insert(path, text);
                T::visit_dependencies(self);
            }
            Err(error) => self.trouble = Some(error),
        }
    }
}

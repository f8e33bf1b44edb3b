//! Builds the page in `web/` with npm and Vite, and lists its files for the binary to hold.
//!
//! Without a usable Node the binary is built all the same: it then serves a page that says how to get the real one.
//! It must never write into the checkout, but for `web/node_modules`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What the page is made of, below `web/`.
const SOURCES: &[&str] =
    &["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts", "svelte.config.js"];

type Done<T> = Result<T, String>;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is"));
    let web = root.join("../../web");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    println!("cargo::rerun-if-env-changed=SKEIN_NO_PAGE");
    let page = out.join("page");
    let files = build(&web, &page).and_then(|()| list(&page, &page));
    let (files, missing) = match files {
        Ok(files) => (files, String::new()),
        Err(why) => {
            println!("cargo::warning=Skein is built without its page: {why}");
            (Vec::new(), why)
        }
    };
    let mut text = format!("static MISSING: &str = {missing:?};\nstatic FILES: &[(&str, &[u8])] = &[\n");
    for (name, path) in files {
        text += &format!("    ({name:?}, include_bytes!({path:?})),\n");
    }
    text += "];\n";
    fs::write(out.join("files.rs"), text).expect("cargo's own folder can be written");
}

fn build(web: &Path, page: &Path) -> Done<()> {
    if env::var_os("SKEIN_NO_PAGE").is_some() {
        return Err("SKEIN_NO_PAGE is set".into());
    }
    if !web.join("package.json").is_file() {
        return Err("the folder `web` is not here".into());
    }
    let modules = web.join("node_modules/.package-lock.json");
    if modified(&modules) < modified(&web.join("package-lock.json")) {
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(web))?;
    }
    let vite = web.join("node_modules/vite/bin/vite.js");
    run(Command::new("node")
        .arg(vite)
        .args(["build", "--logLevel", "error", "--emptyOutDir", "--outDir"])
        .arg(page)
        .current_dir(web))
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

fn run(command: &mut Command) -> Done<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done =
        command.output().map_err(|error| format!("{name} cannot be run ({error}): Node 20.19 or newer is needed"))?;
    if done.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    Err(format!("{name} ended with {}: {}", done.status, words.lines().take(12).collect::<Vec<_>>().join(" / ")))
}

/// All files below a folder: their names in addresses, and where they are.
fn list(folder: &Path, top: &Path) -> Done<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(list(&path, top)?);
        } else if let Ok(name) = path.strip_prefix(top) {
            files.push((name.to_string_lossy().into_owned(), path));
        }
    }
    files.sort();
    Ok(files)
}

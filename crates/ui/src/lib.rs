//! The page: the built files of `web/`, held in the program itself.
//!
//! It must never read a file when it runs: the page is what was built, and works with the network cut.

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A file of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its content.
    pub bytes: &'static [u8],
    /// Its media type, for the header Content-Type.
    pub kind: &'static str,
    /// Whether its name changes with its content, so that it may be kept for ever.
    pub lasting: bool,
}

/// The file at an address's path, without the first `/`; the empty path is the page itself.
pub fn file(path: &str) -> Option<File> {
    let path = if path.is_empty() { "index.html" } else { path };
    let (name, bytes) = FILES.iter().find(|(name, _)| *name == path)?;
    Some(File { bytes, kind: kind(name), lasting: name.starts_with("assets/") })
}

/// Why there is no page in this program; empty if there is one.
pub fn missing() -> &'static str {
    MISSING
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_or_a_reason_why_not() {
        assert_eq!(file("").is_some(), missing().is_empty(), "{}", missing());
        assert_eq!(file("../Cargo.toml"), None);
        assert_eq!(kind("a/b.min.js"), "text/javascript; charset=utf-8");
        assert_eq!(kind("b"), "application/octet-stream");
    }

    #[test]
    fn the_page_asks_nobody_else() {
        let Some(page) = file("") else { return assert!(!missing().is_empty()) };
        let text = std::str::from_utf8(page.bytes).expect("it is text");
        assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
        assert!(!text.contains("<style") && !text.contains("onload="), "the policy allows nothing inline: {text}");
    }
}

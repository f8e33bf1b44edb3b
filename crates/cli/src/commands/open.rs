//! `skein open`: the page, in the person's browser.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

use serde_json::json;

use super::{Context, start};
use crate::out::Done;

/// What opens an address in the person's browser, on the systems that there are.
const OPENERS: [&str; 3] = ["xdg-open", "wslview", "open"];

pub(super) async fn open(context: &Context, print: bool) -> Done {
    start::up_if_down(context).await?;
    let link = context.client.opening_link().await?;
    if print || context.out.json || !has_screen() {
        return context.out.answer(&json!({ "link": link }), || format!("{link}\n"));
    }
    if OPENERS.iter().any(|opener| opens(opener, &link)) {
        return context.out.text("The page opens in your browser. `skein status` says how things stand here.\n");
    }
    context.out.text(&format!("Open this in your browser within a minute; it is good once:\n\n  {link}\n"))
}

/// Whether a person sits at this terminal, at a screen that can show a browser.
pub(super) fn has_screen() -> bool {
    let shown = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && (cfg!(target_os = "macos") || shown("DISPLAY") || shown("WAYLAND_DISPLAY"))
}

fn opens(opener: &str, link: &str) -> bool {
    let mut command = Command::new(opener);
    command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

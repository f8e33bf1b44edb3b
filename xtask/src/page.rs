//! The page's checks: types and style, its own logic, and a real browser against real programs.

use std::process::Command;

use crate::house::{self, Done};

/// Where the browser's tests leave what they found, below the build's folder.
const RESULTS: &str = "page";

/// Runs them. The page was built, and its packages installed, when cargo built the program.
///
/// # Errors
/// If the program has no page, or a check failed.
pub fn run() -> Done {
    if !house::has("node") {
        return Err("Node 20.19 or newer is needed to build and test the page".into());
    }
    let program = house::build("skein")?;
    let web = house::root().join("web");
    let tool = |path: &str, arguments: &[&str]| {
        let mut command = Command::new("node");
        command.arg(web.join("node_modules").join(path)).args(arguments).current_dir(&web);
        command
    };
    let check = ["--fail-on-warnings", "--tsconfig", "./tsconfig.json", "--output", "human"];
    house::run(&mut tool("svelte-check/bin/svelte-check", &check))?;
    house::run(&mut tool("eslint/bin/eslint.js", &["--max-warnings", "0", "."]))?;
    house::run(&mut tool("vitest/vitest.mjs", &["run"]))?;
    let results = house::release().with_file_name(RESULTS);
    let mut browser = tool("@playwright/test/cli.js", &["test"]);
    browser.env("SKEIN_PROGRAM", program).env("SKEIN_E2E_OUT", results.join("results"));
    house::run(browser.env("SKEIN_PICTURES", results.join("pictures")))
}

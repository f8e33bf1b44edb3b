//! `GET /`: a plain page, until the real one is here.

use axum::response::Html;

const PAGE: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>Skein</title>
<h1>Skein is running</h1>
<p>The page with your communities comes with a later version. Until then, everything works from the command line:</p>
<pre>
skein status          how things stand
skein members         who belongs, and who can be reached
skein chat --help     talk
skein files --help    share files and folders
skein help            everything else
</pre>
";

pub(crate) async fn page() -> Html<&'static str> {
    Html(PAGE)
}

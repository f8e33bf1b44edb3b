//! `GET /` and the page's other files, out of the program itself; without them, a plain page that says why.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use skein_app::Kind;

use crate::problem::Problem;

/// What is shown if the program was built without its page.
const PLAIN: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>Skein</title>
<h1>Skein is running, without its page</h1>
<p>This program was built on a computer without Node 20.19 or newer. Install Node, then build it again:</p>
<pre>cargo run --release -- open</pre>
<p>Until then, everything works from the command line: <code>skein help</code> says how.</p>
";

/// Whatever is at no other address.
pub(crate) async fn page(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if !matches!(method, Method::GET | Method::HEAD) {
        return nothing();
    }
    match skein_ui::file(path) {
        Some(file) => {
            let mut response = file.bytes.into_response();
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(file.kind));
            if file.lasting {
                let forever = HeaderValue::from_static("private, max-age=31536000, immutable");
                response.headers_mut().insert(CACHE_CONTROL, forever);
            }
            response
        }
        None if path.is_empty() => Html(PLAIN).into_response(),
        None => nothing(),
    }
}

fn nothing() -> Response {
    Problem::new(StatusCode::NOT_FOUND, Kind::NotFound, "there is nothing at this address").into_response()
}

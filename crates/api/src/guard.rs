//! Who may knock: every request is looked at here before any route sees it.
//!
//! Against pages from elsewhere in the person's own browser: a name that leads here (Host), another site or another
//! port (Origin, Sec-Fetch-Site), a form (Content-Type). Comparing Origin with Host alone would not do: when a name is
//! made to lead here, both are the attacker's.

use std::net::SocketAddr;

use axum::http::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use skein_app::Kind;

use crate::problem::Problem;

/// Through which door a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Loopback TCP on this port: a browser, or anything else on this computer.
    Loopback(u16),
    /// This address in a local network: a phone, or anything else in that network.
    Lan(SocketAddr),
    /// The unix socket: this person's own programs, proven by the system.
    Socket,
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Looks at the head of a request.
pub(crate) fn check<B>(door: Door, request: &Request<B>) -> Result<(), Problem> {
    let headers = request.headers();
    let authority = request.uri().authority().map(|authority| authority.as_str());
    match door {
        Door::Loopback(port) => check_browser(|host| is_ours(host, port), authority, headers)?,
        // No other name than the very address: so no name that is made to lead here.
        Door::Lan(at) => check_browser(|host| host == at.to_string(), authority, headers)?,
        Door::Socket if headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE) => {
            return Err(elsewhere("a web page may not use this socket"));
        }
        Door::Socket => (),
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    if !reads && !is_json(headers) && !is_upload(path, headers) && !is_bridged(path, headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::Usage,
            "only JSON is understood here: the header Content-Type must be application/json",
        ));
    }
    Ok(())
}

fn check_browser(is_ours: impl Fn(&str) -> bool, authority: Option<&str>, headers: &HeaderMap) -> Result<(), Problem> {
    let host = only(headers, HOST).filter(|host| is_ours(host));
    let Some(host) = host else {
        return Err(elsewhere("this address is not the one that Skein is at"));
    };
    if authority.is_some_and(|authority| authority != host) {
        return Err(elsewhere("this address is not the one that Skein is at"));
    }
    if headers.contains_key(ORIGIN) && only(headers, ORIGIN) != Some(&format!("http://{host}")) {
        return Err(elsewhere("a page from elsewhere may not use Skein"));
    }
    if headers.contains_key(SEC_FETCH_SITE) && !matches!(only(headers, SEC_FETCH_SITE), Some("same-origin" | "none")) {
        return Err(elsewhere("a page from elsewhere may not use Skein"));
    }
    Ok(())
}

fn elsewhere(why: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, Kind::Denied, why).hint("Open Skein with a fresh link of its own.")
}

/// The three ways to write where we are.
fn is_ours(host: &str, port: u16) -> bool {
    let Some((name, written)) = host.rsplit_once(':') else { return false };
    matches!(name, "127.0.0.1" | "[::1]" | "localhost") && written == port.to_string()
}

/// The header's value, if it is there exactly once.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    only(headers, CONTENT_TYPE).is_some_and(|value| {
        let (kind, _) = value.split_once(';').unwrap_or((value, ""));
        kind.trim().eq_ignore_ascii_case("application/json")
    })
}

/// A file's bytes have a route of their own. No form and no simple request of another site can name this type.
fn is_upload(path: &str, headers: &HeaderMap) -> bool {
    path == "/api/upload" && only(headers, CONTENT_TYPE) == Some("application/octet-stream")
}

/// Other people's programs send forms to a bridge. A form of another site can name this type, but not the secret; and a browser
/// would say where it comes from.
fn is_bridged(path: &str, headers: &HeaderMap) -> bool {
    path.starts_with("/bridge/") && only(headers, CONTENT_TYPE).is_some_and(crate::span::is_form)
}

/// The session token of a request: from the header Authorization and from nowhere else.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    only(headers, axum::http::header::AUTHORIZATION)?.strip_prefix("Bearer ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(door: Door, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().method("GET").uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a proper request");
        check(door, &request).err().map(|problem| problem.status.as_u16())
    }

    #[test]
    fn only_our_own_names_are_answered() {
        let at = |host| status(Door::Loopback(7100), &[("host", host)]);
        for ours in ["127.0.0.1:7100", "[::1]:7100", "localhost:7100"] {
            assert_eq!(at(ours), None, "{ours}");
        }
        let others = ["127.0.0.1", "127.0.0.1:71", "evil.example:7100", "localhost:7100.evil.example", "127.1:7100"];
        for other in others.into_iter().chain(["", "[::1]", "localhost.:7100", "127.0.0.1:07100", "LOCALHOST:7100"]) {
            assert_eq!(at(other), Some(403), "{other}");
        }
        assert_eq!(status(Door::Loopback(7100), &[]), Some(403), "no host");
        let twice = [("host", "localhost:7100"), ("host", "localhost:7100")];
        assert_eq!(status(Door::Loopback(7100), &twice), Some(403), "two hosts");
    }

    #[test]
    fn the_phones_door_has_one_name() {
        let door = Door::Lan(SocketAddr::from(([192, 168, 1, 5], 7118)));
        assert_eq!(status(door, &[("host", "192.168.1.5:7118"), ("origin", "http://192.168.1.5:7118")]), None);
        for other in ["192.168.1.5", "192.168.1.5:7117", "localhost:7118", "127.0.0.1:7118", "laptop.local:7118", ""] {
            assert_eq!(status(door, &[("host", other)]), Some(403), "{other}");
        }
        for other in ["http://192.168.1.6:7118", "http://127.0.0.1:7117", "https://192.168.1.5:7118", "null"] {
            assert_eq!(status(door, &[("host", "192.168.1.5:7118"), ("origin", other)]), Some(403), "{other}");
        }
    }

    #[test]
    fn only_our_own_pages_may_ask() {
        let from = |name, value| status(Door::Loopback(1), &[("host", "localhost:1"), (name, value)]);
        assert_eq!(from("origin", "http://localhost:1"), None);
        let others =
            ["null", "https://localhost:1", "http://127.0.0.1:1", "http://localhost:2", "http://localhost", ""];
        for other in others.into_iter().chain(["http://localhost:1/", "http://evil.example:1", "HTTP://LOCALHOST:1"]) {
            assert_eq!(from("origin", other), Some(403), "{other}");
        }
        for ours in ["same-origin", "none"] {
            assert_eq!(from("sec-fetch-site", ours), None);
        }
        for other in ["same-site", "cross-site", "", "same-origin, none"] {
            assert_eq!(from("sec-fetch-site", other), Some(403), "{other}");
        }
    }

    #[test]
    fn the_socket_is_not_for_web_pages() {
        assert_eq!(status(Door::Socket, &[]), None);
        assert_eq!(status(Door::Socket, &[("origin", "http://localhost:1")]), Some(403));
        assert_eq!(status(Door::Socket, &[("sec-fetch-site", "none")]), Some(403));
    }

    #[test]
    fn what_changes_something_comes_as_json() {
        let post = |kind: Option<&str>| {
            let mut request = Request::builder().method("POST").uri("/");
            if let Some(kind) = kind {
                request = request.header("content-type", kind);
            }
            check(Door::Socket, &request.body(()).expect("proper")).err().map(|problem| problem.status.as_u16())
        };
        for good in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
            assert_eq!(post(Some(good)), None, "{good}");
        }
        for bad in [None, Some("text/plain"), Some("application/jsonp"), Some("multipart/form-data; application/json")]
        {
            assert_eq!(post(bad), Some(415), "{bad:?}");
        }
    }
}

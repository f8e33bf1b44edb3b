//! Calls to other programs' servers: over HTTPS, over HTTP only to this very computer. No redirect is followed, no cookie is
//! kept, nothing of this person is sent but what the call holds; and an answer is only read as far as it may be long.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use skein_app::{Call, Kind, MAX_REPLY_BYTES, Refusal, Reply};

/// How long to wait for the server to be reached.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long a call may take in all.
const WHOLE_TIME: Duration = Duration::from_secs(30);

/// Calls, and gives the answer, whatever its status.
///
/// # Errors
/// If the address is none that may be called, nobody answers in time, or the answer is too long or no text.
pub(crate) async fn call(call: &Call) -> Result<Reply, Refusal> {
    call_within(call, WHOLE_TIME).await
}

async fn call_within(call: &Call, whole: Duration) -> Result<Reply, Refusal> {
    let url = allowed(&call.url)?;
    let client = client(is_here(&url), whole).map_err(|error| unreached(&error))?;
    let request = match &call.form {
        None => client.get(url),
        Some(fields) => {
            let mut form = Url::parse("form:").map_err(|_| Refusal::new(Kind::Failed, "no form could be made"))?;
            form.query_pairs_mut().extend_pairs(fields);
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
            client.post(url).header(CONTENT_TYPE, kind).body(form.query().unwrap_or_default().to_owned())
        }
    };
    let mut response = request.header(ACCEPT, "*/*").send().await.map_err(|error| unreached(&error))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(Refusal::new(Kind::Failed, "the server says that it is somewhere else now")
            .hint("Look where it is, and give its new address if you trust it: nobody is followed blindly."));
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreached(&error))? {
        if bytes.len() + chunk.len() > MAX_REPLY_BYTES {
            return Err(Refusal::new(Kind::Limit, "the server's answer is too long to be one"));
        }
        bytes.extend_from_slice(&chunk);
    }
    let body = String::from_utf8(bytes).map_err(|_| Refusal::new(Kind::Failed, "the server's answer is no text"))?;
    Ok(Reply { status: status.as_u16(), kind, body })
}

fn client(here: bool, whole: Duration) -> reqwest::Result<Client> {
    // Whoever comes first chooses it for the whole program; all choose the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT_TIME).timeout(whole);
    let builder = builder.user_agent(concat!("Skein/", env!("CARGO_PKG_VERSION"))).referer(false);
    // What is on this computer is no proxy's business.
    if here { builder.no_proxy() } else { builder.https_only(true) }.build()
}

/// An address that may be called.
fn allowed(text: &str) -> Result<Url, Refusal> {
    let no = |why: &str| Err(Refusal::new(Kind::Usage, why).hint("Give an address that begins with https://."));
    let Ok(url) = Url::parse(text) else { return no("this is no address") };
    if !url.username().is_empty() || url.password().is_some() {
        return no("a name or password has no place in an address");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_here(&url) => Ok(url),
        "http" => no("the way there would not be encrypted"),
        _ => no("only web servers are called"),
    }
}

/// Whether it is on this very computer, by its number: a name can be made to lead anywhere.
fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
}

fn unreached(error: &reqwest::Error) -> Refusal {
    let why = match () {
        () if error.is_timeout() => "the server did not answer in time",
        () if error.is_connect() => "the server cannot be reached",
        () => "the way to the server broke off",
    };
    Refusal::new(Kind::Unreachable, why).hint("Try again later, or look whether the address is right.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that answers once with these bytes; then it gives what it was sent.
    async fn server(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let at = format!("http://{}", listener.local_addr().expect("has one"));
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("is called");
            let mut asked = vec![0; 4_096];
            let read = stream.read(&mut asked).await.unwrap_or_default();
            let _ = stream.write_all(&answer).await; // whoever called may have heard enough
            let _ = stream.shutdown().await;
            String::from_utf8_lossy(&asked[..read]).into_owned()
        });
        (at, task)
    }

    fn get(url: String) -> Call {
        Call { url, form: None }
    }

    #[tokio::test]
    async fn an_answer_is_read_whatever_its_status() {
        let (at, task) =
            server(b"HTTP/1.1 403 No\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<e/>".to_vec()).await;
        let form = Some(vec![("a b".to_owned(), "c&d".to_owned())]);
        let reply = call(&Call { url: format!("{at}/requests.xml"), form }).await.expect("is answered");
        assert_eq!(reply, Reply { status: 403, kind: "text/xml".into(), body: "<e/>".into() });
        let asked = task.await.expect("ends");
        assert!(
            asked.starts_with("POST /requests.xml HTTP/1.1\r\n") && !asked.to_lowercase().contains("cookie"),
            "{asked}"
        );
    }

    #[tokio::test]
    async fn nobody_is_followed_elsewhere() {
        for to in ["file:///etc/passwd", "http://127.0.0.1:9/", "https://elsewhere.example/"] {
            let (at, _task) =
                server(format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()).await;
            assert_eq!(call(&get(at)).await.expect_err("is not followed").kind, Kind::Failed, "{to}");
        }
    }

    #[tokio::test]
    async fn what_is_too_long_too_slow_or_no_text_is_refused() {
        let long = [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; MAX_REPLY_BYTES + 1]].concat();
        let (at, _task) = server(long).await;
        assert_eq!(call(&get(at)).await.expect_err("too long").kind, Kind::Limit);
        let (at, _task) = server(b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe".to_vec()).await;
        assert_eq!(call(&get(at)).await.expect_err("no text").kind, Kind::Failed);
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let at = format!("http://{}", silent.local_addr().expect("has one"));
        let refusal = call_within(&get(at), Duration::from_millis(200)).await.expect_err("silent");
        assert_eq!(refusal.kind, Kind::Unreachable);
    }

    #[test]
    fn only_encrypted_ways_are_gone_but_on_this_computer() {
        for good in ["https://city.gov/v2/requests.xml", "http://127.0.0.1:7117/x", "http://[::1]:1/"] {
            assert!(allowed(good).is_ok(), "{good}");
        }
        for bad in [
            "http://city.gov/",
            "http://localhost/",
            "http://127.0.0.1.evil.example/",
            "file:///etc/passwd",
            "ftp://x/",
            "https://u:p@x/",
            "http://192.168.1.1/",
            "http://169.254.169.254/",
            "data:,x",
            "unix:/x",
            "",
            "city.gov",
        ] {
            assert!(allowed(bad).is_err(), "{bad}");
        }
    }
}

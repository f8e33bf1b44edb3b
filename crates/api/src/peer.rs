//! Who is at the other end of the unix socket: only this person's own programs are served.

use tokio::net::UnixStream;

/// Whether the system says that the other end runs as the same user as we do.
pub(crate) fn is_own(stream: &UnixStream) -> bool {
    let ours = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| same_user(peer.uid(), ours))
}

fn same_user(peer: u32, ours: u32) -> bool {
    peer == ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn our_own_end_is_our_own() {
        let (one, _other) = UnixStream::pair().expect("a pair of sockets");
        assert!(is_own(&one));
    }

    #[test]
    fn nobody_else_is_served() {
        assert!(same_user(1000, 1000));
        assert!(!same_user(1001, 1000));
        assert!(!same_user(0, 1000), "not even root: it has other means");
    }
}

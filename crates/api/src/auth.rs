//! Who asks: a program of this person (the socket proves it), or a browser with a session.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::guard::{Door, bearer};
use crate::problem::Problem;
use crate::server::House;

/// What every route is given.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) house: Arc<House>,
    pub(crate) door: Door,
}

/// Proof that whoever asks may ask. A route that takes it is closed to everybody else.
pub(crate) struct Caller {
    /// The session's token; `None` on the socket.
    pub(crate) token: Option<String>,
}

impl Caller {
    /// Lets in whoever holds `token`; on the socket, everybody that the listener let through.
    pub(crate) fn admit(gate: &Gate, token: Option<&str>) -> Result<Self, Problem> {
        match (gate.door, token) {
            (Door::Socket, _) => Ok(Self { token: None }),
            (Door::Loopback(_), Some(token)) if gate.house.sessions.knows(token, Instant::now()) => {
                Ok(Self { token: Some(token.to_owned()) })
            }
            _ => Err(Problem::signed_out()),
        }
    }

    /// Waits until this session is ended; on the socket, for ever.
    pub(crate) async fn ended(&self, house: &House) {
        let Some(token) = &self.token else { return std::future::pending().await };
        let mut endings = house.sessions.endings();
        while house.sessions.has(token) {
            if endings.changed().await.is_err() {
                return;
            }
        }
    }
}

impl FromRequestParts<Gate> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Problem> {
        Self::admit(gate, bearer(&parts.headers))
    }
}

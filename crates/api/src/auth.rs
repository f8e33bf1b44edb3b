//! Who asks: a program of this person (the socket proves it), a browser with a session, or a phone with one of its own.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use skein_app::{Kind, Refusal};
use tokio::sync::Semaphore;

use crate::guard::{Door, bearer};
use crate::problem::Problem;
use crate::server::{House, wall_ms};
use crate::ticket::Tickets;

/// What every route is given.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) house: Arc<House>,
    pub(crate) door: Door,
}

impl Gate {
    /// The tickets that are good at this door.
    pub(crate) fn tickets(&self) -> Arc<Tickets> {
        match self.door {
            Door::Lan(_) => self.house.lan.tickets(),
            Door::Loopback(_) | Door::Socket => self.house.tickets.clone(),
        }
    }

    /// The room for WebSockets at this door.
    pub(crate) fn sockets(&self) -> Arc<Semaphore> {
        match self.door {
            Door::Lan(_) => self.house.lan.sockets.clone(),
            Door::Loopback(_) | Door::Socket => self.house.sockets.clone(),
        }
    }
}

/// Where a request comes from; `None` on the socket.
#[derive(Clone, Copy)]
pub(crate) struct From(pub(crate) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

/// Proof that whoever asks may ask. A route that takes it is closed to everybody else.
pub(crate) enum Caller {
    /// A program of this person.
    Own,
    /// A browser on this computer: its token.
    Browser(String),
    /// A phone: its id.
    Phone(String),
}

impl Caller {
    /// Lets in whoever holds `token`; on the socket, everybody that the listener let through.
    pub(crate) fn admit(gate: &Gate, from: From, token: Option<&str>) -> Result<Self, Problem> {
        let now = Instant::now();
        match (gate.door, token) {
            (Door::Socket, _) => Ok(Self::Own),
            (Door::Loopback(_), Some(token)) if gate.house.sessions.knows(token, now) => {
                Ok(Self::Browser(token.to_owned()))
            }
            (Door::Lan(_), Some(token)) => {
                // A phone that is paired is served, whatever others at its address try.
                if let Some(id) = gate.house.phones.knows(token, now, wall_ms()) {
                    return Ok(Self::Phone(id));
                }
                gate.guessed(from)?;
                Err(Problem::signed_out())
            }
            _ => Err(Problem::signed_out()),
        }
    }

    /// The phone's id, if it is one.
    pub(crate) fn phone(&self) -> Option<&str> {
        if let Self::Phone(id) = self { Some(id) } else { None }
    }

    /// Waits until this session is ended; on the socket, for ever.
    pub(crate) async fn ended(&self, house: &House) {
        let (mut endings, there): (_, &(dyn Fn() -> bool + Sync)) = match self {
            Self::Own => return std::future::pending().await,
            Self::Browser(token) => (house.sessions.endings(), &|| house.sessions.has(token)),
            Self::Phone(id) => (house.phones.endings(), &|| house.phones.get(id).is_some()),
        };
        while there() {
            if endings.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Gate {
    /// Somebody showed a code or token that is none of ours: at the phones' door that is counted.
    pub(crate) fn guessed(&self, from: From) -> Result<(), Problem> {
        let (Door::Lan(_), Some(from)) = (self.door, from.0) else { return Ok(()) };
        let now = Instant::now();
        self.house.lan.tries.wrong(from, now);
        self.may_guess(From(Some(from)))
    }

    /// Whether somebody at this address may still try.
    pub(crate) fn may_guess(&self, from: From) -> Result<(), Problem> {
        let (Door::Lan(_), Some(from)) = (self.door, from.0) else { return Ok(()) };
        if self.house.lan.tries.too_many(from, Instant::now()) {
            let refusal = Refusal::new(Kind::Limit, "this was tried too often");
            return Err(refusal.hint("Wait a minute, then pair the phone anew on your computer.").into());
        }
        Ok(())
    }
}

impl FromRequestParts<Gate> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Problem> {
        let from = parts.extensions.get().copied().unwrap_or(From(None));
        Self::admit(gate, from, bearer(&parts.headers))
    }
}

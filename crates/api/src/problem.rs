//! A "no" over HTTP: the status by the kind of trouble, and `{"error": {code, message, hint}}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use skein_app::{Kind, Refusal};

/// What a request is refused with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) refusal: Refusal,
}

/// The body of every answer that is a "no".
#[derive(Debug, Serialize, ts_rs::TS)]
pub(crate) struct ErrorBody<'a> {
    error: ErrorDetail<'a>,
}

/// What went wrong.
#[derive(Debug, Serialize, ts_rs::TS)]
pub(crate) struct ErrorDetail<'a> {
    /// What kind of trouble, in one word.
    #[ts(type = "string")]
    code: Kind,
    /// What happened and why.
    message: &'a str,
    /// What to do next; may be empty.
    hint: &'a str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: Kind, message: impl Into<String>) -> Self {
        Self { status, refusal: Refusal::new(kind, message) }
    }

    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.refusal = self.refusal.hint(hint);
        self
    }

    /// Nobody is signed in, or no longer.
    pub(crate) fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Kind::Denied, "this browser is not signed in here")
            .hint("Open Skein with a fresh link of its own.")
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            Kind::Usage => StatusCode::BAD_REQUEST,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Ambiguous | Kind::Conflict => StatusCode::CONFLICT,
            Kind::Denied => StatusCode::FORBIDDEN,
            Kind::Unreachable => StatusCode::GATEWAY_TIMEOUT,
            Kind::NotRunning => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Limit => StatusCode::TOO_MANY_REQUESTS,
            Kind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, refusal }
    }
}

/// The JSON of a refusal, as every answer and every stream writes it.
pub(crate) fn error_body(refusal: &Refusal) -> ErrorBody<'_> {
    ErrorBody { error: ErrorDetail { code: refusal.kind, message: &refusal.message, hint: &refusal.hint } }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(error_body(&self.refusal))).into_response()
    }
}

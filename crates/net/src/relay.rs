//! Our own relay: forwards sealed packets between devices that the door admits. Plain HTTP; it can read nothing.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use iroh_relay::server::{Access, AccessControl, ClientRequest, RelayConfig, Server, ServerConfig};

use crate::config::{Door, NetError};
use crate::shared::device_id;

struct Members(Arc<dyn Door>);

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Members")
    }
}

impl AccessControl for Members {
    async fn on_connect(&self, request: &ClientRequest) -> Access {
        if self.0.may_relay(device_id(request.endpoint_id())) {
            Access::Allow
        } else {
            Access::Deny { reason: Some("this relay serves members only".into()) }
        }
    }
}

/// Starts the relay; drop the server to stop it.
pub(crate) async fn serve(address: SocketAddr, door: Arc<dyn Door>) -> Result<Server, NetError> {
    let mut relay = RelayConfig::new(address);
    relay.access = Arc::new(Members(door));
    let mut config = ServerConfig::default();
    config.relay = Some(relay);
    Server::spawn(config).await.map_err(|error| NetError::ServeRelay { address, why: format!("{error:#}") })
}

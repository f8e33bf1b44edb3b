//! Somebody who speaks the swarm's protocol without being us: for lies and for asking what is not theirs.

use std::time::Duration;

use iroh::endpoint::{Connection, RecvStream, SendStream};
use skein_event::{BlobHash, DeviceId};
use skein_net::Contact;
use skein_swarm::Message;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Device;

const ALPN: &[u8] = b"skein/swarm/3";

#[derive(Debug, PartialEq)]
pub enum Heard {
    Message(BlobHash, Option<Message>),
    /// The file, the first piece, how many, and how many bytes followed the header.
    Pieces(BlobHash, u32, u8, usize),
}

pub struct RawSwarm {
    endpoint: iroh::Endpoint,
}

pub struct Call {
    connection: Connection,
    messages: SendStream,
    heard: mpsc::Receiver<Heard>,
}

impl RawSwarm {
    pub async fn bind(n: u8) -> Self {
        let endpoint = iroh::Endpoint::builder(iroh::endpoint::presets::Minimal)
            .secret_key(iroh::SecretKey::from_bytes(&[n; 32]))
            .relay_mode(iroh::RelayMode::Disabled)
            .alpns(vec![ALPN.to_vec()])
            .clear_ip_transports()
            .bind_addr("127.0.0.1:0")
            .unwrap()
            .bind()
            .await
            .unwrap();
        Self { endpoint }
    }

    pub fn id(&self) -> DeviceId {
        DeviceId::from_bytes(*self.endpoint.id().as_bytes())
    }

    pub fn contact(&self) -> Contact {
        let addresses = self.endpoint.bound_sockets().iter().map(ToString::to_string).collect();
        Contact { device: self.id(), addresses, pass: None }
    }

    pub async fn connect(&self, to: &Device) -> Call {
        let id = iroh::EndpointId::from_bytes(to.id.as_bytes()).unwrap();
        let addresses =
            to.net.addresses().iter().map(|a| iroh::TransportAddr::Ip(a.parse().unwrap())).collect::<Vec<_>>();
        let address = iroh::EndpointAddr::from_parts(id, addresses);
        Call::new(self.endpoint.connect(address, ALPN).await.unwrap()).await
    }

    /// The next who calls in this protocol.
    pub async fn accept(&mut self) -> Call {
        loop {
            let incoming = self.endpoint.accept().await.unwrap();
            if let Ok(connection) = incoming.await {
                return Call::new(connection).await;
            }
        }
    }
}

impl Call {
    async fn new(connection: Connection) -> Self {
        let mut messages = connection.open_uni().await.unwrap();
        messages.write_all(&[0]).await.unwrap();
        let (tell, heard) = mpsc::channel(256);
        let streams = connection.clone();
        tokio::spawn(async move {
            while let Ok(stream) = streams.accept_uni().await {
                tokio::spawn(read(stream, tell.clone()));
            }
        });
        Self { connection, messages, heard }
    }

    pub async fn say(&mut self, file: BlobHash, message: Option<&Message>) {
        let body = [&file.as_bytes()[..], &postcard::to_stdvec(&message).unwrap()].concat();
        let bytes = [&(body.len() as u32).to_le_bytes()[..], &body].concat();
        self.messages.write_all(&bytes).await.ok();
    }

    pub async fn piece(&mut self, file: BlobHash, piece: u32, bytes: &[u8]) {
        self.pieces(file, piece, 1, bytes).await;
    }

    pub async fn pieces(&mut self, file: BlobHash, first: u32, count: u8, bytes: &[u8]) {
        let Ok(Ok(mut stream)) = timeout(Duration::from_secs(5), self.connection.open_uni()).await else { return };
        let head = [&[1][..], file.as_bytes(), &first.to_le_bytes(), &[0, 0, 0, 0, 0, count]].concat();
        stream.write_all(&head).await.ok();
        stream.write_all(bytes).await.ok();
        stream.finish().ok();
    }

    pub async fn hear(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }

    pub async fn hear_within(&mut self, time: Duration) -> Option<Heard> {
        timeout(time, self.heard.recv()).await.ok().flatten()
    }
}

async fn read(mut stream: RecvStream, tell: mpsc::Sender<Heard>) -> Option<()> {
    let mut kind = [0];
    stream.read_exact(&mut kind).await.ok()?;
    let hash = |bytes: &[u8]| BlobHash::from_bytes(bytes[..32].try_into().unwrap());
    if kind[0] == 1 {
        let mut head = [0; 42];
        stream.read_exact(&mut head).await.ok()?;
        let rest = stream.read_to_end(16 << 20).await.ok()?;
        let piece = u32::from_le_bytes(head[32..36].try_into().unwrap());
        return tell.send(Heard::Pieces(hash(&head), piece, head[41], rest.len())).await.ok();
    }
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).await.ok()?;
        let mut body = vec![0; u32::from_le_bytes(length) as usize];
        stream.read_exact(&mut body).await.ok()?;
        let message = postcard::from_bytes(&body[32..]).unwrap();
        tell.send(Heard::Message(hash(&body), message)).await.ok()?;
    }
}

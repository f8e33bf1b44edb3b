//! The taker's side: what comes is written beside its place, checked against its hash, and only then given its name.

use std::path::{Path, PathBuf};
use std::time::Duration;

use iroh::endpoint::{Connection, RecvStream, SendStream, VarInt};
use iroh::{Endpoint, EndpointAddr};
use skein_event::{BlobHash, DeviceId, SecretKey};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::blobs::Progress;
use crate::blobs::export::{numbered, rename_to_new};
use crate::endpoint::parse_address;
use crate::gift::{ALPN, About, CHUNK, GiftError, Gifts, MAX_WORDS, PATIENCE, Token};
use crate::shared::endpoint_id;
use crate::steer::Steering;

/// How long nothing may come in before it is given up.
const GIVE_UP: Duration = Duration::from_secs(45);
/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_secs(1);
/// How many names are tried: "name", "name (2)" and so on.
const MAX_NAMES: u32 = 1_000;

/// Where a gift is, and what to show there.
#[derive(Debug, Clone)]
pub struct From {
    /// The id of the endpoint that gives it.
    pub giver: DeviceId,
    /// Where that may be: "ip:port" or "relay:URL". What does not parse is ignored.
    pub addresses: Vec<String>,
    /// What to show.
    pub token: Token,
    /// The hash, if it is known beforehand.
    pub root: Option<BlobHash>,
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub about: About,
}

impl Gifts {
    /// Takes a file into the folder `to`, under the name that its giver chose; never over something that is there. `key` is
    /// that of an endpoint of its own: nobody learns who takes it.
    ///
    /// What came in is kept beside it if the way breaks off, and a later try with the same link or code goes on from there.
    ///
    /// # Errors
    /// If nobody is there, it is not given, what came is something else, or it cannot be written.
    pub async fn take(
        &self,
        key: &SecretKey,
        from: &From,
        to: &Path,
        progress: watch::Sender<Progress>,
    ) -> Result<Taken, GiftError> {
        tokio::fs::create_dir_all(to).await.map_err(GiftError::io(to.display().to_string()))?;
        let endpoint = self.place.endpoint(key, false).await?;
        let taken = try_on(&endpoint, from, to, &progress, &self.steering).await;
        timeout(PATIENCE, endpoint.close()).await.ok();
        taken
    }
}

/// How one try ended without the file.
enum Miss {
    /// Another may work. Why, for the log.
    Lost(String),
    Final(GiftError),
}

impl std::convert::From<GiftError> for Miss {
    fn from(error: GiftError) -> Self {
        Self::Final(error)
    }
}

async fn try_on(
    endpoint: &Endpoint,
    from: &From,
    to: &Path,
    progress: &watch::Sender<Progress>,
    steering: &Steering,
) -> Result<Taken, GiftError> {
    let (mut moved, mut before) = (Instant::now(), 0);
    loop {
        match once(endpoint, from, to, progress, steering).await {
            Ok(taken) => return Ok(taken),
            Err(Miss::Final(error)) => return Err(error),
            Err(Miss::Lost(why)) => tracing::debug!("a try to take a file broke off: {why}"),
        }
        let now = progress.borrow().bytes_done;
        if now > before {
            (moved, before) = (Instant::now(), now);
        }
        if moved.elapsed() > GIVE_UP {
            return Err(GiftError::Unreachable);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn once(
    endpoint: &Endpoint,
    from: &From,
    to: &Path,
    progress: &watch::Sender<Progress>,
    steering: &Steering,
) -> Result<Taken, Miss> {
    let id = endpoint_id(from.giver).ok_or(GiftError::Unreachable)?;
    let addresses = from.addresses.iter().filter_map(|text| parse_address(text));
    let dial = endpoint.connect(EndpointAddr::from_parts(id, addresses), ALPN);
    let connection = soon(dial).await?;
    let taken = exchange(&connection, from, to, progress, steering).await;
    connection.close(VarInt::from_u32(0), b"done");
    taken
}

async fn exchange(
    connection: &Connection,
    from: &From,
    to: &Path,
    progress: &watch::Sender<Progress>,
    steering: &Steering,
) -> Result<Taken, Miss> {
    let (mut send, mut recv) = soon(connection.open_bi()).await?;
    soon(send.write_all(&from.token)).await?;
    let about = read_about(&mut recv).await?;
    if !about.is_sound() {
        return Err(GiftError::Damaged("its name is none that a file can have".into()).into());
    }
    if from.root.is_some_and(|root| root != about.root) {
        return Err(GiftError::Damaged("the link is for another file".into()).into());
    }
    let draft = to.join(format!(".{}.skein-part", &about.root.to_string()[..16]));
    let mut part = Part::open(&draft, &about).await?;
    let tell = |done: u64| {
        progress.send_modify(|told| (told.bytes_done, told.bytes_total, told.files_total) = (done, about.bytes, 1));
    };
    tell(part.done);
    soon(send.write_u64_le(part.done)).await?;
    fill(&mut recv, &mut part, about.bytes, tell, steering).await?;
    part.file.sync_all().await.map_err(GiftError::io(draft.display().to_string()))?;
    if part.hasher.finalize().as_bytes() != about.root.as_bytes() {
        drop(part);
        tokio::fs::remove_file(&draft).await.map_err(GiftError::io(draft.display().to_string()))?;
        return Err(GiftError::Damaged("its bytes do not have its hash".into()).into());
    }
    let (name, at) = (about.name.clone(), to.to_owned());
    let placed = tokio::task::spawn_blocking(move || settle(&draft, &name, &at)).await;
    let path = placed.map_err(|error| GiftError::Damaged(error.to_string()))??;
    thank(&mut send, connection).await;
    Ok(Taken { path, about })
}

/// One step of the other side.
async fn soon<T, E: std::fmt::Display>(step: impl Future<Output = Result<T, E>>) -> Result<T, Miss> {
    let done = timeout(PATIENCE, step).await.map_err(|_| Miss::Lost("nothing came for too long".into()))?;
    done.map_err(|error| Miss::Lost(format!("{error:#}")))
}

async fn read_about(recv: &mut RecvStream) -> Result<About, Miss> {
    let yes = soon(recv.read_u8()).await?;
    let length = usize::from(soon(recv.read_u16_le()).await?);
    if length > MAX_WORDS {
        return Err(GiftError::Damaged("its description is too long".into()).into());
    }
    let mut words = vec![0; length];
    soon(recv.read_exact(&mut words)).await?;
    if yes != 1 {
        let why: String = String::from_utf8_lossy(&words).chars().filter(|c| !c.is_control()).take(300).collect();
        return Err(GiftError::Refused(why).into());
    }
    postcard::from_bytes(&words).map_err(|_| GiftError::Damaged("its description makes no sense".into()).into())
}

/// What is here already, and what comes.
struct Part {
    file: File,
    hasher: blake3::Hasher,
    done: u64,
}

impl Part {
    /// Goes on where an earlier try ended; what is too long to be a part of it begins anew.
    async fn open(path: &Path, about: &About) -> Result<Self, GiftError> {
        let io = || GiftError::io(path.display().to_string());
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).await.map_err(io())?;
        let mut hasher = blake3::Hasher::new();
        let mut done = file.metadata().await.map_err(io())?.len();
        if done > about.bytes {
            file.set_len(0).await.map_err(io())?;
            done = 0;
        }
        let mut chunk = vec![0; CHUNK];
        let mut left = done;
        while left > 0 {
            let read = file.read(&mut chunk).await.map_err(io())?;
            if read == 0 {
                break;
            }
            hasher.update(&chunk[..read]);
            left -= read as u64;
        }
        Ok(Self { file, hasher, done: done - left })
    }
}

async fn fill(
    recv: &mut RecvStream,
    part: &mut Part,
    bytes: u64,
    tell: impl Fn(u64),
    steering: &Steering,
) -> Result<(), Miss> {
    let mut chunk = vec![0; CHUNK];
    while part.done < bytes {
        let most = (bytes - part.done).min(CHUNK as u64) as usize;
        let read = soon(recv.read(&mut chunk[..most]))
            .await?
            .filter(|read| *read > 0)
            .ok_or_else(|| Miss::Lost("it ended early".into()))?;
        part.file.write_all(&chunk[..read]).await.map_err(GiftError::io("the file cannot be written"))?;
        part.hasher.update(&chunk[..read]);
        part.done += read as u64;
        tell(part.done);
        steering.let_in(read as u64).await;
    }
    part.file.flush().await.map_err(GiftError::io("the file cannot be written"))?;
    Ok(())
}

/// Gives the draft the first name that is free.
fn settle(draft: &Path, name: &str, to: &Path) -> Result<PathBuf, GiftError> {
    for number in 1..=MAX_NAMES {
        let path = to.join(numbered(name, number, false));
        if path.symlink_metadata().is_ok() {
            continue;
        }
        match rename_to_new(draft, &path, false) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(GiftError::io(path.display().to_string())(error)),
        }
    }
    let why = std::io::ErrorKind::AlreadyExists.into();
    Err(GiftError::io(format!("{} has too many things called {name}", to.display()))(why))
}

/// The giver counts it as taken once it hears this; if it does not, it is only offered once more.
async fn thank(send: &mut SendStream, connection: &Connection) {
    if send.write_u8(1).await.is_ok() && send.finish().is_ok() {
        timeout(PATIENCE, connection.closed()).await.ok();
    }
}

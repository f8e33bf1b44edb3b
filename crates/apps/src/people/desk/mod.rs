//! The desk: what a person may do and ask about who belongs. Local, free to change.

mod answer;
mod find;
mod show;

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use skein_app::{Act, Draft, Kind, Me, Refusal, View};
use skein_event::{DeviceId, MemberId, ObjectId};
use ts_rs::TS;

pub use answer::{Answer, DeviceRow, InvitationRow, MemberRow, PictureRow};
pub(in crate::people) use answer::{devices, members, pictures};
pub(super) use show::text;

use super::event::Event;
use super::knock::{self, Sealed};
use super::picture::{self, Image};
use super::rules::is_name;
use super::{facts, rules};

/// What a person may do.
#[derive(Debug, Clone, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Announce an invitation; `skein invite` does this and prints the link
    #[command(hide = true)]
    Invite {
        /// The public half of the invitation's key
        #[arg(skip)]
        #[ts(type = "number[]")]
        key: [u8; 32],
        /// How many may join by it
        uses: u32,
        /// Until when, in milliseconds since 1970
        expires_ms: u64,
    },
    /// Take an invitation back
    Revoke {
        /// The invitation, as `skein people invitations` shows it
        invitation: String,
    },
    /// Be called differently in this community
    Rename {
        /// Your new name
        name: String,
    },
    /// Show the others a picture of yourself in this community
    Picture {
        /// WebP, JPEG or PNG of at most 8 KiB, in base64: "$(base64 -w0 FILE)"; "" takes yours away
        image: String,
    },
    /// Ask for a member to be removed; it takes as many as the charter says
    Remove {
        /// The member's name or id
        member: String,
    },
    /// Say at its beginning that this community is a conversation of two; `skein direct` does this
    #[command(hide = true)]
    Direct {
        /// With whom: the member's id
        #[arg(skip)]
        #[ts(type = "string")]
        with: Option<MemberId>,
    },
    /// Tell somebody something that only they can open; `skein direct` does this
    #[command(hide = true)]
    Knock {
        /// The sealed boxes, in base64
        #[arg(skip)]
        #[ts(type = "string[]")]
        boxes: Vec<Sealed>,
    },
    /// Leave this community
    Leave,
    /// Say that one of your own devices is no longer yours: lost, sold or renewed
    Retire {
        /// The device, as `skein people devices` shows it
        device: String,
    },
}

/// What a person may ask.
#[derive(Debug, Clone, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Query {
    /// Who belongs, and who used to
    Members,
    /// The devices of all members, or of one
    Devices {
        /// The member's name or id
        #[ts(optional = nullable)]
        member: Option<String>,
    },
    /// The invitations
    Invitations {
        /// Also those that no longer hold
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        all: bool,
    },
    /// The rules that this community runs by
    Charter,
    /// The pictures that members show of themselves
    Pictures,
}

pub(super) fn decide(me: &Me, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let event = match command {
        Command::Invite { key, uses, expires_ms } => invite(me, key, uses, expires_ms)?,
        Command::Revoke { invitation } => Event::Revoked { invitation: find::invitation(view, &invitation)? },
        Command::Rename { name } => Event::Named { name: proper(&name)? },
        Command::Picture { image } => Event::Pictured { image: proper_picture(&image)? },
        Command::Remove { member } => remove(me, &member, view)?,
        Command::Direct { with } => Event::Direct {
            with: with
                .ok_or_else(|| Refusal::new(Kind::Usage, "it is not said with whom").hint("Use `skein direct`."))?,
        },
        Command::Knock { boxes } => match knock::fits(&boxes) {
            Ok(()) => Event::Knocked { boxes },
            Err(why) => return Err(Refusal::new(Kind::Usage, why).hint("Use `skein direct`.")),
        },
        Command::Leave => Event::Left { heights: heights(view, &me.member)? },
        Command::Retire { device } => retire(me, &device, view)?,
    };
    Ok(Act::Say(Draft { object: home(view)?, event }))
}

pub(super) fn query(me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
    match query {
        Query::Members => Ok(Answer::Members(answer::members(me, view)?)),
        Query::Devices { member } => {
            let member = member.map(|member| find::member(view, &member)).transpose()?;
            Ok(Answer::Devices(answer::devices(me, view, member)?))
        }
        Query::Invitations { all } => Ok(Answer::Invitations(answer::invitations(me, view, all)?)),
        Query::Pictures => Ok(Answer::Pictures(answer::pictures(view)?)),
        Query::Charter => Ok(Answer::Charter {
            name: view.first("SELECT name FROM people_community", [], |row| row.get(0))?.unwrap_or_default(),
            removal_takes: facts::removal_quorum(view)? as u64,
        }),
    }
}

/// The object of all these events: the community itself.
fn home(view: &View<'_>) -> Result<ObjectId, Refusal> {
    let row = view.first("SELECT object FROM people_community", [], |row| row.get(0))?;
    let row = row.ok_or_else(|| Refusal::new(Kind::NotFound, "the community's beginning is not here yet"))?;
    Ok(view.ids().object_id(row)?)
}

fn proper(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if is_name(name) {
        return Ok(name.into());
    }
    let why = format!("a name has 1 to {} bytes and no line breaks", rules::MAX_NAME_BYTES);
    Err(Refusal::new(Kind::Usage, why).hint("Choose a shorter, plain name."))
}

fn proper_picture(text: &str) -> Result<Image, Refusal> {
    let hint = "Make it smaller, 128 by 128 pixels for one, and save it as WebP, JPEG or PNG.";
    let image = Image::read(text.trim())
        .ok_or_else(|| Refusal::new(Kind::Usage, "this is no picture in base64, or a far too large one").hint(hint))?;
    match picture::fits(&image.0) {
        Ok(()) => Ok(image),
        Err(why) if image.0.len() > picture::MAX_BYTES => Err(Refusal::new(Kind::Limit, why).hint(hint)),
        Err(why) => Err(Refusal::new(Kind::Usage, why).hint(hint)),
    }
}

fn invite(me: &Me, key: [u8; 32], uses: u32, expires_ms: u64) -> Result<Event, Refusal> {
    if !(1..=rules::MAX_USES).contains(&uses) {
        return Err(Refusal::new(Kind::Usage, "an invitation is for 1 to 10,000 people").hint("Use `--uses 1`."));
    }
    if expires_ms <= me.now_ms {
        return Err(
            Refusal::new(Kind::Usage, "the invitation would expire before it is made").hint("Use `--expires 7d`.")
        );
    }
    Ok(Event::Invited { key, uses, expires_ms })
}

fn remove(me: &Me, member: &str, view: &View<'_>) -> Result<Event, Refusal> {
    let member = find::member(view, member)?;
    if member == me.member {
        return Err(Refusal::new(Kind::Usage, "that is you").hint("To go, use `skein leave`."));
    }
    if !facts::belongs(view, &member)? {
        return Err(Refusal::new(Kind::Conflict, "this member no longer belongs here already"));
    }
    let asked = facts::ends(view)?
        .iter()
        .any(|end| end.kind == super::standing::EndKind::Removal && end.target == member && end.member == me.member);
    if asked {
        return Err(Refusal::new(Kind::Conflict, "you have asked for that already")
            .hint("It takes another member to agree: they run the same command."));
    }
    Ok(Event::RemovalWanted { member, heights: heights(view, &member)? })
}

fn retire(me: &Me, device: &str, view: &View<'_>) -> Result<Event, Refusal> {
    let device = find::own_device(me, view, device)?;
    if device == me.device {
        return Err(Refusal::new(Kind::Usage, "this is the device that you are using")
            .hint("Use another one of yours to retire it, or `skein device renew`."));
    }
    let height = heights(view, &me.member)?.into_iter().find(|(id, _)| *id == device).map_or(0, |(_, height)| height);
    Ok(Event::Retired { device, height })
}

/// How many events of each of a member's devices are here.
fn heights(view: &View<'_>, member: &MemberId) -> Result<Vec<(DeviceId, u64)>, Refusal> {
    let sql = "SELECT d.device, coalesce(max(l.height), 0) FROM people_device d
               LEFT JOIN log l ON l.author = d.device WHERE d.member = ?1 GROUP BY d.device";
    Ok(view
        .all(sql, [member.as_bytes()], |row| Ok((DeviceId::from_bytes(row.get(0)?), row.get::<_, i64>(1)? as u64)))?)
}

//! What a link says, before anything is done with it: nobody is called, and nothing is joined.

use crate::chance::now_ms;
use crate::core::Core;
use crate::link::Link;
use crate::{LinkKind, LinkRead, Standing};
use skein_app::Refusal;

/// Reads a link that somebody gave this person.
///
/// # Errors
/// If it is not a link that this program can use.
pub(super) fn read(core: &Core, link: &str) -> Result<LinkRead, Refusal> {
    let now_ms = now_ms();
    Ok(match Link::read(link)? {
        Link::Join(invited) => {
            let belongs = |hall: &crate::hall::Hall| hall.known().standing == Standing::Member;
            LinkRead {
                kind: LinkKind::Invitation,
                community: invited.community.to_string(),
                name: invited.community_name,
                from: invited.from,
                expires_ms: invited.expires_ms,
                expired: invited.expires_ms <= now_ms,
                already_in: core.halls.get(&invited.community).is_some_and(|hall| belongs(&hall)),
            }
        }
        Link::Gift(link) => LinkRead {
            kind: LinkKind::File,
            community: String::new(),
            name: link.name,
            from: String::new(),
            expires_ms: link.expires_ms,
            expired: link.expires_ms <= now_ms,
            already_in: false,
        },
        Link::Device(link) => LinkRead {
            kind: LinkKind::Device,
            community: String::new(),
            name: String::new(),
            from: String::new(),
            expires_ms: link.expires_ms,
            expired: link.expires_ms <= now_ms,
            already_in: link.entry.device == core.device(),
        },
    })
}

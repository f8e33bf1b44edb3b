//! What a phone may ask. A list of what is allowed: the compiler asks for a word on every new request.
//!
//! A phone's way here is not encrypted, so its session may be somebody else's tomorrow: nothing that it may ask gives away
//! who this person is, writes outside Skein's own folder, ends the program, or cannot be lived with.

use skein_app::{Kind, Refusal};
use skein_host::Request;

/// Whether a phone may ask this.
///
/// # Errors
/// A refusal that says where it can be asked.
pub(crate) fn ask(request: &Request) -> Result<(), Refusal> {
    let what = match request {
        Request::Status
        | Request::Found { .. }
        | Request::Join { .. }
        | Request::ReadLink { .. }
        | Request::Communities
        | Request::Direct { .. }
        | Request::Knocks
        | Request::Decline { .. }
        | Request::Members { .. }
        | Request::Invite { .. }
        // Paths in it are held to what the phone itself has sent: see `Desk::ask_within`.
        | Request::Do { .. }
        | Request::Ask { .. }
        | Request::Signal { .. }
        | Request::Search { .. }
        | Request::Feed { .. }
        | Request::WhoHas { .. }
        | Request::Findings { .. }
        | Request::Coming
        | Request::Steer(_)
        | Request::Limits
        | Request::SetLimits(_)
        | Request::Doctor
        | Request::Follow { .. } => return Ok(()),
        Request::Leave { .. } => "leave a community",
        Request::DeviceAdd | Request::DeviceLink { .. } | Request::DeviceRenew => "change which devices are yours",
        Request::Speech { .. } | Request::Bridge { .. } => "open bridges",
        Request::Tie { .. }
        | Request::Ties { .. }
        | Request::ChangeTie { .. }
        | Request::OldVersions { .. }
        | Request::BringBack { .. } => "see or change folders of your computer",
        Request::Export { .. } => "write an export",
        Request::Backup { .. } => "write a backup",
        Request::Give(_) | Request::Gifts | Request::EndGift { .. } | Request::Take { .. } => {
            "give files to people outside, or take theirs"
        }
        Request::Torrent(_) => "give or fetch torrents",
        Request::Stop => "stop Skein",
    };
    Err(refused(what))
}

/// What is said to a phone.
pub(crate) fn refused(what: &str) -> Refusal {
    Refusal::new(Kind::Denied, format!("a phone may not {what}: its way to your computer is not encrypted"))
        .hint("Do this on your computer.")
}

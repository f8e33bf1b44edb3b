//! Finding members, devices and invitations by what a person types: a name, or the beginning of an id.

use skein_app::{Fault, Kind, Me, Refusal, View};
use skein_event::{DeviceId, EventId, MemberId};

/// The one candidate that fits: an exact name first, else a beginning of an id.
fn pick<T: Copy>(what: &str, typed: &str, candidates: &[(T, String, String)]) -> Result<T, Refusal> {
    let named: Vec<_> = candidates.iter().filter(|(_, _, name)| name.eq_ignore_ascii_case(typed)).collect();
    let fits = |id: &str| typed.len() >= 4 && id.starts_with(&typed.to_ascii_lowercase());
    let found: Vec<_> =
        if named.is_empty() { candidates.iter().filter(|(_, id, _)| fits(id)).collect() } else { named };
    match found[..] {
        [one] => Ok(one.0),
        [] => Err(Refusal::new(Kind::NotFound, format!("there is no {what} \"{typed}\" here"))
            .hint("Type a whole name, or at least four characters of an id.")),
        _ => {
            let ids: Vec<String> =
                found.iter().take(5).map(|(_, id, name)| format!("{} ({name})", &id[..10])).collect();
            Err(Refusal::new(Kind::Ambiguous, format!("\"{typed}\" could be any of {}", ids.join(", ")))
                .hint("Type more of the id."))
        }
    }
}

pub(super) fn member(view: &View<'_>, typed: &str) -> Result<MemberId, Refusal> {
    let members = view.all("SELECT member, name FROM people_member", [], |row| {
        let id = MemberId::from_bytes(row.get(0)?);
        Ok((id, id.to_string(), row.get(1)?))
    })?;
    pick("member", typed, &members)
}

pub(super) fn own_device(me: &Me, view: &View<'_>, typed: &str) -> Result<DeviceId, Refusal> {
    let sql = "SELECT device, label FROM people_device WHERE member = ?1";
    let devices = view.all(sql, [me.member.as_bytes()], |row| {
        let id = DeviceId::from_bytes(row.get(0)?);
        Ok((id, id.to_string(), row.get(1)?))
    })?;
    pick("device of yours", typed, &devices)
}

pub(super) fn invitation(view: &View<'_>, typed: &str) -> Result<EventId, Refusal> {
    let rows = view.all("SELECT event FROM people_invitation", [], |row| row.get::<_, i64>(0))?;
    let named = |row| -> Result<_, Fault> {
        let id = view.ids().event_id(row)?;
        Ok((id, id.to_string(), String::new()))
    };
    let invitations = rows.into_iter().map(named).collect::<Result<Vec<_>, _>>()?;
    pick("invitation", typed, &invitations)
}

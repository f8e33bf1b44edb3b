//! The roster: the first events of logs, and the door.

use serde::{Deserialize, Serialize};
use serde_json::json;
use skein_app::{Device, Fault, Guest, Introduction, Kind, Knocking, Pass, Refusal, Roster, Standing, View};
use skein_event::{CommunityId, DeviceId, EventId, MemberId, SecretKey, Signature};

use super::event::{self, Charter, Event};
use super::facts;
use super::knock::{self, Sealed};

/// Who belongs, as the app `people` keeps it.
pub struct People;

/// What is shown at the door.
#[derive(Debug, Serialize, Deserialize)]
enum Shown {
    Invitation { invitation: EventId, member: MemberId, proof: Signature },
    Certificate { member: MemberId, vouch: Signature },
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("it has no part that postcard cannot write")
}

impl Roster for People {
    fn app(&self) -> &'static str {
        "people"
    }

    fn introduces(
        &self,
        community: &CommunityId,
        author: &DeviceId,
        payload: &[u8],
        founding: bool,
        kept: &dyn Fn(&EventId) -> Option<Vec<u8>>,
    ) -> Result<Introduction, String> {
        let Ok((event, [])) = postcard::take_from_bytes::<Event>(payload) else {
            return Err("the introduction cannot be read".into());
        };
        let unvouched = || Err("the introduction is not signed by the member it names".to_string());
        match event {
            Event::Founded { member, vouch, .. } if founding => {
                if !event::vouched(&vouch, &member, &CommunityId::ZERO, author) {
                    return unvouched();
                }
                Ok(Introduction { member, rests_on: None, further_device: false })
            }
            Event::Joined { invitation, member, vouch, proof, .. } if !founding => {
                if !event::vouched(&vouch, &member, community, author) {
                    return unvouched();
                }
                // If the invitation is not here yet, the node asks for what is missing and judges again.
                if let Some(invited) = kept(&invitation) {
                    by_invitation(&invited, &proof, community, author, &member)?;
                }
                Ok(Introduction { member, rests_on: Some(invitation), further_device: false })
            }
            Event::Linked { member, vouch, .. } if !founding => {
                if !event::vouched(&vouch, &member, community, author) {
                    return unvouched();
                }
                Ok(Introduction { member, rests_on: None, further_device: true })
            }
            _ => Err("its first event introduces nobody".into()),
        }
    }

    fn standing(&self, view: &View<'_>) -> Result<Standing, Fault> {
        let cuts = facts::all_cuts(view)?;
        let devices = facts::devices(view)?.into_iter();
        let stands = |fact: super::standing::DeviceFact| Device {
            device: fact.device,
            member: fact.member,
            cut: cuts.get(&fact.device).copied(),
        };
        Ok(devices.map(stands).collect())
    }

    fn admits(&self, community: &CommunityId, guest: &Guest, now_ms: u64, view: &View<'_>) -> Result<(), Refusal> {
        let Ok((shown, [])) = postcard::take_from_bytes::<Shown>(&guest.pass) else {
            return Err(Refusal::new(Kind::Denied, "this invitation cannot be read"));
        };
        match shown {
            Shown::Certificate { member, vouch } => {
                let theirs = event::vouched(&vouch, &member, community, &guest.device);
                if theirs && facts::belongs(view, &member)? {
                    return Ok(());
                }
                Err(Refusal::new(Kind::Denied, "this device is not one of a member's"))
            }
            Shown::Invitation { invitation, member, proof } => {
                let Some(invitation) = find_invitation(&invitation, view)? else {
                    return Err(Refusal::new(Kind::NotFound, "this invitation is not known here yet")
                        .hint("It may be new: try again soon, or ask for another link."));
                };
                if !event::proven(&proof, &invitation.key, community, &guest.device, &member) {
                    return Err(Refusal::new(Kind::Denied, "this invitation is not genuine"));
                }
                invitation.still_holds(&guest.device, now_ms)
            }
        }
    }

    fn founding(&self, member: &SecretKey, device: &DeviceId, community_name: &str, my_name: &str) -> Vec<u8> {
        bytes(&Event::Founded {
            name: community_name.into(),
            charter: Charter::default(),
            member: member.member(),
            member_name: my_name.into(),
            vouch: event::vouch(member, &CommunityId::ZERO, device),
        })
    }

    fn joining(
        &self,
        community: &CommunityId,
        member: &SecretKey,
        device: &DeviceId,
        pass: &Pass,
        my_name: &str,
    ) -> Vec<u8> {
        bytes(&Event::Joined {
            invitation: pass.invitation,
            member: member.member(),
            name: my_name.into(),
            vouch: event::vouch(member, community, device),
            proof: event::prove(&pass.secret, community, device, &member.member()),
        })
    }

    fn further(&self, community: &CommunityId, member: &SecretKey, device: &DeviceId, label: &str) -> Vec<u8> {
        bytes(&Event::Linked {
            member: member.member(),
            label: label.into(),
            vouch: event::vouch(member, community, device),
        })
    }

    fn show_pass(&self, community: &CommunityId, member: &SecretKey, device: &DeviceId, pass: &Pass) -> Vec<u8> {
        let member = member.member();
        let proof = event::prove(&pass.secret, community, device, &member);
        bytes(&Shown::Invitation { invitation: pass.invitation, member, proof })
    }

    fn show_certificate(&self, community: &CommunityId, member: &SecretKey, device: &DeviceId) -> Vec<u8> {
        bytes(&Shown::Certificate { member: member.member(), vouch: event::vouch(member, community, device) })
    }

    fn invite(&self, key: [u8; 32], uses: u32, expires_ms: u64) -> serde_json::Value {
        json!({ "invite": { "key": key, "uses": uses, "expires_ms": expires_ms } })
    }

    fn leaving(&self) -> serde_json::Value {
        json!("leave")
    }

    fn parts(&self, command: &serde_json::Value) -> bool {
        let name = command.as_str().or_else(|| command.as_object()?.keys().next().map(String::as_str));
        matches!(name, Some("remove" | "retire" | "leave"))
    }

    fn mark_direct(&self, with: &MemberId) -> Option<serde_json::Value> {
        Some(json!({ "direct": { "with": with } }))
    }

    fn direct(&self, view: &View<'_>) -> Result<Option<(MemberId, MemberId)>, Fault> {
        let sql = "SELECT d.member, x.with_member FROM people_community c
                   JOIN people_device d ON d.event = c.event
                   JOIN people_direct x ON x.device = d.device LIMIT 1";
        view.first(sql, [], |row| Ok((MemberId::from_bytes(row.get(0)?), MemberId::from_bytes(row.get(1)?))))
    }

    fn knock(&self, boxes: Vec<Vec<u8>>) -> Option<serde_json::Value> {
        let boxes: Vec<Sealed> = boxes.into_iter().map(Sealed).collect();
        Some(json!({ "knock": { "boxes": boxes } }))
    }

    fn knocks(&self, view: &View<'_>) -> Result<Vec<Knocking>, Fault> {
        knock::all(view)
    }

    fn names(&self, member: &MemberId, view: &View<'_>) -> Result<(String, String), Fault> {
        let community = view.first("SELECT name FROM people_community", [], |row| row.get(0))?;
        let name =
            view.first("SELECT name FROM people_member WHERE member = ?1", [member.as_bytes()], |row| row.get(0))?;
        Ok((community.unwrap_or_default(), name.unwrap_or_default()))
    }
}

fn by_invitation(
    invited: &[u8],
    proof: &Signature,
    community: &CommunityId,
    author: &DeviceId,
    member: &MemberId,
) -> Result<(), String> {
    let Ok(Event::Invited { key, .. }) = postcard::from_bytes(invited) else {
        return Err("what it calls an invitation is none".into());
    };
    if event::proven(proof, &key, community, author, member) {
        Ok(())
    } else {
        Err("it was not made with the invitation's secret".into())
    }
}

/// An invitation as it stands.
struct Invitation {
    key: [u8; 32],
    uses: u32,
    expires_ms: u64,
    revoked: bool,
    void: bool,
    joined: Vec<DeviceId>,
}

fn find_invitation(id: &EventId, view: &View<'_>) -> Result<Option<Invitation>, Fault> {
    let Some(event) = view.ids().event_row(id)? else { return Ok(None) };
    let sql = "SELECT key, uses, expires_ms, device, seq,
                      EXISTS (SELECT 1 FROM people_revoked r WHERE r.invitation_event = i.event)
               FROM people_invitation i WHERE event = ?1";
    let cuts = facts::all_cuts(view)?;
    let found = view.first(sql, [event], |row| {
        let (device, seq) = (DeviceId::from_bytes(row.get(3)?), row.get::<_, i64>(4)? as u64);
        Ok(Invitation {
            key: row.get(0)?,
            uses: row.get(1)?,
            expires_ms: row.get::<_, i64>(2)? as u64,
            revoked: row.get(5)?,
            void: cuts.get(&device).is_some_and(|cut| seq >= *cut),
            joined: Vec::new(),
        })
    })?;
    let Some(mut invitation) = found else { return Ok(None) };
    let sql = "SELECT device FROM people_device WHERE via_event = ?1";
    invitation.joined = view.all(sql, [event], |row| row.get(0).map(DeviceId::from_bytes))?;
    Ok(Some(invitation))
}

impl Invitation {
    fn still_holds(&self, device: &DeviceId, now_ms: u64) -> Result<(), Refusal> {
        if self.joined.contains(device) {
            return Ok(()); // it has joined by it already, and comes back
        }
        let no = |why: &str| Err(Refusal::new(Kind::Denied, why).hint("Ask a member for a new invitation."));
        if self.revoked || self.void {
            return no("this invitation was taken back");
        }
        if now_ms > self.expires_ms {
            return no("this invitation has expired");
        }
        if self.joined.len() >= self.uses as usize {
            return no("this invitation has been used as often as it allows");
        }
        Ok(())
    }
}

//! The feed, findings, and who has what.

use std::collections::BTreeMap;
use std::sync::Arc;

use skein_app::{Kind, Refusal};
use skein_event::MemberId;
use skein_node::HasIt;
use skein_store::{Finding, Found, Reader, Store};

use super::find::{self, Names};
use crate::core::Core;
use crate::hall::Hall;
use crate::{FindingRow, Hit, HolderRow, WhoHasIt};

/// The most lines in one answer.
pub(super) const MAX_LIMIT: u32 = 200;
/// How many names are listed before the rest is counted.
const MAX_NAMES: usize = 3;

pub(super) async fn feed(
    core: &Arc<Core>,
    community: Option<String>,
    limit: u32,
    before: Option<String>,
) -> Result<Vec<Hit>, Refusal> {
    let limit = limit.min(MAX_LIMIT) as usize;
    let halls = find::communities(core, community.as_deref())?;
    if before.is_some() && halls.len() != 1 {
        return Err(Refusal::new(Kind::Usage, "going on before an event works in one community at a time")
            .hint("Say which, with `--community NAME`."));
    }
    let mut hits = Vec::new();
    for hall in halls {
        let before = match before.clone() {
            Some(typed) => {
                Some(core.read(&hall, move |view, _| Ok(view.ids().event_row(&find::event(view, &typed)?)?)).await?)
            }
            None => None,
        };
        let find = move |reader: &Reader| Ok(Found::feed(reader.connection(), before.flatten(), limit)?);
        hits.extend(read_hits(core, &hall, find).await?);
    }
    // Within one community the order of arrival stands.
    if community.is_none() {
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.at_ms));
    }
    hits.truncate(limit);
    Ok(hits)
}

pub(super) async fn read_hits<F>(core: &Arc<Core>, hall: &Arc<Hall>, find: F) -> Result<Vec<Hit>, Refusal>
where
    F: FnOnce(&Reader) -> Result<Vec<Found>, Refusal> + Send + 'static,
{
    let (community, community_name, roster) = (hall.id.to_string(), hall.known().name.clone(), core.rules.roster);
    core.read(hall, move |view, reader| {
        let mut names = Names::new(roster, view);
        let found = find(reader)?;
        let hits = found.into_iter().map(|found| {
            Ok(Hit {
                community: community.clone(),
                community_name: community_name.clone(),
                event: found.event.to_string(),
                object: found.object.to_string(),
                app: found.app,
                kind: found.kind,
                member: found.member.to_string(),
                name: names.of(&found.member)?,
                at_ms: found.at_ms,
                snippet: found.snippet,
                rank: found.rank,
            })
        });
        hits.collect()
    })
    .await
}

pub(super) async fn findings(core: &Arc<Core>, community: Option<String>) -> Result<Vec<FindingRow>, Refusal> {
    let mut rows = Vec::new();
    for hall in find::communities(core, community.as_deref())? {
        let (own, place, roster) = (hall.clone(), hall.known().name.clone(), core.rules.roster);
        let read = core.read(&hall, move |view, reader| {
            let mut names = Names::new(roster, view);
            let mut rows = Vec::new();
            for Finding { at_ms, device, kind, message, times } in Store::findings(reader.connection())? {
                let name = match find::member_of(&own, &device) {
                    Some(member) => names.of(&member)?,
                    None => String::new(),
                };
                let (community, device) = (own.id.to_string(), device.to_string());
                let community_name = place.clone();
                rows.push(FindingRow { community, community_name, at_ms, device, name, kind, message, times });
            }
            Ok(rows)
        });
        rows.extend(read.await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.at_ms));
    Ok(rows)
}

pub(super) async fn who_has(core: &Arc<Core>, community: Option<String>, typed: &str) -> Result<WhoHasIt, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    let typed = typed.to_string();
    let event = core.read(&hall, move |view, _| find::event(view, &typed)).await?;
    let who = core.look(hall.id, move |node| {
        let who = node.who_has(&event).map_err(|error| Refusal::new(Kind::Failed, error.to_string()))?;
        who.ok_or_else(|| Refusal::new(Kind::NotFound, "this is not here"))
    });
    let (who, roster) = (who.await?, core.rules.roster);
    core.read(&hall, move |view, _| {
        let mut names = Names::new(roster, view);
        let mut devices = Vec::new();
        for HasIt { device, member, has } in &who {
            let (device, name) = (device.to_string(), names.of(member)?);
            devices.push(HolderRow { device, member: member.to_string(), name, has: *has });
        }
        Ok(WhoHasIt { event: event.to_string(), words: in_words(&who, &devices), devices })
    })
    .await
}

fn in_words(who: &[HasIt], rows: &[HolderRow]) -> String {
    let mut people: BTreeMap<MemberId, (bool, &str)> = BTreeMap::new();
    for (has_it, row) in who.iter().zip(rows) {
        people.entry(has_it.member).or_insert((false, &row.name)).0 |= has_it.has;
    }
    let devices = who.iter().filter(|who| who.has).count();
    let with = people.values().filter(|(has, _)| *has).count();
    let plural = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let on = format!("On {} of {}", plural(devices, "device", "devices"), plural(with, "person", "people"));
    let lacking: Vec<&str> = people.values().filter(|(has, _)| !has).map(|(_, name)| *name).collect();
    match &lacking[..] {
        [] => format!("{on}: everybody has it."),
        [one] => format!("{on}; {one} has not got it yet."),
        many if many.len() <= MAX_NAMES => {
            let (last, first) = many.split_last().expect("there are at least two");
            format!("{on}; {} and {last} have not got it yet.", first.join(", "))
        }
        many => format!("{on}; {} and {} others have not got it yet.", many[..2].join(", "), many.len() - 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skein_event::DeviceId;

    fn words(people: &[(&str, bool)]) -> String {
        let who = |n: usize, has| {
            let (device, member) = (DeviceId::from_bytes([n as u8; 32]), MemberId::from_bytes([n as u8; 32]));
            HasIt { device, member, has }
        };
        let row = |name: &str, has| HolderRow { device: String::new(), member: String::new(), name: name.into(), has };
        let all: Vec<_> = people.iter().enumerate().map(|(n, (_, has))| who(n, *has)).collect();
        let rows: Vec<_> = people.iter().map(|(name, has)| row(name, *has)).collect();
        in_words(&all, &rows)
    }

    #[test]
    fn who_has_it_reads_like_a_sentence() {
        assert_eq!(words(&[("Ana", true)]), "On 1 device of 1 person: everybody has it.");
        assert_eq!(
            words(&[("Ana", true), ("Ben", true), ("Cem", false)]),
            "On 2 devices of 2 people; Cem has not got it yet."
        );
        assert!(words(&[("Ana", true), ("Ben", false), ("Cem", false)]).ends_with("Ben and Cem have not got it yet."));
        let many = words(&[("A", true), ("B", false), ("C", false), ("D", false), ("E", false)]);
        assert!(many.ends_with("B, C and 2 others have not got it yet."), "{many}");
    }
}

//! What came of having the holders of files show what they hold, as text.

use skein_host::{Drilled, DrilledShare, Shown};

use super::amount::many;
use super::{Paint, Table, amount, one_line};

/// Share by share, then all of it in one line.
pub fn drilled(drilled: &Drilled, paint: Paint) -> String {
    let mut table = Table::new(&["share", "device", "what it showed"]);
    for share in &drilled.drilled {
        rows(share, &mut table);
    }
    let Drilled { proved, unreachable, failed, .. } = drilled;
    let copies = many(u64::from(*proved), "copy was shown", "copies were shown");
    let silent = many(u64::from(*unreachable), "device could not be reached", "devices could not be reached");
    let failed = match failed {
        0 => "none failed".to_owned(),
        _ => format!("{failed} could not show what they say they hold"),
    };
    format!("{}\n{copies}; {silent}; {failed}.\n", table.text(paint))
}

fn rows(share: &DrilledShare, table: &mut Table) {
    let name = one_line(&share.name);
    for holder in &share.holders {
        let what = match (holder.shown, holder.this) {
            (Shown::Proved, true) => "read again: every byte is right".to_owned(),
            (Shown::Proved, false) => format!("proved: {}, chosen by chance", amount::bytes(holder.bytes)),
            (Shown::Unreachable, _) => "could not be reached".to_owned(),
            (Shown::Failed, true) => "failed: the copy on this device is damaged".to_owned(),
            (Shown::Failed, false) => "failed: it says that it holds it and could not show it".to_owned(),
        };
        let device = one_line(&holder.name);
        let device = if holder.this { format!("{device} (this device)") } else { device };
        table.row([name.as_str(), &device, &what]);
    }
    if share.holders.is_empty() {
        table.row([name.as_str(), "nobody", "no device says that it holds it"]);
    }
    match share.restored {
        Some(true) => table.row([name.as_str(), "the others", "all of it was fetched, and every byte is right"]),
        Some(false) => {
            table.row([name.as_str(), "the others", &format!("it did not come: {}", one_line(&share.trouble))])
        }
        None => (),
    }
}

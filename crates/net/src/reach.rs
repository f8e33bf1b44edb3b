//! How connected devices are reached, for people to see.

use std::collections::BTreeMap;

use iroh::endpoint::Connection;

use crate::config::Reach;
use crate::endpoint::show_address;
use crate::shared::Shared;

/// One line for every device that there is a link with, in the order of their ids.
pub(crate) fn reach(shared: &Shared) -> Vec<Reach> {
    let mut by_device: BTreeMap<_, (Vec<_>, Connection)> = BTreeMap::new();
    for link in shared.links.all() {
        let (device, community) = link.key;
        by_device.entry(device).or_insert_with(|| (vec![], link.connection.clone())).0.push(community);
    }
    by_device
        .into_iter()
        .map(|(device, (mut communities, connection))| {
            communities.sort_unstable();
            let paths = connection.paths();
            let path = paths.iter().find(|path| path.is_selected()).or_else(|| paths.iter().next());
            let (mut sent_bytes, mut received_bytes) = (0, 0);
            for connection in shared.pool.with(device) {
                let stats = connection.stats();
                sent_bytes += stats.udp_tx.bytes;
                received_bytes += stats.udp_rx.bytes;
            }
            Reach {
                device,
                communities,
                direct: path.as_ref().is_some_and(|path| path.is_ip()),
                via: path.as_ref().and_then(|path| show_address(path.remote_addr())).unwrap_or_default(),
                rtt_ms: path.as_ref().map_or(0.0, |path| path.rtt().as_secs_f64() * 1000.0),
                sent_bytes,
                received_bytes,
            }
        })
        .collect()
}

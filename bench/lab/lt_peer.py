#!/usr/bin/env python3
"""One libtorrent peer: lt_peer.py TORRENT DIR STAMP seed|leech default|shortq

Prints READY, waits for a line, then adds the torrent; writes the time to STAMP when all pieces are verified, and goes on
seeding until it is ended.
"""
import os
import sys
import time

import libtorrent as lt

torrent, folder, stamp, role, mode = sys.argv[1:6]
settings = {"listen_interfaces": "0.0.0.0:6881", "enable_dht": False, "enable_lsd": False, "enable_upnp": False,
            "enable_natpmp": False, "user_agent": "lab",
            "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.error_notification}
if mode == "shortq":
    # The best that we found: a peer does not commit to the seed for blocks that other peers will have in a moment.
    settings |= {"enable_outgoing_utp": False, "enable_incoming_utp": False, "unchoke_slots_limit": -1, "request_queue_time": 1,
                 "max_out_request_queue": 48, "out_enc_policy": 2, "in_enc_policy": 2}
session = lt.session(settings)
wanted = lt.add_torrent_params()
wanted.ti = lt.torrent_info(torrent)
wanted.save_path = folder
wanted.flags &= ~lt.torrent_flags.auto_managed
wanted.flags &= ~lt.torrent_flags.paused
if role == "seed":
    wanted.flags |= lt.torrent_flags.seed_mode
print("READY", flush=True)
sys.stdin.readline()
handle = session.add_torrent(wanted)
done = role == "seed"
while True:
    session.wait_for_alert(1000)
    for alert in session.pop_alerts():
        if not done and isinstance(alert, lt.torrent_finished_alert):
            done = True
            with open(stamp + ".t", "w") as f:
                f.write(f"{time.time():.6f}")
            os.rename(stamp + ".t", stamp)

"""A libtorrent peer for the tests, on loopback only.

peer.py make v1|hybrid PATH TORRENT                  describes a file or folder
peer.py seed TORRENT FOLDER RATE SENT                prints its port, then gives; writes into SENT how many bytes it has sent
peer.py fetch TORRENT|MAGNET FOLDER trackers|named   ends when it has everything, asking trackers or only those the link names
"""
import os
import sys
import time

import libtorrent as lt


def make(version, path, out):
    files = lt.file_storage()
    lt.add_files(files, path)
    torrent = lt.create_torrent(files, flags=lt.create_torrent.v1_only if version == "v1" else 0)
    lt.set_piece_hashes(torrent, os.path.dirname(path))
    with open(out, "wb") as f:
        f.write(lt.bencode(torrent.generate()))


def session():
    return lt.session({"listen_interfaces": "127.0.0.1:0", "enable_dht": False, "enable_lsd": False, "enable_upnp": False,
                       "enable_natpmp": False, "allow_multiple_connections_per_ip": True})


def wanted(source):
    if source.startswith("magnet:"):
        return lt.parse_magnet_uri(source)
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(source)
    return params


def seed(torrent, folder, rate, sent):
    here = session()
    params = wanted(torrent)
    params.save_path = folder
    params.upload_limit = int(rate)
    handle = here.add_torrent(params)
    while not handle.status().is_seeding:
        time.sleep(0.05)
    print(here.listen_port(), flush=True)
    while True:
        with open(sent + ".new", "w") as f:
            f.write(str(handle.status().total_payload_upload))
        os.rename(sent + ".new", sent)
        time.sleep(0.1)


def fetch(source, folder, how):
    here = session()
    params = wanted(source)
    params.save_path = folder
    if how == "named":
        params.trackers = []
    handle = here.add_torrent(params)
    deadline = time.time() + 100
    while not handle.status().is_seeding:
        if time.time() > deadline:
            sys.exit("it did not come: " + str(handle.status().state))
        time.sleep(0.05)


{"make": make, "seed": seed, "fetch": fetch}[sys.argv[1]](*sys.argv[2:])

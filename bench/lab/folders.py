#!/usr/bin/env python3
"""How long until a second directory holds the same: skein beside Syncthing, two programs each on loopback.

    SKEIN_PROGRAM=target/release/skein python3 bench/lab/folders.py [--only skein|syncthing] [--json]

Three acts, in turn, in one pair of directories: 2,000 files of 1 to 4 KiB appear; one file of 128 MiB appears; the
directory of the 2,000 is renamed. The clock runs from the last write to when the second directory holds all of it, with
every byte compared. Both programs look for changes by watching; Syncthing waits `fsWatcherDelayS` after the first one, set to
its least, 1 s (its own default is 10 s), and says so in the table's last column.
"""

import argparse
import filecmp
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SMALL, BIG = 2_000, 128 << 20
PATIENCE_S = 300


def run(*words, env=None):
    return subprocess.run(words, check=True, capture_output=True, text=True, env=env).stdout


class Skein:
    name = "skein"

    def __init__(self, top, dirs):
        self.program = os.environ.get("SKEIN_PROGRAM", "skein")
        self.homes = [top / "ana", top / "ben"]
        for n in (0, 1):
            self.type(n, "up", "--no-mdns", "--bind", "127.0.0.1:0")
        self.type(0, "found", "Garden", "--name", "Ana")
        link = self.type(0, "invite").strip()
        self.type(1, "join", link, "--name", "Ben")
        for n in (0, 1):
            self.type(n, "files", "sync", str(dirs[n]), "--as", "Papers")

    def type(self, n, *words):
        return run(self.program, *words, env={**os.environ, "SKEIN_HOME": str(self.homes[n])})

    def stop(self):
        for n in (0, 1):
            self.type(n, "down")


class Syncthing:
    name = "syncthing"

    def __init__(self, top, dirs):
        self.children, ids, self.api = [], [], []
        homes = [top / "st0", top / "st1"]
        for home in homes:
            run("syncthing", "generate", "--no-default-folder", "--home", str(home))
            ids.append(run("syncthing", "--device-id", "--home", str(home)).strip())
        for n, home in enumerate(homes):
            self.configure(home, n, ids, dirs)
            words = ["syncthing", "serve", "--no-browser", "--no-restart", "--no-upgrade", "--home", str(home)]
            self.children.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.wait()

    def configure(self, home, n, ids, dirs):
        port, gui = 22_900 + n, 22_910 + n
        other = 1 - n
        key = f"bench{n}"
        self.api.append((gui, key))
        device = lambda i: (
            f'<device id="{ids[i]}" name="d{i}" compression="metadata">'
            f"<address>{'dynamic' if i == n else f'tcp://127.0.0.1:{22_900 + i}'}</address></device>"
        )
        (home / "config.xml").write_text(
            f"""<configuration version="35">
<folder id="papers" label="papers" path="{dirs[n]}" type="sendreceive" rescanIntervalS="3600"
        fsWatcherEnabled="true" fsWatcherDelayS="1"><device id="{ids[n]}"/><device id="{ids[other]}"/></folder>
{device(0)}{device(1)}
<gui enabled="true" tls="false"><address>127.0.0.1:{gui}</address><apikey>{key}</apikey></gui>
<options><listenAddress>tcp://127.0.0.1:{port}</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled>
<localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled>
<urAccepted>-1</urAccepted><crashReportingEnabled>false</crashReportingEnabled><reconnectionIntervalS>1</reconnectionIntervalS>
<startBrowser>false</startBrowser></options></configuration>"""
        )

    def wait(self):
        until = time.time() + 60
        while time.time() < until:
            try:
                ready = 0
                for gui, key in self.api:
                    ask = urllib.request.Request(f"http://127.0.0.1:{gui}/rest/system/connections", headers={"X-API-Key": key})
                    with urllib.request.urlopen(ask, timeout=2) as answer:
                        ready += any(c["connected"] for c in json.load(answer)["connections"].values())
                if ready == 2:
                    time.sleep(5)  # its first look through both directories
                    return
            except OSError:
                pass
            time.sleep(0.2)
        sys.exit("the two Syncthings did not find one another")

    def stop(self):
        for child in self.children:
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            child.wait()


def files(top):
    hidden = (".skein", ".stfolder")
    return sorted(p.relative_to(top) for p in top.rglob("*") if p.is_file() and p.relative_to(top).parts[0] not in hidden)


def until_same(a, b):
    begun = time.time()
    wanted = files(a)
    while time.time() - begun < PATIENCE_S:
        there = files(b)
        if there == wanted and all((a / p).stat().st_size == (b / p).stat().st_size for p in wanted):
            took = time.time() - begun
            if all(filecmp.cmp(a / p, b / p, shallow=False) for p in wanted):
                return took
        time.sleep(0.05)
    sys.exit(f"not the same after {PATIENCE_S} s: {len(files(b))} of {len(wanted)} files")


def measure(system):
    top = Path(tempfile.mkdtemp(prefix="skfold"))
    dirs = [top / "a", top / "b"]
    for folder in dirs:
        folder.mkdir()
    program = system(top, dirs)
    try:
        (dirs[0] / "small").mkdir()
        for n in range(SMALL):
            (dirs[0] / "small" / f"{n:04}").write_bytes(os.urandom(1_024 + n % 3_072))
        result = {"small": until_same(*dirs)}
        (dirs[0] / "big").write_bytes(os.urandom(BIG))
        result["big"] = until_same(*dirs)
        (dirs[0] / "small").rename(dirs[0] / "renamed")
        result["rename"] = until_same(*dirs)
        return result
    finally:
        program.stop()
        shutil.rmtree(top, ignore_errors=True)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", choices=["skein", "syncthing"])
    words.add_argument("--json", action="store_true")
    words = words.parse_args()
    systems = [s for s in (Skein, Syncthing) if words.only in (None, s.name)]
    found = {system.name: measure(system) for system in systems}
    if words.json:
        print(json.dumps(found))
        return
    print(f"{'':10} {'2,000 small':>12} {'128 MiB':>10} {'renamed':>10}   seconds; Syncthing waits 1 s before it looks")
    for name, took in found.items():
        print(f"{name:10} {took['small']:12.1f} {took['big']:10.1f} {took['rename']:10.1f}")


main()

#!/usr/bin/env python3
"""How long until a second directory holds the same: skein beside Syncthing, two programs each.

    SKEIN_PROGRAM=target/release/skein python3 bench/lab/folders.py [--only skein|syncthing] [--link lab|loopback] [--mbit 100]

Three acts, in turn, in one pair of directories: 2,000 files of 1 to 4 KiB appear; one file of 128 MiB appears; the
directory of the 2,000 is renamed. The clock runs from the last write to when the second directory holds all of it, with
every byte compared. Both programs look for changes by watching; Syncthing waits `fsWatcherDelayS` after the first one, set to
its least, 1 s (its own default is 10 s). The link is the lab's (see lab.py: needs root), or plain loopback. Writes one JSON
object a line: first what is compared, then each run; what cannot be measured says so in "why".
"""

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lab
from lab import Lab, Missing

SMALL, BIG = 2_000, 128 << 20
PATIENCE_S = 300
RTT_MS = 10


class Loopback:
    """Two hosts that are one: the lab's words on this computer's loopback."""

    def __init__(self):
        self.procs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(list(self.procs))

    def ip(self, i):
        return f"127.0.0.{i + 2}"

    def popen(self, i, words, **how):
        p = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True, **how)
        p.host = i
        self.procs.append(p)
        return p

    def run(self, i, words, timeout=60):
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=timeout).stdout

    stop = Lab.stop
    cpu_s = Lab.cpu_s


class Skein:
    name = "skein"
    command = "skein run --no-mdns --bind IP:7000; skein files sync DIR --as Papers"
    program = os.environ.get("SKEIN_PROGRAM", "skein")

    @classmethod
    def version(cls):
        return subprocess.run([cls.program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]

    def __init__(self, net, top, dirs):
        self.net, self.homes = net, [top / "ana", top / "ben"]
        for n in (0, 1):
            net.popen(n, self.words(n, "run", "--no-mdns", "--bind", f"{net.ip(n)}:7000"), stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL)
            until(lambda: self.type(n, "communities"), "skein answers")
        self.type(0, "found", "Garden", "--name", "Ana")
        link = self.type(0, "invite", "--json")
        self.type(1, "join", json.loads(link)["link"], "--name", "Ben")
        for n in (0, 1):
            self.type(n, "files", "sync", str(dirs[n]), "--as", "Papers")

    def words(self, n, *words):
        return [self.program, "--data-dir", str(self.homes[n]), *words]

    def type(self, n, *words):
        return self.net.run(n, self.words(n, *words))


class Syncthing:
    name = "syncthing"
    command = "syncthing serve, fsWatcherDelayS 1, no discovery, no relays"

    @classmethod
    def version(cls):
        return subprocess.run(["syncthing", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]

    def __init__(self, net, top, dirs):
        self.net, ids, self.keys = net, [], []
        homes = [top / "st0", top / "st1"]
        for home in homes:
            net.run(0, ["syncthing", "generate", "--no-default-folder", "--home", str(home)])
            ids.append(net.run(0, ["syncthing", "--device-id", "--home", str(home)]).strip())
        for n, home in enumerate(homes):
            self.configure(home, n, ids, dirs)
            words = ["syncthing", "serve", "--no-browser", "--no-restart", "--no-upgrade", "--home", str(home)]
            # One process instead of one that watches over another: so its processor time can be read.
            alone = {**os.environ, "STMONITORED": "yes"}
            net.popen(n, words, env=alone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.connected, "the two Syncthings find one another")
        time.sleep(5)  # its first look through both directories

    def configure(self, home, n, ids, dirs):
        other = 1 - n  # only the second calls the first: two that call one another at once hang up on one another
        self.keys.append(f"bench{n}")
        device = lambda i: (
            f'<device id="{ids[i]}" name="d{i}" compression="metadata">'
            f"<address>{'dynamic' if n == 0 or i == n else f'tcp://{self.net.ip(i)}:22000'}</address></device>"
        )
        (home / "config.xml").write_text(
            f"""<configuration version="35">
<folder id="papers" label="papers" path="{dirs[n]}" type="sendreceive" rescanIntervalS="3600"
        fsWatcherEnabled="true" fsWatcherDelayS="1"><device id="{ids[n]}"/><device id="{ids[other]}"/></folder>
{device(0)}{device(1)}
<gui enabled="true" tls="false"><address>{self.net.ip(n)}:8384</address><apikey>{self.keys[n]}</apikey></gui>
<options><listenAddress>tcp://{self.net.ip(n)}:22000</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled>
<localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled>
<urAccepted>-1</urAccepted><crashReportingEnabled>false</crashReportingEnabled><reconnectionIntervalS>1</reconnectionIntervalS>
<startBrowser>false</startBrowser></options></configuration>"""
        )

    def connected(self):
        asked = "import sys, urllib.request as u; print(u.urlopen(u.Request(sys.argv[1], headers={'X-API-Key': sys.argv[2]}), timeout=2).read().decode())"
        for n, key in enumerate(self.keys):
            url = f"http://{self.net.ip(n)}:8384/rest/system/connections"
            answer = json.loads(self.net.run(n, [sys.executable, "-c", asked, url, key]))
            if not any(c["connected"] for c in answer["connections"].values()):
                return False
        return True


def until(true, what):
    """Asks until it is true; what fails is not true yet."""
    end = time.time() + 60
    while time.time() < end:
        try:
            if true():
                return
        except (OSError, RuntimeError, subprocess.CalledProcessError):
            pass
        time.sleep(0.2)
    raise RuntimeError(f"waited in vain: {what}")


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
    raise RuntimeError(f"not the same after {PATIENCE_S} s: {len(files(b))} of {len(wanted)} files")


def measure(system, link, mbit):
    top = Path(tempfile.mkdtemp(prefix="skfold"))
    dirs = [top / "a", top / "b"]
    for folder in dirs:
        folder.mkdir()
    result = {"system": system.name, "link": link, "mbit": mbit if link == "lab" else 0}
    try:
        with Lab(2, mbit, RTT_MS) if link == "lab" else Loopback() as net:
            system(net, top, dirs)

            def act(name, do):
                cpu = net.cpu_s()
                do()
                result[name] = round(until_same(*dirs), 2)
                result[f"{name}_cpu_s"] = round(net.cpu_s() - cpu, 1)

            act("small", lambda: write_small(dirs[0] / "small"))
            act("big", lambda: (dirs[0] / "big").write_bytes(os.urandom(BIG)))
            act("rename", lambda: (dirs[0] / "small").rename(dirs[0] / "renamed"))
    except (RuntimeError, OSError, subprocess.SubprocessError) as why:
        result["why"] = str(why)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return result


def write_small(folder):
    folder.mkdir()
    for n in range(SMALL):
        (folder / f"{n:04}").write_bytes(os.urandom(1_024 + n % 3_072))


def say(**what):
    print(json.dumps(what), flush=True)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", choices=["skein", "syncthing"])
    words.add_argument("--link", choices=["lab", "loopback"], default="lab")
    words.add_argument("--mbit", type=int, default=100, help="each host's uplink in the lab")
    words = words.parse_args()
    if words.link == "lab":
        try:
            lab.needs()
        except Missing as why:
            return say(why=str(why))
    for system in (s for s in (Skein, Syncthing) if words.only in (None, s.name)):
        try:
            say(system=system.name, version=system.version(), command=system.command)
        except (OSError, subprocess.SubprocessError) as why:
            say(system=system.name, why=f"it cannot be started: {why}")
            continue
        say(**measure(system, words.link, words.mbit))


if __name__ == "__main__":
    main()

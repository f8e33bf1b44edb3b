"""The programs that are compared. A new one is one class: see `System`."""
import json
import os
import shutil
import subprocess
import sys
import threading
import time

from lab import HERE, WORK, Missing
from torrent import make_torrent

FILE = "file.bin"


class System:
    """One program on all hosts of a run `r` (see run.py): `seed` and `prepare` before t = 0, `fetch` at t = 0."""

    command = ""        # what a peer runs, for the report

    @classmethod
    def version(cls):
        """Its version. Raises Missing if it cannot be had here."""
        raise NotImplementedError

    def __init__(self, r):
        self.r, self.lab = r, r.lab

    def seed(self, i):
        """Host i has the file and serves it."""

    def prepare(self, i):
        """Peer i: what may be done before t = 0."""

    def ready(self):
        """Waits until all may begin."""

    def fetch(self, i):
        """Peer i begins, and at the end calls `self.r.done(i)`."""

    def look(self):
        """What else is of interest at the end, while all still runs."""

    def file(self, i):
        """Where peer i has the file when it is whole."""
        return f"{self.r.place(i)}/{FILE}"


class Skein(System):
    """Real programs in one community. What counts is `files get`: fetched, verified, written out, read back and checked."""

    command = "skein run --no-mdns --bind IP:7000; skein files get file.bin --to DIR"
    program = os.environ.get("SKEIN_PROGRAM", "")

    @classmethod
    def version(cls):
        cls.program = os.environ.get("SKEIN_PROGRAM", "")
        if not os.access(cls.program, os.X_OK):
            raise Missing("there is no program; build it, or name it in SKEIN_PROGRAM")
        return subprocess.run([cls.program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]

    def words(self, i, *words):
        return [self.program, "--data-dir", f"{self.r.place(i)}/home", *words]

    def ask(self, i, *words, timeout=60):
        return json.loads(self.lab.run(i, self.words(i, *words, "--json"), timeout).strip().splitlines()[-1])

    def up(self, i):
        log = open(f"{self.r.place(i)}/log", "w")
        self.lab.popen(i, self.words(i, "run", "--no-mdns", "--bind", f"{self.lab.ip(i)}:7000"), stderr=log)
        until(lambda: quiet(lambda: self.ask(i, "communities")) is not None, f"skein on host {i} answers")

    def seed(self, i):
        self.up(i)
        if i == 0:
            self.ask(0, "found", "Lab", "--name", "Seed")
            self.link = self.ask(0, "invite", "--uses", "100")["link"]
        else:
            self.ask(i, "join", self.link, "--name", f"Seed {i}")
        if i == 0:
            self.ask(i, "files", "add", f"{self.r.place(i)}/{FILE}")

    def prepare(self, i):
        self.up(i)
        self.ask(i, "join", self.link, "--name", f"Peer {i}")

    def ready(self):
        for i in self.r.hosts:
            until(lambda: quiet(lambda: FILE in json.dumps(self.ask(i, "files", "ls"))), f"host {i} knows of the file")
        for i in self.r.seeds[1:]:
            self.ask(i, "files", "get", FILE, "--to", f"{self.r.place(i)}/out", timeout=600)
        everyone = len(self.r.hosts) - 1
        for i in self.r.hosts:
            until(lambda: quiet(lambda: self.linked(i) >= everyone), f"host {i} is connected with all")
        if len(self.r.seeds) > 1:
            holders = len(self.r.seeds)
            for i in self.r.peers:
                until(lambda: quiet(lambda: len(self.ask(i, "files", "holders", FILE)["holders"]["holders"]) >= holders),
                      f"host {i} knows all holders")

    def linked(self, i):
        """How many others are connected with host i now."""
        return self.ask(i, "status")["communities"][0]["devices_reached"]

    def fetch(self, i):
        out = open(f"{self.r.place(i)}/get", "w")
        p = self.lab.popen(i, self.words(i, "files", "get", FILE, "--to", f"{self.r.place(i)}/out", "--json"), stdout=out, stderr=out)
        threading.Thread(target=self.watch, args=(i, p), daemon=True).start()

    def watch(self, i, p):
        if p.wait() == 0:
            self.r.done(i)
        else:
            self.r.failed(i, open(f"{self.r.place(i)}/get").read().strip()[-200:])

    def file(self, i):
        return f"{self.r.place(i)}/out/{FILE}"


class Torrent(System):
    """What speaks BitTorrent: a tracker on a host of its own without a cap; nothing else is asked (no DHT, no LSD)."""

    def __init__(self, r):
        super().__init__(r)
        self.log = f"{r.dir}/tracker.log"
        self.torrent = f"{r.dir}/x.torrent"
        r.lab.popen(r.extra, [sys.executable, os.path.join(HERE, "torrent.py"), "6969", self.log])
        make_torrent(r.source, FILE, f"http://{r.lab.ip(r.extra)}:6969/announce", self.torrent)
        until(lambda: os.path.exists(self.log), "the tracker is up")

    def ready(self):
        for i in self.r.seeds:
            until(lambda: any(line.split()[0] == self.lab.ip(i) and line.split()[3] == "0" for line in open(self.log)),
                  f"the seed {i} has announced")
        time.sleep(0.5)

    def stamped(self, i):
        """Waits for a file that peer i writes when it is done; its content is the time."""
        def watch():
            stamp = f"{self.r.place(i)}.stamp"
            while not self.r.over:
                if os.path.exists(stamp):
                    return self.r.done(i, float(open(stamp).read()))
                time.sleep(0.02)
        threading.Thread(target=watch, daemon=True).start()


class Aria2(Torrent):
    flags = ["--no-conf", "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false", "--disable-ipv6=true",
             "--listen-port=6881", "--seed-ratio=0.0", "--file-allocation=none", "--summary-interval=0", "--console-log-level=error"]
    command = "aria2c " + " ".join(flags) + " --on-bt-download-complete=STAMP x.torrent"

    @classmethod
    def version(cls):
        if not shutil.which("aria2c"):
            raise Missing("there is no aria2c (apt install aria2)")
        return subprocess.run(["aria2c", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]

    def start(self, i, *words):
        self.lab.popen(i, ["aria2c", *self.flags, f"--dir={self.r.place(i)}", *words, self.torrent])

    def seed(self, i):
        self.start(i, "--bt-seed-unverified=true", "--check-integrity=false")

    def prepare(self, i):
        stamp, hook = f"{self.r.place(i)}.stamp", f"{self.r.place(i)}.hook"
        with open(hook, "w") as f:
            f.write(f"#!/bin/sh\ndate +%s.%N > {stamp}.t && mv {stamp}.t {stamp}\n")
        os.chmod(hook, 0o755)

    def fetch(self, i):
        self.start(i, f"--on-bt-download-complete={self.r.place(i)}.hook")
        self.stamped(i)


class Libtorrent(Torrent):
    wheel = "libtorrent==2.1.1"
    mode = "default"
    command = "lt_peer.py x.torrent DIR STAMP leech default"
    python = os.path.join(WORK, "venv/bin/python")

    @classmethod
    def version(cls):
        show = [cls.python, "-c", "import libtorrent; print(libtorrent.__version__)"]
        found = os.path.exists(cls.python) and subprocess.run(show, capture_output=True, text=True)
        if not found or found.returncode:
            venv = os.path.dirname(os.path.dirname(cls.python))
            for words in ([sys.executable, "-m", "venv", venv], [cls.python, "-m", "pip", "install", "-q", cls.wheel]):
                r = subprocess.run(words, capture_output=True, text=True)
                if r.returncode:
                    last = (r.stderr or r.stdout).strip().splitlines()[-1:]
                    raise Missing(f"{cls.wheel} could not be installed ({' '.join(last)}); it needs python3-venv and a wheel "
                                  "for this Python on PyPI")
            found = subprocess.run(show, capture_output=True, text=True)
        return found.stdout.strip()

    def start(self, i, role):
        """Starts the interpreter; it waits for a word."""
        words = [self.python, os.path.join(HERE, "lt_peer.py"), self.torrent, self.r.place(i), f"{self.r.place(i)}.stamp", role, self.mode]
        p = self.lab.popen(i, words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdout.readline()
        return p

    def begin(self, p):
        p.stdin.write(b"go\n")
        p.stdin.flush()

    def seed(self, i):
        self.begin(self.start(i, "seed"))

    def prepare(self, i):
        self.waiting = getattr(self, "waiting", {}) | {i: self.start(i, "leech")}

    def fetch(self, i):
        self.begin(self.waiting[i])
        self.stamped(i)


class LibtorrentShortq(Libtorrent):
    mode = "shortq"
    command = "lt_peer.py x.torrent DIR STAMP leech shortq (TCP, all unchoked, queues of 48 requests)"


SYSTEMS = {"skein": Skein, "aria2": Aria2, "libtorrent": Libtorrent, "libtorrent-shortq": LibtorrentShortq}


def until(done, what, wait_s=90):
    deadline = time.monotonic() + wait_s
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain until {what}")
        time.sleep(0.1)


def quiet(ask):
    """The answer, or nothing: it may not be there yet."""
    try:
        return ask()
    except (RuntimeError, OSError, ValueError, KeyError, IndexError, subprocess.TimeoutExpired):
        return None

#!/usr/bin/env python3
"""One, two or four seeds, N peers: how long until the last has the whole, verified file, beside the least possible time.

  run.py [--n 1,4,8] [--only skein,aria2] [--cases even,loss,slow,leave,seeds,four] [--full]

Writes one JSON object a line: first what is compared, then each run; what cannot be measured says so in "why". t = 0 is when
the peers begin; the seed is up, and what a program of its kind does beforehand is done (Skein: they are members of one
community, connected; BitTorrent: the peers have the .torrent). A peer's time ends when its own program says that the file is
whole and verified; SHA-256 is compared again afterwards, untimed. All files lie in memory (tmpfs).

The bound is the fluid one (Kumar and Ross 2006) in raw bits of the link, without any header:
max(F / u_seeds, F / d_min, N F / (u_seeds + sum of u_peers)).
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import sys
import threading
import time

import lab
from lab import Lab, Missing, Noise, sha256
from systems import FILE, SYSTEMS

MIB = 128
MBIT = 100
RTT_MS = 10
CASES = ["even", "loss", "slow", "leave", "seeds", "four"]
CASE_N = 4             # peers in the cases that are not `even` or `four`
SEEDS = {"seeds": 2, "four": 4}


class Run:
    def __init__(self, a, system, case, n):
        self.a, self.system, self.case, self.n = a, system, case, n
        self.dir = os.path.join(a.dir, f"run-{os.getpid()}")
        self.seeds = list(range(SEEDS.get(case, 1)))
        self.peers = [len(self.seeds) + k for k in range(n)]
        self.hosts = self.seeds + self.peers
        self.extra = len(self.hosts)
        self.slow = self.peers[-1:] if case == "slow" else []
        self.leave = self.peers[n - n // 2:] if case == "leave" else []
        self.times, self.over, self.errors = {}, False, {}

    def place(self, i):
        return f"{self.dir}/h{i}"

    def done(self, i, at=None):
        self.times[i] = (at or time.time()) - self.t0

    def failed(self, i, why):
        if not self.over:
            self.errors[i] = why

    def bound(self):
        """Seconds, for those whose times count."""
        bits = (self.a.mib << 20) * 8 / 1e6
        up = {i: self.a.mbit / 10 if i in self.slow else self.a.mbit for i in self.hosts}
        seeds, all_up = sum(up[i] for i in self.seeds), sum(up[i] for i in self.hosts if i not in self.leave)
        return max(bits / seeds, len(self.counted()) * bits / all_up)

    def counted(self):
        """The peers whose times count: those that stay, and are not slow."""
        return [i for i in self.peers if i not in self.slow and i not in self.leave]

    def go(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        for i in self.hosts:
            os.makedirs(self.place(i))
        self.source = source(self.a)
        for i in self.seeds:
            os.link(self.source, f"{self.place(i)}/{FILE}")
        slow = {i: self.a.mbit // 10 for i in self.slow}
        net = Lab(len(self.hosts) + 1, self.a.mbit, RTT_MS, 10_000 if self.case == "loss" else 0, {self.extra: 0, **slow}, slow,
                  self.a.tcp)
        try:
            with net as self.lab:
                return self.measure()
        finally:
            self.over = True
            if not self.a.keep:
                shutil.rmtree(self.dir, ignore_errors=True)

    def measure(self):
        net, s = self.lab, SYSTEMS[self.system](self)
        for i in self.seeds:
            s.seed(i)
        for i in self.peers:
            s.prepare(i)
        s.ready()
        trace = []
        with Noise(net) as noise:
            before, cpu, by_host, box = net.counts(), net.cpu_s(), net.cpu_by_host(), lab.cpu_of(net.box.pid)
            self.t0 = time.time()
            for i in self.peers:
                s.fetch(i)
            self.wait(trace)
            after, cpu, by_host_after, box = net.counts(), net.cpu_s() - cpu, net.cpu_by_host(), lab.cpu_of(net.box.pid) - box
            s.look()
        self.over = True
        net.stop(list(net.procs))
        want, whole = sha256(self.source), [i for i in self.times if i in self.counted()]
        verified = sum(sha256(s.file(i)) == want for i in whole)
        file = self.a.mib << 20
        sent = [(b[0] - a[0]) / file for a, b in zip(before, after)]
        got = [(b[1] - a[1]) / file for a, b in zip(before, after)]
        times = sorted(self.times[i] for i in whole)
        complete = len(times) == len(self.counted()) == verified
        r = {"system": self.system, "case": self.case, "n": self.n, "mib": self.a.mib, "mbit": self.a.mbit, "tcp": self.a.tcp, "bound_s": round(self.bound(), 2),
             "complete": complete, "verified": verified, "of": len(self.counted()),
             "last_s": round(times[-1], 2) if complete else None, "median_s": round(statistics.median(times), 2) if times else None,
             "first_s": round(times[0], 2) if times else None, "ratio": round(times[-1] / self.bound(), 3) if complete else None,
             "seed_copies": round(sum(sent[i] for i in self.seeds), 2), "peer_copies": round(sum(sent[i] for i in self.peers), 2),
             "got_copies": [round(got[i], 3) for i in self.peers], "cpu_s": round(cpu, 1),
             "cpu_seed_s": round(by_host_after.get(0, 0) - by_host.get(0, 0), 1), "cpu_box_s": round(box, 1),
             "busy_pct": noise.busy_pct, "foreign_pct": noise.foreign_pct}
        if not complete:
            r["why"] = f"{verified} of {len(self.counted())} had the file after {time.time() - self.t0:.0f} s"
            r["why"] += "".join(f"; {why}" for why in list(self.errors.values())[:1])
        if self.a.trace:
            r["trace"] = trace
        return r

    def wait(self, trace):
        """Until all whose times count are done; the leaving leave on the way. Notes what was sent, if asked to."""
        left, leave_at = list(self.leave), self.t0 + self.bound() / 2
        counted = self.counted()
        while not all(i in self.times or i in self.errors for i in counted) and time.time() - self.t0 < self.a.timeout:
            if left and time.time() > leave_at:
                gone = [p for p in self.lab.procs if p.host in left]
                for p in gone:
                    lab.signal_group(p, signal.SIGKILL)
                left = []
            if self.a.trace and time.time() - self.t0 >= len(trace) * self.a.trace:
                trace.append([round(time.time() - self.t0, 2), self.lab.counts()])
            time.sleep(min(0.02, self.a.trace or 0.02))


def source(a):
    """A file of noise, made once."""
    path = os.path.join(a.dir, f"source-{os.getpid()}.bin")
    if not os.path.exists(path):
        with open(path, "wb") as f:
            for _ in range(a.mib):
                f.write(os.urandom(1 << 20))
    return path


def plan(a):
    """What is run, in order: (case, n)."""
    for case in a.cases.split(","):
        for n in a.n.split(",") if case == "even" else [1 if case == "four" else a.case_n]:
            yield case, int(n)


def say(**what):
    print(json.dumps(what), flush=True)


def room(a):
    """Raises Missing if the memory does not suffice for the largest swarm: each host has the file twice at most."""
    most = max([n for _, n in plan(a)], default=1)
    need = (most + 2) * 2 * (a.mib << 20)
    if shutil.disk_usage(a.dir).free < need:
        raise Missing(f"{a.dir} has no room for {need >> 20} MiB")


def clear_left_behind(folder):
    """Removes the files of labs whose process is gone."""
    for name in os.listdir(folder):
        pid = name.split(".")[0].rpartition("-")[2]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            path = os.path.join(folder, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


def measure_all(a):
    names = a.only.split(",") if a.only else list(SYSTEMS)
    here = []
    for name in names:
        try:
            say(system=name, version=SYSTEMS[name].version(), command=SYSTEMS[name].command)
            here.append(name)
        except Missing as why:
            say(system=name, why=str(why))
    for case, n in plan(a):
        for name in here:
            print(f"# {case}, {n} peers: {name}", file=sys.stderr, flush=True)
            try:
                say(**Run(a, name, case, n).go())
            except (RuntimeError, OSError) as why:
                say(system=name, case=case, n=n, why=str(why))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--n", default="1,4,8", help="numbers of peers")
    p.add_argument("--only", default="", help="systems: " + ",".join(SYSTEMS))
    p.add_argument("--cases", default=",".join(CASES))
    p.add_argument("--full", action="store_true", help="16 peers too")
    p.add_argument("--case-n", type=int, default=CASE_N, help="peers in the cases other than even and four")
    p.add_argument("--mib", type=int, default=MIB)
    p.add_argument("--mbit", type=int, default=MBIT, help="each uplink; less, if the processor is the limit")
    p.add_argument("--tcp", default="cubic", help="how TCP shares a line: cubic, bbr")
    p.add_argument("--timeout", type=float, default=240)
    p.add_argument("--trace", type=float, default=0, help="every so many seconds: bytes sent and got by each host")
    p.add_argument("--keep", action="store_true", help="keep the hosts' folders")
    p.add_argument("--dir", default="/dev/shm" if os.path.isdir("/dev/shm") else lab.WORK)
    a = p.parse_args()
    unknown = [x for x in a.cases.split(",") if x not in CASES] + [x for x in a.only.split(",") if x and x not in SYSTEMS]
    if unknown:
        p.error(f"not known: {', '.join(unknown)}; cases: {', '.join(CASES)}; systems: {', '.join(SYSTEMS)}")
    a.dir = os.path.join(a.dir, "skein-swarm-lab")
    if a.full:
        a.n += ",16"
    try:
        lab.needs()
        os.makedirs(a.dir, exist_ok=True)
        clear_left_behind(a.dir)
        room(a)
        lab.prefer()
    except Missing as why:
        return say(why=str(why))
    try:
        measure_all(a)
    finally:
        if os.path.exists(source_path := os.path.join(a.dir, f"source-{os.getpid()}.bin")):
            os.remove(source_path)


if __name__ == "__main__":
    main()

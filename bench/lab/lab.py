"""A network of N hosts on one computer: each a network namespace, joined by delaybox, each uplink capped by `tc tbf`.

    with Lab(hosts=9) as lab:
        lab.popen(0, ["program", "argument"]); lab.ip(0); lab.sent(0)

Host i has 10.77.0.(i+1)/24 on `eth0`; the addresses exist only inside the namespaces. Nothing outside is touched. Leaving
the `with` block ends every process that was started, each by its pid, and removes the namespaces. If this process is killed,
the kernel ends the others with it (PR_SET_PDEATHSIG), and the next lab removes the namespaces, whose names bear its pid.
"""
import atexit
import ctypes
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.path.abspath(os.environ.get("SKEIN_LAB") or os.path.join(HERE, "../../target/swarm-lab"))
DELAYBOX = os.path.join(WORK, "delaybox")
TAG = f"skl{os.getpid()}"
QUEUE_MS = 50          # what a router at home holds back at most
CPU_GROUPS = "/sys/fs/cgroup/cpu"
LIBC = ctypes.CDLL(None, use_errno=True)


class Missing(Exception):
    """Something that the lab needs is not here; the text says what, and how to get it."""


def sh(*words, check=True):
    r = subprocess.run(words, capture_output=True, text=True)
    if check and r.returncode:
        raise RuntimeError(f"{' '.join(words)}: {r.stderr.strip()}")
    return r.stdout


def needs():
    """Raises Missing unless a lab can be set up here. Builds delaybox."""
    if not sys.platform.startswith("linux"):
        raise Missing("the lab needs Linux: network namespaces")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for program, get in {"ip": "apt install iproute2", "tc": "apt install iproute2", "rustc": "rustup.rs"}.items():
        if not shutil.which(program):
            raise Missing(f"the lab needs `{program}` ({get})")
    if os.geteuid() != 0:
        raise Missing("the lab needs root, for network namespaces (sudo)")
    if not os.path.exists("/dev/net/tun"):
        raise Missing("the lab needs /dev/net/tun (modprobe tun)")
    source = os.path.join(HERE, "delaybox.rs")
    if not os.path.exists(DELAYBOX) or os.path.getmtime(DELAYBOX) < os.path.getmtime(source):
        os.makedirs(WORK, exist_ok=True)
        sh("rustc", "-O", "--edition", "2021", "-o", DELAYBOX, source)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))   # so that `with Lab` cleans up
    clear_left_behind()
    name = f"{TAG}-try"
    try:
        sh("ip", "netns", "add", name)
        sh("ip", "-n", name, "link", "add", "x", "type", "dummy", check=False)
        sh("tc", "-n", name, "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "1mbit", "burst", "32kb", "latency", "50ms")
    except RuntimeError as why:
        raise Missing(f"the kernel does not let us: {why}")
    finally:
        sh("ip", "netns", "del", name, check=False)


def clear_left_behind():
    """Removes the namespaces of labs whose process is gone."""
    for line in sh("ip", "netns", "list").splitlines():
        name = line.split()[0] if line else ""
        pid = name[3:].split("-")[0]
        if name.startswith("skl") and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            sh("ip", "netns", "del", name, check=False)


def prefer():
    """Gives the lab, as a whole, a larger share of a busy machine, if SKEIN_LAB_SHARES says so (1024 is everybody's; cgroup
    v1). Plain `nice` does not do: with autogroup every session is weighed as one. Inside, all stay equal."""
    shares = os.environ.get("SKEIN_LAB_SHARES", "")
    if not shares.isdigit() or not os.path.exists(f"{CPU_GROUPS}/cpu.shares"):
        return
    mine = next((line.split(":")[2].strip() for line in open("/proc/self/cgroup") if ":cpu:" in line or ":cpu," in line), "/")
    above = os.path.join(CPU_GROUPS, mine.strip("/"))
    group = os.path.join(above, TAG)
    os.makedirs(group, exist_ok=True)
    for name, value in (("cpu.shares", shares), ("cgroup.procs", os.getpid())):
        with open(f"{group}/{name}", "w") as f:
            f.write(str(value))

    def leave():
        try:
            with open(f"{above}/cgroup.procs", "w") as f:
                f.write(str(os.getpid()))
            os.rmdir(group)
        except OSError:
            pass
    atexit.register(leave)


def end_with_us():
    LIBC.prctl(1, signal.SIGKILL, 0, 0, 0)


def for_the_box():
    """The box must add no delay of its own: real-time, where that is allowed. The group of `prefer` has no such time."""
    end_with_us()
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
    except OSError:
        try:
            with open(f"{CPU_GROUPS}/cgroup.procs", "w") as f:
                f.write(str(os.getpid()))
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
        except OSError:
            pass


class Lab:
    """`up_mbit`, `down_mbit`: by host; a host that is not named has `mbit` up, and no limit down. 0 is no limit.
    `tcp` is how TCP shares a line: said here, for the machine's own choice decides everything where packets are lost."""

    def __init__(self, hosts, mbit=100, rtt_ms=10, loss_ppm=0, up_mbit=None, down_mbit=None, tcp="cubic"):
        self.n, self.rtt_ms, self.loss, self.tcp = hosts, rtt_ms, loss_ppm, tcp
        self.up = {i: (up_mbit or {}).get(i, mbit) for i in range(hosts)}
        self.down = down_mbit or {}
        self.procs, self.box = [], None

    def ns(self, i):
        return f"{TAG}-h{i}"

    def ip(self, i):
        return f"10.77.0.{i + 1}"

    def __enter__(self):
        try:
            self._up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _up(self):
        prefix = f"{TAG}-"
        words = [DELAYBOX, "--ports", str(self.n), "--delay-us", str(int(self.rtt_ms * 500)), "--prefix", prefix,
                 "--loss-ppm", str(self.loss)] + (["--no-gso"] if self.loss else [])
        for i, rate in self.down.items():
            words += ["--down-mbit", f"{i}:{rate}"]
        self.box = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    text=True, preexec_fn=for_the_box)
        if self.box.stdout.readline().strip() != "ready":
            raise RuntimeError("delaybox did not start")
        for i in range(self.n):
            ns = self.ns(i)
            sh("ip", "netns", "add", ns)
            sh("ip", "link", "set", f"{prefix}{i}", "netns", ns)
            sh("ip", "-n", ns, "link", "set", f"{prefix}{i}", "name", "eth0", "address", f"02:00:00:00:{i >> 8:02x}:{i & 255:02x}")
            sh("ip", "netns", "exec", ns, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
               "net.ipv6.conf.default.disable_ipv6=1", "net.ipv4.tcp_no_metrics_save=1", check=False)
            for words in (["link", "set", "lo", "up"], ["link", "set", "eth0", "up"],
                          ["addr", "add", f"{self.ip(i)}/24", "dev", "eth0"], ["route", "add", "default", "dev", "eth0"]):
                sh("ip", "-n", ns, *words)
            # By the route: the namespace's own sysctl may name only what the whole machine lets everybody choose.
            sh("ip", "-n", ns, "route", "replace", "10.77.0.0/24", "dev", "eth0", "src", self.ip(i), "congctl", self.tcp)
            if self.up[i]:
                sh("tc", "-n", ns, "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", f"{self.up[i]}mbit", "burst", "32kb",
                   "latency", f"{QUEUE_MS}ms")

    def popen(self, i, words, **how):
        """Starts a program on host i. It must not fork: what it starts is not ended with us."""
        for stream in ("stdin", "stdout", "stderr"):
            how.setdefault(stream, subprocess.DEVNULL)
        p = subprocess.Popen(["ip", "netns", "exec", self.ns(i), *words], start_new_session=True, preexec_fn=end_with_us, **how)
        p.host = i
        self.procs.append(p)
        return p

    def run(self, i, words, timeout=60):
        """Runs a program on host i to its end; gives what it wrote."""
        r = subprocess.run(["ip", "netns", "exec", self.ns(i), *words], capture_output=True, text=True, timeout=timeout,
                           stdin=subprocess.DEVNULL, preexec_fn=end_with_us)
        if r.returncode:
            raise RuntimeError(f"{os.path.basename(words[0])} {' '.join(words[1:])}: {(r.stderr or r.stdout).strip()}")
        return r.stdout

    def stop(self, procs, sig=signal.SIGTERM, wait_s=5):
        """Ends these processes, each with what it started itself (its own session)."""
        for p in procs:
            signal_group(p, sig)
        deadline = time.monotonic() + wait_s
        for p in procs:
            try:
                p.wait(max(0.01, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                signal_group(p, signal.SIGKILL)
                p.wait()
        self.procs = [p for p in self.procs if p not in procs]

    def counts(self):
        """Bytes on the wire so far, of each host: (sent, got)."""
        self.box.stdin.write("\n")
        self.box.stdin.flush()
        return [tuple(map(int, pair.split(":"))) for pair in self.box.stdout.readline().split()]

    def cpu_s(self):
        """CPU seconds of all programs started so far, those that have ended included."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = ended.ru_utime + ended.ru_stime
        return total + sum(cpu_of(p.pid) for p in self.procs if p.returncode is None)

    def cpu_by_host(self):
        """CPU seconds of what still runs on each host."""
        by = {}
        for p in self.procs:
            by[p.host] = by.get(p.host, 0) + cpu_of(p.pid)
        return by

    def __exit__(self, *_):
        self.stop(list(self.procs))
        if self.box:
            self.box.stdin.close()
            self.box.wait()
        for i in range(self.n):
            sh("ip", "netns", "del", self.ns(i), check=False)


def signal_group(p, sig):
    if p.poll() is None:
        try:
            os.killpg(p.pid, sig)
        except ProcessLookupError:
            pass


def cpu_of(pid):
    """CPU seconds of a process and of what it waited for."""
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


class Noise:
    """How busy the machine was with what is not ours, in percent of all its cores."""

    def __init__(self, lab):
        self.lab = lab

    def _own(self):
        mine = resource.getrusage(resource.RUSAGE_SELF)
        return self.lab.cpu_s() + cpu_of(self.lab.box.pid) + mine.ru_utime + mine.ru_stime

    def __enter__(self):
        self.before = (time.monotonic(), busy_s(), self._own())
        return self

    def __exit__(self, *_):
        wall = (time.monotonic() - self.before[0]) * os.cpu_count()
        busy, own = busy_s() - self.before[1], self._own() - self.before[2]
        self.busy_pct, self.foreign_pct = round(100 * busy / wall), max(0, round(100 * (busy - own) / wall))


def busy_s():
    v = [int(x) for x in open("/proc/stat").readline().split()[1:]]
    return (v[0] + v[1] + v[2] + v[5] + v[6]) / os.sysconf("SC_CLK_TCK")


def sha256(path):
    try:
        with open(path, "rb") as f:
            return hashlib.file_digest(f, "sha256").hexdigest()
    except FileNotFoundError:
        return None

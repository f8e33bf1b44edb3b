#!/usr/bin/env python3
"""A torrent of one file, and a tracker for the lab that holds everything in memory: torrent.py PORT LOGFILE.

It logs a line for each announce: IP PORT EVENT LEFT TIME.
"""
import hashlib
import os
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_to_bytes

PIECE = 256 * 1024


def bencode(x):
    if isinstance(x, int):
        return b"i%de" % x
    if isinstance(x, str):
        x = x.encode()
    if isinstance(x, bytes):
        return b"%d:%s" % (len(x), x)
    return b"d" + b"".join(bencode(key) + bencode(x[key]) for key in sorted(x)) + b"e"


def make_torrent(path, name, announce, out):
    pieces = b""
    with open(path, "rb") as f:
        while piece := f.read(PIECE):
            pieces += hashlib.sha1(piece).digest()
    info = {"length": os.path.getsize(path), "name": name, "piece length": PIECE, "pieces": pieces}
    with open(out, "wb") as f:
        f.write(bencode({"announce": announce, "info": info}))


class Tracker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    swarms = {}   # info_hash -> {(ip, port): left}
    log = None

    def do_GET(self):
        if not self.path.startswith("/announce"):
            self.send_error(404)
            return
        asked = {}
        for pair in self.path.partition("?")[2].split("&"):
            key, _, value = pair.partition("=")
            asked.setdefault(key, value)
        me = (self.client_address[0], int(asked.get("port", 0)))
        event, left = asked.get("event", ""), int(asked.get("left", 0) or 0)
        swarm = self.swarms.setdefault(unquote_to_bytes(asked.get("info_hash", "")), {})
        if event == "stopped":
            swarm.pop(me, None)
        else:
            swarm[me] = left
        self.log.write(f"{me[0]} {me[1]} {event or '-'} {left} {time.time():.3f}\n")
        others = b"".join(socket.inet_aton(ip) + port.to_bytes(2, "big") for ip, port in list(swarm) if (ip, port) != me and port)
        whole = sum(1 for left in swarm.values() if left == 0)
        body = bencode({"complete": whole, "incomplete": len(swarm) - whole, "interval": 15, "min interval": 5, "peers": others})
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Tracker.log = open(sys.argv[2], "a", buffering=1)
    ThreadingHTTPServer.request_queue_size = 64
    ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Tracker).serve_forever()

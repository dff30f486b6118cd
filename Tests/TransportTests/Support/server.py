"""The server the tests talk to: `server.py [certificate key]`.

Prints one JSON line with its ports, then serves until its standard input ends, so it never outlives the tests.
"""
import gzip, json, os, select, socket, ssl, subprocess, sys, threading, time, zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

counts, lock, connections = {}, threading.Lock(), iter(range(1, 1 << 30))


def count(name, by=1):
    with lock:
        counts[name] = counts.get(name, 0) + by


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self):
        super().setup()
        with lock:
            self.number = next(connections)

    def log_message(self, *arguments):
        pass

    def answer(self, body=b"", status=200, headers=()):
        self.send_response(status)
        self.send_header("X-Connection", str(self.number))
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_one_request(self):
        self.body = b""
        super().handle_one_request()

    def serve(self):
        address = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if address.hostname:
            return self.answer(f"proxied {self.command} {address.hostname}".encode())
        name = address.path.strip("/").replace("-", "_")
        getattr(self, "on_" + name, lambda: self.answer(status=404))()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve

    def do_CONNECT(self):
        self.answer(status=403)

    def on_ping(self):
        self.answer(b"pong")

    def on_echo(self):
        self.answer(self.body)

    def on_request(self):
        fields = [[name, value] for name, value in self.headers.items()]
        self.answer(json.dumps({"method": self.command, "headers": fields, "size": len(self.body)}).encode())

    def on_state(self):
        with lock:
            self.answer(str(counts.get(self.query["name"], 0)).encode())

    def on_encoded(self):
        text, kind = b"the quick brown fox " * 1000, self.query["kind"]
        if kind == "gzip":
            packed = gzip.compress(text)
        elif kind == "deflate":
            packed = zlib.compress(text)
        else:
            packed = subprocess.run(["zstd", "-c"], input=text, capture_output=True, check=True).stdout
        self.answer(packed, headers=[("Content-Encoding", kind)])

    def on_bomb(self):
        self.answer(gzip.compress(bytes(64 << 20)), headers=[("Content-Encoding", "gzip")])

    def on_plain(self):
        self.answer(bytes(int(self.query["size"])))

    def on_redirect(self):
        self.answer(status=302, headers=[("Location", "/ping")])

    def on_raw(self):
        self.wfile.write(self.body)
        self.wfile.flush()
        self.close_connection = True

    def wait_for_the_end(self, name):
        """Counts the wait's beginning, waits for the client to go, counts that too."""
        self.wfile.flush()
        count(name + "-open")
        try:
            while self.connection.recv(1):
                pass
        except OSError:
            pass
        count(name + "-gone")
        self.close_connection = True

    def on_silent(self):
        self.wait_for_the_end(self.query["name"])

    def on_stall(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        self.wait_for_the_end(self.query["name"])

    def on_drop(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        self.close_connection = True

    def on_events(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        self.close_connection = True
        try:
            for number in range(1 << 30):
                self.wfile.write(f"id: {number}\ndata: tick {number}\n\n".encode())
                self.wfile.flush()
                time.sleep(0.002)
        except OSError:
            count(self.query["name"] + "-gone")

    def on_flood(self):
        """Sends `size` bytes and counts how often, and after how many, the client took none for half a second."""
        name, left = self.query["name"], int(self.query["size"])
        self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n".encode())
        self.wfile.flush()
        self.connection.setblocking(False)
        block = bytes(range(256)) * 1024
        while left:
            if not select.select([], [self.connection], [], 0.5)[1]:
                count(name + "-blocked")
                select.select([], [self.connection], [])
            try:
                sent = self.connection.send(block[-left:] if left < len(block) else block)
            except OSError:
                break
            left -= sent
            count(name + "-sent", sent)
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = None
        if files:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*files)

    def finish_request(self, request, address):
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, address)

    def handle_error(self, request, address):
        pass


def full_port():
    """A port whose queue is full: connecting there hangs."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        waiting.append(client)
    return listener, waiting


server, (full, waiting) = Server(sys.argv[1:3]), full_port()
closed = socket.socket()
closed.bind(("127.0.0.1", 0))
ports = {"open": server.server_address[1], "full": full.getsockname()[1], "refusing": closed.getsockname()[1]}
print(json.dumps(ports), flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)

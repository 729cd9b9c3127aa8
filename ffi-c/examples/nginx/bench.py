"""Requests a second of one worker for a small file, with and without the module, for one ES256 token over and over.

bench.py MODULE ROUNDS. Rounds alternate, since other work on the machine comes and goes; medians count, and beside them
stands the worker's processor time for each request. Exits with 1 below 85 % of the requests.
"""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from process import NGINX, Nginx, jwks

CONF = """load_module ngx_http_doorward_module.so;
worker_processes 1;
pid nginx.pid;
error_log error.log error;
events {}
http {
  access_log off;
  keepalive_requests 100000000;
  doorward_policy bench {
    issuer https://id.example;
    resource https://api.example;
    algorithms ES256;
    key_file keys.json;
  }
  server {
    listen 127.0.0.1:8400;
    location /open/ { }
    location /notes/ { doorward bench; doorward_scopes notes:read; }
  }
}
"""


def token(key: ec.EllipticCurvePrivateKey) -> str:
    """A token as issuers write them."""
    claims = {"iss": "https://id.example", "aud": "https://api.example", "sub": "alice", "client_id": "c1", "jti": "1"}
    times = {"iat": int(time.time()), "exp": int(time.time()) + 3600}
    return jwt.encode(claims | times | {"scope": "notes:read"}, key, "ES256", {"kid": "1", "typ": "at+jwt"})


def worker_seconds(nginx: Nginx) -> float:
    """Processor time of the worker so far."""
    children = Path(f"/proc/{nginx.process.pid}/task/{nginx.process.pid}/children").read_text().split()
    return int(Path(f"/proc/{children[0]}/schedstat").read_text().split()[0]) / 1e9


def measure(nginx: Nginx, path: str, header: str) -> tuple[float, float]:
    """Requests a second, and microseconds of the worker for each."""
    before = worker_seconds(nginx)
    arguments = ["wrk", "-t1", "-c16", "-d1s", "-H", header, f"{NGINX}{path}"]
    text = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=30).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(text)
    words = text.split()
    done = int(words[words.index("requests") - 1])
    return float(words[words.index("Requests/sec:") + 1]), (worker_seconds(nginx) - before) / done * 1e6


def main() -> int:
    """Run the comparison."""
    key = ec.generate_private_key(ec.SECP256R1())
    nginx = Nginx(sys.argv[1], None)
    nginx.conf(CONF)
    (nginx.folder / "keys.json").write_text(jwks((key, "1")))
    header = f"Authorization: Bearer {token(key)}"
    figures: dict[str, list[tuple[float, float]]] = {"/open/x.txt": [], "/notes/x.txt": []}
    nginx.start()
    try:
        for _ in range(int(sys.argv[2])):
            for path, each in figures.items():
                each.append(measure(nginx, path, header))
    finally:
        nginx.stop()
        shutil.rmtree(nginx.folder)
    (rate_open, cpu_open), (rate, cpu) = (
        [statistics.median(c) for c in zip(*f, strict=True)] for f in figures.values()
    )
    print(f"without  {rate_open:9.0f} requests/s   {cpu_open:6.2f} us of the worker each")
    print(f"with     {rate:9.0f} requests/s   {cpu:6.2f} us of the worker each")
    print(f"         {rate / rate_open:8.1%}              {cpu_open / cpu:8.1%}")
    return 0 if rate / rate_open >= 0.85 else 1


if __name__ == "__main__":
    sys.exit(main())

"""Which of nginx's logs show tokens, and that the module tells of those."""

import contextlib
import datetime
import re
import socket
import ssl
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from process import PATIENCE, Nginx, check, readme_conf


def certificate() -> str:
    """A private key and a certificate that nobody trusts, in PEM."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)).decode()


class Logs:
    """Requests that nginx itself writes about."""

    def __init__(self, nginx: Nginx, token: Callable[..., str]) -> None:
        self.nginx, self.token = nginx, token

    def malformed(self, sni: str | None = None) -> None:
        """Requests with a token in a header that nginx itself refuses, or passes over: none is in the log, but below
        `notice`."""
        host = b"Host: guarded\r\n"
        for name, head in {
            "repeated": b"Authorization: Bearer TOKEN\r\nAuthorization: Bearer TOKEN\r\n",
            "repeated in other letters": b"Authorization: Bearer TOKEN\r\nAUTHORIZATION: bearer TOKEN\r\n",
            "a space before the colon": b"Authorization : Bearer TOKEN\r\n",
            "no colon": b"Authorization Bearer TOKEN\r\n",
            "a space before the name": b" Authorization: Bearer TOKEN\r\n",
            "a line that goes on": b"Authorization: Bearer\r\n TOKEN\r\n",
            "a name with other signs": b"Author(ization: Bearer TOKEN\r\n",
            "a name that is passed over": b"Authorization_2: Bearer TOKEN\r\n",
            "a control character": b"Authorization: Bearer TOKEN\x01\r\n",
            "a NUL": b"Authorization: Bearer TOKEN\0\r\n",
            "CR alone": b"Authorization: Bearer TOKEN\rX: y\r\n",
            "too long": b"Authorization: Bearer TOKEN" + b"x" * 40_000 + b"\r\n",
            "too many": b"Authorization: Bearer TOKEN\r\n" * 2000,
            "beside another fault": b"Authorization: Bearer TOKEN\r\nHost: again\r\n",
            "beside a broken length": b"Content-Length: x\r\nAuthorization: Bearer TOKEN\r\n",
            "before the request line": b"",
        }.items():
            line = b"GET /notes/x.txt HTTP/1.1\r\nConnection: close\r\n" if head else b"Bearer TOKEN\r\n"
            # Until the Host header it is another server's log that may be written.
            for fields in (head + host, host + head):
                token = self.token(sub=name).encode()
                status = self.raw((line + fields + b"\r\n").replace(b"TOKEN", token), sni)
                check(f"{status.decode() or '---'} a token in a header: {name}", status != b"200", status)

    def raw(self, request: bytes, sni: str | None) -> bytes:
        """The status of the answer to a request that no client sends, where there is one; by TLS to a server of this
        name."""
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", 8400), timeout=PATIENCE))
            if sni:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                connection = stack.enter_context(context.wrap_socket(connection, server_hostname=sni))
            answer = b""
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                connection.sendall(request)
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while part := connection.recv(65536):
                    answer += part
        return answer[9:12]

    async def levels(self) -> None:
        """What the README says of levels: at `info` tokens are shown, and the configuration is warned about."""
        quiet = readme_conf()
        loud = quiet.replace("error_log error.log notice;", "error_log info.log info;")
        server, location = "    listen 127.0.0.1:8400;", "location /notes/ {"
        (self.nginx.folder / "tls.pem").write_text(certificate())
        first = "server { listen 127.0.0.1:8400; server_name first; error_log info.log info; return 404; }"
        beside = f"  ssl_certificate tls.pem;\n  ssl_certificate_key tls.pem;\n  {first}\n  server {{"
        beside = quiet.replace("  server {", beside, 1)
        named = beside.replace(server, "    listen 127.0.0.1:8400 default_server; server_name guarded;")
        tls = named.replace("listen 127.0.0.1:8400", "listen 127.0.0.1:8400 ssl")
        for name, conf, shows in (
            ("notice", quiet, False),
            ("info", loud, True),
            ("info, and more", loud.replace("events", "error_log more.log error;\nevents"), True),
            ("info in the server", quiet.replace(server, f"{server} error_log info.log info;"), True),
            ("info in the location", quiet.replace(location, f"{location} error_log info.log info;"), False),
            ("notice in the server alone", loud.replace(server, f"{server} error_log error.log notice;"), False),
            ("notice in the location alone", loud.replace(location, f"{location} error_log error.log notice;"), True),
            ("info in the default server", beside, True),
            ("info in the server that TLS names", tls, True),
        ):
            said = self.nginx.tested(conf).stderr
            shown = await self.shown(conf)
            check(
                f"nginx -t {'warns of' if shows else 'says nothing to'} {name}",
                ('"notice" does not' in said) == shows,
                said,
            )
            check(f"nginx shows {'' if shows else 'no '}tokens at {name}", bool(shown) == shows, shown)
            if name == "info":
                wanted = {"duplicate header", "invalid header", "too long header"}
                check("in these lines", shown >= wanted, shown)
        self.nginx.conf(quiet)
        await self.nginx.reload()

    async def shown(self, conf: str) -> set[str]:
        """What nginx calls the lines with a token that it writes by this configuration."""
        log = self.nginx.folder / "info.log"
        before = len(log.read_bytes()) if log.exists() else 0
        self.nginx.conf(conf)
        await self.nginx.reload()
        self.malformed("first" if " ssl;" in conf else None)
        lines = log.read_bytes()[before:].decode(errors="replace") if log.exists() else ""
        return set(re.findall(r"client sent (.*?) line.*eyJ", lines))

"""A local OpenID provider over real sockets: RS256 keys, a code for an ID token, and a knob for every wrong answer."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "voice-studio", "a-secret-of-the-client"


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class OidcProvider:
    """Answers for one person. `claims` replaces parts of the ID token, `document` of the description."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    key: RSAPrivateKey = field(default_factory=new_key)
    signs_with: RSAPrivateKey | None = None
    algorithm: str = "RS256"
    redirects: bool = False
    is_broken: bool = False
    asked: dict[str, str] = field(default_factory=dict)  # the last authorisation
    seen: list[str] = field(default_factory=list)

    def description(self) -> dict[str, Any]:
        paths = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
        return (
            {"issuer": self.url}
            | {name: f"{self.url}/{path}" for name, path in paths.items()}
            | self.document
        )

    def keys(self) -> dict[str, Any]:
        return {
            "keys": [RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True) | {"kid": "1", "alg": "RS256"}]
        }

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """The answer to the code: only for the right client, secret and verifier."""
        verifier = jwt.utils.base64url_encode(sha256(form["code_verifier"].encode()).digest()).decode()
        assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
        assert verifier == self.asked["code_challenge"]
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": "ada-1", "exp": int(time.time()) + 60, "iat": int(time.time()),
            "nonce": self.asked["nonce"], "email": "grace@example.com", "email_verified": True, "name": "Grace",
            "auth_time": int(time.time()),
        } | self.claims  # fmt: skip
        key: Any = "x" * 64 if self.algorithm == "HS256" else self.signs_with or self.key
        return {"access_token": "a", "token_type": "Bearer", "id_token": jwt.encode(
            claims, key, algorithm=self.algorithm, headers={"kid": "1"})}  # fmt: skip

    def authorise(self, url: str) -> str:
        """What the person's browser does there: agree at once. Return path and query of the way back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        query = urlencode({"code": "the-code", "state": self.asked["state"]})
        return f"{urlsplit(self.asked['redirect_uri']).path}?{query}"


@contextmanager
def serving_provider() -> Iterator[OidcProvider]:
    """A provider on a free port."""
    provider = OidcProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(provider.keys() if self.path == "/keys" else provider.description())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(provider.token({name: values[0] for name, values in parse_qs(body).items()}))

        def _answer(self, body: dict[str, Any]) -> None:
            provider.seen.append(self.path)
            content = b"<p>Sorry" if provider.is_broken else json.dumps(body).encode()
            self.send_response(302 if provider.redirects else 200)
            if provider.redirects:
                self.send_header("Location", f"{provider.url}/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

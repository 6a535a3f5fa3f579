"""An identity provider that signs tokens and serves its public keys over HTTP."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import get_default_algorithms

AUDIENCE = "holdfast-tests"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Key:
    """A private key and its public key as a JWK."""

    def __init__(self, algorithm: str = "RS256", bits: int = 2048, **more: Any) -> None:
        self.algorithm = algorithm
        self.kid = f"key-{uuid4().hex[:8]}"
        self.private = _private(algorithm, bits)
        plain = get_default_algorithms()[algorithm].to_jwk(self.private.public_key(), as_dict=True)
        self.jwk: dict[str, Any] = {**plain, "kid": self.kid, "alg": algorithm, "use": "sig", **more}
        self.jwk = {name: value for name, value in self.jwk.items() if value is not None and name != "key_ops"}

    @property
    def pem(self) -> bytes:
        """The public key in PEM."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _private(algorithm: str, bits: int) -> PrivateKey:
    match algorithm[:2]:
        case "ES":
            return ec.generate_private_key({"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1()}[algorithm])
        case "Ed":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(65_537, bits)


class Provider:
    """Serves `keys`, or `answer` (status and body) if it is set. `asked` counts the requests."""

    def __init__(self) -> None:
        self.key = Key()
        self.keys = [self.key]
        self.answer: tuple[int, bytes] | None = None
        self.asked = 0
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that make a stack accept this provider's tokens."""
        values = {"issuer": self.issuer, "audience": AUDIENCE, "jwks_url": f"{self.issuer}/keys"}
        return {"auth_mode": "jwt", "secret_key": ""} | {f"jwt_{name}": value for name, value in values.items()}

    def token(self, user_id: str | None = "somebody", key: Key | None = None, **changed: Any) -> str:
        """A valid token with the changes applied; a claim that is None is left out."""
        key, now = key or self.key, int(time.time())
        claims = {"iss": self.issuer, "aud": AUDIENCE, "sub": user_id, "iat": now, "exp": now + 300, **changed}
        return sign(claims, key)

    def rotate(self) -> Key:
        """Replace the key: sign with a new one and serve only that."""
        self.key = Key()
        self.keys = [self.key]
        return self.key

    def document(self) -> bytes:
        return json.dumps({"keys": [key.jwk for key in self.keys]}).encode()

    async def start(self) -> Self:
        """Listen; after `stop`, on the same port again."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        assert self._server
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        status, body = self.answer or (200, self.document())
        head = [f"HTTP/1.1 {status} -", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        if 300 <= status < 400:
            head.append(f"Location: {self.issuer}/keys")
        writer.write("\r\n".join([*head, "Connection: close", "", ""]).encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def providing() -> AsyncIterator[Provider]:
    provider = await Provider().start()
    yield provider
    await provider.stop()


def sign(claims: Mapping[str, Any], key: Key, **header: Any) -> str:
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key.private, key.algorithm, headers={"kid": key.kid, **header})


def unsigned(claims: Mapping[str, Any], **header: Any) -> str:
    """A token with `alg: none`, which verifiers must reject."""
    parts = [{"alg": "none", "typ": "JWT", **header}, claims]
    return ".".join(_base64(json.dumps(part).encode()) for part in parts) + "."


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")

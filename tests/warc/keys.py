"""Keys in PEM, and a check of signatures that does not use the code that made them."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

P384 = ec.SECP384R1()


def pem(
    curve: ec.EllipticCurve = P384,
    form: PrivateFormat = PrivateFormat.PKCS8,
    password: bytes | None = None,
) -> bytes:
    """Return a new ECDSA key."""
    hidden: KeySerializationEncryption = NoEncryption()
    if password:
        hidden = BestAvailableEncryption(password)
    return ec.generate_private_key(curve).private_bytes(Encoding.PEM, form, hidden)


def rsa_pem() -> bytes:
    """Return a new RSA key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def verify(signed: dict[str, Any], message: str) -> None:
    """Raise InvalidSignature unless *signed* is a good signature of *message*."""
    public = load_der_public_key(base64.b64decode(signed["publicKey"]))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    raw = base64.b64decode(signed["signature"])
    assert len(raw) == 96
    r, s = int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big")
    public.verify(utils.encode_dss_signature(r, s), message.encode(), ec.ECDSA(SHA256()))

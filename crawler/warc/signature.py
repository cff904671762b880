"""Signing a WACZ with a key of one's own: the anonymous signature.

It proves that the holder of the key packed these bytes, to whoever got the public key from the
holder by another way. https://specs.webrecorder.net/wacz-auth/0.1.0/
"""

from __future__ import annotations

import base64

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP384R1,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

AUTH_VERSION = "0.1.0"
HOW_TO_MAKE = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out KEY.pem"

_COORDINATE = SECP384R1.key_size // 8


class Signer:
    """Signs with an ECDSA key on the curve P-384, the only kind that ReplayWeb.page verifies.

    *pem* is the private key, in PKCS #8 or SEC 1, without a password. Raises ValueError that says
    what is wrong with it, and how to get a right one.
    """

    def __init__(self, pem: bytes) -> None:
        self._key = _load(pem)

    def signed_data(self, digest: str, *, created: str, software: str) -> dict[str, str]:
        """Return ``signedData`` of datapackage-digest.json for the text *digest* (``sha256:…``).

        The same key and the same arguments give the same signature (RFC 6979).
        """
        return {
            "hash": digest,
            "created": created,
            "software": software,
            "version": AUTH_VERSION,
            "signature": _base64(self._sign(digest.encode())),
            "publicKey": _base64(
                self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            ),
        }

    def _sign(self, message: bytes) -> bytes:
        # The Web Cryptography API, which verifies, wants r and s in a row and no DER around them.
        der = self._key.sign(message, ECDSA(SHA256(), deterministic_signing=True))
        return b"".join(part.to_bytes(_COORDINATE, "big") for part in decode_dss_signature(der))


def _load(pem: bytes) -> EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError(
            "it has a password; write it without one: openssl pkey -in KEY.pem -out PLAIN.pem"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"it is no private key in PEM; make one: {HOW_TO_MAKE}") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP384R1):
        raise ValueError(f"it is no ECDSA key on the curve P-384; make one: {HOW_TO_MAKE}")
    return key


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

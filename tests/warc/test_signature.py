"""Signatures that others can verify, and keys that are refused with a reason."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PrivateFormat

from crawler.warc.signature import HOW_TO_MAKE, Signer
from tests.warc import keys

DIGEST = "sha256:" + "ab" * 32
FACTS = {"created": "2024-04-11T08:30:00Z", "software": "newsreel/1"}


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_signature_verifies(form: PrivateFormat) -> None:
    signed = Signer(keys.pem(form=form)).signed_data(DIGEST, **FACTS)
    keys.verify(signed, DIGEST)
    with pytest.raises(InvalidSignature):
        keys.verify(signed, DIGEST.upper())
    # What the specification lists, and nothing else.
    assert set(signed) == {"hash", *FACTS, "version", "signature", "publicKey"}
    assert {name: signed[name] for name in ("hash", *FACTS)} == {"hash": DIGEST, **FACTS}


def test_the_same_content_has_the_same_signature() -> None:
    pem = keys.pem()
    assert len({Signer(pem).signed_data(DIGEST, **FACTS)["signature"] for _ in range(3)}) == 1


def test_the_documented_command_makes_a_key(tmp_path: Path) -> None:
    subprocess.run(HOW_TO_MAKE.split(), cwd=tmp_path, check=True, capture_output=True, timeout=60)
    keys.verify(Signer((tmp_path / "KEY.pem").read_bytes()).signed_data(DIGEST, **FACTS), DIGEST)


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        pytest.param(keys.pem(ec.SECP256R1()), "no ECDSA key on the curve P-384", id="p256"),
        pytest.param(keys.rsa_pem(), "no ECDSA key on the curve P-384", id="rsa"),
        pytest.param(keys.pem(password=b"secret"), "it has a password", id="password"),
        pytest.param(b"", "no private key in PEM", id="empty"),
        pytest.param(b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n", "no private key", id="garbage"),
    ],
)
def test_other_keys_are_refused_with_the_fix(pem: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        Signer(pem)
    assert "openssl" in str(refused.value)

"""The certificate with which the endpoint speaks TLS, for clients that do nothing else."""

from __future__ import annotations

import ssl
from pathlib import Path

from s2s.errors import UsageError
from s2s.printable import printable

MAKE_ONE = (
    "docs/serve.md has the line that makes a certificate and its key; both files are PEM text."
)


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """Return the context for a certificate and its private key, PEM files both.

    Raises `UsageError` for files that are missing, unreadable, no such thing, or no pair.
    """
    certificate = _read(cert, "certificate", "--tls-cert")
    if "-----BEGIN CERTIFICATE-----" not in certificate:
        raise UsageError(f"The file {_name(cert)} holds no certificate.", MAKE_ONE)
    private = _read(key, "key", "--tls-key")
    if "PRIVATE KEY-----" not in private:
        raise UsageError(f"The file {_name(key)} holds no private key.", MAKE_ONE)
    if "ENCRYPTED" in private:
        raise UsageError(
            f"The key {_name(key)} is locked with a passphrase.",
            f"Unlock a copy of it: openssl pkey -in {_name(key)} -out unlocked.pem",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError) as exc:
        raise UsageError(f"The certificate {_name(cert)} is damaged.", MAKE_ONE) from exc
    try:
        context.load_cert_chain(cert, key, password=lambda: "")
    except ssl.SSLError as exc:
        if exc.reason == "KEY_VALUES_MISMATCH":
            raise UsageError(
                f"The key {_name(key)} is not that of the certificate {_name(cert)}.", MAKE_ONE
            ) from exc
        if exc.reason and exc.reason.startswith("EE_KEY"):
            raise UsageError(
                f"The key of the certificate {_name(cert)} is too small for TLS.", MAKE_ONE
            ) from exc
        raise UsageError(f"The key {_name(key)} is damaged.", MAKE_ONE) from exc
    return context


def _read(path: Path, what: str, option: str) -> str:
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"The {what} {_name(path)} is not a file.", f"Check {option}.")
        return path.read_text("ascii", errors="replace")
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "there is no such path"
        raise UsageError(
            f"The {what} {_name(path)} cannot be read: {reason}.", f"Check {option}."
        ) from exc


def _name(path: Path) -> str:
    return printable(str(path))

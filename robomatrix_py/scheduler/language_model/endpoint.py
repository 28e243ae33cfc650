"""Where the language model is: address, model and key, from configuration, environment and file."""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.scheduler.language_model.config import OpenAiConfig

_WHERE = "planning.openai"
_KEY_MAX = 4096
_HIDDEN = "[key]"


@dataclass(frozen=True)
class Endpoint:
    """A server and a model on it.

    Args:
        secure: Whether it is asked over TLS.
        host: Name or address of the host.
        port: Port.
        path: Path before ``/chat/completions``, without a slash at its end.
        model: Name of the model.
        key: The key, or empty; no `repr` shows it.
    """

    secure: bool
    host: str
    port: int
    path: str
    model: str
    key: str = field(default="", repr=False)

    @property
    def base_url(self) -> str:
        """The address for people; it holds no secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{self.path}"

    def hide_key(self, text: str) -> str:
        """Return a text in which the key, which a server may have echoed, is not to be read."""
        return text.replace(self.key, _HIDDEN) if self.key else text


def is_configured(config: OpenAiConfig, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether an endpoint is named anywhere."""
    return bool(config.base_url or environment.get("OPENAI_BASE_URL"))


def resolve_endpoint(config: OpenAiConfig, environment: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the endpoint that configuration and environment name.

    Args:
        config: The settings.
        environment: The environment variables.

    Raises:
        ConfigError: Address or model is missing or wrong, or the key cannot be used.
    """
    address = config.base_url or environment.get("OPENAI_BASE_URL", "")
    model = config.model or environment.get("OPENAI_MODEL", "")
    if not address:
        raise ConfigError(
            "no endpoint",
            where=f"{_WHERE}.base_url",
            remedy="set it, or OPENAI_BASE_URL in the environment, such as http://127.0.0.1:8000/v1",
            code="NO_ENDPOINT",
        )
    if not model or not model.isprintable():
        raise ConfigError(
            "no model", where=f"{_WHERE}.model", remedy="set it, or OPENAI_MODEL in the environment", code="NO_MODEL"
        )
    secure, host, port, path = _read_address(address)
    if not secure and not config.plain_http and not _is_this_machine(host):
        raise ConfigError(
            f"'{host}' is another machine and http is not encrypted",
            where=f"{_WHERE}.base_url",
            permitted="https://, or http:// on this machine",
            remedy="use https, or set planning.openai.plain_http=true in a network you trust",
            code="PLAIN_HTTP",
        )
    return Endpoint(secure, host, port, path, model, _read_key(config, environment))


def _read_address(address: str) -> tuple[bool, str, int, str]:
    """Return whether it is secure, host, port and path."""
    wrong = ConfigError(
        # Not quoted: a key may stand in it.
        "is no address of a server",
        where=f"{_WHERE}.base_url",
        permitted="http(s)://HOST[:PORT][/PATH], without user, query or fragment",
        code="BAD_ADDRESS",
    )
    try:
        parts = urlsplit(address)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise wrong from None
    extras = parts.query or parts.fragment or parts.username is not None or parts.password is not None
    plain = address.isascii() and address.isprintable() and " " not in address and "?" not in address
    if parts.scheme not in ("http", "https") or not host or extras or not plain or port == 0:
        raise wrong
    secure = parts.scheme == "https"
    return secure, host, port or (443 if secure else 80), parts.path.rstrip("/")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_key(config: OpenAiConfig, environment: Mapping[str, str]) -> str:
    if not config.key_file:
        return _checked_key(environment.get(config.key_env, ""), f"environment variable {config.key_env}")
    path = Path(config.key_file).expanduser()
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_KEY_MAX + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path), code="KEY_FILE") from None
    if not stat.S_ISREG(mode) or mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            "others may read it, or it is no file", where=str(path), remedy=f"chmod 600 {path}", code="KEY_FILE"
        )
    return _checked_key(text.decode("ascii", "replace"), str(path))


def _checked_key(text: str, where: str) -> str:
    key = text.strip()
    if len(key) > _KEY_MAX or not all("!" <= sign <= "~" for sign in key):
        # What it holds is not shown.
        raise ConfigError("holds no key: a key is one word of ASCII letters and signs", where=where, code="KEY")
    return key

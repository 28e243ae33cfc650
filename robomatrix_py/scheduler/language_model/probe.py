"""Asks an endpoint whether it is there, without asking the model anything."""

from __future__ import annotations

import time
from typing import Any

from robomatrix_py.scheduler.language_model.config import OpenAiConfig
from robomatrix_py.scheduler.language_model.endpoint import Endpoint
from robomatrix_py.scheduler.language_model.faults import ModelFault
from robomatrix_py.scheduler.language_model.http_call import Limits, call
from robomatrix_py.scheduler.language_model.strict_json import read_object

_BUDGET_S = 3.0


def probe(endpoint: Endpoint, config: OpenAiConfig) -> str:
    """Return in words whether the endpoint offers its model. Takes at most 3 s.

    Args:
        endpoint: Server, model and key.
        config: How long connecting may take and how long a reply may be.

    Raises:
        ModelFault: It does not answer, or refuses.
    """
    limits = Limits(time.monotonic() + _BUDGET_S, config.connect_s, config.answer_max_bytes)
    where = endpoint.base_url
    reply = call(endpoint, "GET", "/models", None, limits)
    if reply.status in (401, 403):
        raise ModelFault(f"the server answers {reply.status}; check the key", "MODEL_KEY_REFUSED", where=where)
    if reply.status != 200:
        raise ModelFault(f"the server answers {reply.status}; check base_url", "MODEL_ERROR", where=where)
    try:
        offered = read_object(reply.body.decode("utf-8")).get("data", [])
        names = {_name(entry) for entry in offered}
    except (ValueError, TypeError):
        raise ModelFault("the reply is no list of models", "MODEL_UNREADABLE", where=where) from None
    if endpoint.model not in names:
        raise ModelFault(f"the server does not list the model '{endpoint.model}'", "MODEL_NOT_FOUND", where=where)
    return f"{where} offers {endpoint.model}"


def _name(entry: Any) -> str:
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""

"""Asks an OpenAI-compatible server for one answer, with retries, in the time there is."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from robomatrix_py.contracts.exchange import Exchange
from robomatrix_py.scheduler.language_model.config import OpenAiConfig
from robomatrix_py.scheduler.language_model.endpoint import Endpoint
from robomatrix_py.scheduler.language_model.faults import ModelFault
from robomatrix_py.scheduler.language_model.http_call import Limits, Reply, call
from robomatrix_py.scheduler.language_model.strict_json import read_object
from robomatrix_py.scheduler.quoting import plain

Message = Mapping[str, str]

_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 2.0
_SHOWN_CHARS = 200
_LOGGED_CHARS = 4000


@dataclass(frozen=True)
class ChatAnswer:
    """What the model wrote.

    Args:
        text: Its words.
        is_cut: Whether it was cut off at the number of tokens.
        refusal: Why the model will not answer, where the server says so apart from the words.
    """

    text: str
    is_cut: bool = False
    refusal: str = ""


class ChatClient:
    """Asks for the answers of one planning call. One thread.

    Args:
        endpoint: Server, model and key.
        config: Retries and bounds.
        schema: JSON schema of the answer.
        deadline_s: By `time.monotonic`; the whole call is over then.
    """

    def __init__(self, endpoint: Endpoint, config: OpenAiConfig, schema: Mapping[str, Any], deadline_s: float) -> None:
        self._endpoint = endpoint
        self._config = config
        self._limits = Limits(deadline_s, config.connect_s, config.answer_max_bytes)
        self._began_s = time.monotonic()
        self._round = 0
        self._exchanges: list[Exchange] = []
        self._wishes: dict[str, Any] = {
            "temperature": config.temperature,
            "max_tokens": config.answer_max_tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "plan", "strict": True, "schema": schema},
            },
        }

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every request so far."""
        return tuple(self._exchanges)

    def ask(self, messages: Sequence[Message]) -> ChatAnswer:
        """Return the answer to a conversation.

        Raises:
            ModelFault: There is none in time.
        """
        self._round += 1
        faults = 0
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._attempt(messages, attempt)
            except ModelFault as fault:
                if fault.status in (400, 422) and self._ask_for_less(fault.what):
                    continue
                faults += 1
                if not fault.is_transient or faults > self._config.retries_max:
                    raise
                self._wait(fault, faults)

    def note(self, judged_s: float, reasons: Sequence[str]) -> None:
        """Note in the record how long judging the last answer took, and why it was not taken if it was not."""
        last = self._exchanges[-1]
        self._exchanges[-1] = replace(last, judged_s=round(judged_s, 5), rejections=tuple(reasons))

    def _attempt(self, messages: Sequence[Message], attempt: int) -> ChatAnswer:
        endpoint = self._endpoint
        began_s = time.monotonic()
        entry = Exchange(
            round=self._round,
            attempt=attempt,
            endpoint=endpoint.base_url,
            model=endpoint.model,
            started_s=round(began_s - self._began_s, 4),
            took_s=0.0,
            messages=tuple(messages) if attempt == 1 else (),
            response_format=self._wishes.get("response_format", {"type": "none"})["type"],
        )
        body = {"model": endpoint.model, "messages": list(messages), "stream": False, **self._wishes}
        try:
            reply = call(endpoint, "POST", "/chat/completions", body, self._limits)
            entry = replace(entry, status=reply.status, took_s=round(time.monotonic() - began_s, 4))
            if reply.status != 200:
                raise self._status_fault(reply)
            answer, usage = self._read(reply)
            entry = replace(
                entry,
                answer=answer.text or answer.refusal,
                prompt_tokens=_count(usage, "prompt_tokens"),
                completion_tokens=_count(usage, "completion_tokens"),
            )
        except ModelFault as fault:
            entry = replace(entry, took_s=round(time.monotonic() - began_s, 4), fault=str(fault))
            raise
        finally:
            self._exchanges.append(entry)
        return answer

    def _read(self, reply: Reply) -> tuple[ChatAnswer, Mapping[str, Any]]:
        """Return the answer in a reply, and what it says of tokens."""
        try:
            value = read_object(reply.body.decode("utf-8"))
            choice = value["choices"][0]
            message = choice["message"]
            content, refusal = message.get("content"), message.get("refusal")
            cut = choice.get("finish_reason") == "length"
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            said = f"{type(error).__name__}: {plain(str(error), 80)}"
            raise self._fault(f"the reply is no chat completion ({said})", "MODEL_UNREADABLE") from None
        if not isinstance(content, str):
            content = ""
        if not isinstance(refusal, str):
            refusal = ""
        usage = value.get("usage")
        answer = ChatAnswer(self._cleaned(content), cut, self._cleaned(refusal))
        return answer, usage if isinstance(usage, Mapping) else {}

    def _status_fault(self, reply: Reply) -> ModelFault:
        status = reply.status
        # The longest that is read for the name of a setting the server does not know.
        said = self._cleaned(reply.body[:_LOGGED_CHARS].decode("utf-8", "replace"))
        shown = f"; it says: {plain(' '.join(said.split()), _SHOWN_CHARS)}" if said.strip() else ""
        what = f"the server answers {status}{shown}"
        if 300 <= status < 400:
            return self._fault(f"{what}; redirections are not followed", "MODEL_REDIRECTED", status)
        if status in (401, 403):
            return self._fault(f"{what}; check the key", "MODEL_KEY_REFUSED", status)
        if status == 404:
            return self._fault(f"{what}; check base_url and model", "MODEL_NOT_FOUND", status)
        code = "MODEL_BUSY" if status == 429 else "MODEL_ERROR"
        fault = self._fault(what, code, status)
        fault.is_transient = status in (408, 425, 429) or status >= 500
        fault.retry_after_s = read_retry_after(reply.retry_after)
        return fault

    def _fault(self, what: str, code: str, status: int = 0) -> ModelFault:
        return ModelFault(what, code, where=self._endpoint.base_url, status=status)

    def _cleaned(self, text: str) -> str:
        """Return text without the key, and without halves of characters that no file takes."""
        return self._endpoint.hide_key(text).encode("utf-8", "replace").decode()

    def _ask_for_less(self, complaint: str) -> bool:
        """Leave out what a server does not know; return whether there was anything to leave out."""
        wishes = self._wishes
        if "temperature" in complaint and "temperature" in wishes:
            del wishes["temperature"]
            return True
        if "max_tokens" in complaint and "max_tokens" in wishes:
            # Newer models of one vendor know it by another name.
            limit = wishes.pop("max_tokens")
            if "max_completion_tokens" in complaint:
                wishes["max_completion_tokens"] = limit
            return True
        kind = wishes.get("response_format", {}).get("type")
        if kind == "json_schema":
            wishes["response_format"] = {"type": "json_object"}
        elif kind == "json_object":
            del wishes["response_format"]
        return kind is not None

    def _wait(self, fault: ModelFault, faults: int) -> None:
        """Wait before the next attempt.

        Raises:
            ModelFault: The same, where no time would be left.
        """
        wait_s = min(_FIRST_WAIT_S * 2 ** (faults - 1), _LONGEST_WAIT_S)
        wait_s = max(wait_s, fault.retry_after_s or 0.0)
        if time.monotonic() + wait_s >= self._limits.deadline_s:
            raise fault
        time.sleep(wait_s)


def read_retry_after(text: str) -> float | None:
    """Return how many seconds a header `Retry-After` asks for, given as seconds or as a date; None if it does not."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if not math.isnan(seconds) else None


def _count(usage: Mapping[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None

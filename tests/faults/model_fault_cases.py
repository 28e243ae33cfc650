"""What can be wrong with a language model: connections, HTTP, envelopes, answers, plans. Scripts, not recordings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripted_model import answer, put

TASK = "put the red cube in the bin"
GOAL = ["in(red_cube, bin)"]
GOOD = answer(GOAL, *put("red_cube", "bin"))
SCHEMA_ECHO = {"type": "object", "properties": {"steps": {"type": "array"}}, "required": ["steps"]}
SHORT_S = 0.6


@dataclass(frozen=True)
class FaultCase:
    """One thing that is wrong, and what it is called.

    Args:
        name: What is wrong.
        code: Code of the error, or ``question`` where the person is asked.
        acts: What the server does, see scripted_model_server.py.
        settings: Settings of the planner that differ.
    """

    name: str
    code: str
    acts: tuple[dict[str, Any], ...]
    settings: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def _status(number: int, code: str, body: str = "", **headers: str) -> FaultCase:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    name = f"status {number} {' '.join(headers.values())}".strip()
    return FaultCase(name, code, ({"status": number, "headers": named, "body": body},))


def _envelope(name: str, body: str, code: str = "MODEL_UNREADABLE") -> FaultCase:
    return FaultCase(f"envelope: {name}", code, ({"status": 200, "body": body},))


def _completion(name: str, code: str, **changes: Any) -> FaultCase:
    return FaultCase(f"completion: {name}", code, ({"completion": changes},))


def _answer(name: str, reply: Any, code: str = "MODEL_REJECTED") -> FaultCase:
    return FaultCase(f"answer: {name}", code, ({"reply": reply},))


def _message(**fields: Any) -> list[dict[str, Any]]:
    return [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **fields}}]


def _plan(name: str, *steps: Any, goals: Any = None, code: str = "MODEL_REJECTED", **other: Any) -> FaultCase:
    value = {**answer(GOAL), "steps": list(steps), **other}
    if goals is not None:
        value["goals"] = goals
    return FaultCase(f"plan: {name}", code, ({"reply": value},))


def _call(skill: Any, **arguments: Any) -> dict[str, Any]:
    return {"skill": skill, "arguments": arguments}


_CALLS = GOOD["steps"]
_SHORT = {"budget_s": SHORT_S, "connect_s": 0.4}
_BUSY = '{"error": {"message": "Rate limit reached for requests"}}'
_CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_MANY_HEADERS = "HTTP/1.1 200 OK\r\n" + "X: y\r\n" * 1000 + "\r\n"
_LONG_HEADER = "HTTP/1.1 200 OK\r\n" + "X-Padding: " + "a" * 70_000 + "\r\n\r\n"

CASES: tuple[FaultCase, ...] = (
    # HTTP
    _status(400, "MODEL_ERROR", '{"error": {"message": "no"}}'),
    _status(401, "MODEL_KEY_REFUSED", '{"error": {"message": "Incorrect API key provided"}}'),
    _status(402, "MODEL_ERROR"),
    _status(403, "MODEL_KEY_REFUSED"),
    _status(404, "MODEL_NOT_FOUND", '{"error": {"message": "The model does not exist"}}'),
    _status(405, "MODEL_ERROR"),
    _status(408, "MODEL_ERROR"),
    _status(413, "MODEL_ERROR"),
    _status(418, "MODEL_ERROR"),
    _status(422, "MODEL_ERROR"),
    _status(429, "MODEL_BUSY", _BUSY),
    _status(429, "MODEL_BUSY", _BUSY, Retry_After="86400"),
    _status(429, "MODEL_BUSY", _BUSY, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT"),
    _status(429, "MODEL_BUSY", _BUSY, Retry_After="soon"),
    _status(429, "MODEL_BUSY", _BUSY, Retry_After="-5"),
    _status(429, "MODEL_BUSY", _BUSY, Retry_After="nan"),
    _status(500, "MODEL_ERROR", "Internal Server Error"),
    _status(502, "MODEL_ERROR", "<html>Bad Gateway</html>"),
    _status(503, "MODEL_ERROR", "\x1b[31mloading\x00 model"),
    _status(504, "MODEL_ERROR"),
    _status(599, "MODEL_ERROR"),
    _status(204, "MODEL_ERROR"),
    _status(301, "MODEL_REDIRECTED", Location="http://127.0.0.1:9/v1/chat/completions"),
    _status(307, "MODEL_REDIRECTED", Location="http://example.invalid/"),
    # Connections
    FaultCase("closed at once", "MODEL_UNREACHABLE", ({"raw": ""},)),
    FaultCase("closed in the headers", "MODEL_UNREADABLE", ({"reply": GOOD, "cut": 30},)),
    FaultCase("closed after the headers", "MODEL_UNREACHABLE", ({"reply": GOOD, "cut": 100},)),
    FaultCase("closed in the body", "MODEL_UNREACHABLE", ({"reply": GOOD, "cut": 400},)),
    FaultCase("hangs after the request", "MODEL_TIMEOUT", ({"reply": GOOD, "pause_s": 15.0},), _SHORT),
    FaultCase("one byte a second", "MODEL_TIMEOUT", ({"reply": GOOD, "byte_s": 1.0},), _SHORT),
    FaultCase("fifty bytes a second", "MODEL_TIMEOUT", ({"reply": GOOD, "byte_s": 0.02},), _SHORT),
    FaultCase("continues for ever", "MODEL_TIMEOUT", ({"raw": "", "repeat": _CONTINUE},), _SHORT),
    FaultCase("not HTTP", "MODEL_UNREACHABLE", ({"raw": "SSH-2.0-OpenSSH_9.2\r\n"},)),
    FaultCase("zeros", "MODEL_UNREACHABLE", ({"raw": "\0" * 4096},)),
    FaultCase("a header of 70 kB", "MODEL_UNREACHABLE", ({"raw": _LONG_HEADER},)),
    FaultCase("a thousand headers", "MODEL_UNREACHABLE", ({"raw": _MANY_HEADERS},)),
    FaultCase("a negative length", "MODEL_UNREADABLE", ({"raw": "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"},)),
    FaultCase(
        "a chunk of no size",
        "MODEL_UNREACHABLE",
        ({"raw": _CHUNKED + "zz\r\n{}\r\n"},),
    ),
    FaultCase("chunks for ever", "MODEL_TOO_LONG", ({"raw": _CHUNKED, "repeat": "ff\r\n" + "x" * 255 + "\r\n"},)),
    FaultCase("5 MB announced", "MODEL_TOO_LONG", ({"raw": "HTTP/1.1 200 OK\r\nContent-Length: 5242880\r\n\r\n"},)),
    FaultCase("5 MB of white space", "MODEL_TOO_LONG", ({"raw": "HTTP/1.1 200 OK\r\n\r\n" + " " * 5_242_880},)),
    FaultCase("5 MB in the answer", "MODEL_TOO_LONG", ({"reply": "a" * 5_242_880},)),
    # Envelopes
    _envelope("empty", ""),
    _envelope("null", "null"),
    _envelope("a list", "[]"),
    _envelope("a number", "42"),
    _envelope("a page", "<!doctype html><title>Welcome to nginx!</title>"),
    _envelope("half", '{"choices": [{"message": {"content": "{'),
    _envelope("without choices", "{}"),
    _envelope("an error with status 200", '{"error": {"message": "overloaded"}}'),
    _envelope("no choice", '{"choices": []}'),
    _envelope("choices null", '{"choices": null}'),
    _envelope("a choice that is a text", '{"choices": ["no"]}'),
    _envelope("a message that is a text", '{"choices": [{"message": "no"}]}'),
    _envelope("nested 100,000 deep", "[" * 100_000),
    _envelope("not UTF-8", '{"choices": [{"message": {"content": "\udcff"}}]}'),
    _envelope("a number of 10,000 digits", '{"choices": ' + "9" * 10_000 + "}"),
    _envelope("server-sent events", 'data: {"choices": [{"delta": {"content": "{"}}]}\n\ndata: [DONE]\n\n'),
    _completion("content null", "MODEL_REJECTED", choices=_message(content=None)),
    _completion("content a list", "MODEL_REJECTED", choices=_message(content=[{"type": "text", "text": "{}"}])),
    _completion(
        "a tool is called",
        "MODEL_REJECTED",
        choices=_message(content=None, tool_calls=[{"function": {"name": "grasp", "arguments": "{}"}}]),
    ),
    _completion("the model refuses", "refusal", choices=_message(content=None, refusal="I'm sorry, I can't.")),
    _completion(
        "cut off by the number of tokens",
        "MODEL_REJECTED",
        choices=[{"finish_reason": "length", "message": {"content": '{"goals": [{"fact": "in", "argu'}}],
    ),
    # Answers
    _answer("empty", ""),
    _answer("white space", " \n\t "),
    _answer("prose", "Sure! First I will pick up the red cube, then I will put it in the bin."),
    _answer("Chinese prose", "好的, 我会把红色方块放进垃圾桶。"),
    _answer("German prose", "Gerne! Ich lege den roten Würfel in den Eimer."),
    _answer("truncated", '{"goals": [{"fact": "in", "arguments": ["red_cube", "bin"]}], "steps": [{"sk'),
    _answer("Python's quotes", "{'goals': [], 'steps': []}"),
    _answer("code", "```python\nrobot.grasp('red_cube')\n```"),
    _answer("schema echoed", SCHEMA_ECHO),
    _answer("prompt echoed", "SKILLS\ngrasp: Close the gripper on an object and lift it."),
    _answer("an object of another kind", {"tool": "grasp", "input": "red_cube"}),
    _answer("a list of steps", "[" + "]"),
    _answer("nothing", {}),
    _answer("nested 50,000 deep", '{"goals":' + "[" * 50_000),
    _answer("a key twice", '{"goals": [], "steps": [], "steps": [{"skill": "grasp", "arguments": {}}]}'),
    _answer("NaN", '{"goals": [], "steps": NaN}'),
    _answer("control characters", '{"goals": [], "steps": [\x00\x1b]}'),
    _answer("half of a character", '{"question": "\\ud800?", "goals": [], "steps": []}', code="question"),
    _answer("a question", {**answer([]), "question": "Which cube?\n\x1b[2J"}, code="question"),
    _answer("a refusal", {**answer([]), "refusal": "That is dangerous."}, code="refusal"),
    # Plans
    _plan("no steps"),
    _plan("steps null", steps=None),
    _plan("steps a text", steps="grasp red_cube"),
    _plan("a step that is a text", "grasp(red_cube)"),
    _plan("a step with another key", {**_CALLS[0], "speed": 9}),
    _plan("a skill that is a list", _call(["grasp"], object="red_cube")),
    _plan("arguments that are a list", {"skill": "grasp", "arguments": ["red_cube"]}),
    _plan("10,000 steps", *[_call("press", button="button")] * 10_000, code="MODEL_TOO_LONG"),
    _plan("1,000 steps", *[_call("press", button="button")] * 1000),
    _plan("unknown skill", _call("throw", object="red_cube", target="bin")),
    _plan("unknown object", _call("grasp", object="blue_banana")),
    _plan("object of an example", _call("grasp", object="sample_cup")),
    _plan("unknown argument", _call("grasp", object="red_cube", force_n=500)),
    _plan("missing argument", _call("grasp")),
    _plan("object where a number belongs", _call("push", object="red_cube", direction="left", distance_m="red_cube")),
    _plan("number where an object belongs", _call("grasp", object=7)),
    _plan("true where a number belongs", _call("push", object="red_cube", direction="left", distance_m=True)),
    _plan("out of range", _call("push", object="red_cube", direction="left", distance_m=1e3)),
    _plan("infinite", _call("push", object="red_cube", direction="left", distance_m=1e999)),
    _plan("unknown choice", _call("push", object="red_cube", direction="up", distance_m=0.05)),
    _plan("an object that cannot be grasped", _call("grasp", object="table")),
    _plan("one object twice", _call("position_over", object="red_cube", target="red_cube")),
    _plan("precondition not met", _CALLS[2]),
    _plan("wrong order", *reversed(_CALLS)),
    _plan("goal not reached", *_CALLS[:2]),
    _plan("another thing besides", _call("open_drawer", drawer="drawer"), *_CALLS),
    _plan("the same twice", *_CALLS, *_CALLS),
    _plan("no goal", *_CALLS, goals=[]),
    _plan("goal that is a text", *_CALLS, goals=["in(red_cube, bin)"]),
    _plan("unknown fact", *_CALLS, goals=[{"fact": "happy", "arguments": ["red_cube"]}]),
    _plan("fact that is a list", *_CALLS, goals=[{"fact": ["in"], "arguments": ["red_cube", "bin"]}]),
    _plan("too few arguments", *_CALLS, goals=[{"fact": "in", "arguments": ["red_cube"]}]),
    _plan("goal with unknown object", *_CALLS, goals=[{"fact": "in", "arguments": ["grandmother", "bin"]}]),
    _plan("goal of another thing", *_CALLS, goals=answer(["in(green_ball, bin)"])["goals"], code="question"),
    _plan("goal beyond what was asked", *_CALLS, goals=answer([*GOAL, "open(drawer)"])["goals"], code="question"),
    _plan("a thousand goals", *_CALLS, goals=GOOD["goals"] * 1000),
)

"""What the planner `openai` adds to the time a language model takes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from robomatrix_py.bench.planned_tasks import TASKS, ten_objects
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.statistics import spread
from robomatrix_py.runtime.task_session import make_plan
from robomatrix_py.scheduler.language_model.config import OpenAiConfig
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.planner import make_planner


def measure_model_overhead(repeats: int) -> dict[str, Any]:
    """Measure what is done with an answer once it is there, and whole planning calls less the wait for the reply.

    A whole call also reads the sentence by the grammar, writes the prompt and opens the connection.

    A server of this process answers with what the planner `symbolic` would do, so that every answer is a sound plan
    and passes reading, comparison and verification in full.

    Args:
        repeats: Planning calls.
    """
    settings, rig = ten_objects()
    skills, resources = settings.load_skills(), rig.robot.resources
    remembered = SceneMemory(settings.memory, settings.facts).update(rig.evidence(rig.scene))
    symbolic = make_planner("symbolic", skills, resources, settings.planning)
    wanted = {task: make_plan(symbolic, task, remembered, settings) for task in TASKS}
    overheads_ms, judged_ms, cpu_ms, sound = [], [], [], 0
    with _server({task: _answer(plan) for task, plan in wanted.items()}) as base_url:
        openai = OpenAiConfig(base_url=base_url, model="canned", fallback=False)
        planner = make_planner("openai", skills, resources, replace(settings.planning, openai=openai))
        for i in range(repeats):
            task = TASKS[i % len(TASKS)]
            began_s, cpu_began_s = time.perf_counter(), time.thread_time()
            plan = make_plan(planner, task, remembered, settings)
            cpu_ms.append(1e3 * (time.thread_time() - cpu_began_s))
            overheads_ms.append(1e3 * (time.perf_counter() - began_s - sum(e.took_s for e in plan.exchanges)))
            judged_ms.append(1e3 * sum(e.judged_s for e in plan.exchanges))
            sound += plan.steps == wanted[task].steps
    return {
        "free_objects": len(rig.world.object_names),
        "calls": repeats,
        "sound_plans": sound,
        "on_an_answer_ms": spread(judged_ms),
        "whole_call_ms": spread(overheads_ms),
        "cpu_of_the_planning_thread_ms": spread(cpu_ms),
    }


def _answer(plan: Plan) -> str:
    atoms = [atom for goal in plan.goals for atom in goal.atoms]
    return json.dumps(
        {
            "goals": [{"fact": atom.predicate, "arguments": list(atom.arguments)} for atom in atoms],
            "forbidden": [],
            "steps": [step.to_json() for step in plan.steps],
            "question": "",
            "refusal": "",
        }
    )


@contextmanager
def _server(answers: dict[str, str]) -> Iterator[str]:
    """Serve answers by instruction on this machine and yield the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            said = json.loads(self.rfile.read(length))["messages"][-1]["content"].partition("\n")[2]
            choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": answers[said]}}
            body = json.dumps({"choices": [choice]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5.0)

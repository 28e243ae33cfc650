"""The parts of the planner `openai` that need no server: endpoint, prompt, answers, necessity, grants."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruction_cases import CASES
from scheduler_outcome import RESOURCES
from scheduler_scenes import SCENES, drawer_open, free_object, make_case, make_scene, tabletop, twins
from scripted_model import answer, answer_of, put

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import PREDICATES, Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.grants import EVERYTHING, Grants
from robomatrix_py.scheduler.language_model.answer import read_answer
from robomatrix_py.scheduler.language_model.answer_judge import AnswerJudge
from robomatrix_py.scheduler.language_model.answer_schema import answer_schema
from robomatrix_py.scheduler.language_model.chat import ChatAnswer, read_retry_after
from robomatrix_py.scheduler.language_model.config import OpenAiConfig
from robomatrix_py.scheduler.language_model.endpoint import resolve_endpoint
from robomatrix_py.scheduler.language_model.examples import compose_examples
from robomatrix_py.scheduler.language_model.object_ids import ObjectIds
from robomatrix_py.scheduler.language_model.prompt import Prompt
from robomatrix_py.scheduler.necessity import needless_steps
from robomatrix_py.scheduler.planner import SymbolicPlanner, make_planner
from robomatrix_py.scheduler.verifier import World, verify
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()
SYMBOLIC = SymbolicPlanner(SKILLS, RESOURCES)
LOCAL = {"base_url": "http://127.0.0.1:8000/v1", "model": "small"}


def calls(*steps: str) -> list[SkillCall]:
    """Return skill calls from texts such as ``grasp object=red_cube``."""
    return [SkillCall(step["skill"], step["arguments"]) for step in answer([], *steps)["steps"]]


def goals(*atoms: str) -> list[Goal]:
    return [Goal((Atom.parse(atom),)) for atom in atoms]


# Endpoint


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://localhost:11434/v1/", "http://localhost:11434/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://api.example.com/v1", "https://api.example.com:443/v1"),
        ("https://api.example.com", "https://api.example.com:443"),
    ],
)
def test_address_of_an_endpoint(address: str, url: str) -> None:
    assert resolve_endpoint(OpenAiConfig(base_url=address, model="m"), {}).base_url == url


@pytest.mark.parametrize(
    "address",
    [
        *("api.example.com/v1", "ftp://example.com", "https://", "https://user:sk-secret@example.com/v1"),
        *("https://example.com/v1?key=sk-secret", "https://example.com/v1#sk-secret", "https://example.com:99999/v1"),
        *(
            "https://exa mple.com/",
            "https://example.com/v1\r\nX-Evil: sk-secret",
            "https://bücher.example/",
            "http://[::1",
        ),
        "http://127.0.0.1:0/v1",
    ],
)
def test_address_that_is_none_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ConfigError, match=r"planning.openai.base_url") as caught:
        resolve_endpoint(OpenAiConfig(base_url=address, model="m"), {})
    assert caught.value.code == "CONFIG.BAD_ADDRESS"
    assert "sk-secret" not in str(caught.value)


def test_endpoint_comes_from_the_environment_where_the_configuration_is_silent() -> None:
    environment = {"OPENAI_BASE_URL": "https://a.example/v1", "OPENAI_MODEL": "big", "OPENAI_API_KEY": "sk-1"}
    endpoint = resolve_endpoint(OpenAiConfig(), environment)
    assert (endpoint.host, endpoint.model, endpoint.key) == ("a.example", "big", "sk-1")
    assert "sk-1" not in repr(endpoint)
    assert resolve_endpoint(OpenAiConfig(**LOCAL), environment).model == "small"
    assert resolve_endpoint(OpenAiConfig(key_env="OTHER"), {**environment, "OTHER": " sk-2\n"}).key == "sk-2"


@pytest.mark.parametrize(("missing", "code"), [("base_url", "NO_ENDPOINT"), ("model", "NO_MODEL")])
def test_endpoint_that_is_not_named_is_asked_for(missing: str, code: str) -> None:
    with pytest.raises(ConfigError, match="in the environment") as caught:
        resolve_endpoint(OpenAiConfig(**{**LOCAL, missing: ""}), {})
    assert caught.value.code == f"CONFIG.{code}"


def test_other_machines_are_asked_over_tls_unless_told_otherwise() -> None:
    config = OpenAiConfig(base_url="http://192.168.1.7:8000/v1", model="m")
    with pytest.raises(ConfigError, match="not encrypted"):
        resolve_endpoint(config, {})
    assert not resolve_endpoint(replace(config, plain_http=True), {}).secure


def test_key_file_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-secret\n")
    config = OpenAiConfig(**LOCAL, key_file=str(file))
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        resolve_endpoint(config, {})
    file.chmod(0o600)
    assert resolve_endpoint(config, {"OPENAI_API_KEY": "other"}).key == "sk-secret"
    for bad in ("two words", "sk-\x00", "sk-ü", "a" * 5000):
        file.write_text(bad)
        with pytest.raises(ConfigError, match="holds no key") as caught:
            resolve_endpoint(config, {})
        assert bad not in str(caught.value)
    file.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        resolve_endpoint(config, {})


@pytest.mark.parametrize(
    "values",
    [{"budget_s": 0.0}, {"rounds_max": 0}, {"answer_max_bytes": 10**9}, {"temperature": -1.0}, {"connect_s": 99.0}],
)
def test_settings_out_of_range_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="permitted"):
        OpenAiConfig(**values)


def test_key_in_the_wrong_setting_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="not the name of an environment variable") as caught:
        OpenAiConfig(key_env="sk-secret-0123")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3.0), ("0.5", 0.5), ("-4", 0.0), ("", None), ("soon", None), ("nan", None), ("1e400", float("inf"))],
)
def test_header_retry_after(text: str, seconds: float | None) -> None:
    assert read_retry_after(text) == seconds


def test_header_retry_after_as_a_date() -> None:
    said = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 28.0 < (read_retry_after(said) or 0.0) <= 30.0
    assert read_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


# Prompt


def test_prompt_tells_of_the_live_skills_and_shows_two_plans_that_hold() -> None:
    examples = compose_examples(SKILLS, RESOURCES, PlannerConfig())
    assert len(examples) == 2
    assert len(examples[0].steps) == 5
    case = tabletop()
    prompt = Prompt(SKILLS, EVERYTHING, examples, perceived_text=False)
    system, data, instruction = prompt.messages("tidy up", case.scene, case.facts, ObjectIds(case.scene.objects))
    assert all(f"\n{name}: {spec.summary}" in system["content"] for name, spec in SKILLS.items())
    assert system["content"].count("EXAMPLE") == 2
    assert instruction == {"role": "user", "content": "INSTRUCTION\ntidy up"}
    told = json.loads(data["content"].removeprefix("SCENE\n"))
    assert {item["id"] for item in told["objects"]} == set(case.scene.objects)
    assert "closed(drawer)" in told["facts"]


def test_examples_use_granted_skills_alone() -> None:
    for granted in (("grasp", "position_over", "release"), ("open_drawer", "close_drawer"), ("press",), ()):
        examples = compose_examples(SKILLS, RESOURCES, PlannerConfig(grants=Grants(granted)))
        assert {step.skill for example in examples for step in example.steps} <= set(granted)
        assert bool(examples) == bool(granted)


def test_schema_is_closed_and_offers_what_fits() -> None:
    case = tabletop()
    schema = answer_schema(SKILLS, case.scene, EVERYTHING, ObjectIds(case.scene.objects))

    def check(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("type") == "object":
                assert part["additionalProperties"] is False
                assert part["required"] == list(part["properties"])
            assert part.get("enum", True), "an enumeration of nothing"
            for value in part.values():
                check(value)
        elif isinstance(part, list):
            for value in part:
                check(value)

    check(schema)
    steps = {s["properties"]["skill"]["enum"][0]: s for s in schema["properties"]["steps"]["items"]["anyOf"]}
    assert set(steps) == set(SKILLS)
    assert steps["press"]["properties"]["arguments"]["properties"]["button"]["enum"] == ["button"]


def test_schema_leaves_out_skills_that_nothing_fits() -> None:
    case = make_case(replace(tabletop().scene, objects={"red_cube": free_object("red_cube", 0.4, 0.0)}))
    schema = answer_schema(SKILLS, case.scene, EVERYTHING, ObjectIds(case.scene.objects))
    offered = [s["properties"]["skill"]["enum"][0] for s in schema["properties"]["steps"]["items"]["anyOf"]]
    assert "press" not in offered
    assert "grasp" in offered


# Answers


def judged(text: Any, instruction: str, case: Any = None, **config: Any) -> tuple[Plan | None, tuple[str, ...]]:
    """Return what becomes of an answer."""
    case = case or tabletop()
    bounds = PlannerConfig(**config)
    world = World(case.scene, case.facts, SKILLS, RESOURCES, 60, bounds.grants)
    judge = AnswerJudge(
        Plan(instruction, planner="openai"),
        world,
        bounds,
        ObjectIds(case.scene.objects),
        SYMBOLIC.read(instruction, case.scene, case.facts),
        lambda prefer: SYMBOLIC.read(instruction, case.scene, case.facts, prefer),
    )
    return judge.judge(ChatAnswer(text if isinstance(text, str) else json.dumps(text)))


def test_choice_that_the_person_left_open_is_the_models() -> None:
    for cube in ("red_cube_1", "red_cube_2"):
        case = make_case(make_scene([free_object("red_cube_1", 0.4, 0.05), free_object("red_cube_2", 0.5, -0.1)]))
        plan, _ = judged(answer([f"in({cube}, bin)"], *put(cube, "bin")), "put any red cube in the bin", case)
        assert plan is not None
        assert [step.arguments["object"] for step in plan.steps] == [cube] * 3


def test_default_of_an_argument_may_be_left_out() -> None:
    plan, reasons = judged(
        answer(["pushed(red_cube, left)"], "push object=red_cube direction=left"), "push the red cube to the left"
    )
    assert reasons == ()
    assert plan is not None
    assert plan.steps[0].arguments["distance_m"] == SKILLS["push"].arguments[2].default


def test_what_was_ruled_out_stays_ruled_out() -> None:
    case = drawer_open()
    opens = answer(["in(red_cube, bin)"], "close_drawer drawer=drawer", *put("red_cube", "bin"))
    plan, reasons = judged(opens, "put the red cube in the bin but do not close the drawer", case)
    assert plan is None
    assert "ruled out" in reasons[0]


def test_words_around_the_answer_do_no_harm() -> None:
    good = json.dumps(answer(["in(red_cube, bin)"], *put("red_cube", "bin")))
    for text in (f"```json\n{good}\n```", f"<think>First the cube.</think>\n{good}", f"Sure:\n{good}\nDone."):
        plan, reasons = judged(text, "put the red cube in the bin")
        assert reasons == ()
        assert plan is not None
        assert len(plan.steps) == 3


def test_answer_is_read_by_the_names_of_the_scene() -> None:
    odd = replace(free_object("red_cube", 0.4, 0.05), name="Red Cube!")
    case = make_case(make_scene([odd]))
    ids = ObjectIds(case.scene.objects)
    read = read_answer(
        json.dumps(answer(["held(thing_1)"], "grasp object=thing_1")), SKILLS, case.scene, ids, PlannerConfig()
    )
    assert read.goals == (Atom("held", ("Red Cube!",)),)
    assert read.steps[0].arguments == {"object": "Red Cube!"}


# Needless steps


@pytest.mark.parametrize(
    ("steps", "needless"),
    [
        (put("red_cube", "bin"), []),
        (("move_to target=red_cube", *put("red_cube", "bin")), [0]),
        ((*put("red_cube", "bin"), "move_to target=tray"), [3]),
        ((*put("red_cube", "bin"), *put("red_cube", "bin")), [0, 1, 2]),
        ((*put("red_cube", "tray"), *put("red_cube", "bin")), [0, 1, 2]),
        ((*put("green_ball", "bowl"), *put("red_cube", "bin")), [0, 1, 2]),
        (("open_drawer drawer=drawer", *put("red_cube", "bin"), "close_drawer drawer=drawer"), [0, 4]),
    ],
)
def test_step_that_serves_nothing_is_found(steps: tuple[str, ...], needless: list[int]) -> None:
    case = tabletop()
    world = World(case.scene, case.facts, SKILLS, RESOURCES, 60)
    wanted = goals("in(red_cube, bin)")
    assert verify(calls(*steps), wanted, world) == ()
    found = [rejection.step for rejection in needless_steps(calls(*steps), wanted, world)]
    # One group of needless steps is enough for a rejection: which one comes first is of no account.
    assert set(found) <= set(needless)
    assert bool(found) == bool(needless)


@pytest.mark.parametrize(
    "instruction",
    [
        "open the drawer, put the blue can in it and close it",
        "put the red cube and the green ball in the bin, then press the button",
        "push the red cube to the left, then put it in the bowl",
        "press the button twice",
        "put the red cube on the yellow brick",
    ],
)
def test_plans_of_the_search_have_no_needless_steps(instruction: str) -> None:
    case = tabletop()
    plan = SYMBOLIC.plan(instruction, case.scene, case.facts)
    assert plan.steps
    world = World(case.scene, case.facts, SKILLS, RESOURCES, 60)
    assert needless_steps(plan.steps, plan.goals, world) == ()


# Grants


def test_grants_bound_the_search_as_well_as_the_verifier() -> None:
    case = twins()
    movable = [name for name in case.scene.objects if "cube" in name]
    granted = Grants(None, (movable[0], "bin", "table"))
    world = World(case.scene, case.facts, SKILLS, RESOURCES, 60, granted)
    for name in movable:
        rejections = verify(calls(*put(name, "bin")), goals(f"in({name}, bin)"), world)
        assert bool(rejections) == (name != movable[0])
        if rejections:
            assert {rejection.fault for rejection in rejections} == {"not_granted"}


def test_grant_of_a_skill_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"planning.grants.skills: unknown skill 'graps'.*permitted: .*grasp"):
        make_planner("symbolic", SKILLS, RESOURCES, PlannerConfig(grants=Grants(("graps",))))


# Any answer at all


def test_every_plan_of_the_grammar_is_accepted_from_an_honest_model() -> None:
    planned = 0
    for scene, instruction, _ in CASES:
        case = SCENES[scene]()
        wanted = SYMBOLIC.plan(instruction, case.scene, case.facts)
        if wanted.steps:
            plan, reasons = judged(answer_of(wanted), instruction, case)
            assert reasons == (), instruction
            assert plan is not None
            assert plan.steps == wanted.steps, instruction
            planned += 1
    assert planned > 100


WORDS = st.sampled_from(
    [*SKILLS, *PREDICATES, *tabletop().scene.objects, "object", "target", "left", "steps", "goals", "", "\x00", "é"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
CALLS = st.fixed_dictionaries({"skill": WORDS, "arguments": st.dictionaries(WORDS, VALUES, max_size=4)})
FACTS = st.fixed_dictionaries({"fact": WORDS, "arguments": st.lists(WORDS, max_size=3)})
ANSWERS = st.fixed_dictionaries(
    {"goals": st.lists(FACTS | VALUES, max_size=3) | VALUES, "steps": st.lists(CALLS | VALUES, max_size=4) | VALUES},
    optional={"forbidden": st.lists(FACTS, max_size=2) | VALUES, "question": VALUES, "refusal": VALUES, "why": VALUES},
)


@given(ANSWERS | VALUES)
@settings(max_examples=300)
def test_any_answer_becomes_a_verified_plan_a_question_a_refusal_or_reasons(value: Any) -> None:
    plan, reasons = judged(json.dumps(value), "put the red cube in the bin")
    assert (plan is None) == bool(reasons)
    assert all(reason.isprintable() for reason in reasons)
    if plan is not None and plan.steps:
        case = tabletop()
        world = World(case.scene, case.facts, SKILLS, RESOURCES, 60)
        assert verify(plan.steps, goals("in(red_cube, bin)"), world) == ()

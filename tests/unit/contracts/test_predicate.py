"""Facts are read and written without loss, and only known ones."""

from __future__ import annotations

import pytest
from contract_values import WORDS, atoms
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.predicate import MOMENTARY, PREDICATES, Atom, signature


@given(atoms(WORDS | st.just("*") | WORDS.map("{{{}}}".format)))
def test_writing_and_reading_gives_the_same_fact(atom: Atom) -> None:
    assert Atom.parse(str(atom)) == atom
    assert Atom.parse(f"  {atom.predicate} (  {' ,  '.join(atom.arguments)} ) ") == atom


@given(st.text(max_size=30))
def test_other_text_is_refused_by_one_line(text: str) -> None:
    try:
        atom = Atom.parse(text, "skill.yaml")
    except ConfigError as error:
        assert str(error).startswith("skill.yaml: ")
        assert len(str(error).splitlines()) == 1
    else:
        assert atom.predicate in PREDICATES


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a predicate; permitted: gripper_empty(), held(object)"),
        ("in", "'in' is not a predicate"),
        ("in(a, b", "is not a predicate"),
        ("in(a, b))", "is not a predicate"),
        ("in(a, (b))", "is not a predicate"),
        ("inside(a, b)", "is not a predicate"),
        ("In(a, b)", "is not a predicate"),
        ("in(a)", "'in(a)' has 1 arguments; permitted: in(object, container)"),
        ("in(a, b, c)", "has 3 arguments; permitted: in(object, container)"),
        ("held()", "has 0 arguments; permitted: held(object)"),
        ("gripper_empty(a)", "has 1 arguments; permitted: gripper_empty()"),
        ("in(a, )", "'in(a, )' has an empty argument; permitted: in(object, container)"),
        ("in(, b)", "'in(, b)' has an empty argument"),
        ("held( )", "has 0 arguments"),
    ],
)
def test_a_broken_fact_is_refused_with_what_is_permitted(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Atom.parse(text)
    assert says in str(caught.value)


@given(atoms())
def test_a_fact_matches_itself_and_its_wildcards_only_from_the_left(atom: Atom) -> None:
    anything = Atom(atom.predicate, ("*",) * len(atom.arguments))
    assert atom.matches(atom)
    assert anything.matches(atom)
    assert atom.matches(anything) is (not atom.arguments)


@given(atoms(), atoms())
def test_matching_without_wildcards_is_equality(a: Atom, b: Atom) -> None:
    assert a.matches(b) is (a == b)


@given(atoms(st.sampled_from(["{a}", "{b}", "*", "bin"])), WORDS, WORDS)
def test_binding_fills_the_variables_and_nothing_else(atom: Atom, a: str, b: str) -> None:
    values = {"{a}": a, "{b}": b}
    bound = atom.bind({"a": a, "b": b})
    assert bound == Atom(atom.predicate, tuple(values.get(argument, argument) for argument in atom.arguments))


def test_a_variable_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="target"):
        Atom.parse("at({target})").bind({"object": "red_cube"})


def test_every_predicate_has_a_signature_and_the_momentary_ones_are_known() -> None:
    assert {Atom.parse(signature(name)).arguments for name in PREDICATES} == set(PREDICATES.values())
    assert set(PREDICATES) > MOMENTARY

"""The protocol: validation, readings."""

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest
from gaussmlp import MASKS, Lam, Protocol, Tau
from gaussmlp.protocol import LETTERS, Formulas, active


def test_equal_protocols_are_one_key():
    same = Protocol(sizes=[3, 5, 10, 20, 50, 100], lam=1, tau={"coverage": 1e-4}, domain=[-1, 1])
    assert same == Protocol()
    assert len({same, Protocol(), Protocol(steps=1)}) == 2


def test_values_are_of_plain_types():
    protocol = Protocol(
        sizes=np.array([5, 3]), steps=np.int64(7), w0=np.float32(2), tau=np.float64(1)
    )
    assert protocol == Protocol(sizes=(3, 5), steps=7, w0=2.0, tau=1.0)
    assert {type(value) for value in (*protocol.sizes, protocol.steps)} == {int}
    assert {type(value) for value in (protocol.w0, *protocol.tau, *protocol.domain)} == {float}


def test_one_value_serves_all_losses_and_names_serve_one():
    assert Protocol(lam=2).lam == Lam(2.0, 2.0, 2.0)
    assert Protocol(lam={"coverage": 0.5}).lam == Lam(1.0, 0.5, 1.0)
    assert Protocol(lam=Lam(1, 2, 3)).lam == Lam(1.0, 2.0, 3.0)
    assert Protocol(lam={}) == Protocol()
    assert Protocol(tau={"separation": 0.5}).tau == Tau(1e-4, 0.5)


NO_NUMBERS = [math.nan, math.inf, True, "1", None, 1j, [1.0], 10**400]
NO_INTEGERS = [2.5, 3.0, math.nan, True, "3", None, Fraction(7, 2), np.float64(3), 2**31]
NO_SEQUENCES = ["35", 3, None, {3: 5}, ()]

REFUSED = {
    "sizes": [(1,), (3, 3), (3, np.int64(3)), *((k,) for k in NO_INTEGERS), *NO_SEQUENCES],
    "seeds": [(-1,), (0, 1, 0), *((k,) for k in NO_INTEGERS), *NO_SEQUENCES],
    "masks": [("X",), ("SC",), (3,), ("C", "C"), "C", *NO_SEQUENCES],
    "domain": [(1, -1), (0, 0), (0,), (0, 1, 2), (-1e308, 1e308), (0, math.nan), *NO_SEQUENCES],
    "target": ["cos", None, ["sin(pi x)"], "sin(pi x) "],
    "inputs": ["normal", None],
    "w0": [0, -0.0, "N/5", *NO_NUMBERS],
    "activation": ["relu", None],
    "trained": ["all", None],
    "formulas": [None, "cosine", {"fit": "cosine"}, Formulas("cosine", "cosine")],
    "lam": [-1, {"overlap": -1}, {"fit": 1}, {3: 1}, Lam(1, math.nan, 1), *NO_NUMBERS],
    "tau": [0, {"coverage": 0}, {"overlap": 1}, Tau(1, -1), *NO_NUMBERS],
    "steps": [0, *NO_INTEGERS],
    "step_size": [0, -0.1, *NO_NUMBERS],
    "optimizer": ["sgd", None],
    "weight_decay": [-1e-9, *NO_NUMBERS],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in REFUSED.items() for value in values]
)
def test_a_value_that_is_not_allowed_is_refused_by_the_name_of_its_field(field, value):
    with pytest.raises(ValueError, match=rf"^{field}\b.*must") as refused:
        Protocol(**{field: value})
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


def test_every_field_is_validated():
    assert set(REFUSED) == {field.name for field in dataclasses.fields(Protocol)}


def test_the_edge_of_what_is_allowed_is_allowed():
    assert Protocol(sizes=(2,), seeds=range(1), steps=1, lam=0, tau=1e-300, w0=-1e-5) != Protocol()


def test_but_replaces_choices_by_dotted_name():
    reading = Protocol().but({"steps": 7, "lam": 0.1, "lam.coverage": 2, "tau.separation": 1e-2})
    assert reading == Protocol(steps=7, lam=Lam(0.1, 2.0, 0.1), tau=Tau(1e-4, 1e-2))
    assert reading == dataclasses.replace(Protocol(), steps=7, lam=reading.lam, tau=reading.tau)
    assert Protocol().but({}) == Protocol()


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("gamma", "sizes, seeds, masks, domain, inputs, target, w0, activation, trained, formulas"),
        ("steps.coverage", "one of steps"),
        ("tau.separation.more", "tau.coverage, tau.separation"),
    ],
)
def test_but_refuses_a_name_that_is_not_a_choice(name, allowed):
    with pytest.raises(ValueError, match=r"^a choice of the protocol must be one of") as refused:
        Protocol().but({name: 1})
    assert allowed in str(refused.value)


def test_a_mask_names_its_losses():
    for mask in MASKS:
        letters = "".join(LETTERS[name] for name in active(mask))
        assert letters == mask.removeprefix("standard")
    with pytest.raises(ValueError, match="mask must be one of"):
        active("SC")

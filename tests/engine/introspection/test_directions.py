from __future__ import annotations

import numpy as np
import pytest

from engine.contract.calibration import Steering
from engine.contract.errors import BadRequestError
from engine.introspection.directions import (
    check_pairs,
    find_direction,
    held_out_auroc,
    push_of,
    pushes_of,
    random_unit,
)

WIDTH, LAYERS = 32, 8


def planted(pairs, layer, strength, *, seed=0):
    """Noise, and at one layer (from 1) a direction that tells the texts apart."""
    random = np.random.default_rng(seed)
    positives, negatives = random.standard_normal((2, pairs, LAYERS, WIDTH)).astype(np.float32)
    direction = random_unit(WIDTH, "planted")
    positives[:, layer - 1] += strength * direction
    negatives[:, layer - 1] -= strength * direction
    return positives, negatives, direction


def test_a_planted_direction_is_found_where_it_was_planted():
    positives, negatives, direction = planted(12, 5, 4.0)
    found = find_direction(positives, negatives)
    assert found.layer == 5
    assert found.auroc == pytest.approx(1.0)
    unit = found.vector / np.linalg.norm(found.vector)
    assert float(unit @ direction) > 0.9
    both = np.concatenate([positives[:, 4], negatives[:, 4]])
    assert np.linalg.norm(found.vector) == pytest.approx(
        np.linalg.norm(both, axis=1).mean(), rel=1e-4
    )
    # By these a projection is shown in standard deviations.
    projections = (both @ unit - found.mean) / found.deviation
    assert projections.mean() == pytest.approx(0, abs=1e-4)
    assert projections.std() == pytest.approx(1, abs=1e-4)
    assert projections[:12].mean() > 0.5


def test_on_noise_held_out_pairs_are_told_apart_by_chance():
    scores = [
        held_out_auroc(*np.random.default_rng(seed).standard_normal((2, 10, WIDTH)))
        for seed in range(40)
    ]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.06)


def test_choosing_the_best_layer_of_noise_does_not_make_it_good():
    scores = [find_direction(*planted(8, 1, 0.0, seed=seed)[:2]).auroc for seed in range(40)]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.08)


def test_a_layer_that_was_asked_for_is_taken():
    positives, negatives, _ = planted(6, 5, 4.0)
    assert find_direction(positives, negatives, 2).layer == 2


def test_with_three_pairs_nothing_is_claimed():
    found = find_direction(*planted(3, 5, 4.0)[:2])
    assert (found.auroc, found.random_auroc) == (None, None)
    assert found.layer == LAYERS // 2


def test_equal_texts_have_no_direction_and_nothing_breaks():
    same = np.ones((4, LAYERS, WIDTH), np.float32)
    found = find_direction(same, same)
    assert np.isfinite(found.vector).all()
    assert found.auroc == 0.5
    assert found.deviation == 1.0


def steering(strength, *, is_control=False, id_="dir_1", layer=3):
    return Steering(
        direction_id=id_, name="joy", layer=layer, strength=strength, is_control=is_control
    )


def test_the_random_control_is_as_long_and_points_elsewhere():
    vector = (5 * random_unit(WIDTH, "any")).astype(np.float32)
    push = push_of(vector, steering(-2.0))
    control = push_of(vector, steering(-2.0, is_control=True))
    assert np.array_equal(push, -2 * vector)
    assert np.linalg.norm(control) == pytest.approx(np.linalg.norm(push), rel=1e-5)
    assert abs(float(control @ push)) < 0.6 * np.linalg.norm(push) ** 2
    assert np.array_equal(control, push_of(vector, steering(-2.0, is_control=True)))


def test_pushes_at_one_block_add_up_and_have_a_key_of_their_own():
    vectors = {"a": np.ones(WIDTH, np.float32), "b": np.full(WIDTH, 2, np.float32)}
    one = steering(1.0, id_="a")
    both, key = pushes_of([one, steering(-1.0, id_="b")], vectors)
    assert set(both) == {2}
    assert np.array_equal(both[2], np.full(WIDTH, -1, np.float32))
    keys = {
        key,
        pushes_of([one], vectors)[1],
        pushes_of([steering(2.0, id_="a")], vectors)[1],
        pushes_of([steering(1.0, id_="a", layer=4)], vectors)[1],
        pushes_of([steering(1.0, id_="a", is_control=True)], vectors)[1],
    }
    assert len(keys) == 5
    assert pushes_of([], vectors) == ({}, "")


@pytest.mark.parametrize(
    ("positives", "negatives"), [(("a", "b"), ("c",)), (("a",), ("b",)), (("a", " "), ("b", "c"))]
)
def test_what_is_not_pairs_is_refused(positives, negatives):
    with pytest.raises(BadRequestError):
        check_pairs(positives, negatives)

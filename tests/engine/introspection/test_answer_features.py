import pytest

from engine.introspection.answer_features import agreement_ratio, features_of
from tests.helpers.measured import token


def test_each_feature_is_what_its_name_says():
    found = features_of(
        [
            token(0, surprisal_nats=0.2, entropy_nats=1.0, margin_nats=3.0, is_fork=True),
            token(1, surprisal_nats=0.6, entropy_nats=2.0, margin_nats=1.0),
        ]
    )
    assert found == pytest.approx(
        {
            "entropy_mean": 1.5,
            "entropy_most": 2.0,
            "log_probability_mean": -0.4,
            "log_probability_least": -0.6,
            "margin_first": 3.0,
            "margin_mean": 2.0,
            "varentropy_mean": 0.25,
            "length": 2.0,
            "forks": 0.5,
        }
    )


def test_what_was_not_measured_of_every_token_is_missing_and_not_zero():
    some = features_of([token(0), token(1, drift_ratio=0.2, lookback_ratio=0.4, commit_layer=3)])
    assert not {"drift_mean", "lookback_mean", "commit_layer_mean"} & set(some)
    all_ = features_of(
        [token(at, drift_ratio=0.2, lookback_ratio=0.4, commit_layer=3) for at in (0, 1)]
    )
    assert (all_["drift_mean"], all_["lookback_mean"], all_["commit_layer_mean"]) == (0.2, 0.4, 3)
    assert features_of([]) == {}


def test_agreement_is_the_share_of_telling_words_that_the_passage_has():
    passage = "Chopin moved to Warsaw when he was seven months old."
    assert agreement_ratio("He was seven years old in Warsaw", [passage]) == pytest.approx(3 / 4)
    assert agreement_ratio("the", [passage]) == 0.0
    assert agreement_ratio("Warsaw", []) is None
    assert features_of([token()], text="Warsaw.", passages=[passage])["retrieval_agreement"] == 1.0
    assert "retrieval_agreement" not in features_of([token()], text="Warsaw.")

"""Tables of runs, by hand and against runs."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, run_grid, start, train
from gaussmlp.study import tables
from gaussmlp.study.facts import at, listed
from gaussmlp.study.tables import (
    by_mask_and_size,
    holm,
    interval,
    intervals,
    learning_curves,
    paired_differences,
    rank_correlation,
    rank_correlations,
    sign_flips,
    simulated_coverage,
    with_explained,
    with_interval,
)
from scipy.stats import bootstrap, permutation_test, sem

SMALL = Protocol(steps=20, sizes=(3, 5), seeds=(0, 1, 2))


@pytest.fixture
def frame():
    return run_grid(SMALL, cache=False)


def test_means_and_differences_are_by_hand(frame):
    means = by_mask_and_size(frame, "fit_mse")
    assert (list(means.index), list(means.columns)) == (list(MASKS), [3, 5])
    of = frame.set_index(["mask", "n"])["fit_mse"]
    assert means.loc["OC", 5] == pytest.approx(of["OC", 5].mean())
    assert by_mask_and_size(frame, "fit_mse", "sum").loc["S", 3] == pytest.approx(of["S", 3].sum())
    paired = paired_differences(frame, "fit_mse", "C").set_index(["mask", "n", "seed"])
    expected = of["OC", 5].iloc[1] - of["C", 5].iloc[1]
    assert paired.loc[("OC", 5, 1), "difference"] == pytest.approx(expected)
    assert len(paired) == 7 * 2 * 3
    with pytest.raises(ValueError, match="other than the baseline"):
        paired_differences(frame[frame["mask"] == "C"], "fit_mse", "C")


def test_an_interval_holds_the_mean_of_what_is_finite():
    row = interval([1.0, 2.0, 3.0, -4.0, 0.5, np.nan])
    assert [row[name] for name in ("mean", "below_0", "seeds")] == [0.5, 1, 5]
    assert row["low"] < row["percentile_low"] < 0.5 < row["percentile_high"] < row["high"]
    assert interval([0.1, 0.2, -0.3])["mean"] == 0
    few, one = interval([1.0, 2.0, 3.0]), interval([5.0])
    assert [name for name, value in few.items() if np.isnan(value)] == ["low", "high"]
    assert [name for name, value in one.items() if np.isnan(value)] == [*one][1:5]
    alike = interval([0.25] * 6)
    assert alike["low"] == alike["high"] == 0.25


def test_an_interval_that_misses_no_outlier_stays_finite():
    row = interval([*np.linspace(0, 1e-9, 9), -1.0])
    assert -3 < row["low"] < row["mean"] < row["high"] < 3


def test_both_intervals_are_those_of_scipys_resamples():
    values = np.random.default_rng(5).lognormal(size=10)
    mean, error = values.mean(), sem(values)

    def with_error(drawn, axis=-1):
        return np.stack([drawn.mean(axis=axis), sem(drawn, axis=axis)])

    means, errors = bootstrap((values,), with_error, rng=2).bootstrap_distribution
    kept = errors > 0.1 * error
    below, above = np.quantile((means - mean)[kept] / errors[kept], [0.975, 0.025]) * error
    ends = ["low", "high", "percentile_low", "percentile_high"]
    expected = [mean - below, mean - above, *np.quantile(means, [0.025, 0.975])]
    assert [interval(values)[end] for end in ends] == pytest.approx(expected, rel=0.03)


def test_studentised_intervals_hold_the_mean_more_often_than_percentile_ones():
    table = simulated_coverage().round(2)
    assert table.loc["normal"].tolist() == [0.95, 0.9]
    assert table.loc["lognormal"].tolist() == [0.91, 0.8]
    assert table.loc["thirds"].tolist() == [0.94, 0.92]


@pytest.mark.parametrize("count", [6, 10, 30])
def test_flips_of_signs_are_scipys_permutation_test(count):
    values = np.random.default_rng(count).normal(0.2, size=count)
    options = {"permutation_type": "samples", "n_resamples": 20_000 if count > 16 else np.inf}
    expected = permutation_test((values,), np.mean, vectorized=True, **options, rng=1).pvalue
    exact = 0.01 if count > 16 else 1e-12
    assert sign_flips(tuple(values)) == pytest.approx(expected, abs=exact)


def test_the_least_p_of_ten_seeds_survives_a_family_of_24_comparisons_and_not_26():
    least = sign_flips((1.0,) * 10)
    assert 24 * least < 0.05 < 26 * least
    assert sign_flips((0.0,) * 10) == 1
    assert sign_flips((0.1, 0.2, -0.3, 0.0)) == 1  # rounding decides no tie


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.5, 0.9]), [1.0, 1.0])


def test_intervals_are_text_for_reading(frame):
    assert set(with_interval(intervals(frame.assign(m=-1e-9), "m"))[5]) == {"0.00"}  # too few seeds
    text = with_interval(intervals(pd.concat([frame, frame]).assign(m=-1e-9), "m"))
    assert list(text.index) == list(MASKS)
    assert set(text[5]) == {"0.00 [0.00,\N{NO-BREAK SPACE}0.00]"}


def test_explained_is_the_share_of_variance(frame):
    row = with_explained(frame, SMALL).iloc[-1]
    variance = np.var(start(SMALL, row["n"], row["seed"]).y)
    assert row["explained"] == pytest.approx(1 - row["fit_mse"] / variance, rel=1e-12)


def test_learning_curves_end_where_the_run_does(frame):
    runs = [Run(SMALL, 5, mask, seed) for mask in MASKS for seed in SMALL.seeds]
    curves = learning_curves(train(runs, record=(0, 7, 20)))
    assert sorted(set(curves["step"])) == [0, 7, 20]
    last = curves[curves["step"] == 20].drop(columns="step").reset_index(drop=True)
    pd.testing.assert_frame_equal(last, frame[frame["n"] == 5].reset_index(drop=True))


def test_rank_correlation(frame, monkeypatch):
    monkeypatch.setattr(tables, "CORRELATION_RESAMPLES", 50)
    perfect = frame.assign(other=frame["fit_mse"] ** 3)
    np.testing.assert_allclose(rank_correlation(perfect, "fit_mse", "other")[["rho", "low"]], 1)
    expected = frame[["fit_mse", "reconstruction_error"]].corr("spearman").iloc[0, 1]
    result = rank_correlation(frame, "fit_mse", "reconstruction_error")
    assert result["rho"] == pytest.approx(expected)
    assert result["low"] <= result["rho"] <= result["high"]
    assert np.isnan(rank_correlation(frame.assign(one=1.0), "one", "fit_mse")["rho"])


def test_rank_correlations_are_by_size_and_over_all(frame):
    table = rank_correlations({"all": frame}, "fit_mse", "specialization_ratio")
    assert list(table.index) == [("all", 3), ("all", 5), ("all", "all")]
    for n, part in [(3, frame[frame["n"] == 3]), ("all", frame)]:
        alone = rank_correlation(part, "fit_mse", "specialization_ratio")
        pd.testing.assert_series_equal(table.loc[("all", n)], alone, check_names=False)


def test_sizes_are_named_in_words():
    chosen = pd.Series([True, False, True, True], [3, 5, 10, 20])
    assert (listed(chosen), at(chosen)) == ("3, 10 and 20", "at N = 3, 10 and 20")
    assert (listed(chosen[[5]]), at(chosen[[5]])) == ("none", "at no size")

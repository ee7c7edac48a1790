"""States from measurement counts, and the errors of figures."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ebit
from ebit import DensityMatrix, tomography
from ebit.tomography import PauliCounts
from ebit.tomography._counts import Model
from reference import density_figures as twin

RNG = np.random.default_rng(44)
Array = npt.NDArray[np.float64]

ASSIGNMENT = np.array([[[0.98, 0.06], [0.02, 0.94]], [[0.9, 0.03], [0.1, 0.97]], [[1.0, 0.2], [0.0, 0.8]]])


def born(rho: npt.NDArray[np.complex128], setting: str, assignment: Array | None = None) -> Array:
    """Probabilities, with misread bits."""
    p = twin.born(rho, setting)
    if assignment is not None:
        p = twin.kron(*assignment[: len(setting)]).real @ p
    return p


def exact(
    rho: npt.NDArray[np.complex128], chosen: tuple[str, ...], shots: Array, assignment: Array | None = None
) -> PauliCounts:
    """Counts that are exactly as frequent as they should be."""
    return PauliCounts(
        {s: count * born(rho, s, assignment).clip(min=0.0) for s, count in zip(chosen, shots, strict=True)}
    )


# ---- counts and their model ----


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("readout", [None, ASSIGNMENT])
def test_probabilities_and_their_transpose(n: int, readout: Array | None) -> None:
    chosen = tomography.settings(n)
    assert len(chosen) == 3**n
    states = np.array([twin.random_state(RNG, n, rank) for rank in (1, 2, 2)])
    model = Model(chosen, 0.0 if readout is None else readout[:n])
    rows = np.array([twin.coefficients(rho, n) for rho in states]).T
    expected = np.array([[born(rho, s, readout) for rho in states] for s in chosen])
    np.testing.assert_allclose(model.probabilities(rows), np.moveaxis(expected, 1, 2), atol=1e-14)
    weights = RNG.normal(size=(3**n, 2**n, 3))
    left = (weights * model.probabilities(rows)).sum(axis=(0, 1))
    right = (model.adjoint(weights) * rows).sum(axis=0)
    np.testing.assert_allclose(left, right, atol=1e-13)


def test_forms_of_counts() -> None:
    lists = PauliCounts({"XZ": [1, 2, 3, 4], "YY": [0, 0, 5, 0]})
    dicts = PauliCounts({"XZ": {"00": 1, "01": 2, "10": 3, "11": 4}, "YY": {"10": 5}})
    np.testing.assert_array_equal(lists.counts, dicts.counts)
    np.testing.assert_array_equal(lists.shots, [10, 5])
    assert (lists.settings, lists.num_qubits, lists.batch) == (("XZ", "YY"), 2, None)
    batch = PauliCounts({"X": [[1, 2], [3, 4], [5, 6]], "Z": [[6, 5], [4, 3], [2, 1]]})
    assert batch.batch == 3
    np.testing.assert_array_equal(batch["Z"], [[6, 5], [4, 3], [2, 1]])
    np.testing.assert_array_equal(batch.shots, [[3, 7, 11], [11, 7, 3]])
    assert not batch.counts.flags.writeable


@pytest.mark.parametrize("readout", [0.0, 0.07, [0.02, 0.1], ASSIGNMENT[:2], ASSIGNMENT[0]])
def test_simulated_counts_are_as_frequent_as_they_should_be(readout: object) -> None:
    rho = twin.random_state(RNG, 2)
    state, shots = DensityMatrix.from_matrix(rho), 100_000
    counts = tomography.simulate(state, shots, readout=readout, rng=5)
    array = np.asarray(readout)
    full = {
        (): lambda p: np.array([[[1 - p, p], [p, 1 - p]]] * 2),
        (2,): lambda p: np.array([[[1 - q, q], [q, 1 - q]] for q in p]),
        (2, 2): lambda a: np.array([a, a]),
        (2, 2, 2): lambda a: a,
    }[array.shape](array)
    for setting in counts.settings:
        p = born(rho, setting, full)
        sigma = np.sqrt(shots * p * (1 - p))
        assert np.all(abs(counts[setting] - shots * p) < 5 * sigma)
        assert counts[setting].sum() == shots


def test_simulated_counts_do_not_depend_on_the_rest_of_a_batch() -> None:
    state = DensityMatrix.from_matrix(np.array([twin.random_state(RNG, 2) for _ in range(5)]))
    few = DensityMatrix.from_coefficients(state.coefficients[:, :2])
    one = DensityMatrix.from_coefficients(state.coefficients[:, 0])
    counts = tomography.simulate(state, 50, rng=3).counts
    np.testing.assert_array_equal(tomography.simulate(few, 50, rng=3).counts, counts[..., :2])
    np.testing.assert_array_equal(tomography.simulate(one, 50, rng=3).counts, counts[..., 0])
    assert np.any(tomography.simulate(state, 50, rng=4).counts != counts)


def test_an_outcome_that_cannot_be_is_never_drawn() -> None:
    counts = tomography.simulate(DensityMatrix.ghz(3), 10_000, ["ZZZ", "XXX"], rng=1)
    assert counts["ZZZ"][1:7].sum() == 0
    odd = [i for i in range(8) if bin(i).count("1") % 2]
    assert counts["XXX"][odd].sum() == 0


# ---- linear estimates ----


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("readout", [None, ASSIGNMENT])
def test_linear_inversion_of_exact_frequencies(n: int, readout: Array | None) -> None:
    rho = twin.random_state(RNG, n)
    chosen = tomography.settings(n)
    shots = RNG.integers(10, 1000, size=len(chosen)).astype(float)  # settings weigh differently
    counts = exact(rho, chosen, shots, readout)
    state = tomography.linear_inversion(counts, readout=0.0 if readout is None else readout[:n])
    np.testing.assert_allclose(state.matrix(), rho, atol=1e-13)
    if readout is not None:  # not undone, it shows
        assert abs(tomography.linear_inversion(counts).matrix() - rho).max() > 1e-3


def test_linear_inversion_of_a_batch() -> None:
    state = DensityMatrix.from_matrix(np.array([twin.random_state(RNG, 2, 1) for _ in range(4)]))
    counts = tomography.simulate(state, 200, rng=9)
    batch = tomography.linear_inversion(counts)
    for k in range(4):
        one = PauliCounts({s: counts[s][k] for s in counts.settings})
        np.testing.assert_allclose(
            tomography.linear_inversion(one).coefficients, batch.coefficients[:, k], atol=1e-15
        )


@pytest.mark.parametrize("readout", [0.0, 0.05])
def test_standard_errors_are_those_of_repeated_experiments(readout: float) -> None:
    """Mean and spread over 4000 experiments, for sums whose terms share shots, and unequal settings."""
    state = DensityMatrix.from_matrix(twin.random_state(RNG, 2))
    experiments = 4000
    many = DensityMatrix.from_coefficients(np.repeat(state.coefficients[:, None], experiments, axis=1))
    parts = [
        tomography.simulate(many, shots, chosen, readout=readout, rng=rng)
        for rng, (shots, chosen) in enumerate([(100, ["XX", "ZZ"]), (300, ["XZ", "YY"])])
    ]
    counts = PauliCounts({setting: part[setting] for part in parts for setting in part.settings})
    for observable in ("XX", "XI", {"XI": 0.5, "IX": -1.0, "XX": 2.0, "II": 3.0, "YY": 0.7, "IZ": 0.3}):
        value, error = tomography.expectation(counts, observable, readout=readout)
        spread = value.std(ddof=1)
        assert abs(value.mean() - state.expectation(observable)) < 5 * spread / np.sqrt(experiments)
        # The error itself has a bias of order 1 / shots.
        assert np.sqrt((error**2).mean()) == pytest.approx(spread, rel=5 / np.sqrt(2 * experiments) + 1 / 100)


def nearest_by_steps(rho: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    """The algorithm as published: the lowest eigenvalue becomes zero until none is negative."""
    values, vectors = np.linalg.eigh(rho)
    values, vectors = values[::-1].copy(), vectors[:, ::-1]
    debt, count = 0.0, len(values)
    while values[count - 1] + debt / count < 0:
        debt += values[count - 1]
        values[count - 1] = 0.0
        count -= 1
    values[:count] += debt / count
    return (vectors * values) @ vectors.conj().T


@pytest.mark.parametrize("n", [1, 2, 3])
def test_nearest_states(n: int) -> None:
    rough = []
    for rank in (1, 1, 2, 2**n):
        noise = RNG.normal(size=(2**n, 2**n)) + 1j * RNG.normal(size=(2**n, 2**n))
        matrix = twin.random_state(RNG, n, rank) + 0.2 * (noise + noise.conj().T)
        rough.append(matrix / np.trace(matrix).real)
    state = DensityMatrix.from_matrix(np.array(rough), positivity=False)
    nearest = tomography.nearest_state(state)
    expected = [nearest_by_steps(rho) for rho in rough]
    np.testing.assert_allclose(nearest.matrix(), expected, atol=1e-13)
    assert nearest.eigenvalues().min() > -1e-15
    np.testing.assert_allclose(
        tomography.nearest_state(nearest).coefficients, nearest.coefficients, atol=1e-13
    )
    for rho, result in zip(rough, expected, strict=True):  # nothing physical is closer
        for _ in range(20):
            other = 0.9 * result + 0.1 * twin.random_state(RNG, n, 1)
            assert np.linalg.norm(rho - other) > np.linalg.norm(rho - result)


# ---- maximum likelihood ----


def hradil(counts: PauliCounts, steps: int = 3000) -> npt.NDArray[np.complex128]:
    """R rho R, thousands of times."""
    n = counts.num_qubits
    rho = np.eye(2**n, dtype=complex) / 2**n
    effects = []
    for setting in counts.settings:
        for outcome in range(2**n):
            signs = [1 - 2 * bit for bit in twin.bits(outcome, n)]
            effects.append(
                twin.kron(
                    *(
                        (twin.PAULIS["I"] + sign * twin.PAULIS[letter]) / 2
                        for sign, letter in zip(signs, setting, strict=True)
                    )
                )
            )
    numbers = counts.counts.reshape(-1)
    for _ in range(steps):
        r = sum(
            count / np.trace(effect @ rho).real * effect
            for count, effect in zip(numbers, effects, strict=True)
            if count
        )
        rho = r @ rho @ r
        rho /= np.trace(rho).real
    return rho


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_the_most_likely_state_is_that_of_a_slow_search(rank: int) -> None:
    state = DensityMatrix.from_matrix(twin.random_state(RNG, 2, rank))
    counts = tomography.simulate(state, 200, rng=rank)
    found = tomography.maximum_likelihood(counts, tolerance=1e-8)
    slow = DensityMatrix.from_matrix(hradil(counts))
    assert found.gap <= 1e-8
    assert found.log_likelihood == pytest.approx(tomography.log_likelihood(counts, found.state), abs=1e-9)
    assert tomography.log_likelihood(counts, slow) <= found.log_likelihood + 1e-8
    assert tomography.log_likelihood(counts, slow) == pytest.approx(found.log_likelihood, abs=5e-3)
    assert found.state.trace_distance(slow) < 5e-3


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("readout", [0.0, 0.05])
def test_nothing_is_more_likely(n: int, readout: float) -> None:
    states = np.array([twin.random_state(RNG, n, 1 + k % 2**n) for k in range(8)])
    true = DensityMatrix.from_matrix(states)
    counts = tomography.simulate(true, 100, readout=readout, rng=n)
    found = tomography.maximum_likelihood(counts, readout=readout, tolerance=1e-4)
    assert found.gap.max() <= 1e-4
    assert np.all(found.state.eigenvalues() > -1e-12)
    np.testing.assert_allclose(found.state.coefficients[0], 1.0, atol=1e-12)
    projected = tomography.nearest_state(tomography.linear_inversion(counts, readout=readout))
    rivals = [true, projected]
    for shift in (0.01, 0.1):  # and whatever lies next to it
        other = found.state.copy()
        noise = DensityMatrix.from_matrix(np.array([twin.random_state(RNG, n, 1) for _ in range(8)]))
        other.coefficients[...] = (1 - shift) * other.coefficients + shift * noise.coefficients
        rivals.append(other)
    for rival in rivals:
        likelihood = tomography.log_likelihood(counts, rival, readout=readout)
        assert np.all(found.log_likelihood >= likelihood - found.gap - 1e-9)
    # Twice what the true state lacks is at most a chi-squared variate (Wilks).
    lack = found.log_likelihood - tomography.log_likelihood(counts, true, readout=readout)
    freedom = 4**n - 1
    assert lack.mean() < freedom / 2 + 5 * np.sqrt(freedom / 2 / len(lack))


def test_the_gap_is_a_bound_also_where_the_search_was_cut_short() -> None:
    true = DensityMatrix.from_matrix(np.array([twin.random_state(RNG, 2, 1) for _ in range(6)]))
    counts = tomography.simulate(true, 1000, rng=2)
    best = tomography.maximum_likelihood(counts, tolerance=1e-6)
    for iterations in (1, 3, 10):
        short = tomography.maximum_likelihood(counts, tolerance=1e-6, max_iterations=iterations)
        assert np.all(short.iterations == iterations)
        missing = best.log_likelihood - short.log_likelihood
        assert np.all(missing <= short.gap)
        assert np.all(missing > 1e-6)


def test_inside_the_ball_the_most_likely_qubit_has_the_measured_means() -> None:
    counts = PauliCounts({"X": [60, 40], "Y": [30, 70], "Z": [75, 25]})
    found = tomography.maximum_likelihood(counts, tolerance=1e-10)
    np.testing.assert_allclose(found.state.coefficients, [1.0, 0.2, -0.4, 0.5], atol=1e-6)


def test_a_batch_is_as_many_single_searches() -> None:
    true = DensityMatrix.from_matrix(np.array([twin.random_state(RNG, 2, 1 + k) for k in range(4)]))
    counts = tomography.simulate(true, 300, rng=11)
    batch = tomography.maximum_likelihood(counts)
    for k in range(4):
        one = tomography.maximum_likelihood(PauliCounts({s: counts[s][k] for s in counts.settings}))
        assert one.iterations == batch.iterations[k]
        np.testing.assert_allclose(one.state.coefficients, batch.state.coefficients[:, k], atol=1e-9)


def test_settings_that_do_not_determine_the_state() -> None:
    """The likelihood has its maximum all the same."""
    counts = PauliCounts({"ZZ": [50, 0, 0, 50], "XX": [45, 5, 5, 45]})
    found = tomography.maximum_likelihood(counts, tolerance=1e-6)
    assert found.gap < 1e-6
    assert found.log_likelihood == pytest.approx(100 * np.log(0.5) + 90 * np.log(0.45) + 10 * np.log(0.05))
    with pytest.raises(ValueError, match="no setting of the counts measures IY"):
        tomography.linear_inversion(counts)


def test_pure_states_with_outcomes_that_were_never_seen() -> None:
    for state in (DensityMatrix.bell(), DensityMatrix.product("0+"), DensityMatrix.ghz(3)):
        counts = tomography.simulate(state, 10_000, rng=1)
        found = tomography.maximum_likelihood(counts)
        assert found.gap <= 1e-3
        assert found.state.fidelity(state) > 0.999


def test_readout_errors_do_not_bias_the_estimate() -> None:
    true = DensityMatrix.from_pair(ebit.Werner.from_fidelity(0.9))
    counts = tomography.simulate(true, 20_000, readout=ASSIGNMENT[:2], rng=4)
    value, error = tomography.bell_fidelity(counts, readout=ASSIGNMENT[:2])
    assert abs(value - 0.9) < 5 * error < 0.02
    aware = tomography.maximum_likelihood(counts, readout=ASSIGNMENT[:2]).state
    assert abs(aware.fidelity() - 0.9) < 5 * error
    assert tomography.maximum_likelihood(counts).state.fidelity() < 0.85


# ---- bootstrap ----


def test_bootstrap_of_a_linear_figure_is_its_standard_error() -> None:
    true = DensityMatrix.from_pair(ebit.Werner([0.9, 0.5]))
    counts = tomography.simulate(
        true, 500, ["XX", "YY", "ZZ", *set(tomography.settings(2)) - {"XX", "YY", "ZZ"}], rng=2
    )
    value, error = tomography.bell_fidelity(counts)
    samples = 2000
    figure = tomography.bootstrap(
        counts, lambda state: state.fidelity(), estimator="linear_inversion", samples=samples, rng=3
    )
    np.testing.assert_allclose(figure.value, value, atol=1e-13)
    np.testing.assert_allclose(figure.standard_error, error, rtol=5 / np.sqrt(2 * samples))


def test_bootstrap_of_the_concurrence() -> None:
    """Against the spread of whole experiments."""
    experiments = 400
    true = DensityMatrix.from_pair(ebit.Werner(np.full(experiments, 0.85)))
    counts = tomography.simulate(true, 300, rng=5)
    spread = tomography.maximum_likelihood(counts).state.concurrence().std(ddof=1)
    one = PauliCounts({s: counts[s][0] for s in counts.settings})
    figure = tomography.bootstrap(one, DensityMatrix.concurrence, samples=200, rng=6)
    again = tomography.bootstrap(one, DensityMatrix.concurrence, samples=200, rng=6)
    assert figure == again
    assert figure.standard_error == pytest.approx(spread, rel=0.4)  # two samples of a spread, and bias
    assert abs(figure.value - true.concurrence()[0]) < 5 * spread


# ---- witnesses ----

GHZ3 = ["XXX", "ZZI", "IZZ"]
GHZ3_SETTINGS = ("XXX", "XYY", "YXY", "YYX", "ZZZ")
CLUSTER = ["XZII", "ZXZI", "IZXZ", "IIZX"]


@pytest.mark.parametrize("target", ["phi_plus", "phi_minus", "psi_plus", "psi_minus"])
@pytest.mark.parametrize("readout", [None, ASSIGNMENT])
def test_bell_fidelities_from_exact_frequencies(target: str, readout: Array | None) -> None:
    known = 0.0 if readout is None else readout[:2]
    for _ in range(5):
        rho = twin.random_state(RNG, 2, 2)
        state = DensityMatrix.from_matrix(rho)
        counts = exact(rho, ("XX", "YY", "ZZ"), np.array([100.0, 200.0, 300.0]), readout)
        fidelity = state.fidelity(target)
        assert tomography.bell_fidelity(counts, target, readout=known).value == pytest.approx(fidelity)
        bound = tomography.bell_fidelity_bound(counts, target, readout=known).value
        sign_x, sign_z = {
            "phi_plus": ("", ""),
            "phi_minus": ("-", ""),
            "psi_plus": ("", "-"),
            "psi_minus": ("-", "-"),
        }[target]
        weaker = tomography.fidelity_bound(counts, [[sign_x + "XX"], [sign_z + "ZZ"]], readout=known).value
        assert weaker - 1e-12 <= bound <= fidelity + 1e-12


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0, 1))
def test_the_bound_from_two_bases_holds(seed: int, rank: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    bell = np.outer([1, 0, 0, 1], [1, 0, 0, 1]) / 2
    rho = weight * bell + (1 - weight) * twin.random_state(rng, 2, rank)
    counts = exact(rho, ("XX", "ZZ"), np.array([1.0, 1.0]))
    state = DensityMatrix.from_matrix(rho)
    assert tomography.bell_fidelity_bound(counts).value <= state.fidelity() + 1e-12


def test_the_bound_is_reached() -> None:
    """By what is left after Z errors and one false herald: no coherence between 01 and 10."""
    rho = np.zeros((4, 4), dtype=complex)
    rho[0, 0] = rho[3, 3] = 0.45
    rho[0, 3] = rho[3, 0] = 0.4
    rho[1, 1] = 0.1
    counts = exact(rho, ("XX", "ZZ"), np.array([10.0, 10.0]))
    assert tomography.bell_fidelity_bound(counts).value == pytest.approx(0.85)
    assert tomography.fidelity_bound(counts, [["XX"], ["ZZ"]]).value == pytest.approx(0.8)


def test_ghz_and_cluster_fidelities() -> None:
    rho = 0.6 * DensityMatrix.ghz(3).matrix() + 0.4 * twin.random_state(RNG, 3)
    state = DensityMatrix.from_matrix(rho)
    counts = exact(rho, GHZ3_SETTINGS, np.array([5.0, 6.0, 7.0, 8.0, 9.0]))
    fidelity = state.fidelity(GHZ3)
    assert tomography.stabilizer_fidelity(counts, GHZ3).value == pytest.approx(fidelity)
    assert tomography.stabilizer_witness(counts, GHZ3).value == pytest.approx(0.5 - fidelity)
    bound = tomography.fidelity_bound(counts, [["XXX"], ["ZZI", "IZZ"]]).value
    projectors = [
        (np.eye(8) + twin.operator("XXX")) / 2,
        (np.eye(8) + twin.operator("ZZI")) @ (np.eye(8) + twin.operator("IZZ")) / 4,
    ]
    assert bound == pytest.approx(sum(np.trace(rho @ p).real for p in projectors) - 1)
    assert bound < fidelity

    rho = 0.8 * DensityMatrix.from_stabilizers(CLUSTER).matrix() + 0.2 * twin.random_state(RNG, 4)
    counts = exact(rho, ("XZXZ", "ZXZX"), np.array([1.0, 1.0]))
    groups = [[CLUSTER[0], CLUSTER[2]], [CLUSTER[1], CLUSTER[3]]]
    bound = tomography.fidelity_bound(counts, groups).value
    assert 0.6 < bound < DensityMatrix.from_matrix(rho).fidelity(CLUSTER)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_a_witness_is_positive_on_what_is_separable_across_a_cut(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cut = rng.permutation(3)
    both = twin.kron(twin.random_state(rng, 1, 1), twin.random_state(rng, 2, 1)).reshape((2,) * 6)
    rho = both.transpose([*cut, *(3 + cut)]).reshape(8, 8)
    counts = exact(rho, GHZ3_SETTINGS, np.ones(5))
    assert tomography.stabilizer_witness(counts, GHZ3).value >= -1e-12


def test_errors_of_bounds_are_those_of_repeated_experiments() -> None:
    experiments = 3000
    rho = 0.8 * DensityMatrix.bell("psi_plus").matrix() + 0.2 * np.diag([0.3, 0.2, 0.1, 0.4])
    many = DensityMatrix.from_matrix(np.repeat(rho[None], experiments, axis=0))
    counts = tomography.simulate(many, 400, ["XX", "YY", "ZZ"], readout=0.03, rng=8)
    tested = [
        tomography.bell_fidelity(counts, "psi_plus", readout=0.03),
        tomography.bell_fidelity_bound(counts, "psi_plus", readout=0.03),
        tomography.fidelity_bound(counts, [["XX"], ["-ZZ"]], readout=0.03),
    ]
    for value, error in tested:
        assert np.sqrt((error**2).mean()) == pytest.approx(value.std(ddof=1), rel=0.1)
    fidelity = float(many.fidelity("psi_plus")[0])
    value, _ = tested[0]
    assert abs(value.mean() - fidelity) < 5 * value.std(ddof=1) / np.sqrt(experiments)


def test_product_targets_have_no_witness() -> None:
    counts = exact(DensityMatrix.product("0++").matrix(), tomography.settings(3), np.ones(27))
    for generators in (
        ["ZII", "IXX", "IZZ"],
        ["IZI", "XIX", "ZIZ"],
        ["XXI", "ZZI", "IIZ"],
        ["XII", "IXI", "IIX"],
    ):
        with pytest.raises(ValueError, match="product state"):
            tomography.stabilizer_witness(counts, generators)
    tomography.stabilizer_witness(counts, ["XZI", "ZXZ", "IZX"])


# ---- direct fidelity estimation ----


def test_direct_fidelity_is_unbiased() -> None:
    """The mean over the distribution of strings is the fidelity, and the plan draws from it."""
    target = DensityMatrix.from_state_vector(np.array([0.5, 0.1j, -0.7, 0.5]))
    sigma = DensityMatrix.from_matrix(twin.random_state(RNG, 2))
    plan = tomography.direct_fidelity_plan(target, error=0.05, p_failure=0.05, rng=3)
    assert len(plan.strings) == 8000
    means = np.array([sigma.expectation(text) for text in plan.strings])
    value, error = plan.fidelity(means)
    assert abs(value - sigma.fidelity(target)) < 5 * error < 0.1
    drawn = {text: plan.strings.count(text) for text in set(plan.strings)}
    for text in twin.strings(2):
        p = target.expectation(text) ** 2 / 4
        assert abs(drawn.get(text, 0) - 8000 * p) <= 5 * np.sqrt(8000 * p * (1 - p)) + 1e-6
        for k in [k for k, drawn_text in enumerate(plan.strings) if drawn_text == text][:1]:
            assert plan.weights[k] == pytest.approx(target.expectation(text))


def test_direct_fidelity_keeps_its_promise() -> None:
    """With the shots of the plan, for states that are no stabilizer states."""
    target, noise = DensityMatrix.w(3), 0.2
    rows = (1 - noise) * target.coefficients
    rows[0] = 1.0
    sigma = DensityMatrix.from_coefficients(rows)
    rng = np.random.default_rng(7)
    misses = 0
    for k in range(40):
        plan = tomography.direct_fidelity_plan(target, error=0.1, p_failure=0.1, rng=k)
        ones = [
            rng.binomial(shots, (1 + sigma.expectation(text)) / 2)
            for text, shots in zip(plan.strings, plan.shots, strict=True)
        ]
        value, _ = plan.fidelity(2 * np.array(ones) / plan.shots - 1)
        misses += abs(value - sigma.fidelity(target)) > 0.2
    assert misses <= 40 * 0.2


# ---- what is refused ----

COUNTS = PauliCounts({"XX": [1, 2, 3, 4], "YY": [4, 3, 2, 1], "ZZ": [1, 1, 1, 1]})
BATCH = PauliCounts({s: [[1, 2, 3, 4]] * 3 for s in ("XX", "ZZ")})
PAIR = DensityMatrix.bell()


@pytest.mark.parametrize(
    ("counts", "error", "message"),
    [
        ({}, ValueError, "at least one setting"),
        ([], TypeError, "counts"),
        (None, TypeError, "counts"),
        ({"XI": [1, 1, 1, 1]}, ValueError, "letter X, Y or Z"),
        ({"": [1]}, ValueError, "letter X, Y or Z"),
        ({"X" * 9: [1]}, ValueError, "at most 8"),
        ({"XX": [1, 1, 1, 1], "Z": [1, 1]}, ValueError, "letter X, Y or Z per qubit"),
        ({3: [1, 1]}, TypeError, "string"),
        ({"X": [1, 2, 3]}, ValueError, "shape"),
        ({"X": 3}, ValueError, "shape"),
        ({"X": np.ones((2, 2, 2))}, ValueError, "shape"),
        ({"X": np.zeros((0, 2))}, ValueError, "shape"),
        ({"X": [1, 1], "Z": [[1, 1]]}, ValueError, "must agree"),
        ({"X": [-1, 2]}, ValueError, "at least 0"),
        ({"X": [np.nan, 2]}, ValueError, "finite"),
        ({"X": [np.inf, 2]}, ValueError, "finite"),
        ({"X": [0, 0]}, ValueError, "at least one shot"),
        ({"X": [[1, 0], [0, 0]]}, ValueError, "at least one shot"),
        ({"X": ["a", "b"]}, TypeError, "counts"),
        ({"X": {"00": 1}}, ValueError, "1 bits"),
        ({"X": {0: 1}}, ValueError, "1 bits"),
        ({"X": {"0": 1j}}, TypeError, "counts"),
    ],
)
def test_counts_that_are_none(counts: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        PauliCounts(counts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("readout", "error"),
    [
        (0.5, ValueError),
        (-0.1, ValueError),
        (np.nan, ValueError),
        ([0.1, 0.1, 0.1], ValueError),
        ([0.1, 0.7], ValueError),
        ([[0.9, 0.1], [0.2, 0.9]], ValueError),
        ([[0.1, 0.9], [0.9, 0.1]], ValueError),
        ([[1.1, 0.0], [-0.1, 1.0]], ValueError),
        ([[np.nan, 0.0], [0.0, 1.0]], ValueError),
        (np.ones((3, 2, 2)) / 2, ValueError),
        ("0.1", TypeError),
        (None, TypeError),
    ],
)
def test_readout_that_is_none(readout: object, error: type[Exception]) -> None:
    calls = [
        lambda: tomography.simulate(PAIR, 10, readout=readout),
        lambda: tomography.expectation(COUNTS, "XX", readout=readout),
        lambda: tomography.maximum_likelihood(COUNTS, readout=readout),
        lambda: tomography.log_likelihood(COUNTS, PAIR, readout=readout),
        lambda: tomography.bell_fidelity(COUNTS, readout=readout),
    ]
    for call in calls:
        with pytest.raises(error, match="readout"):
            call()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tomography.settings(0), ValueError, "num_qubits"),
        (lambda: tomography.settings(20), ValueError, "num_qubits"),
        (lambda: tomography.settings(2.0), TypeError, "num_qubits"),
        (lambda: tomography.simulate("state", 10), TypeError, "state"),
        (lambda: tomography.simulate(PAIR, 0), ValueError, "shots"),
        (lambda: tomography.simulate(PAIR, 1.5), TypeError, "shots"),
        (lambda: tomography.simulate(PAIR, 10, ["X"]), ValueError, "fit"),
        (lambda: tomography.simulate(PAIR, 10, ["XX", "XX"]), ValueError, "twice"),
        (lambda: tomography.simulate(PAIR, 10, []), ValueError, "at least one"),
        (lambda: tomography.simulate(PAIR, 10, rng=-1), ValueError, "rng"),
        (lambda: tomography.simulate(DensityMatrix(9), 10), ValueError, "num_qubits"),
        (lambda: tomography.expectation(COUNTS, "XY"), ValueError, "measures XY"),
        (lambda: tomography.expectation(COUNTS, "X"), ValueError, "letters"),
        (lambda: tomography.expectation("COUNTS", "XX"), TypeError, "counts"),
        (lambda: tomography.linear_inversion(COUNTS), ValueError, "no setting"),
        (lambda: tomography.linear_inversion(None), TypeError, "counts"),
        (lambda: tomography.nearest_state(np.eye(2)), TypeError, "state"),
        (lambda: tomography.maximum_likelihood(COUNTS, tolerance=0.0), ValueError, "tolerance"),
        (lambda: tomography.maximum_likelihood(COUNTS, tolerance=np.nan), ValueError, "tolerance"),
        (lambda: tomography.maximum_likelihood(COUNTS, max_iterations=0), ValueError, "max_iterations"),
        (lambda: tomography.maximum_likelihood({}), TypeError, "counts"),
        (lambda: tomography.log_likelihood(COUNTS, DensityMatrix(1)), ValueError, "qubits"),
        (lambda: tomography.log_likelihood(BATCH, DensityMatrix.bell(batch=2)), ValueError, "must agree"),
        (lambda: tomography.bell_fidelity(COUNTS, "bell"), ValueError, "target"),
        (lambda: tomography.bell_fidelity(BATCH), ValueError, "measures YY"),
        (lambda: tomography.bell_fidelity(PauliCounts({"X": [1, 1]})), ValueError, "two"),
        (lambda: tomography.bell_fidelity_bound(PauliCounts({"XX": [1, 1, 1, 1]})), ValueError, "measures"),
        (lambda: tomography.stabilizer_fidelity(COUNTS, ["XX"]), ValueError, "generators"),
        (lambda: tomography.stabilizer_fidelity(COUNTS, ["XX", "ZI"]), ValueError, "commute"),
        (lambda: tomography.stabilizer_witness(PauliCounts({"X": [1, 1]}), ["X"]), ValueError, "one qubit"),
        (lambda: tomography.fidelity_bound(COUNTS, [["XX"]]), ValueError, "generators"),
        (lambda: tomography.fidelity_bound(COUNTS, [["XX"], ["XX"]]), ValueError, "product"),
        (lambda: tomography.bootstrap(COUNTS, DensityMatrix.purity, samples=1), ValueError, "samples"),
        (
            lambda: tomography.bootstrap(COUNTS, DensityMatrix.purity, estimator="best"),
            ValueError,
            "estimator",
        ),
        (lambda: tomography.bootstrap(COUNTS, lambda state: 1.0), ValueError, "shape"),
        (
            lambda: tomography.bootstrap(PauliCounts({"X": [1.5, 2.0]}), DensityMatrix.purity),
            ValueError,
            "whole",
        ),
        (lambda: tomography.direct_fidelity_plan(DensityMatrix.bell(batch=2)), ValueError, "batch"),
        (
            lambda: tomography.direct_fidelity_plan(DensityMatrix.from_stabilizers(["ZZ"])),
            ValueError,
            "pure",
        ),
        (lambda: tomography.direct_fidelity_plan(PAIR, error=0.0), ValueError, "error"),
        (lambda: tomography.direct_fidelity_plan(PAIR, p_failure=1.0), ValueError, "p_failure"),
        (lambda: tomography.direct_fidelity_plan(PAIR, rng=1).fidelity([1.0]), ValueError, "shape"),
        (
            lambda: tomography.direct_fidelity_plan(PAIR, error=0.9, p_failure=0.9, rng=1).fidelity(
                [1.0, 2.0]
            ),
            ValueError,
            "means",
        ),
    ],
)
def test_hostile_input(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]


def test_all_outcomes_of_a_setting_are_counted_once() -> None:
    """Every outcome of every setting has its own probability: no two share a place."""
    for setting in itertools.islice(tomography.settings(2), 4):
        model = Model((setting,), 0.0)
        p = model.probabilities(DensityMatrix.product("0+").coefficients[:, None])[0, :, 0]
        assert p.sum() == pytest.approx(1.0)

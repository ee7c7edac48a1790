"""The gate table against conjugation in NumPy and textbook relations."""

from itertools import product

import numpy as np
import pytest
from scipy.linalg import block_diag, expm

from ebit import _core, channels, gates
from reference import channels as twin

CLIFFORD = [name for name in gates.names() if gates.is_clifford(name)]
LETTERS = dict(zip("IXYZ", twin.ONE_QUBIT, strict=True))


def operator(string):
    """Return the operator of a signed Pauli string such as "-XZ"."""
    sign, letters = (string[0], string[1:]) if string[0] in "+-" else ("+", string)
    out = np.eye(1)
    for letter in letters:
        out = np.kron(out, LETTERS[letter])
    return -out if sign == "-" else out


@pytest.mark.parametrize("name", gates.names())
def test_unitary_and_transfer_matrix(name):
    parameters = (0.7, -2.1, 0.4)[: gates.num_parameters(name)]
    u = gates.unitary(name, *parameters)
    d = 2 ** gates.num_qubits(name)
    assert u.shape == (d, d)
    np.testing.assert_allclose(u.conj().T @ u, np.eye(d), atol=1e-15)
    if d == 8:
        transfer = _core.gate_transfer(name, np.array([parameters]))
        np.testing.assert_allclose(transfer[0], twin.ptm([u]), atol=1e-15)
        return
    channel = channels.unitary(name, *parameters)
    np.testing.assert_allclose(channel.ptm, twin.ptm([u]), atol=1e-15)
    np.testing.assert_allclose(channel.ptm, channels.unitary(u).ptm, atol=1e-15)


@pytest.mark.parametrize("name", CLIFFORD)
def test_clifford_images_are_conjugation(name):
    u = gates.unitary(name)
    images = gates.images(name)
    assert len(images) == 2 * gates.num_qubits(name)
    for pauli, image in images.items():
        np.testing.assert_allclose(u @ operator(pauli) @ u.conj().T, operator(image), atol=1e-15)
    ptm = channels.unitary(name).ptm
    assert set(np.unique(ptm)) <= {-1.0, 0.0, 1.0}


def test_what_is_not_clifford():
    others = {name for name in gates.names() if not gates.is_clifford(name)}
    assert {name for name in others if not gates.num_parameters(name)} == {
        "T",
        "T_DAG",
        "CCX",
        "CCZ",
        "CSWAP",
    }
    with pytest.raises(ValueError, match="gate = T is not allowed"):
        gates.images("T")


ROOT = 1 / np.sqrt(2)
TEXTBOOK = {
    "I": [[1, 0], [0, 1]],
    "X": [[0, 1], [1, 0]],
    "Y": [[0, -1j], [1j, 0]],
    "Z": [[1, 0], [0, -1]],
    "H": [[ROOT, ROOT], [ROOT, -ROOT]],
    "S": [[1, 0], [0, 1j]],
    "T": [[1, 0], [0, ROOT + 1j * ROOT]],
    "CX": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]],
    "CY": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, -1j], [0, 0, 1j, 0]],
    "CZ": np.diag([1, 1, 1, -1]),
    "XCZ": [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]],
    "SWAP": [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
    "ISWAP": [[1, 0, 0, 0], [0, 0, 1j, 0], [0, 1j, 0, 0], [0, 0, 0, 1]],
    "SQRT_X": [[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]],
    "SQRT_ZZ": np.diag([1, 1j, 1j, 1]),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_matrices(name):
    np.testing.assert_allclose(gates.unitary(name), TEXTBOOK[name], atol=1e-15)


@pytest.mark.parametrize("name", [name for name in gates.names() if name.endswith("_DAG")])
def test_dagger_pairs(name):
    np.testing.assert_allclose(
        gates.unitary(name), gates.unitary(name.removesuffix("_DAG")).conj().T, atol=1e-15
    )


@pytest.mark.parametrize("name", [name for name in gates.names() if name.startswith("SQRT_")])
def test_square_roots(name):
    pauli = operator(name.removesuffix("_DAG").removeprefix("SQRT_"))
    np.testing.assert_allclose(np.linalg.matrix_power(gates.unitary(name), 2), pauli, atol=1e-15)


@pytest.mark.parametrize(("control", "target"), list(product("XYZ", repeat=2)))
def test_controlled_paulis(control, target):
    """Acts as the target Pauli on the -1 eigenspace of the control Pauli and not on the other."""
    name = f"{control}C{target}" if control != "Z" else f"C{target}"
    u = gates.unitary(name)
    values, vectors = np.linalg.eigh(operator(control))
    for value, vector in zip(values, vectors.T, strict=True):
        for basis in np.eye(2):
            moved = operator(target) @ basis if value < 0 else basis
            np.testing.assert_allclose(u @ np.kron(vector, basis), np.kron(vector, moved), atol=1e-15)


def test_cycles_and_exchanges():
    assert gates.images("C_XYZ") == {"X": "+Y", "Z": "+X"}
    assert gates.images("C_ZYX") == {"X": "+Z", "Z": "+Y"}
    assert gates.images("H_XY") == {"X": "+Y", "Z": "-Z"}
    assert gates.images("H_YZ") == {"X": "-X", "Z": "+Y"}
    assert gates.images("ISWAP") == {"XI": "+ZY", "ZI": "+IZ", "IX": "+YZ", "IZ": "+ZI"}


def test_table_agrees_with_stim():
    stim = pytest.importorskip("stim")
    for name in CLIFFORD:
        # Stim's matrices are little-endian: its first target is the right factor.
        theirs = stim.gate_data(name).unitary_matrix
        if gates.num_qubits(name) == 2:
            theirs = theirs.reshape(2, 2, 2, 2).transpose(1, 0, 3, 2).reshape(4, 4)
        np.testing.assert_allclose(gates.unitary(name), theirs, atol=1e-6)


ANGLES = np.array([[0.0, 0.3, -2.0], [np.pi, 7.0, 100.0]])


def on_one(u):
    """Apply u to qubit 1 where qubit 0 is |1>."""
    return block_diag(np.eye(2), u)


@pytest.mark.parametrize("pauli", ["X", "Y", "Z", "XX", "YY", "ZZ"])
def test_rotations(pauli):
    made = gates.unitary(f"R{pauli}", ANGLES)
    assert made.shape == (2, 3) + 2 * (2 ** len(pauli),)
    for index in np.ndindex(2, 3):
        want = expm(-0.5j * ANGLES[index] * operator(pauli))
        np.testing.assert_allclose(made[index], want, atol=1e-13)
    assert channels.unitary(f"R{pauli}", ANGLES).batch_shape == (2, 3)


@pytest.mark.parametrize("pauli", "XYZ")
def test_controlled_rotations(pauli):
    for angle in ANGLES.flat:
        want = on_one(expm(-0.5j * angle * operator(pauli)))
        np.testing.assert_allclose(gates.unitary(f"CR{pauli}", angle), want, atol=1e-13)


def test_phases():
    for angle in ANGLES.flat:
        phase = np.diag([1.0, np.exp(1j * angle)])
        np.testing.assert_allclose(gates.unitary("PHASE", angle), phase, atol=1e-13)
        np.testing.assert_allclose(gates.unitary("CPHASE", angle), on_one(phase), atol=1e-13)
    np.testing.assert_allclose(gates.unitary("PHASE", np.pi / 4), gates.unitary("T"), atol=1e-15)


def test_any_one_qubit_gate():
    theta, phi, lam = np.random.default_rng(3).uniform(-6, 6, size=(3, 20))
    c, s = np.cos(theta / 2), np.sin(theta / 2)
    want = [[c, -np.exp(1j * lam) * s], [np.exp(1j * phi) * s, np.exp(1j * (phi + lam)) * c]]
    np.testing.assert_allclose(gates.unitary("U3", theta, phi, lam), np.moveaxis(want, 2, 0), atol=1e-14)
    assert gates.unitary("U3", theta, 0.0, lam[:, None]).shape == (20, 20, 2, 2)


def test_three_qubit_gates_permute():
    """On basis states |a b c>, a phase of CCZ apart."""
    for a, b, c in product((0, 1), repeat=3):
        start = np.eye(8)[4 * a + 2 * b + c]
        moved = 4 * a + 2 * b + (c ^ (a & b))
        np.testing.assert_array_equal(gates.unitary("CCX") @ start, np.eye(8)[moved])
        swapped = 4 * a + 2 * c + b if a else 4 * a + 2 * b + c
        np.testing.assert_array_equal(gates.unitary("CSWAP") @ start, np.eye(8)[swapped])
        np.testing.assert_array_equal(gates.unitary("CCZ") @ start, (-1) ** (a & b & c) * start)


@pytest.mark.parametrize("name", [name for name in gates.names() if gates.num_parameters(name)])
def test_hostile_parameters(name):
    rest = (0.0,) * (gates.num_parameters(name) - 1)
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match=r"(angle|theta) = .* is not allowed: it must be finite"):
            gates.unitary(name, [0.1, bad], *rest)
    for bad in ("1", None, True, 1j):
        with pytest.raises(TypeError, match=r"angle|theta"):
            gates.unitary(name, bad, *rest)
    with pytest.raises(TypeError, match=f"{name} takes . parameters"):
        gates.unitary(name)
    with pytest.raises(TypeError, match=f"{name} takes . parameters"):
        channels.unitary(name, 0.1, *rest, 0.1)
    assert np.isfinite(gates.unitary(name, 1e308, *rest)).all()
    assert len(gates.unitary(name, [], *rest)) == 0


def test_a_channel_has_two_qubits_at_most():
    with pytest.raises(ValueError, match="gate = CCX is not allowed: a Channel acts on one or two qubits"):
        channels.unitary("CCX")
    with pytest.raises(TypeError, match="takes no parameters"):
        channels.unitary(np.eye(2), 0.1)


@pytest.mark.parametrize(
    "look_up",
    [
        gates.unitary,
        gates.images,
        gates.is_clifford,
        gates.num_qubits,
        gates.num_parameters,
        channels.unitary,
    ],
)
def test_unknown_gates(look_up):
    for bad in ("", "h", "CNOT", "X" * 10_000):
        with pytest.raises(ValueError, match=r"gate = .* is not allowed: it must be one of I X Y"):
            look_up(bad)
    if look_up is not channels.unitary:
        for bad in (None, 3, b"X"):
            with pytest.raises(TypeError, match="gate"):
                look_up(bad)

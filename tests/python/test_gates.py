"""The gate table against conjugation in NumPy and textbook relations."""

from itertools import product

import numpy as np
import pytest

from ebit import channels, gates
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
    u = gates.unitary(name)
    d = 2 ** gates.num_qubits(name)
    assert u.shape == (d, d)
    np.testing.assert_allclose(u.conj().T @ u, np.eye(d), atol=1e-15)
    channel = channels.unitary(name)
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


def test_only_the_t_gates_are_not_clifford():
    assert set(gates.names()) - set(CLIFFORD) == {"T", "T_DAG"}
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
    for name in set(gates.names()) - {"T", "T_DAG"}:
        # Stim's matrices are little-endian: its first target is the right factor.
        theirs = stim.gate_data(name).unitary_matrix
        if gates.num_qubits(name) == 2:
            theirs = theirs.reshape(2, 2, 2, 2).transpose(1, 0, 3, 2).reshape(4, 4)
        np.testing.assert_allclose(gates.unitary(name), theirs, atol=1e-6)


@pytest.mark.parametrize(("rotation", "pauli"), [(gates.rx, "X"), (gates.ry, "Y"), (gates.rz, "Z")])
def test_rotations(rotation, pauli):
    from scipy.linalg import expm

    angles = np.array([[0.0, 0.3, -2.0], [np.pi, 7.0, 100.0]])
    made = rotation(angles)
    assert made.shape == (2, 3, 2, 2)
    for index in np.ndindex(2, 3):
        want = expm(-0.5j * angles[index] * operator(pauli))
        np.testing.assert_allclose(made[index], want, atol=1e-13)
    assert channels.unitary(made).batch_shape == (2, 3)


@pytest.mark.parametrize("rotation", [gates.rx, gates.ry, gates.rz])
def test_hostile_angles(rotation):
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match=r"angle = .* is not allowed: it must be finite"):
            rotation([0.1, bad])
    for bad in ("1", None, True, 1j):
        with pytest.raises(TypeError, match="angle"):
            rotation(bad)
    assert np.isfinite(rotation(1e308)).all()
    assert rotation([]).shape == (0, 2, 2)


@pytest.mark.parametrize(
    "look_up", [gates.unitary, gates.images, gates.is_clifford, gates.num_qubits, channels.unitary]
)
def test_unknown_gates(look_up):
    for bad in ("", "h", "CNOT", "X" * 10_000):
        with pytest.raises(ValueError, match=r"gate = .* is not allowed: it must be one of I X Y"):
            look_up(bad)
    if look_up is not channels.unitary:
        for bad in (None, 3, b"X"):
            with pytest.raises(TypeError, match="gate"):
                look_up(bad)

"""Stand-in for `_core.BilinearTable`."""

import numpy as np

from ebit import _core


class BilinearTable:
    def __init__(self, num_left, num_right, num_out, num_bits, out, left, right, character, coefficient):
        self.num_left, self.num_right, self.num_out, self.num_bits = num_left, num_right, num_out, num_bits
        self.columns = (out, left, right, character, coefficient)
        self.batch = None if coefficient.ndim == 1 else coefficient.shape[1]

    def branches(self, left, right):
        """Unnormalised, shape (outcomes, rows, elements)."""
        out, i, j, s, c = self.columns
        c = c.reshape(len(c), -1)
        a = left.coefficients.reshape(4**self.num_left, -1)
        b = right.coefficients.reshape(4**self.num_right, -1)
        products = c * a[i] * b[j]
        branches = np.zeros((2**self.num_bits, 4**self.num_out, products.shape[1]))
        for m in range(2**self.num_bits):
            signs = (-1.0) ** np.bitwise_count(s & m)
            np.add.at(branches[m], out, signs[:, None] * products)
        return branches

    @staticmethod
    def _write(state, branch):
        probability = branch[0].copy()
        fine = probability >= 1e-12
        branch = np.where(fine, branch / np.where(fine, probability, 1.0), 0.0)
        branch[0] = 1.0
        state.coefficients[...] = branch.reshape(state.coefficients.shape)
        return probability

    def average(self, left, right, accepted, state, threads):
        return self._write(state, self.branches(left, right)[accepted.astype(bool)].sum(axis=0))

    def sample(self, left, right, key, state, threads):
        branches = self.branches(left, right)
        n = branches.shape[2]
        u = np.concatenate([_core.Stream(key, b, 0).uniform(1024) for b in range(-(-n // 1024))])[:n]
        cumulative = np.cumsum(np.maximum(branches[:, 0], 0.0), axis=0)
        outcome = (cumulative <= u * cumulative[-1]).sum(axis=0).clip(max=len(branches) - 1)
        return outcome.astype(np.uint8), self._write(state, branches[outcome, :, np.arange(n)].T)

    def branch(self, left, right, outcome, state, threads):
        branches = self.branches(left, right)
        n = branches.shape[2]
        chosen = branches[np.broadcast_to(outcome, n), :, np.arange(n)].T
        return self._write(state, chosen)

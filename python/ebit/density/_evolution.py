"""What time does to a density matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import require
from ebit.density._operations import as_qubits

if TYPE_CHECKING:
    from ebit.density.lindblad import Lindbladian


class Evolution(_core.DensityMatrix):
    """Methods of `DensityMatrix`."""

    __slots__ = ()

    def evolve(self, lindbladian: Lindbladian, time: npt.ArrayLike, *qubits: int) -> None:
        """Let some of the qubits evolve for some time, in place.

        Parameters
        ----------
        lindbladian : Lindbladian
            On 1 to 4 qubits.
        time : float or array_like, shape (N,)
            Seconds, non-negative and finite, for all states of a batch or one for each.
        *qubits : int
            Those that evolve, in the order of the generator; all of them if none is named.

        Raises
        ------
        ValueError
            If a time is out of range, or the shapes do not fit.
        TypeError
            If `lindbladian` is of another type, or the number of qubits is not its own.

        Examples
        --------
        >>> import numpy as np, ebit
        >>> precession = ebit.Lindbladian(1, {"Z": 0.5 * 2 * np.pi})
        >>> state = ebit.DensityMatrix(1, batch=3)
        >>> state.apply("H", 0)
        >>> state.evolve(precession, [0.0, 0.25, 0.5], 0)
        >>> state.coefficients[1:3].round(12) + 0.0
        array([[ 1.,  0., -1.],
               [ 0.,  1.,  0.]])
        """
        from ebit.density.lindblad import Lindbladian

        require("lindbladian", lindbladian, Lindbladian)
        n, k = self.num_qubits, lindbladian.num_qubits
        places = as_qubits(qubits or tuple(range(n)), k, n)
        times = lindbladian._times(time)
        if times.shape not in [(), (self.batch,)]:
            allowed = "a number" if self.batch is None else f"a number or an array of {self.batch}"
            raise ValueError(f"time has shape {times.shape}: it must be {allowed}")
        tensor = self.coefficients.reshape((4,) * n + (-1,))
        moved = np.moveaxis(tensor, places, range(k))
        rows = moved.reshape(4**k, -1)
        if times.ndim == 0:
            evolved = lindbladian.transfer(times) @ rows
        else:
            others = rows.shape[1] // len(times)
            evolved = lindbladian._exponential.act(rows, np.tile(times, others))
        moved[...] = evolved.reshape(moved.shape)

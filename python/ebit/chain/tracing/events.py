"""What happens on the way to one delivered pair, and the notebook it is written into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from ebit.chain.description import Chain
from ebit.chain.tracing.states import State

#: What an event can be.
KINDS = ("link", "swap", "failed_swap", "distillation", "failed_distillation", "cutoff", "delivered")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to pairs of a chain.

    Attributes
    ----------
    time : float
        Seconds from the start of the shot.
    kind : str
        "link": a segment made a pair. "swap", "failed_swap": the inner nodes measured. "distillation",
        "failed_distillation": two pairs of the same nodes became one, or none. "cutoff": pairs were given
        up. "delivered": the pair between the ends.
    nodes : tuple of int
        The nodes that the pairs span, from left to right; of a swap also those that measured.
    ends : tuple of int
        Numbers of the pairs that were used up or lost.
    begins : int or None
        Number of the pair that was made.

    Examples
    --------
    >>> import ebit
    >>> trace = ebit.trace(ebit.Chain([ebit.links.ideal(p_success=1.0)] * 2), rng=7)
    >>> trace.events[2]
    Event(time=1.0, kind='swap', nodes=(0, 1, 2), ends=(0, 1), begins=2)
    """

    time: float
    kind: str
    nodes: tuple[int, ...]
    ends: tuple[int, ...] = ()
    begins: int | None = None


@dataclass(frozen=True, slots=True)
class PairLife:
    """A pair of qubits from its making to its end.

    Attributes
    ----------
    number : int
        As in `Event`; pairs are numbered in the order of their making.
    nodes : tuple of two int
        Its left and its right node.
    made, ended : float
        Seconds from the start of the shot; a pair that is left over ends at the delivery.

    Examples
    --------
    >>> import ebit
    >>> trace = ebit.trace(ebit.Chain([ebit.links.ideal(p_success=1.0)] * 2), rng=7)
    >>> trace.pairs[2]
    PairLife(number=2, nodes=(0, 2), made=1.0, ended=1.0)
    """

    number: int
    nodes: tuple[int, int]
    made: float
    ended: float


@dataclass(frozen=True)
class Trace:
    """One delivery, event by event.

    Attributes
    ----------
    chain : Chain
    key : int
        The run key that the random numbers came from.
    events : tuple of Event
        In the order of time; the last one is the delivery. Of events at one time causes come first.
    attempts : int
        Link attempts made, counted as in `ebit.Run`.

    Examples
    --------
    >>> import ebit
    >>> trace = ebit.trace(ebit.Chain([ebit.links.ideal(p_success=1.0)] * 2), rng=7)
    >>> [event.kind for event in trace.events], trace.delivery_time, trace.attempts
    (['link', 'link', 'swap', 'delivered'], 1.0, 2)
    """

    chain: Chain
    key: int
    events: tuple[Event, ...]
    attempts: int

    @property
    def delivery_time(self) -> float:
        """Seconds from the start of the shot to the delivery of its pair."""
        return self.events[-1].time

    @cached_property
    def pairs(self) -> tuple[PairLife, ...]:
        """All pairs that were made, lost ones included."""
        ended = {number: event.time for event in self.events for number in event.ends}
        return tuple(
            PairLife(
                event.begins,
                (event.nodes[0], event.nodes[-1]),
                event.time,
                ended.get(event.begins, self.delivery_time),
            )
            for event in self.events
            if event.begins is not None
        )


@dataclass(slots=True)
class Held:
    """A pair that is held by two nodes; times are in units of the log."""

    number: int
    left: int
    right: int
    made: float
    first: int  # numbers of the links that its qubits belonged to
    last: int
    oldest: float  # when the oldest link that it is made of came
    state: State | None = None  # where what happens depends on it


@dataclass
class Log:
    """The notebook: events as they are told, in an order in which causes come first."""

    unit: float  # seconds per unit of time
    whole: bool  # whether times are whole units, the slots that all links share
    max_events: int
    events: list[Event] = field(default_factory=list)
    attempts: int = 0
    _told: int = 0
    _looks: int = 0

    def look(self) -> None:
        """Count a slot that was looked at, so that slots without events come to an end too."""
        self._looks += 1
        self._check(self._looks, "slots")

    def tell(self, time: float, kind: str, nodes: Iterable[int], ends: Iterable[int] = ()) -> None:
        """Write down an event after which no new pair is there."""
        self._write(Event(time, kind, tuple(nodes), tuple(ends)))

    def make(self, time: float, kind: str, nodes: Iterable[int], of: Iterable[Held] = ()) -> Held:
        """Write down an event that makes a pair of pairs, or of nothing, and return the pair."""
        nodes, of = tuple(nodes), tuple(of)
        number = self._told
        oldest = min([pair.oldest for pair in of], default=time)
        first, last = (of[0].first, of[-1].last) if of else (number, number)
        made = Held(number, nodes[0], nodes[-1], time, first, last, oldest)
        self._write(Event(time, kind, nodes, tuple(pair.number for pair in of), made.number))
        return made

    def give_up(self, since: int, time: float, nodes: Iterable[int]) -> None:
        """End at `time` what began with event `since`: nothing later happens, and its pairs are lost."""
        happened = [event for event in self.events[since:] if event.time <= time * (1.0 + 1e-12)]
        alive = {event.begins for event in happened} - {None} - {n for e in happened for n in e.ends}
        self.events[since:] = happened
        self.tell(time, "cutoff", nodes, sorted(number for number in alive if number is not None))

    def trace(self, chain: Chain, key: int) -> Trace:
        """Return all that was told, in the order of time and with times in seconds."""
        events = sorted(self.events, key=lambda event: event.time)  # stable: causes stay first
        made = [event.begins for event in events if event.begins is not None]
        number = {old: new for new, old in enumerate(made)}
        return Trace(
            chain,
            key,
            tuple(
                Event(
                    event.time * self.unit,
                    event.kind,
                    event.nodes,
                    tuple(number[old] for old in event.ends),
                    None if event.begins is None else number[event.begins],
                )
                for event in events
            ),
            self.attempts,
        )

    def _write(self, event: Event) -> None:
        self._told += 1
        self._check(self._told, "events")
        self.events.append(event)

    def _check(self, count: int, what: str) -> None:
        if count > self.max_events:
            raise RuntimeError(
                f"no pair after max_events = {self.max_events} {what}: the chain hardly ever delivers, or "
                "allow more"
            )

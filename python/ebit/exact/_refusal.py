"""What is said where there is no exact answer."""


class NotCovered(ValueError):
    """The chain has no exact answer here; the message says why, and what size it would take.

    Examples
    --------
    >>> import ebit
    >>> links = [ebit.links.ideal(0.5, attempt_time=time) for time in (1.0, 2.0)]
    >>> try:
    ...     ebit.exact.waiting_time(ebit.Chain(links))
    ... except ebit.exact.NotCovered as refusal:
    ...     print(refusal)
    no exact answer for links of different attempt times (1.0 and 2.0 s)
    """

from ebit.exact._refusal import NotCovered

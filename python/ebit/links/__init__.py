"""Hardware of heralded links: media, detectors, converters, and the schemes that make pairs of them."""

from ebit.links.elementary_link import ElementaryLink
from ebit.links.free_space import Fading, FreeSpace, slant_range
from ebit.links.hardware import Detector, FrequencyConverter
from ebit.links.media import Fibre
from ebit.links.schemes import double_click, ideal, single_click, spdc_midpoint

__all__ = [
    "Detector",
    "ElementaryLink",
    "Fading",
    "Fibre",
    "FreeSpace",
    "FrequencyConverter",
    "double_click",
    "ideal",
    "single_click",
    "slant_range",
    "spdc_midpoint",
]

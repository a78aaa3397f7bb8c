"""Template tags for the result of an audition."""

from django import template

from voices.models import HIGHEST, LOWEST

register = template.Library()

MARGIN = 2.0  # per cent on each side, for the dots at the ends of the scale


@register.filter
def on_scale(score: float) -> str:
    """Return where a score is on the chart's scale, as an SVG length."""
    share = (score - LOWEST) / (HIGHEST - LOWEST)
    return f"{MARGIN + (100 - 2 * MARGIN) * share:.2f}%"


@register.simple_tag
def scale_marks() -> range:
    """Return the scores that the chart's scale marks."""
    return range(LOWEST, HIGHEST + 1)

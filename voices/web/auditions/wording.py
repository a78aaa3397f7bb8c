"""Sentences about the result of an audition."""

from voices.library.auditions import Result

NO_DIFFERENCE = "No clear difference"
NOBODY_RATED = "Nobody rated the voices"


def headline(result: Result) -> str:
    """Return the sentence about the voice with the highest mean."""
    names = [one.voice.name for one in result.first]
    if not names:
        return NOBODY_RATED
    if len(result.ranked) == 1:
        return f"Only {names[0]} was rated"
    if len(names) == 1:
        return f"{names[0]} is ahead"
    if len(names) == len(result.ranked):
        return NO_DIFFERENCE
    return f"{NO_DIFFERENCE} between {', '.join(names[:-1])} and {names[-1]}"

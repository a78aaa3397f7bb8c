"""Form fields that read names."""

from typing import Any

from django import forms

from voices.kit.names import clean_name


class LineField(forms.CharField):
    """One line of text, cleaned as every name is, of at most `limit` characters as people count them.

    Not `max_length`: it counts before cleaning, and browsers count other units for it and cut what is pasted.
    """

    def __init__(self, *, limit: int, **options: Any) -> None:
        super().__init__(**options)
        self.limit = limit
        self.widget.attrs["data-most"] = str(limit)  # for the counter in the page

    def to_python(self, value: Any) -> str:
        """Return the cleaned text."""
        return clean_name(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        """Refuse a text that is too long, and say by how much."""
        super().validate(value)
        if len(value) > self.limit:
            raise forms.ValidationError(f"This has {len(value)} characters. The limit is {self.limit}.")

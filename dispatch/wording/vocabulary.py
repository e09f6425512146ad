"""What all sections of the catalogue have in common."""

from __future__ import annotations

from keyword import iskeyword

from pydantic import BaseModel, ConfigDict


class Vocabulary(BaseModel):
    """
    Words that are used together, by name.

    A language has every word of a section and no other. `{name}` in a word stands for a value;
    a word has the same names in every language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __getitem__(self, name: str) -> str:
        """Return a word by its name, where the name is data: the code of a reason, say."""
        word: str = getattr(self, f"{name}_" if iskeyword(name) else name)
        return word

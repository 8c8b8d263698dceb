"""What the host has made of the chat: its name, its accent and its icon."""

from collections.abc import Mapping

from msgspec import Struct

NAME = "Simple Chat"
"""The name of a chat whose host has given it none."""


class Branding(Struct, frozen=True):
    """The name, the accent and the icon of this chat. Empty is what the host has not chosen."""

    chosen_name: str = ""
    accent: str = ""
    """A colour such as `#0a7d5a`."""
    icons: Mapping[str, bytes] = {}
    """The icon in all sizes, as PNG, by the names in `services/files/decoding/icons.py`."""
    version: str = ""
    """Changes with the icon."""
    first_steps_are_over: bool = False
    """Whether administrators are no longer offered the first steps."""

    @property
    def name(self) -> str:
        """The name of the chat."""
        return self.chosen_name or NAME

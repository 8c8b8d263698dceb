"""The keyboard: shortcuts, and moving the focus by arrow keys."""

"""For screen readers, for fingers, and for themes of high contrast."""

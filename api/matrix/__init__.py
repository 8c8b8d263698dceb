"""A part of the Matrix client-server API, for bots and apps: see `docs/matrix.md`."""

"""Pages and message actions of your own: every file here is found by itself.

See `docs/editing-the-ui.md`. The two that are here are examples.
"""

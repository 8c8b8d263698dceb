"""The window of its own that `--native` opens.

The server (`launch.py`) starts it in another process, in which `window.py` runs beside pywebview.
"""

"""Everything that is drawn, and the only place that knows NiceGUI.

One file for each part one can point at on the screen; `page.py` puts them together and
calls the services; `live.py` shows what has happened to everyone who looks; `server/`
holds what a student who changes pages need not read.
"""

"""Everything that is drawn, and the only package that imports NiceGUI.

`routes.py` says what is shown at which address, and `page.py` is one open tab. Each part of the
product has a package with its views, its handlers (`handlers.py`, `*_handlers.py`) and its
JavaScript. `realtime/` sends open pages what happens. `custom/` is for pages and actions of your
own. `server/` is what a student who changes pages need not read.
"""

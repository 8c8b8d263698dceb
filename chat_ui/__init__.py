"""Everything that is drawn, and the only place that knows NiceGUI.

One file for each part one can point at on the screen. `addresses.py` says which of them is
shown where, `page.py` puts them together, `handlers/` call the services for what people
do, and `live.py` shows everyone who looks what has happened. `server/` holds what a student
who changes pages need not read.
"""

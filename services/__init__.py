"""Everything that can be done here: accounts, sessions, rooms, messages. Knows no NiceGUI.

Each verb takes first *who asks* and goes three steps: check, do, notify.
"""

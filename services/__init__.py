"""Everything that can be done here: accounts, sessions, rooms, messages. Does not import NiceGUI.

A service function takes first who asks; one that changes something does three steps: check, do,
notify.
"""

"""Simple Chat: `python main.py` serves it here and opens a browser tab."""

from chat_ui.server import command_line

if __name__ == "__main__":
    command_line.run()

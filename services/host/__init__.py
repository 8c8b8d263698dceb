"""What the host sets up: how the chat is called and looks, certificates, and the first steps."""

"""Forms: fields and buttons, what is not sent yet, and suggestions while typing."""

"""The data folder, and writing to it so that a crash leaves no half."""

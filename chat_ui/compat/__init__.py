"""Changes to other people's libraries, one file each."""

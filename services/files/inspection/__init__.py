"""What a received file is, without decoding it, and whether it is clean."""

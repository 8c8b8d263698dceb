"""Every change made to a library of somebody else, one file each: see `registry` and docs/compat.md."""

"""What is new for a person since a position: for apps, which ask instead of keeping pages open."""

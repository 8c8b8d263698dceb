"""Where files are kept: the data folder, or a bucket of S3."""

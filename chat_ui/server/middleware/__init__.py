"""What every request and answer passes: authentication, headers, compression."""

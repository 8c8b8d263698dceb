"""What is in `deploy/`: proxies before several processes, and all of it in containers."""

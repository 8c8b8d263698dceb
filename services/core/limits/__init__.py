"""How often something may be done, and whose turn it is: rate limits and fair queues."""

"""Several processes on one database: what each hears of the others, and which one does the jobs."""

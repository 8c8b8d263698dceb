"""Who may create an account, and creating it: with invites and the setup code."""

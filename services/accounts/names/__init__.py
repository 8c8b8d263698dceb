"""Names of users: which are allowed, telling them apart, finding them."""

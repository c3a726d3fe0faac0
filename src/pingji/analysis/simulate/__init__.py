"""A synthetic county: its people, what its surveillance would report, and an outbreak among them."""

"""What is allowed: the shape of a profile, the moves of a deadline, who may change a figure."""

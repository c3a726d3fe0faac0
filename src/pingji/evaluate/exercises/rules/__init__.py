"""What is allowed in an exercise, and what a scenario must say."""

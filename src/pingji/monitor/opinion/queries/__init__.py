"""What is shown and counted of posts and rumours."""

"""How posts are read, and who may check, answer and close a rumour."""

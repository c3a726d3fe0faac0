"""Agreement with stored outputs of the reference implementations, file by file."""

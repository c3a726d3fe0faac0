# Django has no types of its own. What is said here is what the checker must know of it: that
# members of TextChoices are texts. Everything else of Django is taken as it comes.
from typing import Any

def __getattr__(name: str) -> Any: ...

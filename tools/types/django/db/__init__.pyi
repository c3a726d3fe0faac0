from typing import Any

from django.db import models as models

def __getattr__(name: str) -> Any: ...

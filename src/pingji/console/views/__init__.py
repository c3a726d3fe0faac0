"""The cross-stage screens, the reader's choices, and the pages shown when something went wrong."""

from pingji.console.views.choices import choose_density, choose_language, choose_theme
from pingji.console.views.pages import home, map_data, map_page, search, tasks, wall
from pingji.console.views.trouble import bad_request, failed, forbidden, not_found

__all__ = [
    "bad_request",
    "choose_language",
    "choose_density",
    "choose_theme",
    "failed",
    "forbidden",
    "home",
    "map_data",
    "map_page",
    "not_found",
    "search",
    "tasks",
    "wall",
]

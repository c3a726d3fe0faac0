"""The cross-stage screens, the reader's choices, and the pages shown when something went wrong."""

from pingji.console.views.choices import choose_density, choose_language, choose_theme
from pingji.console.views.maps import map_data, map_list, map_page, map_part
from pingji.console.views.pages import home, search, tasks, wall
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
    "map_list",
    "map_page",
    "map_part",
    "not_found",
    "search",
    "tasks",
    "wall",
]

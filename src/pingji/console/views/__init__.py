"""The cross-stage screens, the reader's choices, and the pages shown when something went wrong."""

from pingji.console.views.choices import choose_density, choose_language, choose_theme
from pingji.console.views.leader import leader, nudge, read_changes, read_incident
from pingji.console.views.maps import map_data, map_list, map_page, map_part
from pingji.console.views.pages import home, search, tasks
from pingji.console.views.trouble import bad_request, failed, forbidden, not_found
from pingji.console.views.wall import join_wall, wall, wall_map

__all__ = [
    "bad_request",
    "choose_language",
    "choose_density",
    "choose_theme",
    "failed",
    "forbidden",
    "home",
    "join_wall",
    "leader",
    "map_data",
    "map_list",
    "map_page",
    "map_part",
    "not_found",
    "nudge",
    "read_changes",
    "read_incident",
    "search",
    "tasks",
    "wall",
    "wall_map",
]

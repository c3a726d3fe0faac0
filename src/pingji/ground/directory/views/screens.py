"""Screens on a wall, as an administrator lets them in and takes them back."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import may
from pingji.ground.directory import actions, rules
from pingji.ground.directory.forms import WallScreenForm
from pingji.ground.directory.models import WallScreen
from pingji.ground.directory.views.asking import answered


@never_cache
@login_required
def wall_screens(request: HttpRequest) -> HttpResponse:
    """Which screens show the wall page; a new one's code is shown this once."""
    rules.check_can_edit_wall_screens(request.user)
    now = timezone.now()
    form = WallScreenForm(request.POST or None)
    made = answered(form, actions.add_wall_screen, by=request.user, at=now)
    added, code = made or (None, None)
    rows = list(WallScreen.objects.visible_to(request.user).select_related("area", "added_by"))
    for row in rows:
        row.waits = row.joined_at is None and row.revoked_at is None and row.code_until > now
        row.may_revoke = may(rules.check_can_revoke_wall_screen, request.user, row)
    shown = {"form": WallScreenForm() if made else form, "rows": rows, "code": code, "added": added}
    return render(request, "directory/wall_screens.html", shown)


@login_required
@require_POST
def revoke_wall_screen(request: HttpRequest, screen_id: int) -> HttpResponse:
    """Take a screen back."""
    screen = get_object_or_404(WallScreen.objects.visible_to(request.user), pk=screen_id)
    actions.revoke_wall_screen(screen=screen, by=request.user, at=timezone.now())
    return redirect("directory:wall_screens")

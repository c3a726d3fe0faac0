"""Papers of joint prevention: letters, proofs that they went out, notices of requisition."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms import ProofForm
from pingji.respond.incidents.models import CircularProof, CircularReceiver, Order, Requisition
from pingji.respond.incidents.views.consultations import check_paper, paper
from pingji.respond.incidents.views.joint import answered_on


@require_POST
@login_required
def prove_circular(request: HttpRequest, receiver_id: int) -> HttpResponse:
    """Write down how a circular went out, with its proof."""
    receiver = _receiver(request, receiver_id)
    rules.check_sends(request.user, receiver)
    form = ProofForm(request.POST, request.FILES)
    return answered_on(request, form, receiver, actions.prove_circular, receiver=receiver)


@never_cache
@login_required
def letter(request: HttpRequest, receiver_id: int, language: str, form: str) -> HttpResponse:
    """A circular as a letter to one receiver."""
    check_paper(language, form)
    receiver = _receiver(request, receiver_id)
    content = actions.fetch_letter(
        receiver=receiver, language=language, form=form, by=request.user, at=timezone.now()
    )
    return paper(content, form, f"pingji-circular-{receiver.pk}-{language}")


@never_cache
@login_required
def proof_file(request: HttpRequest, proof_id: int) -> HttpResponse:
    """The file beside a proof, for whoever sees the receiver it is of."""
    rules.check_can_view_orders(request.user)
    seen = CircularReceiver.objects.visible_to(request.user)
    rows = CircularProof.objects.filter(receiver__in=seen).exclude(sha256="")
    row = get_object_or_404(rows, pk=proof_id)
    return FileResponse(
        row.file.open("rb"),
        as_attachment=not row.is_photo,
        filename=row.name,
        content_type=row.media_type,
    )


@never_cache
@login_required
def requisition_paper(
    request: HttpRequest, requisition_order_id: int, language: str, form: str
) -> HttpResponse:
    """The notice that a facility is taken over, for whoever sees its order."""
    check_paper(language, form)
    rules.check_can_view_orders(request.user)
    seen = Order.objects.visible_to(request.user)
    rows = Requisition.objects.filter(order__in=seen).select_related(
        *("order__incident", "order__organisation", "order__issued_by", "order__acknowledged_by"),
        *("facility__area", "facility__organisation"),
    )
    taken = get_object_or_404(rows, order=requisition_order_id)
    content = actions.fetch_requisition(
        requisition=taken, language=language, form=form, by=request.user, at=timezone.now()
    )
    return paper(content, form, f"pingji-requisition-{requisition_order_id}-{language}")


def _receiver(request: HttpRequest, receiver_id: int) -> CircularReceiver:
    rules.check_can_view_orders(request.user)
    rows = CircularReceiver.objects.visible_to(request.user).select_related(
        "circular__incident", "circular__area", "circular__issued_by__organisation", "organisation"
    )
    return get_object_or_404(rows, pk=receiver_id)

"""Keep the proof that a circular left for, or came back from, somebody outside the program."""

from datetime import datetime
from functools import partial

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note, publish
from pingji.respond.incidents import rules
from pingji.respond.incidents.actions.order_reports import BEGINNING, facts_of, kept_as
from pingji.respond.incidents.actions.papers import printed
from pingji.respond.incidents.models import CircularProof, CircularReceiver, Requisition
from pingji.respond.incidents.queries.joint_papers import letter, requisition_paper


@transaction.atomic
def prove_circular(
    *,
    receiver: CircularReceiver,
    means: str,
    said: str,
    by: User,
    at: datetime,
    file: UploadedFile | None = None,
) -> CircularProof:
    """Write down how a circular went to a receiver, with the letter or the mail as it left.

    Args:
        receiver: Whom it went to.
        means: By letter, e-mail, fax or telephone.
        said: To whom there, and when.
        by: Who sent it.
        at: When this is written down.
        file: The letter's receipt or the mail; a call leaves none.
    """
    rows = CircularReceiver.objects.select_for_update(of=("self",))
    receiver = rows.select_related("circular", "organisation").get(pk=receiver.pk)
    rules.check_sends(by, receiver)
    rules.check_proof(means, said, has_file=file is not None)

    made = keep_proof(receiver, CircularProof.Step.SENT, means, said, file, by=by, at=at)
    publish("incidents", area=receiver.circular.area_id)
    return made


def keep_proof(
    receiver: CircularReceiver,
    step: str,
    means: str,
    said: str,
    file: UploadedFile | None,
    *,
    by: User,
    at: datetime,
) -> CircularProof:
    """Put one proof beside a receiver, its file sealed, and a line on record."""
    made = CircularProof(
        receiver=receiver, step=step, means=means, said=said.strip()[:200], by=by, at=at
    )
    if file is not None:
        rules.check_files([(str(file.name), file.size or 0)])
        made.media_type = rules.media_type_of(str(file.name), file.read(BEGINNING))
        file.seek(0)
        about = facts_of(file)
        made.name, made.size, made.sha256 = about["name"], about["size"], about["sha256"]
        made.file.save(kept_as(made.sha256), file, save=False)
    made.save()
    note(
        "circular.proved",
        subject=receiver.circular,
        by=by,
        at=at,
        reason=f"{receiver.label} {made.said}",
        step=step,
        means=means,
        sha256=made.sha256,
    )
    return made


@transaction.atomic
def fetch_letter(
    *, receiver: CircularReceiver, language: str, form: str, by: User, at: datetime
) -> bytes:
    """A circular as a letter to one receiver; that it was fetched is on record."""
    content = printed(partial(letter, receiver), language=language, form=form)
    note(
        "circular.fetched",
        subject=receiver.circular,
        by=by,
        at=at,
        reason=receiver.label,
        form=form,
        language=language,
    )
    return content


@transaction.atomic
def fetch_requisition(
    *, requisition: Requisition, language: str, form: str, by: User, at: datetime
) -> bytes:
    """The notice that a facility is taken over, with its return once given back."""
    content = printed(partial(requisition_paper, requisition), language=language, form=form)
    note(
        "requisition.fetched",
        subject=requisition.order,
        by=by,
        at=at,
        form=form,
        language=language,
    )
    return content

"""Keep a document as Word and PDF files, in Chinese and in English."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import override

from pingji.respond.incidents.models.papers import Paper
from pingji.warn.alerts.actions.analyses.files import as_file
from pingji.warn.alerts.queries.analyses import Document


def printed(lay_out: Callable[[], Document], *, language: str, form: str) -> bytes:
    """A document as a file in one language."""
    with override(language):
        return as_file(lay_out(), form)


def keep_papers(
    table: type[Paper], lay_out: Callable[[], Document], *, at: datetime, **of: Any
) -> dict[str, str]:
    """Keep a document in every language and form; their digests, by file.

    Args:
        table: Where the files are kept.
        lay_out: Gives the document in the language in force.
        at: When.
        of: The row that the files are of.
    """
    digests = {}
    for language in Paper.Language.values:
        for form in Paper.Form.values:
            content = printed(lay_out, language=language, form=form)
            digests[f"{language}.{form}"] = hashlib.sha256(content).hexdigest()
            table._default_manager.create(
                language=language,
                form=form,
                content=content,
                size=len(content),
                digest=digests[f"{language}.{form}"],
                made_at=at,
                **of,
            )
    return digests

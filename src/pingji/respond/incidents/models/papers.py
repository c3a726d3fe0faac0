"""A document as a file, byte for byte; the database refuses to change or delete it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Paper(models.Model):
    """What minutes and reports have in common once they are files."""

    class Form(models.TextChoices):
        WORD = "docx", "Word"
        PDF = "pdf", "PDF"

        @property
        def content_type(self) -> str:
            """What a browser is told that the file is."""
            word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            return word if self == self.WORD else "application/pdf"

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "中文"
        ENGLISH = "en", "English"

    language = models.CharField(_("language"), max_length=10, choices=Language)
    form = models.CharField(_("form"), max_length=4, choices=Form)
    content = models.BinaryField(_("content"))
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.language}.{self.form}"

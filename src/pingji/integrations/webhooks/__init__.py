"""Notices to systems of other organisations, signed."""

from pingji.integrations.webhooks.sending import send

__all__ = ["send"]

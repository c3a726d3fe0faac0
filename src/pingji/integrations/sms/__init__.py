"""Text messages through the HTTP gateway of the county's operator."""

from pingji.integrations.sms.sending import send

__all__ = ["send"]

"""Why a message was not taken, in words: what was wrong, where, and what to do."""

from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What the answer kept as proof begins with: the name of the fault, where there was no answer.
FAULTS = {
    "ConnectionRefusedError": gettext_lazy(
        "%(where)s let no connection in: nothing listens there. Check address and port, and ask"
        " the other side to start its receiver."
    ),
    "TimeoutError": gettext_lazy(
        "%(where)s did not answer in time. Ask the other side whether its receiver runs and its"
        " firewall lets this server through."
    ),
    "no such host": gettext_lazy(
        "%(where)s was not found under its name. Check the spelling of the address and this"
        " server's name service."
    ),
    "cut off": gettext_lazy(
        "%(where)s cut the connection before it answered. Ask the other side to look into its"
        " receiver's log."
    ),
    "certificate": gettext_lazy(
        "With %(where)s no safe connection came about: its certificate is not accepted. Ask the"
        " other side to renew it."
    ),
    "no way": gettext_lazy(
        "From this server no way leads to %(where)s. Check this server's network connection."
    ),
    "not allowed": gettext_lazy(
        "%(where)s lies in a network that messages must not go to. Whoever runs this server can"
        " allow it with PINGJI_NOTICE_NETWORKS."
    ),
}
ALIKE = {
    "ConnectionResetError": "cut off",
    "ConnectionAbortedError": "cut off",
    "BrokenPipeError": "cut off",
    "RemoteDisconnected": "cut off",
    "IncompleteRead": "cut off",
    "BadStatusLine": "cut off",
    "SSLCertVerificationError": "certificate",
    "SSLError": "certificate",
    "SSLEOFError": "certificate",
    "SSLZeroReturnError": "certificate",
    "OSError": "no way",
}
# What the other side answered, by the first that fits its number.
ANSWERS = (
    (
        range(300, 400),
        gettext_lazy("%(where)s sends messages on to another address; enter that one instead."),
    ),
    (
        (401, 403),
        gettext_lazy(
            "%(where)s does not accept this sender. Compare key and secret with the other side."
        ),
    ),
    ((404, 410), gettext_lazy("At %(where)s there is no receiver. Check the address's path.")),
    (
        (408, 425, 429, *range(500, 600)),
        gettext_lazy(
            "%(where)s is busy or has a fault of its own. If it lasts, ask the other side."
        ),
    ),
    (
        range(400, 500),
        gettext_lazy(
            "%(where)s did not take the message. Its answer says why; ask the other side."
        ),
    ),
)


def in_words(answer: str, to: str) -> str:
    """What was wrong, where and what to do; empty where the answer tells of no trouble known.

    Args:
        answer: What was kept of the other side's answer, or of the fault.
        to: The address it was sent to; empty for the gateway of text messages.
    """
    parts = urlsplit(to)
    where = parts.netloc.rpartition("@")[2] or _("The text message gateway")
    said = _fault(answer) or _answered(answer)
    return said % {"where": where} if said else ""


def _fault(answer: str) -> str:
    begins = answer.partition(":")[0]
    if answer.endswith("which is not allowed"):
        begins = "not allowed"
    name = ALIKE.get(begins, begins)
    return str(FAULTS[name]) if name in FAULTS else ""


def _answered(answer: str) -> str:
    number = answer.partition(" ")[0]
    if not (number.isascii() and number.isdigit()):
        return ""
    return next((str(words) for numbers, words in ANSWERS if int(number) in numbers), "")

"""Origins: scheme, host and port of a URL, and the few private ones that are allowed.

``OUTBOUND_ALLOWED_ORIGINS`` is for development, where the vendor's app runs on this machine. The
check of a saved URL and the check at the socket read the same list.
"""

from urllib.parse import urlsplit

from django.conf import settings

_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """Return ``scheme://host:port`` of ``url`` in lower case, or empty when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return ""
    if not parts.scheme or not parts.hostname or port is None:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def is_allowed_origin(url: str) -> bool:
    """Whether ``url`` is at an origin that is reached although it may be private."""
    origin = origin_of(url)
    return bool(origin) and origin in {
        origin_of(each) for each in settings.OUTBOUND_ALLOWED_ORIGINS
    }

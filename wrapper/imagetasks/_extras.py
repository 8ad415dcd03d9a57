"""What each extra brings, and what to say where it is not there."""

from __future__ import annotations

from importlib.util import find_spec

EXTRAS = {
    "cli": ("jinja2", "platformdirs", "rich", "typer"),
    "durable": ("dbos", "psycopg", "sqlalchemy"),
    "otel": ("opentelemetry",),
    "mock": ("cryptography", "harfile", "PIL", "uvicorn", "yaml"),
    "storage": ("obstore",),
    "webhooks": ("cryptography",),
}
"""What there is no way without. `fast` is not here: without it polls go over httpx."""


def require(extra: str, *, by: str) -> None:
    """Raise ImportError, naming the extra, unless all that it brings can be imported."""
    for module in EXTRAS[extra]:
        if find_spec(module) is None:
            raise ImportError(
                f"{by} needs {module}, which is not installed: pip install 'imagetasks[{extra}]'",
                name=module,
            )

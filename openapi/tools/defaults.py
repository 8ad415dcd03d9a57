"""The one rule that both `make lint` and `make generate` hold a spec to."""

from __future__ import annotations

from document import Document, Problems, join


def schemas_have_no_default(spec: Document) -> Problems:
    for pointer, schema in spec.schemas():
        if "default" in schema:
            message = "generated clients would send it unasked; say it in words instead"
            yield join(pointer, "default"), message

"""The one rule that both `make lint` and `make generate` hold a spec to."""

from __future__ import annotations

from examples import Problems, Spec, join


def schemas_have_no_default(spec: Spec) -> Problems:
    for pointer, schema in spec.schemas():
        if "default" in schema:
            message = "generated clients would send it unasked; say it in words instead"
            yield join(pointer, "default"), message

"""What there is, for programs: the vendors with their operations, their specs, and the admin API."""

from __future__ import annotations

import asyncio
import copy
import json
from functools import lru_cache

from imagetasks_clients import PROVIDERS

from .._world import World
from ..http.answers import Answer
from ..http.requests import Request
from ..specs.failures import Failures
from ..specs.places import Json
from ..specs.spec import Spec
from ..state.outcomes import endings
from .views import pages

SPEC_FILES = ("openapi.yaml", "openapi.json")


def list_everything(origin: str, world: World) -> Answer:
    vendors = [_vendor(spec, origin) for spec in world.specs.values()]
    admin = {"base_url": f"{origin}/_mock", "openapi": f"{origin}/_mock/openapi.yaml"}
    listed: Json = {"name": "imagetasks mock", "vendors": vendors, "admin": admin}
    return Answer.json(200, listed, ((b"vary", b"Accept"),))


def _vendor(spec: Spec, origin: str) -> Json:
    base_url = f"{origin}/{spec.provider}{spec.server_path}"
    _, lifecycle = spec.status_operation
    return {
        "provider": spec.provider,
        "base_url": base_url,
        "openapi": f"{origin}/{spec.provider}/openapi.yaml",
        "operations": [
            {
                "id": operation.id,
                "method": operation.method,
                "url": f"{origin}/{spec.provider}{operation.path}",
                "summary": operation.raw.get("summary", ""),
                "pages": pages(operation),
            }
            for operation in spec.operations.values()
        ],
        "states": {str(state): means for state, means in lifecycle.states.items()},
        "endings": list(dict.fromkeys(endings(spec))),
        "failures": Failures(spec).documented,
    }


async def serve_spec(request: Request, spec: Spec) -> Answer:
    """The vendor's spec, with this server in the place of the vendor's."""
    if request.method not in ("GET", "HEAD"):
        words = {"error": "a spec is read with GET or HEAD"}
        return Answer.json(405, words, ((b"allow", b"GET, HEAD"),))
    if request.path.endswith(".json"):
        return Answer.json(200, _document(spec))
    # Half a second of work for a large one: polls go on meanwhile.
    body = await asyncio.to_thread(_as_yaml, spec.provider, json.dumps(_document(spec)))
    return Answer(200, body, ((b"content-type", b"application/yaml"),))


def _document(spec: Spec) -> Json:
    document = copy.copy(spec.document)
    url = f"/{spec.provider}{spec.server_path}"
    document["servers"] = [{"url": url, "description": "the mock"}]
    return document


@lru_cache(maxsize=len(PROVIDERS))
def _as_yaml(provider: str, document: str) -> bytes:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(
        json.loads(document), Dumper=dumper, sort_keys=False, allow_unicode=True
    )
    return str(text).encode()

"""Typed clients, one package per provider, generated from `openapi/`."""

PROVIDERS = (
    "aigptimage",
    "akool",
    "gptimage2api",
    "xingchaoyiqing",
)

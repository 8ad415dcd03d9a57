"""Edits of specs, and a small one to edit."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from document import lookup

GONE = object()


def changed(data: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(data)
    parent, _, key = pointer.rpartition("/")
    node = lookup(data, parent)
    name = key.replace("~1", "/").replace("~0", "~")
    at = int(name) if isinstance(node, list) else name
    if value is GONE:
        del node[at]
    elif isinstance(node, list):
        node[at:] = [value, *node[at + 1 :]]
    else:
        node[at] = value
    return data


SPEC = """\
openapi: 3.1.0
info:
  title: vendor
  version: 1.2.3
servers:
  - url: https://vendor.example
security:
  - bearer: []
  - key: []
paths:
  /tasks:
    post:
      operationId: submitTask
      summary: Submit
      x-source:
        - {url: 'https://vendor.example/docs', read: 2026-11-21}
      parameters:
        - {name: X-Request-ID, in: header, x-idempotency-key: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Request'}
            examples:
              least: {summary: The least, value: {prompt: A cat}}
      responses:
        '200':
          description: Accepted
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Task'}
        '402': {description: No credits}
  /tasks/{id}:
    get:
      operationId: readTask
      summary: Read
      x-task-lifecycle:
        states:
          - {value: queued, meaning: queued}
          - {value: running, meaning: running}
          - {value: done, meaning: succeeded}
        at:
          id: [/id]
          state: [/status]
          result: [/url]
        time-unit: seconds
        poll-gap: {min: 2}
        result-lifetime: 86400
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses:
        '200':
          description: The task
          headers:
            x-request-id: {schema: {type: string}}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Task'}
        '404': {description: No such task}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: x-api-key}
  schemas:
    Request:
      type: object
      required: [prompt]
      properties:
        prompt: {type: string, maxLength: 1000, description: What to draw}
        count: {type: integer, minimum: 1, maximum: 4}
        quality: {$ref: '#/components/schemas/Quality'}
        size:
          type: string
          x-size-rules: {edge-multiple-of: 16, max-edge: 3840, min-pixels: 655360}
      allOf:
        - description: High quality comes in pairs at most
          if: {properties: {quality: {const: high}}, required: [quality]}
          then: {properties: {count: {maximum: 2}}}
    Quality:
      type: string
      description: Documented default `low`
      enum: [low, high]
      x-documented-default: low
      x-enum-varnames: [LOW, HIGH]
    Status:
      type: string
      enum: [queued, running, done]
    Task:
      type: object
      required: [id, status]
      properties:
        id: {type: string}
        status: {$ref: '#/components/schemas/Status'}
        kind: {type: string, enum: [image, video]}
        url: {type: [string, 'null'], maxLength: 2000}
        credits: {type: integer}
x-prices:
  prices: [{credits: 1}]
x-failure-reasons:
  - {reason: storage, code: FULL, x-source: [{url: https://vendor.example/docs, read: 2026-11-21}]}
x-rate-limits:
  tiers: {free: {submitTask: [{requests: 3, seconds: 60}]}}
"""

DATA: dict[str, Any] = yaml.safe_load(SPEC)

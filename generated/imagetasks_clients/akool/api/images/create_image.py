from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.create_image_request import CreateImageRequest
    from ...models.created_image_answer import CreatedImageAnswer


def get_kwargs(
    *,
    body: CreateImageRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/open/v4/content/image/createBySourcePrompt",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(response: HttpAnswer) -> CreatedImageAnswer | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.created_image_answer import CreatedImageAnswer

    if response.status_code == 200:
        response_200 = CreatedImageAnswer.from_dict(response.json())

        return response_200

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreatedImageAnswer]:
    parsed = parse_response(response)
    if parsed is None and client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=parsed,
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateImageRequest,
) -> Response[CreatedImageAnswer]:
    """Submit one to four image tasks

     Answers at once with a task per image: `data` is an object when `batch_quantity` is 1 or left out,
    and an array of
    objects when it is more. Each is polled by its own `_id`.

    Not idempotent as far as the documentation goes: a repeated call may create, and bill, further
    tasks.

    Args:
        body (CreateImageRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreatedImageAnswer]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: CreateImageRequest,
) -> CreatedImageAnswer | None:
    """Submit one to four image tasks

     Answers at once with a task per image: `data` is an object when `batch_quantity` is 1 or left out,
    and an array of
    objects when it is more. Each is polled by its own `_id`.

    Not idempotent as far as the documentation goes: a repeated call may create, and bill, further
    tasks.

    Args:
        body (CreateImageRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreatedImageAnswer
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateImageRequest,
) -> Response[CreatedImageAnswer]:
    """Submit one to four image tasks

     Answers at once with a task per image: `data` is an object when `batch_quantity` is 1 or left out,
    and an array of
    objects when it is more. Each is polled by its own `_id`.

    Not idempotent as far as the documentation goes: a repeated call may create, and bill, further
    tasks.

    Args:
        body (CreateImageRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreatedImageAnswer]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateImageRequest,
) -> CreatedImageAnswer | None:
    """Submit one to four image tasks

     Answers at once with a task per image: `data` is an object when `batch_quantity` is 1 or left out,
    and an array of
    objects when it is more. Each is polled by its own `_id`.

    Not idempotent as far as the documentation goes: a repeated call may create, and bill, further
    tasks.

    Args:
        body (CreateImageRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreatedImageAnswer
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

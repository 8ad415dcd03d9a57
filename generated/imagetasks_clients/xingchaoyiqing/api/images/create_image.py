from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ... import errors
from ...types import HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.create_image_request import CreateImageRequest
    from ...models.created_image import CreatedImage


def get_kwargs(
    *,
    body: CreateImageRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/image2/images",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(response: HttpAnswer) -> Any | CreatedImage | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.created_image import CreatedImage

    if response.status_code == 200:
        response_200 = CreatedImage.from_dict(response.json())

        return response_200

    if 400 <= response.status_code <= 499:
        response_4xx = cast(Any, None)
        return response_4xx

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | CreatedImage]:
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
) -> Response[Any | CreatedImage]:
    """Submit an image task

     Answers at once with a task id. Not idempotent as far as the documentation goes: a repeated call may
    create,
    and bill, a second task.

    A refusal can come as a normal body whose `status` is `failed` and whose `error` says why. The HTTP
    status
    of that answer is not documented; it is described here under 200, as its example looks like any
    other body.

    Args:
        body (CreateImageRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | CreatedImage]
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
) -> Any | CreatedImage | None:
    """Submit an image task

     Answers at once with a task id. Not idempotent as far as the documentation goes: a repeated call may
    create,
    and bill, a second task.

    A refusal can come as a normal body whose `status` is `failed` and whose `error` says why. The HTTP
    status
    of that answer is not documented; it is described here under 200, as its example looks like any
    other body.

    Args:
        body (CreateImageRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | CreatedImage
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateImageRequest,
) -> Response[Any | CreatedImage]:
    """Submit an image task

     Answers at once with a task id. Not idempotent as far as the documentation goes: a repeated call may
    create,
    and bill, a second task.

    A refusal can come as a normal body whose `status` is `failed` and whose `error` says why. The HTTP
    status
    of that answer is not documented; it is described here under 200, as its example looks like any
    other body.

    Args:
        body (CreateImageRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | CreatedImage]
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
) -> Any | CreatedImage | None:
    """Submit an image task

     Answers at once with a task id. Not idempotent as far as the documentation goes: a repeated call may
    create,
    and bill, a second task.

    A refusal can come as a normal body whose `status` is `failed` and whose `error` says why. The HTTP
    status
    of that answer is not documented; it is described here under 200, as its example looks like any
    other body.

    Args:
        body (CreateImageRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | CreatedImage
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.create_image_v3_request import CreateImageV3Request
    from ...models.created_image_v3_answer import CreatedImageV3Answer


def get_kwargs(
    *,
    body: CreateImageV3Request,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/open/v3/content/image/createbyprompt",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(response: HttpAnswer) -> CreatedImageV3Answer | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.created_image_v3_answer import CreatedImageV3Answer

    if response.status_code == 200:
        response_200 = CreatedImageV3Answer.from_dict(response.json())

        return response_200

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreatedImageV3Answer]:
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
    body: CreateImageV3Request,
) -> Response[CreatedImageV3Answer]:
    """Submit an image task (v3)

     The page calls this operation deprecated; `createImage` takes its place. Not idempotent as far as
    the
    documentation goes.

    Args:
        body (CreateImageV3Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreatedImageV3Answer]
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
    body: CreateImageV3Request,
) -> CreatedImageV3Answer | None:
    """Submit an image task (v3)

     The page calls this operation deprecated; `createImage` takes its place. Not idempotent as far as
    the
    documentation goes.

    Args:
        body (CreateImageV3Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreatedImageV3Answer
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateImageV3Request,
) -> Response[CreatedImageV3Answer]:
    """Submit an image task (v3)

     The page calls this operation deprecated; `createImage` takes its place. Not idempotent as far as
    the
    documentation goes.

    Args:
        body (CreateImageV3Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreatedImageV3Answer]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateImageV3Request,
) -> CreatedImageV3Answer | None:
    """Submit an image task (v3)

     The page calls this operation deprecated; `createImage` takes its place. Not idempotent as far as
    the
    documentation goes.

    Args:
        body (CreateImageV3Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreatedImageV3Answer
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

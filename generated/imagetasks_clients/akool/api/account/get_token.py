from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.get_token_request import GetTokenRequest
    from ...models.token_answer import TokenAnswer


def get_kwargs(
    *,
    body: GetTokenRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/open/v3/getToken",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(response: HttpAnswer) -> TokenAnswer | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.token_answer import TokenAnswer

    if response.status_code == 200:
        response_200 = TokenAnswer.from_dict(response.json())

        return response_200

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[TokenAnswer]:
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
    body: GetTokenRequest,
) -> Response[TokenAnswer]:
    """Exchange clientId and clientSecret for a bearer token

     The older way to authenticate; the vendor recommends the API key. A token is valid for more than a
    year. The
    answer has `token` beside `code`, not inside `data`.

    Args:
        body (GetTokenRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TokenAnswer]
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
    body: GetTokenRequest,
) -> TokenAnswer | None:
    """Exchange clientId and clientSecret for a bearer token

     The older way to authenticate; the vendor recommends the API key. A token is valid for more than a
    year. The
    answer has `token` beside `code`, not inside `data`.

    Args:
        body (GetTokenRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TokenAnswer
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: GetTokenRequest,
) -> Response[TokenAnswer]:
    """Exchange clientId and clientSecret for a bearer token

     The older way to authenticate; the vendor recommends the API key. A token is valid for more than a
    year. The
    answer has `token` beside `code`, not inside `data`.

    Args:
        body (GetTokenRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TokenAnswer]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: GetTokenRequest,
) -> TokenAnswer | None:
    """Exchange clientId and clientSecret for a bearer token

     The older way to authenticate; the vendor recommends the API key. A token is valid for more than a
    year. The
    answer has `token` beside `code`, not inside `data`.

    Args:
        body (GetTokenRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TokenAnswer
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.credit_answer import CreditAnswer


def get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/open/v3/faceswap/quota/info",
    }

    return _kwargs


def parse_response(response: HttpAnswer) -> CreditAnswer | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.credit_answer import CreditAnswer

    if response.status_code == 200:
        response_200 = CreditAnswer.from_dict(response.json())

        return response_200

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreditAnswer]:
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
) -> Response[CreditAnswer]:
    """Read the credit balance

     Filed under face swap by the vendor; the credits are those of the account.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreditAnswer]
    """

    kwargs = get_kwargs()

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
) -> CreditAnswer | None:
    """Read the credit balance

     Filed under face swap by the vendor; the credits are those of the account.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreditAnswer
    """

    return sync_detailed(
        client=client,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[CreditAnswer]:
    """Read the credit balance

     Filed under face swap by the vendor; the credits are those of the account.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreditAnswer]
    """

    kwargs = get_kwargs()

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
) -> CreditAnswer | None:
    """Read the credit balance

     Filed under face swap by the vendor; the credits are those of the account.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreditAnswer
    """

    return (
        await asyncio_detailed(
            client=client,
        )
    ).parsed

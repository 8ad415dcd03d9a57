from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.button_image_answer import ButtonImageAnswer
    from ...models.create_by_button_request import CreateByButtonRequest


def get_kwargs(
    *,
    body: CreateByButtonRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/open/v3/content/image/createbybutton",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(response: HttpAnswer) -> ButtonImageAnswer | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.button_image_answer import ButtonImageAnswer

    if response.status_code == 200:
        response_200 = ButtonImageAnswer.from_dict(response.json())

        return response_200

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ButtonImageAnswer]:
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
    body: CreateByButtonRequest,
) -> Response[ButtonImageAnswer]:
    """Upscale an image to 4K, or vary it

     A new task made from a finished one, with an `_id` of its own, polled like any other. Buttons are
    used up: one
    that was pressed moves from `buttons` to `used_buttons` of the image and cannot be pressed again.

    Whether images of `createImage` have buttons is not documented: its page lists none, the overview's
    workflow
    has that step anyway. Older versions of this page name the v3 call as the source of the image, newer
    ones
    the v4 call.

    Args:
        body (CreateByButtonRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ButtonImageAnswer]
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
    body: CreateByButtonRequest,
) -> ButtonImageAnswer | None:
    """Upscale an image to 4K, or vary it

     A new task made from a finished one, with an `_id` of its own, polled like any other. Buttons are
    used up: one
    that was pressed moves from `buttons` to `used_buttons` of the image and cannot be pressed again.

    Whether images of `createImage` have buttons is not documented: its page lists none, the overview's
    workflow
    has that step anyway. Older versions of this page name the v3 call as the source of the image, newer
    ones
    the v4 call.

    Args:
        body (CreateByButtonRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ButtonImageAnswer
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateByButtonRequest,
) -> Response[ButtonImageAnswer]:
    """Upscale an image to 4K, or vary it

     A new task made from a finished one, with an `_id` of its own, polled like any other. Buttons are
    used up: one
    that was pressed moves from `buttons` to `used_buttons` of the image and cannot be pressed again.

    Whether images of `createImage` have buttons is not documented: its page lists none, the overview's
    workflow
    has that step anyway. Older versions of this page name the v3 call as the source of the image, newer
    ones
    the v4 call.

    Args:
        body (CreateByButtonRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ButtonImageAnswer]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateByButtonRequest,
) -> ButtonImageAnswer | None:
    """Upscale an image to 4K, or vary it

     A new task made from a finished one, with an `_id` of its own, polled like any other. Buttons are
    used up: one
    that was pressed moves from `buttons` to `used_buttons` of the image and cannot be pressed again.

    Whether images of `createImage` have buttons is not documented: its page lists none, the overview's
    workflow
    has that step anyway. Older versions of this page name the v3 call as the source of the image, newer
    ones
    the v4 call.

    Args:
        body (CreateByButtonRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ButtonImageAnswer
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

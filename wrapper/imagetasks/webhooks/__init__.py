"""
Webhooks: the vendor calls when there is news of a task. One module for each vendor that does; they need `[webhooks]`.

    from imagetasks.webhooks import akool

    receiver = akool.Receiver(client_id, client_secret)
    app = receiver.asgi(client.notify)
"""

from ._event import WebhookEvent

__all__ = ["WebhookEvent"]

"""A page as the build leaves it, and a deployment that it may belong to."""

from web.deployment import Deployment, Desk

PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <!-- deployment -->
    <title>Chat</title>
  </head>
</html>
"""
DEPLOYMENT = Deployment(
    http_url="https://api.example",
    websocket_url="wss://socket.example/live",
    region="eu-central-1",
    desk=Desk(user_pool_id="pool", client_id="client"),
    guests=True,
    escalation=True,
    review=True,
    tuning=True,
)

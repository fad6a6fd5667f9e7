"""x"""


async def application(scope, receive, send): ...

"""An ASGI application of the smallest size, for the tests of the servers."""


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    if scope["path"] == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-accel-buffering", b"no")]})
        await send({"type": "http.response.body", "body": b"something\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"nothing here"})

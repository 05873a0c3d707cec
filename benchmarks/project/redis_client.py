import os
from functools import cache

import redis


@cache
def client() -> redis.Redis:
    """Return this process's connection to Redis."""
    return redis.Redis.from_url(os.environ["REDIS_URL"])

from django.db import models


class Receipt(models.Model):
    """What an atomic task writes of its own: one row for each success, whatever the number of attempts.

    No constraint keeps a second one out: the checker has to see it.
    """

    uuid = models.UUIDField()
    attempt = models.PositiveIntegerField()
    token = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.uuid} {self.attempt}"

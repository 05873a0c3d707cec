from django.db import models


class Line(models.Model):
    """A row as plain as rows get."""

    text = models.TextField()
    status = models.TextField(default="pending")

    def __str__(self) -> str:
        return self.text

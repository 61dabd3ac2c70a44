"""What is wrong with a snapshot or a payload, in a line."""


class Damaged(Exception):
    """reason: a line of text. offset: of the byte at which it was found, from the start."""

    def __init__(self, reason: str, offset: int):
        super().__init__(reason, offset)
        self.reason = reason
        self.offset = offset

    def __str__(self):
        return f"{self.reason} at offset {self.offset}"

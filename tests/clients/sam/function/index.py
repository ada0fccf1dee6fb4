"""A function that says what it was told."""


def handler(event: dict, context: object) -> dict:
    """Say it."""
    return {"said": event["say"]}

def reply(text: str) -> str | None:
    return "Hello! How can I help you?" if text.strip().lower().rstrip("!.") in {"hello", "hi"} else None

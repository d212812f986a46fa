"""The one error of the training tools: its message is one sentence for the user, and no traceback is shown."""


class KdError(Exception):
    """Bad input or configuration; the message says what is wrong, in which file, and what to do."""

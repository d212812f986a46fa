"""What can go wrong with a case. Every message is one sentence for the user: what, which file, what to do."""

from __future__ import annotations


class CaseError(Exception):
    """Base of all errors of a case."""


class CaseMissingError(CaseError):
    """There is no case in the folder."""


class CaseDamagedError(CaseError):
    """The file of the case cannot be read; a backup can be restored."""


class CaseTooNewError(CaseError):
    """A newer program wrote the case."""


class CaseLockedError(CaseError):
    """Another window or program has the case open; ``owner`` says which."""

    def __init__(self, message: str, owner: object) -> None:
        super().__init__(message)
        self.owner = owner


class CaseWriteError(CaseError):
    """Nothing could be saved; what was edited is still in memory and ``save`` may be called again."""


class CaseDiskFullError(CaseWriteError):
    """The disk is full."""


class CaseLostError(CaseWriteError):
    """The folder of the case is gone or cannot be reached."""


class CaseTakenOverError(CaseWriteError):
    """Somebody else took the case over; only ``save_elsewhere`` helps."""


class CaseSignedError(CaseError):
    """The sheet has been signed and changes by amendment only."""


class CaseReadOnlyError(CaseError):
    """The case was opened for reading."""

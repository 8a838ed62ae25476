"""What can go wrong with the journal, said so that a person knows what to do."""


class StorageError(Exception):
    """What happened (`reason`) and what to do about it (`remedy`), both sentences without secrets."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class StorageUnavailable(StorageError):
    """The database cannot be reached or used now; nothing of the transaction was kept."""


class SchemaTooNew(StorageError):
    """A newer Qantara has already worked on this database."""


class AlreadyBound(StorageError):
    """A record here would be two records there, or two here the same one there."""


class EffectOpen(StorageError):
    """An earlier write of the same record has no known outcome yet; `records` are the hub's ids."""

    def __init__(self, reason: str, *, remedy: str = "", records: tuple[str, ...] = ()) -> None:
        super().__init__(reason, remedy=remedy)
        self.records = records


class Unaccounted(StorageError):
    """A run cannot be complete: a change was seen and nothing is known of what became of it."""


class Overtaken(StorageError):
    """Another worker works on this link now: stop, and leave everything as it is."""


class VaultError(StorageError):
    """A secret, or the key of the vault, cannot be read or kept."""


class AuditBroken(StorageError):
    """A line of the audit trail was altered or removed."""


class ProofBroken(StorageError):
    """A proof, or a line of the ledger that it covers, was altered or removed."""

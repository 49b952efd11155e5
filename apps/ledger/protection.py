"""The ledger's guards in the database itself: triggers, the same rules on both databases.

* an entry is never changed or deleted, and none is added to a sealed transaction;
* a transaction is never deleted, and changes once only: when it is sealed;
* sealing is refused unless there are entries and they sum to zero in each currency.

SQLite rebuilds a table to alter it and then loses its triggers, or trips over one that reads
another table. So a migration that changes these tables calls :func:`remove` before and
:func:`install` after, and the tests' flush does the same.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

_FROZEN_COLUMNS = (
    "id",
    "public_id",
    "kind",
    "reference",
    "book",
    "app_id",
    "commission_rate",
    "occurred_at",
    "created_at",
)

_SQLITE = {
    "ledger_entry_no_update": """
        CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry
        BEGIN SELECT RAISE(ABORT, 'ledger: an entry is never changed'); END""",
    "ledger_entry_no_delete": """
        CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry
        BEGIN SELECT RAISE(ABORT, 'ledger: an entry is never deleted'); END""",
    "ledger_entry_no_late_insert": """
        CREATE TRIGGER ledger_entry_no_late_insert BEFORE INSERT ON ledger_entry
        WHEN (SELECT is_sealed FROM ledger_transaction WHERE id = NEW.transaction_id)
        BEGIN SELECT RAISE(ABORT, 'ledger: the transaction is sealed'); END""",
    "ledger_transaction_no_delete": """
        CREATE TRIGGER ledger_transaction_no_delete BEFORE DELETE ON ledger_transaction
        BEGIN SELECT RAISE(ABORT, 'ledger: a transaction is never deleted'); END""",
    # Our own column names are put in, nothing from outside.
    "ledger_transaction_only_seal": f"""
        CREATE TRIGGER ledger_transaction_only_seal BEFORE UPDATE ON ledger_transaction
        BEGIN
            SELECT RAISE(ABORT, 'ledger: a transaction is never changed')
            WHERE OLD.is_sealed OR NOT NEW.is_sealed
               OR {" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _FROZEN_COLUMNS)};
            SELECT RAISE(ABORT, 'ledger: a transaction has entries')
            WHERE NOT EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id);
            SELECT RAISE(ABORT, 'ledger: entries must sum to zero')
            WHERE EXISTS (
                SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id
                GROUP BY currency HAVING SUM(amount) <> 0);
        END""",  # noqa: S608
}

_POSTGRESQL_FUNCTIONS = {
    "ledger_guard_entry": """
        CREATE OR REPLACE FUNCTION ledger_guard_entry() RETURNS trigger AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                -- The lock makes an insert and a seal of one transaction wait for each other.
                PERFORM 1 FROM ledger_transaction
                    WHERE id = NEW.transaction_id AND is_sealed FOR SHARE;
                IF FOUND THEN
                    RAISE EXCEPTION 'ledger: the transaction is sealed'
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'ledger: an entry is never changed or deleted'
                USING ERRCODE = 'integrity_constraint_violation';
        END $$ LANGUAGE plpgsql""",
    "ledger_guard_transaction": f"""
        CREATE OR REPLACE FUNCTION ledger_guard_transaction() RETURNS trigger AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION 'ledger: a transaction is never deleted'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF OLD.is_sealed OR NOT NEW.is_sealed
               OR {" OR ".join(f"OLD.{n} IS DISTINCT FROM NEW.{n}" for n in _FROZEN_COLUMNS)} THEN
                RAISE EXCEPTION 'ledger: a transaction is never changed'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id) THEN
                RAISE EXCEPTION 'ledger: a transaction has entries'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id
                       GROUP BY currency HAVING SUM(amount) <> 0) THEN
                RAISE EXCEPTION 'ledger: entries must sum to zero'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$ LANGUAGE plpgsql""",  # noqa: S608
}

_POSTGRESQL = {
    "ledger_entry_guard": """
        CREATE TRIGGER ledger_entry_guard BEFORE INSERT OR UPDATE OR DELETE ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_guard_entry()""",
    "ledger_transaction_guard": """
        CREATE TRIGGER ledger_transaction_guard BEFORE UPDATE OR DELETE ON ledger_transaction
        FOR EACH ROW EXECUTE FUNCTION ledger_guard_transaction()""",
}


def trigger_names(vendor: str) -> frozenset[str]:
    """Return the names of the triggers that guard the ledger on this kind of database."""
    return frozenset(_POSTGRESQL if vendor == "postgresql" else _SQLITE)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the guards in place."""
    statements = list(_SQLITE.values())
    if connection.vendor == "postgresql":
        statements = [*_POSTGRESQL_FUNCTIONS.values(), *_POSTGRESQL.values()]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away, for a migration or a test's flush; see the module's text."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in _POSTGRESQL:
                table = name.removesuffix("_guard")
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            return
        for name in _SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")

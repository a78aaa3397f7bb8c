"""The operation of a squashed migration: all tables at once."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateModels(Operation):
    """Do what `makemigrations` writes for models that have no tables yet: each table is created whole, once.

    After every operation Django builds the classes of all models anew that are related to the changed one: for our
    149 operations that is 8 s. Here they are built after the last.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the models, their fields, indexes and constraints."""
        if "apps" in state.__dict__:
            del state.apps  # a cached property: whoever asks for it next builds the classes
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the tables. A foreign key may lead to a later one: both databases check that at the end only."""
        for model in self._models():
            model.database_forwards(app_label, schema_editor, from_state, to_state)
        # Now, not after the migration: with statements left, Django records it after its commit, row by row for all
        # that it replaces, and a process killed meanwhile would leave tables of unknown state.
        while schema_editor.deferred_sql:
            schema_editor.execute(schema_editor.deferred_sql.pop(0))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the tables."""
        for model in reversed(self._models()):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Return what `migrate --plan` says."""
        return f"Create {len(self._models())} models"

    def _models(self) -> list[CreateModel]:
        return [operation for operation in self.operations if isinstance(operation, CreateModel)]

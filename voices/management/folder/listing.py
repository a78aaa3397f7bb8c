"""The input of `manage.py clone_folder`: the recordings of a folder, listed in a CSV file or by file names.

Everything is read and checked before anything is done, and all faults are reported together.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voices.kit.names import clean_name
from voices.kit.recording_names import guess, is_system_file, unique_name
from voices.models import ApiKey, Basis, ConsentStatement, Relation, Team
from voices.web.clone.form import CloneForm

COLUMNS = ("file", "name", "description", "language", "consent", "speaker", "relation", "proof")
CHOICES = {"consent": Basis.values, "relation": Relation.values}


class BadListError(Exception):
    """The folder or the CSV file is not as it must be; `faults` are sentences, each with its line or file."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Entry:
    """A recording to clone: where it is, how it is shown, and a valid form of what it is cloned with."""

    path: Path
    shown: str
    form: CloneForm


@dataclass(frozen=True)
class Listing:
    """All recordings to clone, and how many files are left out: those of the system, and those not in the CSV file."""

    entries: Sequence[Entry]
    skipped: int


@dataclass(frozen=True)
class _Line:
    """The input for a file, and its place: "Line 5" of the CSV file, or the file itself."""

    place: str
    file: str
    values: Mapping[str, str]


def read_listing(
    folder: Path, table: Path | None, *, team: Team, keys: list[ApiKey], defaults: Mapping[str, str]
) -> Listing:
    """Return what is to be cloned. `defaults` are values for what the table or a file's name leaves empty.

    Whoever says that somebody consented says so of the team's current statement. Raises BadListError with every
    fault.
    """
    files = sorted(_files_of(folder))
    visible = [name for name in files if not is_system_file(name)]
    lines = list(_table_lines(table, visible) if table else _guessed_lines(visible))
    statement = ConsentStatement.objects.current(team)["en"].reference
    agreed = {"statement": statement, "agreed": "on", **defaults}
    forms = [_form(line, agreed, keys=keys, team=team) for line in lines]
    faults = [fault for line, form in zip(lines, forms, strict=True) for fault in _faults(line, form)]
    faults += _repeated(lines, forms)
    if not lines and not faults:
        faults = [f"{table} lists no recordings." if table else f"There are no recordings in {folder}."]
    if faults:
        raise BadListError(faults)
    entries = [
        Entry(folder / line.file, clean_name(line.file), form)
        for line, form in zip(lines, forms, strict=True)
    ]
    return Listing(entries, skipped=len(files) - len(entries))


def _files_of(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        raise BadListError([f"There is no folder {folder}."])
    return (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _guessed_lines(files: Sequence[str]) -> Iterator[_Line]:
    taken: set[str] = set()
    for place, file in enumerate(files, 1):
        name, language = guess(file)
        name = unique_name(name or f"Voice {place}", taken)
        taken.add(name)
        yield _Line(clean_name(file), file, {"name": name, "language": language})


def _table_lines(table: Path, files: Sequence[str]) -> Iterator[_Line]:
    """Yield a line for each recording of the table. Raise BadListError for what cannot be read, with all faults."""
    known, faults, seen = set(files), [], dict[str, int]()
    lines = []
    for number, row in _rows(table):
        file = (row.get("file") or "").strip()
        if None in row:
            faults.append(f"Line {number} has more columns than the header.")
        if file not in known:
            faults.append(
                f"Line {number}: there is no recording {clean_name(file) or '(empty)'} in the folder."
            )
        elif file in seen:
            faults.append(f"Line {number}: {clean_name(file)} is already in line {seen[file]}.")
        seen.setdefault(file, number)
        values = {name: (row.get(name) or "").strip() for name in COLUMNS[1:]}
        if not values["name"]:
            values["name"], guessed = guess(file)
            values["language"] = values["language"] or guessed
        lines.append(_Line(f"Line {number}", file, values))
    if faults:
        raise BadListError(faults)
    yield from lines


def _rows(table: Path) -> Iterator[tuple[int, dict[str | None, str]]]:
    """Yield the number and the values of each line. Raise BadListError if this is no table with our header."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadListError([f"{table} is not in UTF-8. Save it as “CSV UTF-8”."]) from None
    except OSError as problem:
        raise BadListError([f"{table} cannot be read: {problem.strerror}."]) from problem
    head = text.partition("\n")[0]
    # Spreadsheets write semicolons where commas are decimal.
    delimiter = ";" if ";" in head and "," not in head else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if wrong := _header_fault(names):
            raise BadListError([f"Line 1: {wrong}"])
        reader.fieldnames = names
        for row in reader:
            yield reader.line_num, row
    except csv.Error as problem:
        raise BadListError([f"Line {reader.reader.line_num}: {problem}."]) from problem


def _header_fault(names: Sequence[str]) -> str:
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        return f"unknown column {', '.join(unknown)}. The columns are {', '.join(COLUMNS)}."
    if len(set(names)) < len(names):
        return "a column appears twice."
    return "" if "file" in names else "the column “file” is missing."


def _form(line: _Line, defaults: Mapping[str, str], *, keys: list[ApiKey], team: Team) -> CloneForm:
    given = {name: value for name, value in line.values.items() if value}
    form = CloneForm({**defaults, **given}, keys=keys, team=team)
    form.full_clean()
    return form


def _faults(line: _Line, form: CloneForm) -> Iterator[str]:
    for field, messages in form.errors.items():
        typed = clean_name(form.data.get(field, ""))
        if typed and (choices := CHOICES.get(field)):
            yield f"{line.place}: {field}: “{typed}” is not one of {', '.join(choices)}."
            continue
        for message in messages:
            yield f"{line.place}: {field}: {message}"


def _repeated(lines: Sequence[_Line], forms: Sequence[CloneForm]) -> Iterator[str]:
    first: dict[str, str] = {}
    for line, form in zip(lines, forms, strict=True):
        name = form.cleaned_data.get("name", "")
        if name and first.setdefault(name, line.place) != line.place:
            yield f"{line.place}: name: “{name}” is also the name of {first[name]}."

"""Server-side apply: who set which field, so that a manager's next apply takes away what it no longer names.

Only the appliers' fields are kept; plain updates own nothing here, so conflicts arise between appliers alone
(structured-merge-diff, reduced).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.patches import merge_key, strategic_merge
from kserve_conformance.embedded.objects import Obj, copy_of, now

Path = tuple[str, ...]
NEVER_OWNED = {
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("metadata", "managedFields"),
}


def merge(stored: Obj | None, applied: Obj, *, manager: str, force: bool, subresource: str | None = None) -> Obj:
    """The object after this apply. Raises ApiError 409 when another applier owns a field that would change."""
    entry_of = _entries(stored or {})
    mine = (manager, subresource or "")
    paths = {path: value for path, value in leaves(applied) if path not in NEVER_OWNED}
    base = copy_of(stored) if stored else {}
    if stored and not force:
        _check_conflicts(stored, paths, {key: owned for key, owned in entry_of.items() if key != mine})
    theirs = {path for key, owned in entry_of.items() if key != mine for path in owned}
    for path in entry_of.get(mine, set()) - set(paths) - theirs:
        _drop(base, path)
    merged: Obj = strategic_merge(base, {**applied, "metadata": _without(applied["metadata"], "managedFields")})
    # What both want alike is shared, also by force: without force nothing that differs comes this far.
    present = dict(leaves(base))
    taken = {path for path, value in paths.items() if present.get(path) != value}
    owners = {key: owned - taken for key, owned in entry_of.items() if key != mine}
    owners[mine] = set(paths)
    merged["metadata"]["managedFields"] = [
        _entry(key, owned, applied["apiVersion"]) for key, owned in owners.items() if owned
    ]
    merged["metadata"].pop("resourceVersion", None)
    if applied["metadata"].get("resourceVersion"):
        merged["metadata"]["resourceVersion"] = applied["metadata"]["resourceVersion"]
    return merged


def leaves(value: Any, path: Path = (), field: str = "") -> Iterator[tuple[Path, Any]]:
    """Every set leaf with its path in fieldsV1's words: `f:name`, and `k:{...}` for items that merge by key."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from leaves(each, (*path, name), name)
        return
    key = merge_key(field, value) if isinstance(value, list) and value else None
    if key is None:
        yield path, value
        return
    for each in value:
        yield from leaves(each, (*path, f"k:{key}={each[key]}"))


def _check_conflicts(stored: Obj, paths: dict[Path, Any], owners: dict[tuple[str, str], set[Path]]) -> None:
    present = dict(leaves(stored))
    for (name, _), owned in owners.items():
        clashes = sorted(path for path in owned & set(paths) if present.get(path) != paths[path])
        if clashes:
            shown = [_dotted(path) for path in clashes]
            causes = [
                {"reason": "FieldManagerConflict", "message": f'conflict with "{name}"', "field": each}
                for each in shown
            ]
            number = "1 conflict" if len(shown) == 1 else f"{len(shown)} conflicts"
            listed = shown[0] if len(shown) == 1 else "\n" + "\n".join(f"- {each}" for each in shown)
            text = f'Apply failed with {number}: conflict{"s" if len(shown) > 1 else ""} with "{name}": {listed}'
            raise errors.ApiError(409, "Conflict", text, {"causes": causes})


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        if part.startswith("k:"):
            name, _, value = part[2:].partition("=")
            text += f'[{name}="{value}"]'
        else:
            text += f".{part}"
    return text


def _drop(obj: Obj, path: Path) -> None:
    *parents, last = path
    current: Any = obj
    for part in parents:
        current = _step(current, part)
        if current is None:
            return
    if isinstance(current, dict):
        current.pop(last, None)
        if not current and parents:
            _drop_empty(obj, tuple(parents))


def _drop_empty(obj: Obj, path: Path) -> None:
    """What has become empty goes too: a list item with its last field, a map with its last entry."""
    *parents, last = path
    current: Any = obj
    for part in parents:
        current = _step(current, part)
    if isinstance(current, list):
        current.remove({})
    elif isinstance(current, dict) and last not in ("metadata", "spec", "status"):
        current.pop(last, None)


def _step(current: Any, part: str) -> Any:
    if part.startswith("k:") and isinstance(current, list):
        name, _, value = part[2:].partition("=")
        return next((each for each in current if str(each.get(name)) == value), None)
    return current.get(part) if isinstance(current, dict) else None


def _entries(obj: Obj) -> dict[tuple[str, str], set[Path]]:
    found: dict[tuple[str, str], set[Path]] = {}
    for entry in (obj.get("metadata") or {}).get("managedFields") or ():
        if entry.get("operation") == "Apply":
            found[(entry["manager"], entry.get("subresource", ""))] = set(_read(entry.get("fieldsV1") or {}))
    return found


def _entry(key: tuple[str, str], owned: set[Path], api_version: str) -> Obj:
    fields: Obj = {}
    for path in sorted(owned):
        current = fields
        for part in path:
            current = current.setdefault(_written(part), {})
    entry: Obj = {
        "manager": key[0],
        "operation": "Apply",
        "apiVersion": api_version,
        "time": now(),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return entry | ({"subresource": key[1]} if key[1] else {})


def _written(part: str) -> str:
    if not part.startswith("k:"):
        return f"f:{part}"
    name, _, value = part[2:].partition("=")
    return f'k:{{"{name}":{value if value.isdigit() else chr(34) + value + chr(34)}}}'


def _read(fields: Obj, path: Path = ()) -> Iterator[Path]:
    for written, below in fields.items():
        if written.startswith("f:"):
            part = written[2:]
        elif written.startswith("k:{"):
            name, _, value = written[3:-1].partition(":")
            part = f"k:{name.strip(chr(34))}={value.strip(chr(34))}"
        else:
            continue
        if below:
            yield from _read(below, (*path, part))
        else:
            yield (*path, part)


def _without(meta: Obj, name: str) -> Obj:
    return {key: value for key, value in meta.items() if key != name}

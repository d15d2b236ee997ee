"""YAML into pydantic models, with errors a person can act on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from warehouse.errors import ConfigError, nearest

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML 1.1 reads `no` and `on` as booleans; as a word of a product or a tag they are text.
_BOOLEAN = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")


class _TextLoader(_Loader):  # type: ignore[misc, valid-type]
    """Reads only true and false as booleans, and dates as the text they are."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_TextLoader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEAN, list("tTfF"))


class ConfigModel(BaseModel):
    """Base of all configuration models: unknown keys are errors, instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, coerce_numbers_to_str=True)


Model = TypeVar("Model", bound=ConfigModel)


def read_config(path: Path, model: type[Model], text: str | None = None) -> Model:
    """Read one configuration file; a file that does not exist counts as empty.

    Args:
        path: the file, also named in errors.
        model: the pydantic model of the file.
        text: the file's content, when it was read already.

    Raises:
        ConfigError: the file is not YAML, or a key or value is wrong (file, key and line are named).
    """
    if text is None:
        try:
            text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read: {error}", expected="a UTF-8 text file") from error
    try:
        loaded = yaml.load(text, Loader=_TextLoader)  # noqa: S506  a subclass of the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(
            f"{path}{where}: not valid YAML: {problem}", hint="check indentation and quotes"
        ) from error
    if loaded is None:
        loaded = {}
    if not isinstance(loaded, dict):
        raise ConfigError(
            f"{path}: found {type(loaded).__name__}", expected="keys and values at the top level"
        )
    try:
        return model.model_validate(loaded)
    except ValidationError as error:
        raise ConfigError(_explain(path, text, model, error)) from error


def _explain(path: Path, text: str, model: type[BaseModel], error: ValidationError) -> str:
    messages = []
    for item in error.errors():
        location = [str(part) for part in item["loc"]]
        key = ".".join(location)
        line = _line_of(text, location)
        where = f"{path}, line {line}" if line else f"{path}"
        if item["type"] == "extra_forbidden":
            known = _known_keys(model, item["loc"][:-1])
            close = nearest(location[-1], known)
            offer = f"did you mean '{close[0]}'?" if close else f"known keys: {', '.join(sorted(known))}"
            messages.append(f"{where}: unknown key '{key}'; {offer}")
        else:
            messages.append(f"{where}: '{key}': {item['msg']} (found: {_short(item.get('input'))})")
    return "\n".join(dict.fromkeys(messages))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _line_of(text: str, location: list[str]) -> int | None:
    """The line of a key path, found on YAML's own node tree."""
    try:
        node = yaml.compose(text, Loader=_TextLoader)
    except yaml.YAMLError:
        return None
    line = None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            match = next(((k, v) for k, v in node.value if k.value == part), None)
            if match is None:
                continue  # a part pydantic adds for itself, such as the name of a union's branch
            line, node = match[0].start_mark.line + 1, match[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
    return line


def _known_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """Keys that a model knows at a place of the document, walking the annotations down."""
    current: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part)) or next(
                (f for f in current.model_fields.values() if f.alias == part), None
            )
            if field is not None:
                current = _model_in(field.annotation) or current
    if isinstance(current, type) and issubclass(current, BaseModel):
        return {field.alias or name for name, field in current.model_fields.items()}
    return set()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model inside an annotation such as `list[Product] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None

"""The protobuf messages of ``Protocol/jilian.proto``, generated when this module is imported."""

import importlib.util
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from grpc_tools import protoc  # type: ignore[import-untyped]

from faults import Fault, check

PROTOCOL = Path(__file__).resolve().parents[2] / "Protocol"
MAXIMUM_DEPTH = 8

M = TypeVar("M", bound=Message)


def _generate() -> ModuleType:
    """Compile the proto file into a folder that does not outlive this call, and load it."""
    with tempfile.TemporaryDirectory() as folder:
        status = protoc.main(["protoc", f"--proto_path={PROTOCOL}", f"--python_out={folder}", "jilian.proto"])
        if status != 0:
            raise ImportError("jilian.proto does not compile")
        spec = importlib.util.spec_from_file_location("jilian_pb2", Path(folder) / "jilian_pb2.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module


pb = _generate()


def canonical(message: Message) -> bytes:
    """The canonical serialisation of section 8: without unknown fields, which the library keeps."""
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return known.SerializeToString(deterministic=True)


def parse(kind: type[M], data: bytes) -> M:
    """Read a message; refuse groups and too deep nesting, skip unknown fields."""
    message = kind()
    _scan(data, message.DESCRIPTOR, 1)
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise Fault(f"not a {message.DESCRIPTOR.name}") from error
    return message


def parse_canonical(kind: type[M], data: bytes) -> M:
    """Read a message whose bytes must be canonical."""
    message = parse(kind, data)
    check(canonical(message) == data, f"canonical {message.DESCRIPTOR.name}")
    return message


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        check(at < len(data), "varint cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise Fault("varint too long")


def _scan(data: bytes, descriptor: Any, depth: int) -> None:
    """Walk the fields without keeping them: parsers accept groups, this protocol does not."""
    check(depth <= MAXIMUM_DEPTH, "depth of nested messages")
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        check(number > 0, "field number 0")
        if wire_type == 0:
            _, at = _varint(data, at)
        elif wire_type == 1:
            at += 8
        elif wire_type == 5:
            at += 4
        elif wire_type == 2:
            size, at = _varint(data, at)
            check(at + size <= len(data), "field cut off")
            field = descriptor.fields_by_number.get(number)
            if field is not None and field.type == FieldDescriptor.TYPE_MESSAGE:
                _scan(data[at : at + size], field.message_type, depth + 1)
            at += size
        else:
            raise Fault(f"wire type {wire_type}")
    check(at == len(data), "field cut off")

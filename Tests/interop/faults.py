"""What a reader raises for bytes that it must not use."""


class Fault(Exception):
    """Bytes break a rule of the specification; nothing of them is used."""


def check(holds: bool, rule: str) -> None:
    """Raise a fault named ``rule`` unless it holds."""
    if not holds:
        raise Fault(rule)

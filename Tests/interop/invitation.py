"""The text of an invitation (12.1)."""

from dataclasses import dataclass

from faults import check

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_SIZE, SECRET_SIZE, PIN_SIZE = 5, 10, 10
DIGITS = 40


@dataclass(frozen=True)
class Invitation:
    code: bytes
    secret: bytes
    pin: bytes

    @property
    def text(self) -> str:
        number = int.from_bytes(self.code + self.secret + self.pin, "big")
        digits = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(DIGITS)))
        return "-".join(["JL", *(digits[i : i + 5] for i in range(0, DIGITS, 5))])

    @classmethod
    def parse(cls, text: str) -> "Invitation":
        """Read every spelling that the specification allows; refuse the others."""
        digits = "".join(_digit(character) for character in text if character != "-" and not character.isspace())
        if len(digits) == DIGITS + 2 and digits.startswith("J1"):
            digits = digits[2:]
        check(len(digits) == DIGITS, "invitation: 40 digits")
        number = 0
        for digit in digits:
            number = number << 5 | ALPHABET.index(digit)
        data = number.to_bytes(CODE_SIZE + SECRET_SIZE + PIN_SIZE, "big")
        secret_end = CODE_SIZE + SECRET_SIZE
        return cls(data[:CODE_SIZE], data[CODE_SIZE:secret_end], data[secret_end:])


def _digit(character: str) -> str:
    upper = character.upper() if character.isascii() else character
    digit = {"O": "0", "I": "1", "L": "1"}.get(upper, upper)
    check(digit in ALPHABET, "invitation: character")
    return digit

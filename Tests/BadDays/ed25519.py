"""Ed25519 by the system's libcrypto, so that whichever `python3` runs the tests needs no package for it."""

from __future__ import annotations

import ctypes
import os

ED25519 = 1087
_crypto = ctypes.CDLL("libcrypto.so.3")
for _name in ("EVP_PKEY_new_raw_private_key", "EVP_MD_CTX_new"):
    getattr(_crypto, _name).restype = ctypes.c_void_p


class Key:
    """A fresh private key."""

    def __init__(self) -> None:
        self._key = ctypes.c_void_p(_crypto.EVP_PKEY_new_raw_private_key(ED25519, None, os.urandom(32), ctypes.c_size_t(32)))
        public, size = ctypes.create_string_buffer(32), ctypes.c_size_t(32)
        _check(_crypto.EVP_PKEY_get_raw_public_key(self._key, public, ctypes.byref(size)))
        self.public = public.raw

    def __del__(self) -> None:
        _crypto.EVP_PKEY_free(self._key)

    def sign(self, message: bytes) -> bytes:
        context = ctypes.c_void_p(_crypto.EVP_MD_CTX_new())
        signature, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        try:
            _check(_crypto.EVP_DigestSignInit(context, None, None, None, self._key))
            _check(_crypto.EVP_DigestSign(context, signature, ctypes.byref(size), message, ctypes.c_size_t(len(message))))
        finally:
            _crypto.EVP_MD_CTX_free(context)
        return signature.raw


def _check(result: int) -> None:
    if result != 1:
        raise RuntimeError("libcrypto refused")

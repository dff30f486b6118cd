"""A disk of its own for a folder, so small that it can be filled."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

from leftovers import clean_at_exit

BLOCK = 4096


class SmallDisk:
    """A tmpfs over a folder. Mounting needs root; where that fails the test fails, for nothing was tested."""

    def __init__(self, folder: Path, size: int = 8 << 20):
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "jilian-test", str(folder)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"no disk can be mounted, so nothing is known of full ones: {done.stderr.strip()}")

        clean_at_exit(self.unmount)

    def fill(self, leave: int = 0) -> None:
        """Leaves so many bytes free, in whole blocks."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(BLOCK))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            file.truncate(max(0, file.tell() - leave // BLOCK * BLOCK))

    def clear(self) -> None:
        """Makes room."""
        self._ballast.unlink()

    def unmount(self) -> None:
        if os.path.ismount(self.folder):
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True, capture_output=True)

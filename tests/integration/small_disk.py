"""A disk of a few MiB for a test, or one that cannot be written: a tmpfs of its own where mounting is allowed.

    disk = SmallDisk(self, megabytes=8)          # skips the test where mounting is refused
    disk.fill(leaving=100_000)
    disk.make_read_only()
"""

import os
import pathlib
import subprocess
import tempfile


class SmallDisk:
    def __init__(self, test, megabytes):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="amooz-disk-"))
        self._ballast = self.path / "ballast"
        mounted = self._mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.path)
        if mounted.returncode != 0:
            self.path.rmdir()
            test.skipTest("mounting a small tmpfs is refused here: " + mounted.stderr.strip())
        test.addCleanup(self._unmount)

    @staticmethod
    def _mount(*words):
        return subprocess.run(["mount", *map(str, words)], capture_output=True, text=True)

    def _unmount(self):
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)
        self.path.rmdir()

    def free_bytes(self):
        disk = os.statvfs(self.path)
        return disk.f_bavail * disk.f_frsize

    def fill(self, leaving=0):
        """Takes all but `leaving` bytes."""
        with open(self._ballast, "wb", buffering=0) as ballast:
            try:
                while self.free_bytes() > leaving:
                    ballast.write(b"x" * max(1, min(1 << 16, self.free_bytes() - leaving)))
            except OSError:  # it is full
                pass

    def free(self):
        self._ballast.unlink()

    def make_read_only(self):
        self._remount("ro")

    def make_writable(self):
        self._remount("rw")

    def _remount(self, mode):
        result = self._mount("-o", f"remount,{mode}", self.path)
        if result.returncode != 0:
            raise AssertionError(result.stderr)

"""A disk of a few MiB for a test, which it fills or makes read-only: a tmpfs of its own.

    disk = SmallDisk(self, megabytes=8)
    server = bench.amoozd(data_dir=disk.path / "data", **disk.where)
    disk.fill()

Where mounting is refused the test is skipped. With AMOOZ_TEST_MOUNT=0 it is instead a folder on the machine's disk, and
servers that pretend (the debug build's AMOOZ_DISK_FAULT_FILE).
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

from harness import FAILPOINT_BUILD


class SmallDisk:
    def __init__(self, test, megabytes):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="amooz-disk-"))
        self._ballast = self.path / "ballast"
        self.where = {}
        self.is_mounted = os.environ.get("AMOOZ_TEST_MOUNT") != "0"
        if self.is_mounted:
            mounted = self._mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.path)
            if mounted.returncode != 0:
                self.path.rmdir()
                test.skipTest(f"mounting is refused: {mounted.stderr.strip()}")
            test.addCleanup(self._unmount)
            return
        test.addCleanup(shutil.rmtree, self.path)
        if not (FAILPOINT_BUILD / "bin" / "amoozd").exists():
            test.skipTest(f"there is no build with failpoints in {FAILPOINT_BUILD} (AMOOZ_FAILPOINT_BUILD)")
        self._fault = self.path / "fault"
        self.where = {"build": FAILPOINT_BUILD, "environment": {"AMOOZ_DISK_FAULT_FILE": str(self._fault)}}

    @staticmethod
    def _mount(*words):
        return subprocess.run(["mount", *map(str, words)], capture_output=True, text=True)

    def _unmount(self):
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)
        self.path.rmdir()

    def free_bytes(self):
        disk = os.statvfs(self.path)
        return disk.f_bavail * disk.f_frsize

    def fill(self):
        self._take(leaving=0) if self.is_mounted else self._fault.write_text("full")

    def make_low(self):
        """2 % stay free."""
        disk = os.statvfs(self.path)
        self._take(leaving=disk.f_blocks * disk.f_frsize // 50) if self.is_mounted else self._fault.write_text("low")

    def free(self):
        (self._ballast if self.is_mounted else self._fault).unlink()

    def make_read_only(self):
        self._remount("ro") if self.is_mounted else self._fault.write_text("read_only")

    def make_writable(self):
        self._remount("rw") if self.is_mounted else self._fault.unlink()

    def _take(self, leaving):
        with open(self._ballast, "wb", buffering=0) as ballast:
            try:
                while self.free_bytes() > leaving:
                    ballast.write(b"x" * max(1, min(1 << 16, self.free_bytes() - leaving)))
            except OSError:  # it is full
                pass

    def _remount(self, mode):
        result = self._mount("-o", f"remount,{mode}", self.path)
        if result.returncode != 0:
            raise AssertionError(result.stderr)

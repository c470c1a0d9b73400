"""The arrows of the architecture, asserted from the #include lines: who may know whom.

Each folder lists what it may include beside itself and the standard and third-party libraries.
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

SDK_PUBLIC = {"sdk/include"}
CORE_BASE = {"core/base", "sdk/base", "proto"}
CORE_LOW = CORE_BASE | {"core/store", "core/text", "sdk/text"}
ALLOWED = {
    "sdk/include": set(),
    "sdk/text": set(),
    "sdk/base": set(),
    "sdk/host": {"sdk/base"} | SDK_PUBLIC,
    "sdk/tool": {"sdk/base", "sdk/host"} | SDK_PUBLIC,
    "sdk/template": SDK_PUBLIC,
    "core/base": CORE_BASE,
    "core/text": CORE_BASE | {"sdk/text"},
    "core/store": CORE_BASE | {"core/text"},
    "core/ingest": CORE_LOW,
    "core/dataset": CORE_LOW,
    "core/model": CORE_LOW | {"core/plugin", "core/dataset", "sdk/host"} | SDK_PUBLIC,
    "core/plugin": CORE_LOW | {"sdk/host"} | SDK_PUBLIC,
    "core/cycle": CORE_LOW | {"core/ingest", "core/dataset", "core/model", "core/plugin", "sdk/host"} | SDK_PUBLIC,
    "core/server": CORE_LOW | {"core/ingest", "core/dataset", "core/model", "core/plugin", "core/cycle", "sdk/host"} | SDK_PUBLIC,
    "core/main.cc": {"core/base", "core/server"},
    "client/lib": {"proto", "sdk/base"},
    "client/cli": {"proto", "sdk/base", "client/lib"},
    "client/chat_service": {"proto", "sdk/base", "sdk/host", "client/lib"} | SDK_PUBLIC,
}
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)


def room_of(path):
    """The most specific room that `path` (relative to the root) lies in; each plugin is a room of its own."""
    parts = path.split("/")
    if parts[0] == "plugins":
        return "/".join(parts[:2])
    if path == "core/main.cc":
        return path
    return "/".join(parts[:2])


def target_of(include, source):
    """The room an include leads to; None for the standard library and third parties."""
    if include.startswith("amooz/sdk/text"):
        return "sdk/text"
    if include.startswith("amooz/sdk/"):
        return "sdk/include"
    if include.startswith("amooz/v1/"):
        return "proto"
    if re.match(r"(core|sdk|client|plugins|tests|proto)/", include):
        return room_of(include)
    if (ROOT / source).parent.joinpath(include).exists():
        return room_of(str((ROOT / source).parent.joinpath(include).resolve().relative_to(ROOT)))
    return None


def allowed_for(room):
    if room.startswith("plugins/"):
        return {"sdk/text"} | SDK_PUBLIC
    return ALLOWED[room]


def violations(source, text):
    room = room_of(source)
    allowed = allowed_for(room)
    for include in INCLUDE.findall(text):
        target = target_of(include, source)
        if target is not None and target != room and target not in allowed:
            yield f"{source} includes {include}: {room} must not know {target}"


class IncludeArrows(unittest.TestCase):
    def sources(self):
        for top in ("core", "sdk", "client", "plugins"):
            for path in sorted((ROOT / top).rglob("*")):
                if path.suffix in (".h", ".hpp", ".cc", ".c") and "abi_history" not in path.parts:
                    yield str(path.relative_to(ROOT))

    def test_every_include_follows_an_arrow(self):
        found = [line for source in self.sources() for line in violations(source, (ROOT / source).read_text())]
        self.assertEqual([], found, "\n".join(found))

    def test_every_source_lies_in_a_known_room(self):
        unknown = {room_of(s) for s in self.sources()} - set(ALLOWED)
        self.assertEqual(set(), {room for room in unknown if not room.startswith("plugins/")})

    def test_a_forbidden_include_is_found(self):
        self.assertTrue(list(violations("sdk/host/x.cc", '#include "core/store/store.h"\n')))
        self.assertTrue(list(violations("plugins/torch/x.cc", '#include "sdk/base/status.h"\n')))
        self.assertTrue(list(violations("client/cli/x.cc", '#include "sdk/host/plugin.h"\n')))
        self.assertFalse(list(violations("core/cycle/x.cc", '#include "core/store/store.h"\n#include <vector>\n')))


if __name__ == "__main__":
    unittest.main()

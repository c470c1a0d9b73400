"""What the documents show: their sessions of commands, and a folder and a shell to run them in."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

from harness import BUILD, ROOT

DEFAULT_PORTS = (50650, 50651)
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)
INLINE = re.compile(r"`((?:amooz(?:-chat|-plugin|d)? |deploy/|source )[^`]*)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")


def taken_ports():
    """Of the default ports, which the documents' sessions use, those that are not free."""
    taken = []
    for port in DEFAULT_PORTS:
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                taken.append(port)
    return taken


def blocks(path, language):
    """The fenced blocks of a document in one language, in order."""
    return [text for found, text in FENCED.findall((ROOT / path).read_text()) if found == language]


def session(path):
    """All `sh` blocks of a document, as one session."""
    return "".join(blocks(path, "sh"))


def sandbox(test, wrapped_options=None):
    """A folder where build/release and deploy are what the documents expect. With `wrapped_options`, which maps a
    program to options, those programs are scripts that add them: for a model that trains in a second."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="amooz-docs-"))
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    (folder / "build").mkdir()
    (folder / "deploy").symlink_to(ROOT / "deploy")
    if not wrapped_options:
        (folder / "build" / "release").symlink_to(BUILD)
        return folder
    programs = folder / "build" / "release" / "bin"
    programs.mkdir(parents=True)
    for name in ("amooz", "amoozd", "amooz-chat", "amooz-plugin"):
        words = " ".join(f"'{word}'" for word in wrapped_options.get(name, []))
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{BUILD}/bin/{name}" "$@" {words}\n')
        script.chmod(0o755)
    return folder


def run_session(text, folder, timeout):
    """Runs the lines as they stand, one after the other without a pause, as a block that is pasted into a terminal, and
    echoes each. Returns the exit code and what was printed. Whatever the session leaves running is stopped."""
    lines = []
    for line in text.strip().splitlines():
        lines += ["echo " + shell_quoted("+ " + line), line]
    script = "set -em\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n" + "\n".join(lines) + "\n"
    result = subprocess.run(["bash", "-c", script], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=timeout)
    return result.returncode, result.stdout


def shell_quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def command_problem(command):
    """What is wrong with an inline command of a document, or None. `amooz` runs it where no server is, which tells a
    command that it does not know (exit code 2) from one that it would carry out; others are asked for help."""
    words = re.sub(r"\b(FILE|FOLDER|DIR|DIGEST|ID)\b", "x", command).replace("HOST:PORT", "127.0.0.1:1").split()
    program = ROOT / words[0] if "/" in words[0] else BUILD / "bin" / words[0]
    if not program.exists():
        return f"there is no {words[0]}"
    if words[0] == "amooz":
        if words == ["amooz", "chat"]:
            words += ["--message", "x"]  # a conversation needs a terminal
        with tempfile.TemporaryDirectory(prefix="amooz-docs-") as folder:
            nowhere = {"AMOOZ_ADDRESS": "127.0.0.1:1", "AMOOZ_CHAT_ADDRESS": "127.0.0.1:1", "AMOOZ_CONNECT_SECONDS": "0"}
            result = subprocess.run([program, *words[1:]], capture_output=True, text=True, cwd=folder,
                                    stdin=subprocess.DEVNULL, env={**os.environ, **nowhere}, timeout=120)
        is_only_named = result.stderr.rstrip().split("\n")[0].endswith(" is required")  # "`amooz why` shows it"
        return result.stderr if result.returncode == 2 and not is_only_named else None
    result = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=120)
    unknown = [word for word in words[1:] if word.startswith("--") and word not in result.stdout]
    return f"{words[0]} does not know {unknown}" if unknown or result.returncode != 0 else None

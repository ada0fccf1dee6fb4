"""CPU a request on several HTTP fronts, in one run: ``python bench/fronts/measure.py``.

Every front answers 400 bytes to a body of 300, over kept-alive connections. What counts is the
server's own CPU time (user and system, from /proc), so neither the client nor a busy machine
changes the order; the ratios are the result. Servers that are not ours are installed into a
directory of their own for the run.
"""

from __future__ import annotations

import argparse
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BODY = b"x" * 300
REQUEST = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Boto3/1.44 md/Botocore#1.44 os/linux\r\n"
    b"X-Amz-Target: TrentService.Decrypt\r\nContent-Type: application/x-amz-json-1.1\r\n"
    b"X-Amz-Date: 20261124T231500Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAM"
    b"PLE/20261124/us-east-1/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-tar"
    b"get, Signature=6915b33bbe2005039a5155d25979a552855203fabc86150eb1f1fbd4d7d494d3\r\n"
    b"amz-sdk-invocation-id: bf9ca022-fc2f-4a64-a465-5fcc5d7e0096\r\n"
    b"Content-Length: 300\r\n\r\n" + BODY
)
OURS = [sys.executable, str(HERE / "echo_ours.py")]


def fronts(python: str) -> dict[str, list[str]]:
    """How each front is started; PORT stands for the port."""
    uvicorn = [python, "-m", "uvicorn", "--app-dir", str(HERE), "--port", "PORT", "--no-access-log"]
    granian = [python, "-m", "granian", "--port", "PORT", "--workers", "1", "--no-ws"]
    granian += ["--working-dir", str(HERE), "--log-level", "error"]
    return {
        "ours on uvloop": [*OURS, "PORT", "uvloop"],
        "ours on asyncio": [*OURS, "PORT", "asyncio"],
        "uvicorn (uvloop, httptools)": [*uvicorn, "--log-level", "error", "echo_asgi:app"],
        "granian RSGI": [*granian, "--interface", "rsgi", "echo_rsgi:app"],
        "granian ASGI": [*granian, "--interface", "asgi", "echo_asgi:app"],
    }


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and its descendants have used."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (int(entry.name) == pid or parent_of(entry) == pid):
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def parent_of(entry: Path) -> int:
    """The parent of a process."""
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def drive(port: int, connections: int, requests: int) -> float:
    """Send *requests*, one at a time on each connection; how many seconds it took."""
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        connection.sendall(REQUEST)
    left, answered = requests - connections, 0
    parts: dict[int, bytes] = {}
    started = time.perf_counter()
    while answered < requests:
        free = []
        for key, _ in selector.select():
            connection = key.fileobj  # type: ignore[assignment]
            data = parts.pop(key.fd, b"") + connection.recv(65536)
            if not data.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(data[:200])
            if len(data.partition(b"\r\n\r\n")[2]) < 400:
                parts[key.fd] = data
                continue
            answered += 1
            free.append(connection)
        # All at once, as a client does that is faster than the server: it then finds several.
        for connection in free[:left]:
            connection.sendall(REQUEST)
        left -= min(left, len(free))
    took = time.perf_counter() - started
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return took


def start(command: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """Start a front on a free port, and wait until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = [word.replace("PORT", str(port)) for word in command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            drive(port, 1, 1)
        except (OSError, RuntimeError):
            time.sleep(0.05)
        else:
            return process, port
    process.kill()
    raise RuntimeError(f"{command} does not answer")


def install(where: Path) -> str:
    """An interpreter that has the other servers."""
    subprocess.run([sys.executable, "-m", "venv", str(where)], check=True)
    python = str(where / "bin" / "python")
    packages = ["uvicorn", "uvloop", "httptools", "granian"]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    subprocess.run(pip, check=True)
    return python


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        python = install(Path(directory) / "others")
        commands = fronts(python)
        costs: dict[str, list[float]] = {name: [] for name in commands}
        running = {name: start(command) for name, command in commands.items()}
        try:
            for _, port in running.values():
                drive(port, arguments.connections, 3_000)
            # Round by round, so that a change of the machine's mood touches all fronts alike.
            for _ in range(arguments.rounds):
                for name, (process, port) in running.items():
                    before = cpu_of(process.pid)
                    drive(port, arguments.connections, arguments.requests)
                    costs[name].append((cpu_of(process.pid) - before) / arguments.requests * 1e6)
        finally:
            for process, _ in running.values():
                process.terminate()
                process.wait(10)
    best = min(costs["ours on uvloop"])
    sys.stdout.write("| front | CPU µs a request, best | median | of ours |\n|---|---|---|---|\n")
    for name, samples in costs.items():
        median = statistics.median(samples)
        sys.stdout.write(
            f"| {name} | {min(samples):.1f} | {median:.1f} | {min(samples) / best:.2f} |\n"
        )


if __name__ == "__main__":
    main()

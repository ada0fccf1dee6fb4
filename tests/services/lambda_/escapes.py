"""Ways out of a sandbox, tried by a function, and by a plain process as the control.

This file is the function's own code: it imports nothing but the standard library. Each attempt
returns what it got hold of, or raises what refused it. An attempt runs in a child of its own.
"""

# system calls are what this is about
# ruff: noqa: BLE001, PTH100, PTH102, PTH106, PTH108, PTH115, PTH118, PTH120, PTH123, PTH202, PTH208
from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

libc = ctypes.CDLL(None, use_errno=True)

CALLS = {
    "x86_64": {
        "clone": 56,
        "ptrace": 101,
        "personality": 135,
        "adjtimex": 159,
        "setns": 308,
        "keyctl": 250,
        "name_to_handle_at": 303,
        "process_vm_readv": 310,
        "bpf": 321,
        "perf_event_open": 298,
        "userfaultfd": 323,
        "io_uring_setup": 425,
        "pidfd_getfd": 438,
        "clone3": 435,
    },
    "aarch64": {
        "clone": 220,
        "ptrace": 117,
        "personality": 92,
        "adjtimex": 171,
        "setns": 268,
        "keyctl": 219,
        "name_to_handle_at": 264,
        "process_vm_readv": 270,
        "bpf": 280,
        "perf_event_open": 241,
        "userfaultfd": 282,
        "io_uring_setup": 425,
        "pidfd_getfd": 438,
        "clone3": 435,
    },
}[os.uname().machine]

NEWNS, NEWUSER, NEWUTS = 0x00020000, 0x10000000, 0x04000000

ATTEMPTS: dict[str, Callable[[dict[str, Any]], Any]] = {}


def attempt(function: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """Add a way out."""
    ATTEMPTS[function.__name__] = function
    return function


def must(result: int) -> int:
    """Raise the error of a C call that failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def call(name: str, *arguments: Any) -> int:
    """Make a system call."""
    made = [each if not isinstance(each, int) else ctypes.c_long(each) for each in arguments]
    return must(libc.syscall(ctypes.c_long(CALLS[name]), *made))


# ---------------------------------------------------------------- files


@attempt
def read_the_servers_files(facts):
    with open(facts["secret_file"]) as file:
        return file.read()


@attempt
def list_the_servers_directory(facts):
    return os.listdir(os.path.dirname(facts["secret_file"]))


@attempt
def read_another_functions_code(facts):
    return os.listdir(facts["other_code"])


@attempt
def list_the_kernels_files(facts):
    return os.listdir("/sys/kernel")[0]


@attempt
def write_its_own_code(facts):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "planted.py")
    with open(path, "w") as file:
        file.write("planted")
    os.unlink(path)
    return path


@attempt
def write_system_files(facts):
    path = "/usr/local/planted-by-a-test"
    with open(path, "w") as file:
        file.write("planted")
    os.unlink(path)
    return path


@attempt
def write_at_the_root(facts):
    os.mkdir("/planted-by-a-test")
    os.rmdir("/planted-by-a-test")
    return "/"


@attempt
def write_in_etc(facts):
    path = "/etc/planted-by-a-test"
    with open(path, "w") as file:
        file.write("planted")
    os.unlink(path)
    return path


@attempt
def make_a_device(facts):
    path = "/tmp/planted-device"
    os.mknod(path, 0o20600, os.makedev(1, 1))
    os.unlink(path)
    return path


@attempt
def open_a_file_by_its_handle(facts):
    handle = struct.pack("Ii128s", 128, 0, b"")
    buffer = ctypes.create_string_buffer(handle)
    mount = ctypes.c_int()
    return call("name_to_handle_at", -100, b"/", buffer, ctypes.byref(mount), 0)


# ---------------------------------------------------------------- processes


@attempt
def see_the_server(facts):
    with open(f"/proc/{facts['server']}/cmdline") as file:
        return file.read()[:20]


@attempt
def signal_the_server(facts):
    os.kill(facts["server"], 0)
    return "a signal"


@attempt
def read_an_environment(facts):
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in {os.getpid(), os.getppid()}:
            try:
                with open(f"/proc/{name}/environ") as file:
                    if facts["marker"] in file.read():
                        return name
            except OSError:
                continue
    raise PermissionError("no environment holds the marker")


@attempt
def read_another_memory(facts):
    with open(f"/proc/{facts['server']}/maps") as file:
        start = int(file.readline().split("-")[0], 16)
    with open(f"/proc/{facts['server']}/mem", "rb") as memory:
        memory.seek(start)
        return len(memory.read(16))


@attempt
def trace(facts):
    return call("ptrace", 0, 0, 0, 0)


@attempt
def read_memory_by_call(facts):
    source = ctypes.create_string_buffer(b"precious")
    target = ctypes.create_string_buffer(8)
    local = (ctypes.c_size_t * 2)(ctypes.addressof(target), 8)
    remote = (ctypes.c_size_t * 2)(ctypes.addressof(source), 8)
    call("process_vm_readv", os.getpid(), local, 1, remote, 1, 0)
    return target.value.decode()


@attempt
def take_a_descriptor(facts):
    pidfd = os.pidfd_open(os.getpid())
    return call("pidfd_getfd", pidfd, 0, 0)


@attempt
def find_open_files(facts):
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if target == facts["secret_file"]:
            return target
    raise PermissionError("no descriptor leads to the file")


# ---------------------------------------------------------------- namespaces and privileges


@attempt
def make_a_user_space(facts):
    return must(libc.unshare(NEWUSER))


@attempt
def make_a_user_space_by_clone(facts):
    pid = call("clone", NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


@attempt
def make_a_user_space_by_clone3(facts):
    arguments = struct.pack("8Q", NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    pid = call("clone3", ctypes.create_string_buffer(arguments), 64)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


@attempt
def mount_something(facts):
    must(libc.unshare(NEWNS))
    must(libc.mount(b"none", b"/", None, ctypes.c_ulong(0x44000), None))  # private, recursive
    return must(libc.mount(b"none", b"/tmp", b"tmpfs", ctypes.c_ulong(0), None))


@attempt
def enter_a_space(facts):
    with open("/proc/self/ns/net") as space:
        return call("setns", space.fileno(), 0)


@attempt
def change_the_root(facts):
    os.chroot("/tmp")
    return "/tmp"


@attempt
def become_root(facts):
    if os.getuid() == 0:
        return "root already"
    os.setresuid(0, 0, 0)
    return "root"


@attempt
def change_the_hosts_name(facts):
    must(libc.unshare(NEWUTS))
    socket.sethostname("planted")
    return "planted"


@attempt
def gain_privileges(facts):
    with open("/proc/self/status") as file:
        words = dict(line.split(":", 1) for line in file if ":" in line)
    if words["NoNewPrivs"].strip() == "1" and int(words["CapEff"], 16) == 0:
        raise PermissionError("no capabilities, and none to be gained")
    return words["CapEff"].strip()


# ---------------------------------------------------------------- the kernel


@attempt
def load_a_program_into_the_kernel(facts):
    attributes = ctypes.create_string_buffer(struct.pack("IIII", 2, 4, 4, 1).ljust(72, b"\0"))
    return call("bpf", 0, attributes, 72)


@attempt
def watch_the_processor(facts):
    event = ctypes.create_string_buffer(struct.pack("IIQ", 1, 112, 0).ljust(112, b"\0"))
    return call("perf_event_open", event, 0, -1, -1, 0)


@attempt
def handle_page_faults(facts):
    return call("userfaultfd", 0)


@attempt
def use_a_ring(facts):
    return call("io_uring_setup", 1, ctypes.create_string_buffer(120))


@attempt
def reach_the_keyring(facts):
    return call("keyctl", 0, -3, 0, 0, 0)


@attempt
def switch_off_randomness(facts):
    return call("personality", 0xFFFFFFFF)


@attempt
def read_the_clocks_discipline(facts):
    return call("adjtimex", ctypes.create_string_buffer(256))


# ---------------------------------------------------------------- the network


@attempt
def open_a_raw_socket(facts):
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()
    return "raw"


@attempt
def open_a_packet_socket(facts):
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    return "packets"


@attempt
def open_a_netlink_socket(facts):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
    return "netlink"


@attempt
def open_a_vsock(facts):
    socket.socket(40, socket.SOCK_STREAM).close()
    return "vsock"


@attempt
def reach_another_port(facts):
    socket.create_connection(("127.0.0.1", facts["port"]), 2).close()
    return facts["port"]


@attempt
def reach_another_address(facts):
    socket.create_connection(("127.0.0.2", facts["port"]), 2).close()
    return facts["port"]


@attempt
def reach_an_abstract_socket(facts):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + facts["abstract"])
    return facts["abstract"]


@attempt
def reach_a_socket_in_a_directory(facts):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(facts["unix"])
    return facts["unix"]


# ---------------------------------------------------------------- resources


@attempt
def start_a_thousand_tasks(facts):
    threading.stack_size(64 * 1024)
    stop = threading.Event()
    started = []
    try:
        for _ in range(1100):
            thread = threading.Thread(target=stop.wait, daemon=True)
            thread.start()
            started.append(thread)
    finally:
        stop.set()
    return len(started)


@attempt
def take_much_memory(facts):
    return len(mmap.mmap(-1, facts["memory"], flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


@attempt
def fill_the_disk(facts):
    path = "/tmp/filling"
    try:
        with open(path, "wb") as file:
            file.writelines(bytes(1 << 20) for _ in range(24))
        return os.path.getsize(path)
    finally:
        os.unlink(path)


@attempt
def fill_the_shared_memory(facts):
    path = "/dev/shm/filling-by-a-test"
    try:
        with open(path, "wb") as file:
            file.writelines(bytes(1 << 20) for _ in range(80))
        return os.path.getsize(path)
    finally:
        os.unlink(path)


@attempt
def lift_a_limit(facts):
    endless = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_NPROC, (endless, endless))
    resource.setrlimit(resource.RLIMIT_DATA, (endless, endless))
    return "no limits"


# ---------------------------------------------------------------- running them


def run(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Make one attempt in a child; what came of it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            said = {"escaped": True, "said": str(ATTEMPTS[name](facts))[:500]}
        except BaseException as error:
            said = {"escaped": False, "said": f"{type(error).__name__}: {error}"}
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], 20)
    body = os.read(reading, 65536) if ready else b""
    os.close(reading)
    if not ready:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return json.loads(body) if body else {"escaped": False, "said": "ended without a word"}


def handler(event, context):
    """Make every attempt."""
    began = time.monotonic()
    results = {name: run(name, event) for name in ATTEMPTS}
    print(f"{len(results)} attempts in {time.monotonic() - began:.2f} s")
    return results


if __name__ == "__main__":
    print(json.dumps(handler(json.loads(sys.argv[1]), None)))

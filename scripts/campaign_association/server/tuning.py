"""The server's settings, fitted to the memory of the machine."""

from pathlib import Path

import psutil

GIGABYTE = 1024**3
MEGABYTE = 1024**2
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
SHARED_MEMORY = Path("/dev/shm")


def settings(port: int) -> dict[str, str]:
    """Return PostgreSQL's settings by name. Crash safety stays as it is: on."""
    memory = _memory()
    chosen = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "shared_buffers": _megabytes(min(memory / 4, 2 * GIGABYTE)),
        "effective_cache_size": _megabytes(memory / 2),
        "work_mem": _megabytes(min(memory / 256, 64 * MEGABYTE)),
        "maintenance_work_mem": _megabytes(min(memory / 16, GIGABYTE)),
        "max_wal_size": "4GB",
        # after each checkpoint, a page that changes is logged as a whole
        "checkpoint_timeout": "30min",
        # the default is for spinning disks
        "random_page_cost": "1.1",
        # no copies are kept of this server, so tables and indexes filled by the
        # transaction that made them need no log; they are on disk when it commits
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %u@%d ",
        "client_connection_check_interval": "1s",
    }
    # containers often have 64 MB there, too little for parallel queries
    if (
        SHARED_MEMORY.is_dir()
        and psutil.disk_usage(str(SHARED_MEMORY)).total < GIGABYTE
    ):
        chosen["dynamic_shared_memory_type"] = "mmap"
    return chosen


def _memory() -> int:
    """Return the memory we may use, in bytes: the machine's, or the container's."""
    total = psutil.virtual_memory().total
    try:
        return min(total, int(CONTAINER_LIMIT.read_text()))
    except (OSError, ValueError):
        return total


def _megabytes(size: float) -> str:
    return f"{max(1, int(size // MEGABYTE))}MB"

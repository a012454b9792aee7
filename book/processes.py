"""The processes of a build: how many, none that outlives it, and kernels that start warm.

An ordinary kernel spends half a second on its own imports and as much on those of pandas and Altair, for each
chapter anew. A warm one is forked, by the standard library, from one process that has imported them. Where
processes cannot be forked safely, kernels start as usual.
"""

import gc
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.forkserver import ensure_running, set_forkserver_preload  # type: ignore[attr-defined]
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from nbclient import NotebookClient

# Of the book itself nothing, for it is watched from its first line.
PRELOADED = ["__main__", "ipykernel.kernelapp", "ipykernel.debugger", "pandas", "altair", "frictionless"]
IS_SAFE = sys.platform == "linux"


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pool() -> ProcessPoolExecutor:
    """Return processes to share work between, one a core; they end with this one, even if it is killed."""
    gc.freeze()  # what is there by now is for good: neither this process nor the forked ones need go over it
    return ProcessPoolExecutor(cores(), initializer=_end_with, initargs=(os.getpid(),))


def _end_with(parent: int) -> None:
    """End this process soon after its parent has ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


# --- kernels --------------------------------------------------------------------------------------------------


def warm_up() -> None:
    """Begin the process from which kernels are forked, so that its imports are done while others work."""
    if IS_SAFE:
        set_forkserver_preload(PRELOADED)
        ensure_running()


def warm(client: NotebookClient) -> None:
    """Let the kernel of a client start warm, where that is safe."""
    if IS_SAFE:
        manager = client.create_kernel_manager()
        manager.provisioner = Forked(kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager)


class Process:
    """A forked process as the provisioner of a kernel asks for it: like one of ``subprocess``."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for the end and return the exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        if self.pid:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Forked(LocalProvisioner):  # type: ignore[misc]
    """Provides kernels by forking one warm process."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start a kernel and return how to reach it; called by the kernel's manager."""
        context = multiprocessing.get_context("forkserver")
        warm_up()
        begun = context.Process(target=run_kernel, args=(cmd, str(kwargs["cwd"]), dict(kwargs["env"])), daemon=True)
        begun.start()
        self.process: Any = Process(begun)
        self.pid, self.pgid = begun.pid, None
        return self.connection_info


def run_kernel(command: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be the kernel that a command would start in a folder; runs in the forked process."""
    from ipykernel.kernelapp import launch_new_instance

    gc.freeze()  # what was imported stays, and need not be gone over again and again
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    own = environment.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = ["", *own, *(path for path in sys.path if path not in own)]
    given = command[command.index("ipykernel_launcher") + 1 :]
    launch_new_instance(argv=[*given, f"--IPKernelApp.parent_handle={os.getppid()}"])

"""A local AWS API server for Tidegate's tests: MiniStack, unmodified, with plug-ins for what it lacks.

    python serve.py --port 0 [--faults] [--well [START*FACTOR]]

Prints `listening on http://127.0.0.1:PORT` when ready and ends when its stdin
closes or on SIGTERM, so a crashed test leaves no server behind. See README.md.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time


def main():
    options = _parse_options()
    public = _listen(options.port)
    inner = _listen(0) if options.faults else public
    scratch = tempfile.mkdtemp(prefix="tidegate-server-")
    _configure_ministack(inner.getsockname()[1], scratch)
    if options.well:
        _make_minutes_short(options.well)
    asyncio.run(_serve(inner, public, options))
    shutil.rmtree(scratch, ignore_errors=True)
    # Threads of running pipelines must not keep the process alive.
    os._exit(0)


def _parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--faults", action="store_true", help="put the fault proxy in front of the server")
    parser.add_argument(
        "--well",
        nargs="?",
        const=f"{int(time.time())}*60",
        metavar="START*FACTOR",
        help="jobs report that they are well, and minutes are short: from START on, so many seconds pass in each",
    )
    return parser.parse_args()


def _listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def _configure_ministack(port, scratch):
    """MiniStack reads its settings from the environment when it is imported."""
    tempfile.tempdir = scratch
    os.environ.update(
        TMPDIR=scratch,
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        PERSIST_STATE="0",
        S3_PERSIST="0",
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "ERROR"),
    )


def _make_minutes_short(clock):
    """In functions, a minute lasts a second, unless told otherwise: each begins with `clock/sitecustomize.py`."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock")
    os.environ.update(TIDEGATE_CLOCK=clock, PYTHONPATH=folder)


async def _serve(inner, public, options):
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    # These import MiniStack, which must find its environment set.
    import codecommit
    import connections
    import control
    import describes
    import faults
    import flink
    import models
    import moments
    import pipelines
    import readers
    import registry
    import repairs
    import reverts
    import runs
    import sessions
    import shifts
    import stacks

    plug_ins = (pipelines, connections, codecommit, flink, repairs, readers, runs, sessions, shifts, stacks, registry)
    for plug_in in (*plug_ins, describes, reverts, models, moments):
        plug_in.install()
    if options.faults:
        proxy = faults.FaultProxy(public, inner.getsockname()[1])
        threading.Thread(target=proxy.serve_forever, daemon=True).start()

    config = Config()
    config.bind = [f"fd://{inner.fileno()}"]
    config.loglevel = os.environ["LOG_LEVEL"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    end = asyncio.Event()
    _end_with_parent(end)
    announcing = _announce(inner.getsockname()[1], public.getsockname()[1])
    await asyncio.gather(serve(control.app, config, shutdown_trigger=end.wait), announcing)


def _end_with_parent(end):
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    loop.add_signal_handler(signal.SIGINT, end.set)

    def watch_stdin():
        while sys.stdin.buffer.read(4096):
            pass
        loop.call_soon_threadsafe(end.set)

    threading.Thread(target=watch_stdin, daemon=True).start()


async def _announce(inner_port, public_port):
    """Say that the server is ready once it really answers."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", inner_port)
        writer.write(b"GET /_tidegate/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        if b" 200 " in answer.partition(b"\r\n")[0]:
            break
    print(f"listening on http://127.0.0.1:{public_port}", flush=True)


if __name__ == "__main__":
    main()

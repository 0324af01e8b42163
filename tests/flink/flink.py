"""Real Flink: its jars from PyPI, and a cluster of two processes on this machine, driven over its REST API."""

import copy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.request
import uuid
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# What the jobs are compiled for: the Java that Managed Service for Apache Flink runs for Flink 1.20, so that the same
# class files run on every version.
RELEASE = "11"
# Flink's own list, in the `config.yaml` of its distribution, which is not in the package.
OPENS = """
java.base/java.lang java.base/java.net java.base/java.io java.base/java.nio java.base/sun.nio.ch
java.base/java.lang.reflect java.base/java.text java.base/java.time java.base/java.util java.base/java.util.concurrent
java.base/java.util.concurrent.atomic java.base/java.util.concurrent.locks
""".split()
SMALL = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MaxMetaspaceSize=256m"]
LOGGING = """
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = FILE
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
"""


class Trouble(Exception):
    """The machine, and not Flink's answer."""


def jars(version, target):
    """The folder with the jars of a version; downloaded once."""
    folder = target / f"flink-{version}"
    if folder.is_dir():
        return folder
    print(f"fetching Flink {version}", flush=True)
    downloads = target / f"download-{version}"
    shutil.rmtree(downloads, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    package = f"apache-flink-libraries=={version}"
    subprocess.run([*pip, "--no-binary", ":all:", "--dest", downloads, package], check=True)
    [archive] = downloads.glob("*.tar.gz")
    unpacked = downloads / "lib"
    unpacked.mkdir()
    with tarfile.open(archive) as files:
        for member in files:
            name = Path(member.name).name
            if "/deps/lib/" in member.name and re.match(r"(flink-dist|log4j).*\.jar$", name):
                with files.extractfile(member) as source, open(unpacked / name, "wb") as sink:
                    shutil.copyfileobj(source, sink)
    unpacked.rename(folder)
    shutil.rmtree(downloads)
    return folder


def compiled(lib, target, sources):
    """The jar of `jobs/common` and one more folder of it, compiled against the jars in `lib`; made when it is older."""
    files = sorted([*HERE.glob("jobs/common/**/*.java"), *HERE.glob(f"jobs/{sources}/**/*.java")])
    jar = target / f"{lib.name}-{sources}.jar"
    if jar.exists() and all(file.stat().st_mtime < jar.stat().st_mtime for file in files):
        return jar
    classes = target / f"{lib.name}-{sources}"
    shutil.rmtree(classes, ignore_errors=True)
    classes.mkdir(parents=True)
    flink = next(lib.glob("flink-dist-*.jar"))
    subprocess.run(["javac", "--release", RELEASE, "-Xlint:-options", "-cp", flink, "-d", classes, *files], check=True)
    subprocess.run(["jar", "--create", "--file", jar, "--main-class", "rides.Job", "-C", classes, "."], check=True)
    return jar


def newer_java(jar):
    """The same jar, its class files marked as made for a Java that nothing runs yet."""
    marked = jar.with_name(jar.stem + "-newer-java.jar")
    with zipfile.ZipFile(jar) as source, zipfile.ZipFile(marked, "w") as sink:
        for name in source.namelist():
            content = source.read(name)
            # The format's major version stands in bytes 6 and 7; 200 is far above that of any Java.
            sink.writestr(name, content[:6] + b"\x00\xc8" + content[8:] if name.endswith(".class") else content)
    return marked


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A JobManager and a TaskManager."""

    def __init__(self, version, lib, folder):
        self.version, self.folder, self.processes, self.uploaded, self.over = version, folder, [], {}, False
        self.reading, self.read, self.counts = threading.Lock(), 0, {}
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "conf").mkdir(parents=True)
        self.port = free_port()
        rpc = free_port()
        configuration = {
            "jobmanager.rpc.address": "127.0.0.1",
            "jobmanager.rpc.port": rpc,
            "jobmanager.bind-host": "127.0.0.1",
            "jobmanager.memory.process.size": "1024m",
            "rest.address": "127.0.0.1",
            "rest.bind-address": "127.0.0.1",
            "rest.port": self.port,
            "taskmanager.host": "127.0.0.1",
            "taskmanager.bind-host": "127.0.0.1",
            "taskmanager.numberOfTaskSlots": 64,
            "taskmanager.cpu.cores": 2,
            "taskmanager.memory.task.heap.size": "128m",
            "taskmanager.memory.task.off-heap.size": "64m",
            "taskmanager.memory.framework.heap.size": "128m",
            "taskmanager.memory.framework.off-heap.size": "64m",
            "taskmanager.memory.jvm-metaspace.size": "256m",
            "taskmanager.memory.jvm-overhead.min": "128m",
            "taskmanager.memory.jvm-overhead.max": "128m",
            "taskmanager.memory.network.min": "96m",
            "taskmanager.memory.network.max": "96m",
            "taskmanager.memory.managed.size": "64m",
            "web.tmpdir": folder / "web",
            "io.tmp.dirs": folder / "tmp",
            "blob.storage.directory": folder / "blobs",
            "parallelism.default": 2,
            "state.backend.type": "rocksdb",
            "state.backend.rocksdb.memory.managed": "false",
            "execution.checkpointing.dir": f"file://{folder}/checkpoints",
            "execution.checkpointing.savepoint-dir": f"file://{folder}/savepoints",
            "restart-strategy.type": "none",
            "web.refresh-interval": 300,
            "metrics.fetcher.update-interval": 500,
        }
        lines = "".join(f"{key}: {value}\n" for key, value in configuration.items())
        (folder / "conf/config.yaml").write_text(lines)
        (folder / "conf/log4j.properties").write_text(LOGGING)
        for name in ("tmp", "blobs", "web"):
            (folder / name).mkdir()
        self.classes = ":".join(str(jar) for jar in sorted(lib.glob("*.jar")))

    def __enter__(self):
        try:
            self._start("jobmanager", "entrypoint.StandaloneSessionClusterEntrypoint", ["--executionMode", "cluster"])
            self._start("taskmanager", "taskexecutor.TaskManagerRunner", [])
            self.wait(lambda: self.get("/overview").get("slots-total", 0) > 0, 90, "the cluster does not come up")
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def _start(self, name, main, arguments):
        opens = [f"--add-opens={package}=ALL-UNNAMED" for package in OPENS]
        log4j = f"-Dlog4j.configurationFile={self.folder}/conf/log4j.properties"
        logging = [f"-Dlog.file={self.folder}/{name}.log", log4j]
        main = f"org.apache.flink.runtime.{main}"
        command = ["java", "-Xmx256m", *SMALL, *opens, *logging, "-cp", self.classes, main]
        with open(self.folder / f"{name}.out", "wb") as out:
            process = subprocess.Popen(
                [*command, "--configDir", self.folder / "conf", *arguments],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )
        self.processes.append(process)

    def end(self):
        self.over = True
        for process in reversed(self.processes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes = []

    def wait(self, done, seconds, what):
        """Waits until `done` gives something true, and gives that back."""
        end = time.monotonic() + seconds
        while True:
            if self.over:
                raise Trouble(f"Flink {self.version}: the cluster was ended")
            for process in self.processes:
                if process.poll() is not None:
                    raise Trouble(f"Flink {self.version}: a process ended with {process.returncode}")
            try:
                found = done()
            except urllib.error.URLError:
                found = None
            if found:
                return found
            if time.monotonic() > end:
                raise Trouble(f"Flink {self.version}: {what} within {seconds} seconds")
            time.sleep(0.2)

    def get(self, path):
        return self._call("GET", path)

    def _call(self, method, path, body=None, kind="application/json"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=body)
        if body is not None:
            request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as refusal:
            text = refusal.read().decode(errors="replace")
            if refusal.code == 503:  # not up yet
                raise urllib.error.URLError(text) from refusal
            try:
                return {"refused": "\n".join(json.loads(text)["errors"])}
            except ValueError:
                raise Trouble(f"{method} {path}: {refusal.code} {text[:500]}") from refusal

    def upload(self, jar):
        if jar not in self.uploaded:
            boundary = uuid.uuid4().hex
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="jarfile"; filename="{jar.name}"\r\n'
                "Content-Type: application/x-java-archive\r\n\r\n"
            )
            body = head.encode() + jar.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
            answer = self._call("POST", "/jars/upload", body, f"multipart/form-data; boundary={boundary}")
            self.uploaded[jar] = answer["filename"].rsplit("/", 1)[1]
        return self.uploaded[jar]

    def submit(self, jar, arguments, parallelism, savepoint=None, allow=False):
        """The job's id, or what the API says against it."""
        body = {"programArgsList": arguments, "parallelism": parallelism, "allowNonRestoredState": allow}
        if savepoint:
            body["savepointPath"] = str(savepoint)
        answer = self._call("POST", f"/jars/{self.upload(jar)}/run", json.dumps(body).encode())
        return answer.get("jobid"), answer.get("refused")

    def job(self, job):
        return self.get(f"/jobs/{job}")

    def failures(self, job):
        """The stack traces of a job's failures, the newest first."""
        found = self.get(f"/jobs/{job}/exceptions")
        history = [entry["stacktrace"] for entry in found.get("exceptionHistory", {}).get("entries", [])]
        return history or [found.get("root-exception") or ""]

    def checkpoints(self, job):
        return self.get(f"/jobs/{job}/checkpoints").get("counts", {}).get("completed", 0)

    def savepoint(self, job, stop):
        """Takes one, and gives back where it is."""
        body = json.dumps({"drain": False} if stop else {"cancel-job": False}).encode()
        trigger = self._call("POST", f"/jobs/{job}/{'stop' if stop else 'savepoints'}", body)
        if "request-id" not in trigger:
            raise Trouble(f"no savepoint of {job}: {trigger}")
        path = f"/jobs/{job}/savepoints/{trigger['request-id']}"
        found = self.wait(
            lambda: (answer := self.get(path)).get("status", {}).get("id") == "COMPLETED" and answer,
            60, "a savepoint is not finished",
        )
        location = found["operation"].get("location")
        if not location:
            raise Trouble(f"no savepoint of {job}: {found['operation']}")
        return Path(location.removeprefix("file:"))

    def cancel(self, job):
        self._call("PATCH", f"/jobs/{job}?mode=cancel")
        over = ("CANCELED", "FAILED", "FINISHED")
        self.wait(lambda: self.job(job).get("state") in over, 60, f"the job {job} does not end")

    def printed(self, run):
        """What a run printed: counts by operator and key, in order."""
        with self.reading:
            with open(self.folder / "taskmanager.out", "rb") as out:
                out.seek(self.read)
                *lines, _ = out.read().split(b"\n")
            self.read += sum(len(line) + 1 for line in lines)
            for line in lines:
                words = line.decode(errors="replace").split(" ")
                if len(words) == 5 and words[0] == "tidegate":
                    counts = self.counts.setdefault(words[1], {}).setdefault(words[2], {})
                    counts.setdefault(words[3], []).append(int(words[4]))
            return copy.deepcopy(self.counts.get(run, {}))

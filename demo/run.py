"""`make demo`: the main job before your eyes, on a real API server with a realistic cluster.

    a control plane in a temporary directory  ->  some 550 objects  ->  backup  ->  two namespaces lost, one edited
    ->  the plan  ->  the restore  ->  every object compared with what was there before

With STORE=s3 the backup goes into a bucket of a MinIO server on loopback instead of a directory.

The commands are those that a user types, and what they print goes straight to the terminal. Everything that is started or
written is gone when this ends, also after Ctrl-C or a failure.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.harness import demo_cluster
from tests.harness.api import Api, Object
from tests.harness.control_plane import ControlPlane, StartError
from tests.harness.demo_cluster import Key
from tests.harness.restored import CHANGED_BY_A_RESTORE, after_restore_of, why_not_restored
from tests.harness.s3_server import S3Server
from tests.harness.salvor import ROOT, Salvor

LOST = ("media", "nextcloud")
EDITED = "monitoring"
AFFECTED = ",".join((*LOST, EDITED))
# What somebody does to every object of these kinds.
EDITS = {"configmaps": {"data": {"edited-by": "accident"}}, "deployments": {"spec": {"replicas": 0}},
         "services": {"spec": {"selector": {"app": "typo"}}}}

TERMINAL = sys.stdout.isatty()
COLOUR = TERMINAL and not os.environ.get("NO_COLOR")
BOLD, DIM, GREEN, RED, PLAIN = ("\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m") if COLOUR else ("",) * 5
CLEAR_LINE = "\r\033[K" if TERMINAL else ""
BEAT_SECONDS = 0.5 if TERMINAL else 15.0


class DemoFailed(Exception):
    """What was promised did not happen; the text says what."""


# --- what the eye sees --------------------------------------------------------------------------------------------------


def say(text: str = "") -> None:
    print(text, flush=True)


def heading(text: str) -> None:
    say(f"\n{BOLD}{text}{PLAIN}")


@contextmanager
def step(title: str) -> Iterator[list[str]]:
    """Shows that a step runs and how long it took. The caller may append words on its outcome to the list it gets."""
    outcome: list[str] = []
    done, begun = threading.Event(), time.monotonic()

    def beat() -> None:
        while not done.wait(BEAT_SECONDS):
            running = f"{CLEAR_LINE}  {title} ... {DIM}{time.monotonic() - begun:.0f} s{PLAIN}"
            print(running, end="" if TERMINAL else "\n", flush=True)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield outcome
    except BaseException:
        done.set()
        thread.join()
        say(f"{CLEAR_LINE}{RED}✗{PLAIN} {title}")
        raise
    done.set()
    thread.join()
    say(f"{CLEAR_LINE}{GREEN}✓{PLAIN} {': '.join([title, *outcome])} {DIM}({time.monotonic() - begun:.1f} s){PLAIN}")


class Shell:
    """Runs salvor as a user would in the demo's directory, and remembers how long each command took."""

    def __init__(self, cluster: ControlPlane, directory: Path, location: str, more_environment: dict[str, str]) -> None:
        self._salvor = Salvor(cluster.kubeconfig, directory / "backups")
        self._directory = directory
        self._location = location
        self._environment = self._salvor.environment() | more_environment
        self.seconds: dict[str, float] = {}

    def __call__(self, *words: str) -> None:
        arguments = [*words, "--location", self._location]
        say(f"\n{DIM}${PLAIN} {BOLD}{shlex.join(['salvor', *arguments])}{PLAIN}")
        begun = time.monotonic()
        done = subprocess.run([self._salvor.binary, *arguments], cwd=self._directory, env=self._environment, check=False)
        self.seconds[" ".join(words[:2])] = time.monotonic() - begun
        if done.returncode != 0:
            raise DemoFailed(f"`salvor {' '.join(words[:2])}` ended with exit status {done.returncode}")

    def saved(self, backup: str) -> int:
        """How many objects a backup holds, by its own record."""
        done = subprocess.run([self._salvor.binary, "backup", "get", backup, "-o", "json", "--location", self._location],
                              cwd=self._directory, env=self._environment, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["status"]["progress"]["itemsBackedUp"]


# --- what happens -------------------------------------------------------------------------------------------------------


def run() -> None:
    with ExitStack() as cleanup:
        directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="salvor-demo-")))
        say(f"Everything this demo starts and writes lives in {directory} and goes when it ends.\n")
        cluster = ControlPlane()
        cleanup.callback(cluster.stop)
        cleanup.callback(signal.signal, signal.SIGINT, signal.SIG_IGN)  # runs first: nothing interrupts the cleaning up
        with step("A Kubernetes API server and its etcd run on loopback"):
            cluster.start()
        with step("A household's cluster is in it") as outcome:
            demo_cluster.load(cluster)
            before = demo_cluster.snapshot(cluster)
            outcome.append(f"{len(before)} objects in {count_namespaces(before)} namespaces")
        location, environment = "./backups", dict[str, str]()
        if os.environ.get("STORE") == "s3":
            with step("A MinIO server has an empty bucket"):
                server = cleanup.enter_context(S3Server("minio"))
                server.make_bucket("backups")
            location, environment = server.location("backups", "home"), server.environment()
        demonstrate(cluster, Shell(cluster, directory, location, environment), before)


def demonstrate(cluster: ControlPlane, shell: Shell, before: dict[Key, Object]) -> None:
    heading("Save all of it, and look at what was saved")
    shell("backup", "create", "nightly", "--include-cluster-resources")
    shell("backup", "get")
    shell("backup", "verify", "nightly")

    heading(f"Then comes a bad day: {' and '.join(LOST)} are deleted, and somebody edits {EDITED}")
    with step("The damage is done") as outcome:
        lost, edited = damage(cluster, before)
        outcome.append(f"{len(lost)} objects are gone, {len(edited)} are not what they were")

    heading("What would a restore do?")
    only_affected = ("--from-backup", "nightly", "--include-namespaces", AFFECTED, "--existing-resource-policy", "update")
    shell("restore", "plan", *only_affected)
    heading("Do that")
    shell("restore", "create", "rescue", *only_affected)

    heading("Is everything as it was?")
    with step("Every object of the cluster is compared, field by field, with what was there before") as outcome:
        after = demo_cluster.snapshot(cluster)
        expected = after_restore_of(lost, before)
        prove(expected, after)
        outcome.append("no difference")

    seconds = shell.seconds
    untouched = sum(after[key]["metadata"]["resourceVersion"] == item["metadata"]["resourceVersion"]
                    for key, item in expected.items() if key in after)
    table([
        (shell.saved("nightly"), "objects saved, read back and verified", seconds["backup create"]),
        (len(lost & expected.keys()), f"deleted objects back, in {len(LOST)} namespaces", seconds["restore create"]),
        (len(edited), "edited objects back to what they were", None),
        (len(expected), "objects compared with what they were before", None),
        (untouched, "of them were not even touched", None),
        (0, "differ", None),
    ])
    tell_what_stays_away(lost - expected.keys(), before)
    say(f"\nOn your own cluster:\n\n  {BOLD}salvor backup create nightly --location /mnt/nas/backups{PLAIN}\n")


def damage(cluster: ControlPlane, before: dict[Key, Object]) -> tuple[set[Key], set[Key]]:
    """Deletes two namespaces and edits a third; which objects are gone, and which differ."""
    api = Api(cluster)
    for namespace in LOST:
        api.delete_namespace(namespace)
    kinds = {r.plural: r for r in api.resources() if r.preferred and r.plural in EDITS}
    for plural, patch in EDITS.items():
        for item in list(api.objects(kinds[plural], EDITED)):
            if not item.get("immutable"):
                api.request("PATCH", kinds[plural].path(EDITED, item["metadata"]["name"]), patch, "application/merge-patch+json")
    differences = demo_cluster.differences(before, demo_cluster.snapshot(cluster), CHANGED_BY_A_RESTORE)
    gone = {d.key for d in differences if d.path == "" and d.after is demo_cluster.MISSING}
    return gone, {d.key for d in differences} - gone


def prove(expected: dict[Key, Object], after: dict[Key, Object]) -> None:
    differences = demo_cluster.differences(expected, after, CHANGED_BY_A_RESTORE)
    if differences:
        raise DemoFailed("\n  ".join([f"{len(differences)} fields are not what they were:", *map(str, differences[:20])]))


def tell_what_stays_away(missing: set[Key], before: dict[Key, Object]) -> None:
    reasons = Counter(f"{key.resource.rsplit('/', 1)[1]}: {why_not_restored(key, before[key])}" for key in missing)
    if reasons:
        say(f"\n{DIM}Not brought back, as the plan said:")
        for reason, count in sorted(reasons.items()):
            say(f"  {count:>5}  {reason}")
        print(PLAIN, end="")


def count_namespaces(objects: dict[Key, Object]) -> int:
    return sum(key.resource == "v1/namespaces" for key in objects)


def table(rows: list[tuple[int, str, float | None]]) -> None:
    heading("What was proven")
    for count, title, seconds in rows:
        say(f"  {count:>5}  {title}" + (f" {DIM}({seconds:.1f} s){PLAIN}" if seconds is not None else ""))


def main() -> int:
    os.environ.setdefault("SALVOR_BINARY", str(ROOT / "build/release/salvor"))
    try:
        run()
    except (DemoFailed, StartError) as failure:
        say(f"\n{RED}The demo failed:{PLAIN} {failure}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. Everything was cleaned up.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

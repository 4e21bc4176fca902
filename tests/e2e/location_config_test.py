"""Locations by name: added, listed, used and removed, as somebody does at a shell.

python3 -m unittest tests.e2e.location_config_test
"""

import json
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from tests.harness.program import Program

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


class NamedLocations(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.program = Program(self.directory)
        self.place = self.directory / "backups"
        self.place.mkdir()

    def written(self) -> dict:
        return yaml.safe_load(self.program.config.read_text())["locations"]

    # --- adding ------------------------------------------------------------------------------------------------------

    def test_a_location_is_added_listed_used_and_removed(self) -> None:
        self.assertIn("written to", self.program("location", "add", "nas", self.place).stdout)
        self.assertEqual(self.written(), {"nas": {"url": str(self.place)}})
        self.assertEqual(stat.S_IMODE(self.program.config.stat().st_mode), 0o600)
        self.assertEqual(self.program("location", "list", "-o", "name").stdout, "location/nas\n")
        self.assertRegex(self.program("location", "list").stdout, rf"nas +{self.place} +none")
        self.assertIn("No backups found", self.program("backup", "get", "--location", "nas").stderr)
        self.assertIn("stays there", self.program("location", "remove", "nas").stdout)
        self.assertTrue(self.place.is_dir())
        self.assertIn("No locations found", self.program("location", "list").stderr)
        self.assertIn("neither configured", self.program("backup", "get", "--location", "nas", expect=4).stderr)

    def test_a_relative_directory_is_written_as_an_absolute_one(self) -> None:
        for word in ("backups", "./backups", "backups/", "x/../backups"):
            self.program("location", "add", "nas", word, "--replace")
            self.assertEqual(self.written()["nas"]["url"], str(self.place))

    def test_everything_that_can_be_said_is_written(self) -> None:
        self.program("location", "add", "offsite", "s3://bucket/x?region=eu-central-1", "--encrypt", RECIPIENT, "--encrypt",
                     RECIPIENT, "--identity-file", "key.txt", "--access-key-id", "env:ID", "--secret-access-key",
                     "command:printf sesame", "--s3-option", "profile=b,storageClass=STANDARD_IA", "--upload-limit", "20MiB",
                     "--request-limit", "50", "--price-class", "s3-standard-ia", env={"ID": "AKIA"})
        self.assertEqual(self.written()["offsite"], {
            "url": "s3://bucket/x?region=eu-central-1", "encrypt": [RECIPIENT, RECIPIENT],
            "identityFile": str(self.directory / "key.txt"), "priceClass": "s3-standard-ia",
            "s3": {"accessKeyId": "env:ID", "secretAccessKey": "command:printf sesame", "profile": "b",
                   "storageClass": "STANDARD_IA"},
            "limits": {"upload": 20 << 20, "requests": 50}})
        shown = self.program.json("location", "list", "offsite")
        self.assertEqual(shown["s3"]["secretAccessKey"], "command:printf ...")

    def test_other_content_and_comments_stay(self) -> None:
        self.program.config.parent.mkdir(parents=True)
        before = "# mine\nlocations:\n  old:  # keep\n    url: /old   # why\n\n# the end\n"
        self.program.config.write_text(before)
        self.program("location", "add", "nas", self.place)
        self.assertIn("  old:  # keep\n    url: /old   # why\n", self.program.config.read_text())
        self.program("location", "remove", "nas")
        self.assertEqual(self.program.config.read_text(), before)

    def test_a_place_that_cannot_be_reached_is_added_with_a_warning(self) -> None:
        said = self.program("location", "add", "nas", self.directory / "not/mounted").stderr
        self.assertIn("cannot be reached now", said)
        self.assertIn("nas", self.written())

    def test_a_secret_that_cannot_be_read_is_added_with_a_warning(self) -> None:
        said = self.program("location", "add", "s", "s3://bucket", "--access-key-id", "env:NOT_SET", "--secret-access-key",
                            "command:sh -c 'echo sesame >&2; exit 1'").stderr
        self.assertIn("NOT_SET", said)
        self.assertIn("exit status 1", said)
        self.assertNotIn("sesame", said)

    # --- mistakes ----------------------------------------------------------------------------------------------------

    def refused(self, *args: object, expect: int = 1, **more: object) -> str:
        before = self.program.config.read_bytes() if self.program.config.exists() else None
        said = self.program("location", "add", *args, expect=expect, **more).stderr
        after = self.program.config.read_bytes() if self.program.config.exists() else None
        self.assertEqual(before, after)
        return said

    def test_a_taken_name_is_kept_unless_asked(self) -> None:
        self.program("location", "add", "nas", self.place)
        self.assertIn("as it was", self.program("location", "add", "nas", self.place).stdout)
        said = self.refused("nas", "/other")
        self.assertIn(str(self.place), said)
        self.assertIn("--replace", said)
        self.program("location", "add", "nas", "/other", "--replace")
        self.assertEqual(self.written()["nas"]["url"], "/other")

    def test_swapped_arguments_are_recognised(self) -> None:
        self.assertIn(f"salvor location add nas {self.place}", self.refused(self.place, "nas"))

    def test_names_that_look_like_paths_are_refused(self) -> None:
        for name in ("./nas", "a/b", "s3://bucket", "-x", ".hidden", "a b", "../x"):
            self.refused("--", name, self.place)

    def test_secrets_on_the_command_line_are_refused_and_not_repeated(self) -> None:
        for secret in ("wJalrXUtnFEMIsesame", "inline:sesame"):
            said = self.refused("s", "s3://bucket", "--access-key-id", "env:ID", "--secret-access-key", secret)
            self.assertNotIn("sesame", said)
            self.assertIn("secret-access-key", said)
        self.assertNotIn("sesame", self.refused("s", "s3://AKIA:sesame@bucket"))
        self.assertNotIn("sesame", self.refused("s", "s3://bucket?secretAccessKey=sesame"))

    def test_an_inline_secret_needs_consent_and_stays_private(self) -> None:
        said = self.program("location", "add", "s", "s3://bucket", "--access-key-id", "env:ID", "--inline-secret",
                            stdin="sesame\n", env={"ID": "x"})
        self.assertNotIn("sesame", said.stdout + said.stderr)
        self.assertEqual(self.written()["s"]["s3"]["secretAccessKey"], "inline:sesame")
        self.assertNotIn("sesame", self.program("location", "list", "-o", "yaml").stdout)
        self.program.config.chmod(0o644)
        self.assertIn("chmod 600", self.program("location", "list", expect=1).stderr)
        self.program.config.chmod(0o600)
        self.refused("t", "s3://bucket", "--access-key-id", "env:ID", "--inline-secret", stdin="")

    def test_wrong_recipients_and_unknown_places_are_refused(self) -> None:
        self.assertIn("recipient", self.refused("s", "s3://bucket", "--encrypt", RECIPIENT[:-1]))
        self.assertNotIn("SESAME", self.refused("s", "s3://bucket", "--encrypt", "AGE-SECRET-KEY-1SESAME"))
        self.assertIn("gs://", self.refused("s", "gs://bucket"))
        self.assertIn("./nowhere", self.refused("s", "nowhere", expect=4))
        self.assertIn("upload-limit", self.refused("s", self.place, "--upload-limit", "fast"))

    def test_a_misspelled_name_gets_the_nearest_one(self) -> None:
        self.program("location", "add", "offsite", self.place)
        self.assertIn("offsite?", self.program("location", "remove", "offsit", expect=4).stderr)
        self.assertIn("offsite?", self.program("location", "list", "offsit", expect=4).stderr)
        self.assertIn("offsite?", self.program("backup", "get", "--location", "offsit", expect=4).stderr)

    def test_a_broken_file_is_named_with_its_line_and_left_alone(self) -> None:
        self.program.config.parent.mkdir(parents=True)
        self.program.config.write_text("locations:\n  nas:\n    url: /x\n    encript: y\n")
        said = self.refused("more", self.place)
        self.assertIn("line 4", said)
        self.assertIn('"encrypt"', said)
        self.assertIn("line 4", self.program("backup", "get", "--location", "nas", expect=1).stderr)
        self.program("backup", "get", "--location", self.place)  # a path needs no configuration

    # --- where the file is -------------------------------------------------------------------------------------------

    def test_the_variables_choose_the_file(self) -> None:
        other = self.directory / "other.yaml"
        self.assertIn("SALVOR_CONFIG", self.program("location", "list", expect=1, env={"SALVOR_CONFIG": str(other)}).stderr)
        self.program("location", "add", "nas", self.place, env={"SALVOR_CONFIG": str(other)})
        self.assertTrue(other.exists())
        xdg = self.directory / "xdg"
        self.program("location", "add", "nas", self.place, env={"XDG_CONFIG_HOME": str(xdg)})
        self.assertTrue((xdg / "salvor/config.yaml").exists())
        self.assertFalse(self.program.config.exists())

    def test_many_at_once_lose_nothing(self) -> None:
        running = [subprocess.Popen(self.program.command("location", "add", f"l{i}", self.place), stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL, env=self.program.environment()) for i in range(12)]
        self.assertEqual([0] * 12, [process.wait(60) for process in running])
        listed = json.loads(self.program("location", "list", "-o", "json").stdout)["items"]
        self.assertEqual(sorted(one["location"] for one in listed), sorted(f"l{i}" for i in range(12)))


if __name__ == "__main__":
    unittest.main()

"""Shared config files and variables: what we read out of them and what botocore does, over the same random ones.

Compared are every option of every profile, the region, and who would be asked for credentials: botocore's chain is run with
its network and its processes replaced by notes of what they were asked. Both must refuse the same ones.

Where the AWS SDKs disagree we follow the one for Go, which is Velero's; these points are left out here and have unit tests in
src/s3/*_test.cc: comments after values, quotation marks around values, repeated sections and options, options before the first
section, [ default ], [profile default] beside [default], the profile's role when AWS_WEB_IDENTITY_TOKEN_FILE is set, a missing
AWS_PROFILE, half a key without its id, role_arn without a source, and several sources in one profile.

Needs the program credentials_tool: CREDENTIALS_TOOL names it, else it is looked for in build/dev.
"""

import json
import os
import random
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

import botocore.credentials
import botocore.exceptions
import botocore.session
import botocore.utils

Values = dict[str, Any]
Profiles = dict[str, dict[str, str]]
_ROOT = Path(__file__).resolve().parents[2]
_SEED = 20261128
_CASES = 500
_NAMES = ["default", "dev", "prod east", "backup-1", "grün"]
_KEY_GROUP = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token")
_KINDS = ["keys", "keys", "role", "role", "role of itself", "sourced role", "web identity", "process", "half", "nothing"]


def _tool() -> Path:
    return Path(os.environ.get("CREDENTIALS_TOOL", _ROOT / "build" / "dev" / "tests" / "peer" / "credentials_tool"))


class Tool:
    def __init__(self) -> None:
        self._process = subprocess.Popen([_tool()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question: Values) -> Values:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert isinstance(answer, dict)
        return answer

    def close(self) -> None:
        self._process.communicate()


class _Writer:
    """Writes profiles down in one of the many ways that mean the same."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def _maybe(self, probability: float) -> bool:
        return self._chance.random() < probability

    def secret(self) -> str:
        alphabet = "abcXYZ019+/=:%#;'\"\\é"
        return "s" + "".join(self._chance.choice(alphabet) for _ in range(self._chance.randint(1, 40))) + "z"

    def _option(self, name: str, value: str) -> list[str]:
        if self._maybe(0.2):
            name = name.upper() if self._maybe(0.5) else name.title()
        separator = self._chance.choice(["=", " = ", ":", " : ", "\t=\t", "=  ", "   ="])
        lines = [name + separator + value + self._chance.choice(["", "", " ", "\t"])]
        if self._maybe(0.1):
            lines.append(self._chance.choice(["# aws_access_key_id = X", ";comment", "", "   ", "  # indented", "\t"]))
        return lines

    def _noise(self) -> list[str]:
        blocks = [["s3 =", "  addressing_style = path", "\tmax_concurrent_requests=20"], ["s3=", "", "  a = b=c", "# no", "  d =e"],
                  ["output: json"], ["cli_pager ="], ["description = one", "   two", "", "\tthree"],
                  ["weird key = v", "retry_mode=standard"], ["api_versions =", "    ec2 = 2015-03-01", ""]]
        return self._chance.choice(blocks)

    def file(self, profiles: Profiles, prefix: bool) -> str:
        lines: list[str] = self._chance.choice([[], ["# a comment"], ["", "; another", ""]])[:]
        others = [["[preview]", "x = y"], ["[sso-session s]", "sso_region = r"], ["[plugins]"]] if prefix else [["[spare one]", "r=q"]]
        self._chance.shuffle(others)
        names = list(profiles)
        self._chance.shuffle(names)
        for name in names:
            lines += [self._header(name, prefix)] + self._body(profiles[name])
            if others and self._maybe(0.2):
                lines += others.pop() + [""]
        if self._maybe(0.06):
            lines.append(self._chance.choice(["garbage", "[]", "= value", "[unterminated"]))
        ending = self._chance.choice(["\n", "\n", "\r\n"])
        return ending.join(lines) + self._chance.choice(["", ending])

    def _header(self, name: str, prefix: bool) -> str:
        if not prefix or name == "default":
            return f"[{name}]"
        quoted = f'"{name}"' if " " in name or self._maybe(0.2) else name
        return f"[profile{self._chance.choice([' ', '  ', chr(9)])}{quoted}]"

    def _body(self, settings: dict[str, str]) -> list[str]:
        groups = [self._option(name, value) for name, value in settings.items()]
        if self._maybe(0.4):
            groups.append(self._noise())
        self._chance.shuffle(groups)
        lines = [line for group in groups for line in group]
        if self._maybe(0.1) and all(line and not line[0].isspace() for line in lines):
            lines = ["  " + line for line in lines]
        return lines


class _Case:
    """One pair of files, variables and an explicit profile or none."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._chance = random.Random(seed)
        self._writer = _Writer(self._chance)
        self._in_config: Profiles = {}
        self._in_credentials: Profiles = {}
        self._kinds = {name: self._chance.choice(_KINDS) for name in self._chance.sample(_NAMES, self._chance.randint(0, 5))}
        for name, kind in self._kinds.items():
            self._make_profile(name, kind)
        self.profile = self._chance.choice(list(self._kinds)) if self._kinds and self._chance.random() < 0.4 else ""
        self.environment = {"HOME": str(folder), **self._variables(folder)}
        self._write(folder)

    def _pick(self, *choices: str) -> str:
        return self._chance.choice(choices)

    def _make_profile(self, name: str, kind: str) -> None:
        settings: dict[str, str] = {}
        if self._chance.random() < 0.5:
            settings["region"] = self._pick("eu-central-1", "us-east-1", "minio")
        if kind == "web identity":
            settings |= {"web_identity_token_file": "/var/run/token", "role_arn": f"arn:aws:iam::1:role/web-{len(name)}"}
        if kind in ("role", "role of itself", "sourced role"):
            settings["role_arn"] = f"arn:aws:iam::{len(name)}:role/{self._pick('a', 'b')}"
            self._add_role_options(settings)
        if kind == "role":
            settings["source_profile"] = self._pick(*[n for n in self._kinds if n != name] or ["absent"], *self._rarely("absent"))
        if kind == "role of itself":
            settings["source_profile"] = name
        if kind == "sourced role":
            settings["credential_source"] = self._pick("Environment", "Ec2InstanceMetadata", "EcsContainer", *self._rarely("Moon"))
        if kind == "process":
            settings["credential_process"] = self._pick("/bin/get --key 1", '"/opt/my tools/get" "a b"', "get 'x y' z")
        self._in_config[name], self._in_credentials[name] = {}, {}
        for option, value in settings.items():
            self._pick_file()[name][option] = value
        if kind in ("keys", "half") or (kind == "role of itself" and self._chance.random() < 0.7):
            self._add_keys(name, kind == "half")

    def _rarely(self, value: str) -> list[str]:
        return [value] if self._chance.random() < 0.15 else []

    def _pick_file(self) -> Profiles:
        return self._in_config if self._chance.random() < 0.6 else self._in_credentials

    def _add_role_options(self, settings: dict[str, str]) -> None:
        for option, value in (("external_id", "e:x=1"), ("role_session_name", "me"), ("duration_seconds", "3600")):
            if self._chance.random() < 0.4:
                settings[option] = value

    def _add_keys(self, name: str, half: bool) -> None:
        files = [self._in_config, self._in_credentials] if self._chance.random() < 0.2 else [self._pick_file()]
        for file in files:
            file[name]["aws_access_key_id"] = "AKIA" + str(self._chance.randint(0, 10**9))
            if not half:
                file[name]["aws_secret_access_key"] = self._writer.secret()
            if self._chance.random() < 0.3:
                file[name][self._pick("aws_session_token", "aws_security_token")] = self._writer.secret()

    def _variables(self, folder: Path) -> dict[str, str]:
        chance = self._chance
        variables: dict[str, str] = {}
        if self._kinds and chance.random() < 0.5:
            variables[self._pick("AWS_PROFILE", "AWS_DEFAULT_PROFILE")] = chance.choice(list(self._kinds))
        selected = self.profile or variables.get("AWS_PROFILE") or variables.get("AWS_DEFAULT_PROFILE") or "default"
        if chance.random() < 0.2:
            variables["AWS_ACCESS_KEY_ID"] = "AKIAVARIABLE"
            if chance.random() < 0.9:
                variables["AWS_SECRET_ACCESS_KEY"] = self._writer.secret()
            if chance.random() < 0.5:
                variables["AWS_SESSION_TOKEN"] = self._writer.secret()
        elif chance.random() < 0.1:
            variables["AWS_SECRET_ACCESS_KEY"] = self._writer.secret()
        if chance.random() < 0.15 and "role" not in self._kinds.get(selected, "") and self._kinds.get(selected) != "half":
            variables |= {"AWS_WEB_IDENTITY_TOKEN_FILE": "/eks/token", "AWS_ROLE_ARN": "arn:eks", "AWS_ROLE_SESSION_NAME": "pod"}
        if chance.random() < 0.3:
            variables["AWS_DEFAULT_REGION"] = "ap-south-1"
        if chance.random() < 0.25:
            variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/x?y=z"
        if chance.random() < 0.2:
            variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = self._pick("http://localhost:1/x", "http://127.0.0.1/y", "http://far.test/")
        if chance.random() < 0.3:
            variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Basic abc"
        variables["AWS_EC2_METADATA_DISABLED"] = self._pick("true", "TRUE", "false", "no")
        if chance.random() < 0.2:
            variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = self._pick("http://127.0.0.1:1338/", "http://[::1]:80")
        if chance.random() < 0.2:
            variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = self._pick("IPv6", "ipv4")
        if chance.random() < 0.3:
            variables |= {"AWS_CONFIG_FILE": self._pick("~/other config", str(folder / "c")), "AWS_SHARED_CREDENTIALS_FILE": "~/k"}
        return variables

    def _write(self, folder: Path) -> None:
        named = {"config": self.environment.get("AWS_CONFIG_FILE", "~/.aws/config"),
                 "credentials": self.environment.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")}
        # A profile that is chosen must be somewhere; the other empty ones need not be written.
        chosen = {self.profile, self.environment.get("AWS_PROFILE"), self.environment.get("AWS_DEFAULT_PROFILE"), *self._kinds}
        self._in_credentials = {name: settings for name, settings in self._in_credentials.items() if settings}
        self._in_config = {name: settings for name, settings in self._in_config.items()
                           if settings or (name in chosen and name not in self._in_credentials)}
        for file, profiles in (("config", self._in_config), ("credentials", self._in_credentials)):
            path = Path(named[file].replace("~", str(folder)))
            path.parent.mkdir(exist_ok=True)
            if profiles or self._chance.random() < 0.5:
                path.write_bytes(self._writer.file(profiles, file == "config").encode())


def _plan_of(credentials: Any) -> Values:
    """What botocore would do, in the words of credentials_tool."""
    if isinstance(credentials, botocore.credentials.DeferredRefreshableCredentials):
        fetcher = credentials._refresh_using.__self__
        name = "" if fetcher._using_default_session_name else fetcher._role_session_name
        if isinstance(fetcher, botocore.credentials.AssumeRoleWithWebIdentityCredentialFetcher):
            token_file = fetcher._web_identity_token_loader._web_identity_token_path
            return {"kind": "web-identity", "token_file": token_file, "role_arn": fetcher._role_arn, "session_name": name}
        return {"kind": "role", "role_arn": fetcher._role_arn, "session_name": name,
                "external_id": fetcher._assume_kwargs.get("ExternalId", ""),
                "duration": fetcher._assume_kwargs.get("DurationSeconds"), "source": _plan_of(fetcher._source_credentials)}
    if credentials.secret_key == "noted":
        return dict(json.loads(credentials.access_key))
    return {"kind": "keys", "access_key": credentials.access_key, "secret_key": credentials.secret_key,
            "token": credentials.token or ""}


def _note(note: Values) -> str:
    return json.dumps(note)


def _noted_container(_fetcher: Any, url: str, headers: dict[str, str] | None = None) -> Values:
    note = {"kind": "container", "url": url, "token_file": "", "token": (headers or {}).get("Authorization", "")}
    return {"AccessKeyId": _note(note), "SecretAccessKey": "noted", "Token": "", "Expiration": "2099-01-01T00:00:00Z"}


def _noted_instance(fetcher: Any) -> Values:
    if fetcher._disabled:
        return {}
    note = {"kind": "instance", "endpoint": fetcher._base_url.rstrip("/")}
    return {"role_name": "r", "access_key": _note(note), "secret_key": "noted", "token": "", "expiry_time": "2099-01-01T00:00:00Z"}


def _noted_process(_provider: Any, command: str) -> Values:
    return {"access_key": _note({"kind": "process", "command": command}), "secret_key": "noted", "token": None, "expiry_time": None}


def _botocore(case: _Case) -> Values:
    errors = (botocore.exceptions.BotoCoreError, ValueError)
    with (mock.patch.dict(os.environ, case.environment, clear=True),
          mock.patch.object(botocore.utils.ContainerMetadataFetcher, "_retrieve_credentials", _noted_container),
          mock.patch.object(botocore.utils.InstanceMetadataFetcher, "retrieve_iam_role_credentials", _noted_instance),
          mock.patch.object(botocore.credentials.ProcessProvider, "_retrieve_credentials_using", _noted_process),
          mock.patch.object(botocore.credentials.OriginalEC2Provider, "load", lambda _: None),
          mock.patch.object(botocore.credentials.BotoProvider, "load", lambda _: None)):
        session = botocore.session.Session(profile=case.profile or None)
        answer: Values = {}
        try:
            answer["profiles"] = session.full_config["profiles"]
        except errors as error:
            return {"profiles": {"error": str(error)}}
        answer["region"] = session.get_config_variable("region") or ""
        try:
            credentials = botocore.credentials.create_credential_resolver(session).load_credentials()
            answer["plan"] = _plan_of(credentials) if credentials else {"error": "no credentials"}
        except errors as error:
            answer["plan"] = {"error": str(error)}
        return answer


def _nested(value: str) -> Any:
    if not value.startswith("\n"):
        return value
    pairs = (line.split("=", 1) for line in value.splitlines() if line)
    return {name.strip(): text.strip() for name, text in pairs}


def _comparable(profiles: Values) -> Values:
    if "error" in profiles:
        return {"error": True}
    return {name: {option: value if isinstance(value, dict) else _nested(value)
                   for option, value in settings.items() if option not in _KEY_GROUP} for name, settings in profiles.items()}


class CredentialsTest(unittest.TestCase):
    def setUp(self) -> None:
        self._tool = Tool()
        self.addCleanup(self._tool.close)

    def test_files_and_variables_mean_to_us_what_they_mean_to_botocore(self) -> None:
        seen: dict[str, int] = {}
        for seed in range(_SEED, _SEED + _CASES):
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                case = _Case(seed, Path(folder))
                theirs = _botocore(case)
                ours = self._tool.ask({"environment": case.environment, "profile": case.profile})
                self.assertEqual(_comparable(ours["profiles"]), _comparable(theirs["profiles"]), ours["profiles"])
                if "error" in theirs["profiles"]:
                    seen["malformed"] = seen.get("malformed", 0) + 1
                    continue
                self.assertEqual(ours["region"], theirs["region"])
                if "error" in theirs["plan"]:
                    self.assertIn("error", ours["plan"], theirs["plan"])
                else:
                    self.assertEqual(ours["plan"], theirs["plan"])
                kind = theirs["plan"].get("kind", "error")
                seen[kind] = seen.get(kind, 0) + 1
        for kind in ("malformed", "error", "keys", "role", "web-identity", "process", "container", "instance"):
            self.assertGreaterEqual(seen.get(kind, 0), 5, f"the cases hardly try {kind}: {seen}")

    def test_command_lines_are_cut_as_by_shlex(self) -> None:
        chance = random.Random(_SEED)
        for _ in range(2000):
            text = "".join(chance.choice(" ab\"'\\\t$#") for _ in range(chance.randint(0, 14)))
            with self.subTest(text=text):
                ours = self._tool.ask({"split": text})
                try:
                    self.assertEqual(ours, {"words": shlex.split(text)})
                except ValueError:
                    self.assertIn("error", ours)


if __name__ == "__main__":
    unittest.main()

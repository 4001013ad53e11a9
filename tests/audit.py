"""List what is installed, with licences and known advisories; fail on what must not be there.

Runs in an environment of its own, whose pip-licenses and pip-audit look into the other.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

# What a program under MIT may depend on: permissive licences and the weak copyleft of single files.
ALLOWED = {
    "0BSD",
    "Apache 2.0",
    "Apache License, Version 2.0",
    "Apache Software License",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "ISC License (ISCL)",
    "MIT",
    "MIT License",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)",
    "PSF-2.0",
    "Python Software Foundation License",
    "Zlib",
}
REASONS = {
    "docutils": "of its list, GPL is the licence of an Emacs mode that is not installed",
}


def is_allowed(licence):
    """Whether all parts of a licence are on the list; where there is a choice, those of one."""
    if licence in ALLOWED:
        return True
    for mark, enough in ((r"\s+OR\s+", any), (r"\s+AND\s+|\s*;\s*", all)):
        parts = re.split(mark, licence)
        if len(parts) > 1:
            return enough(is_allowed(part) for part in parts)
    return False


def refused(packages):
    """Return the packages whose licence is not allowed and that have no reason here."""
    return [
        package
        for package in packages
        if not is_allowed(package["License"]) and package["Name"] not in REASONS
    ]


def advisories(report):
    """Return the known advisories, one line each, and how many packages were looked up."""
    known = [package for package in report["dependencies"] if "skip_reason" not in package]
    lines = [
        f"{package['name']} {package['version']}: {one['id']}, mended in "
        f"{', '.join(one['fix_versions']) or 'no version yet'}"
        for package in known
        for one in package["vulns"]
    ]
    return lines, len(known)


def output_of(tool, *arguments):
    command = [str(Path(sys.executable).with_name(tool)), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def site_packages(python):
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return subprocess.check_output([python, "-c", code], text=True).strip()


def main():
    python = sys.argv[1]
    packages = json.loads(output_of("pip-licenses", "--python", python, "--format", "json"))
    for package in packages:
        print(f"{package['Name']:32} {package['Version']:16} {package['License']}")
    bad = refused(packages)
    for package in bad:
        print(f"not on the list of licences: {package['Name']}, {package['License']}")
    print(f"{len(packages)} packages, {len(bad)} with a licence that is not allowed.")

    options = ("--path", site_packages(python), "--format", "json", "--progress-spinner", "off")
    try:
        found, asked = advisories(json.loads(output_of("pip-audit", *options)))
    except json.JSONDecodeError:  # it prints nothing where it reaches nothing
        found, asked = [], 0
    for line in found:
        print(f"advisory: {line}")
    if asked:
        print(f"{len(found)} advisories for {asked} packages that are known to the service.")
    else:
        print("The service of advisories could not be reached: none were looked up.")
    return int(bool(bad or found))


if __name__ == "__main__":
    sys.exit(main())

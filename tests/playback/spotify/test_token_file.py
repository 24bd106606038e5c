"""The token on disk: real files."""

import json
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from spotify_scope_plugin.playback.spotify import token_file
from spotify_scope_plugin.playback.spotify.token_file import TokenFile

TOKEN = {"access_token": "a", "refresh_token": "r", "expires_at": 1}
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
not_root = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write anywhere")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / ".spotify_token_cache"


def test_what_is_written_can_be_read_by_another_process(path: Path) -> None:
    TokenFile(path).write(TOKEN)
    assert TokenFile(path).read() == TOKEN
    assert json.loads(path.read_text()) == TOKEN


@posix_only
def test_only_its_owner_may_read_it(path: Path) -> None:
    old_mask = os.umask(0)
    try:
        TokenFile(path).write(TOKEN)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_change_by_another_process_is_seen(path: Path) -> None:
    file = TokenFile(path)
    assert file.read() is None
    TokenFile(path).write(TOKEN)
    assert file.read() == TOKEN
    TokenFile(path).write({**TOKEN, "access_token": "b"})
    assert file.read()["access_token"] == "b"


def test_a_deleted_file_is_a_logout(path: Path) -> None:
    file = TokenFile(path)
    file.write(TOKEN)
    path.unlink()
    assert file.read() is None


def test_readers_never_see_half_a_file(path: Path) -> None:
    TokenFile(path).write(TOKEN)
    done = threading.Event()

    def write() -> None:
        for number in range(200):
            TokenFile(path).write({**TOKEN, "access_token": "x" * (number * 100)})
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set():
        assert json.loads(path.read_text())["refresh_token"] == "r"
        reads += 1
    writer.join()
    assert reads > 10
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "{}", '{"refresh_token": 5}', "\x00\xff"])
def test_a_damaged_file_is_no_login_and_told_once(
    path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_text(content, encoding="latin-1")
    file = TokenFile(path)
    assert file.read() is None
    assert file.read() is None
    assert len(caplog.records) == 1
    assert "spotify-scope auth" in caplog.text


def test_a_damaged_file_takes_nothing_from_a_running_process(path: Path) -> None:
    file = TokenFile(path)
    file.write(TOKEN)
    path.write_text("{")
    assert file.read() == TOKEN


def test_without_a_writable_disk_the_token_lives_in_memory(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.write_text("a file where the folder should be")
    file = TokenFile(path)
    with file.locked():
        file.keep(TOKEN)
        file.keep({**TOKEN, "access_token": "b"})
    assert file.read()["access_token"] == "b"
    assert len(caplog.records) == 1
    assert "SPOTIFY_SCOPE_HOME" in caplog.text
    with pytest.raises(OSError, match="home"):
        file.write(TOKEN)


@posix_only
def test_a_file_that_may_be_read_again_is_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TokenFile(path).write(TOKEN)
    file = TokenFile(path)
    with monkeypatch.context() as patched:

        def refused(*_: object, **__: object) -> str:
            raise PermissionError(13, "Permission denied")

        patched.setattr(token_file, "read_bounded", refused)
        assert file.read() is None
    path.chmod(0o400)
    path.chmod(0o600)
    assert file.read() == TOKEN


def test_the_lock_keeps_a_second_holder_out(path: Path) -> None:
    inside: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with TokenFile(path).locked():
            inside.append("second")

    with TokenFile(path).locked():
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait(2)
        thread.join(0.2)
        inside.append("first")
    thread.join(5)
    assert inside == ["first", "second"]


@posix_only
def test_a_pipe_in_its_place_hangs_nobody(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    file = TokenFile(path)
    assert file.read() is None
    assert "no regular file" in caplog.text
    file.write(TOKEN)
    assert TokenFile(path).read() == TOKEN


def test_a_file_without_end_is_not_read(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({**TOKEN, "more": "x" * 100_000}))
    assert TokenFile(path).read() is None
    assert "longer than 64 KiB" in caplog.text


def test_what_a_kill_has_left_behind_is_swept(path: Path) -> None:
    left, young, backup = (
        path.with_name(f"{path.name}.{end}") for end in ("new-abcd_123", "new-abcd_456", "original")
    )
    path.parent.mkdir()
    for file in (left, young, backup):
        file.touch()
    for file in (left, backup):
        os.utime(file, (0, 0))
    TokenFile(path).write(TOKEN)
    assert not left.exists()
    assert young.exists()  # somebody may be writing it
    assert backup.exists()  # the user's own


def test_a_change_by_somebody_else_is_seen_without_reading(path: Path) -> None:
    file = TokenFile(path)
    file.write(TOKEN)
    assert not file.is_changed()
    TokenFile(path).write({**TOKEN, "access_token": "other"})
    assert file.is_changed()
    file.read()
    assert not file.is_changed()

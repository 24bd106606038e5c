"""Settings from `.env` files: which one wins, and what a file may hold."""

import os
from pathlib import Path

import pytest

from spotify_scope_plugin.env_files import ENVIRONMENT
from spotify_scope_plugin.settings import gather, load


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / ".env"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_environment_wins_then_the_current_folder_then_the_plugin_s(tmp_path: Path) -> None:
    here = written(
        tmp_path / "here", f"SPOTIFY_SCOPE_HOME={tmp_path / 'home'}\nSPOTIFY_CLIENT_ID=here\nDEMO_SECONDS=1"
    )
    home = written(tmp_path / "home", "SPOTIFY_CLIENT_ID=home\nSPOTIFY_CLIENT_SECRET=home\nDEMO_SECONDS=2")
    gathered = gather({"DEMO_SECONDS": "3", "SPOTIFY_CLIENT_SECRET": " "}, here.parent)
    settings, problems = load(gathered.values)
    assert (settings.client_id, settings.client_secret, settings.demo_seconds) == ("here", "home", 3)
    assert gathered.origins["DEMO_SECONDS"] == ENVIRONMENT
    assert gathered.origins["SPOTIFY_CLIENT_ID"] == str(here)
    assert gathered.origins["SPOTIFY_CLIENT_SECRET"] == str(home)
    assert problems == gathered.problems == []


def test_others_variables_are_left_alone(tmp_path: Path) -> None:
    written(tmp_path, "PATH=/evil\nHF_TOKEN=x\nexport SPOTIFY_CLIENT_ID='abc'  # mine\n")
    path = os.environ["PATH"]
    gathered = gather({}, tmp_path)
    assert gathered.values == {"SPOTIFY_CLIENT_ID": "abc"}
    assert os.environ["PATH"] == path


def test_nothing_in_a_value_is_replaced(tmp_path: Path) -> None:
    written(tmp_path, "LYRICS_APP_TOKEN=pa$HOME{x}\n")
    assert gather({"HOME": "/root"}, tmp_path).values["LYRICS_APP_TOKEN"] == "pa$HOME{x}"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"SPOTIFY_CLIENT_ID=x\n" * 10_000])
def test_a_file_that_is_none_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    gathered = gather({}, tmp_path)
    assert gathered.values == {}
    assert ".env cannot be read" in gathered.problems[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
def test_a_pipe_hangs_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    assert "no regular file" in gather({}, tmp_path).problems[0]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a folder that somebody is in")
def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert gather({"DEMO_SECONDS": "3"}).values == {"DEMO_SECONDS": "3"}


@pytest.mark.parametrize("content", ["", "\n#\n", "=", "garbage", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_ID="])
def test_what_says_nothing_changes_nothing(tmp_path: Path, content: str) -> None:
    written(tmp_path, content)
    assert gather({}, tmp_path).values == {}

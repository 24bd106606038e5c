"""What users paste to complete a login."""

import pytest

from spotify_scope_plugin.playback.spotify.paste import PasteError, code_from_paste, state_in

STATE = "the-state-of-this-attempt"


class TestPasting:
    CODE = "AQB-x_9" * 10

    @pytest.mark.parametrize(
        "pasted",
        [
            f"http://127.0.0.1:8888/callback?code={CODE}&state={STATE}",
            f'"http://127.0.0.1:8888/callback?code={CODE}&state={STATE}"',
            f"\x1b[200~http://127.0.0.1:8888/callback?code={CODE}&state={STATE}\x1b[201~\n",
            f"http://127.0.0.1:8888/callback?code={CODE[:30]}\n  {CODE[30:]}&state={STATE}",
            f"?code={CODE}&state={STATE}",
            f"http://127.0.0.1:8888/callback?code={CODE}&amp;state={STATE}",
            f"code={CODE}&state={STATE}",
            CODE,
            f"  {CODE}  ",
        ],
    )
    def test_what_holds_the_code_is_understood(self, pasted: str) -> None:
        assert code_from_paste(pasted, STATE) == self.CODE
        assert state_in(pasted) == (STATE if STATE in pasted else "")

    @pytest.mark.parametrize(
        ("pasted", "words"),
        [
            ("", "Nothing was pasted"),
            ("   \n", "Nothing was pasted"),
            ("yes", "neither an address nor a code"),
            ("http://127.0.0.1:8888/callback", "holds no code"),
            (f"https://accounts.spotify.com/authorize?client_id=1&state={STATE}", "address of Spotify's login"),
            (f"http://127.0.0.1:8888/callback?error=access_denied&state={STATE}", "not allowed"),
            (f"http://127.0.0.1:8888/callback?error=server_error&state={STATE}", "server_error"),
            (f"http://127.0.0.1:8888/callback?code={CODE}&state=other", "another login attempt"),
            (f"http://127.0.0.1:8888/callback?code={CODE}", "cut off"),
            ("https://accounts.spotify.com/login?continue=x", "still on Spotify's own page"),
            ("http://[bad", "holds no code"),
        ],
    )
    def test_what_does_not_gets_a_sentence(self, pasted: str, words: str) -> None:
        with pytest.raises(PasteError, match=words):
            code_from_paste(pasted, STATE)

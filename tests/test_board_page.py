"""The page's inlined state: harmless inside a script element, and soon made."""

import json
import time

import msgspec
from django.test import AsyncClient

from dashboard_project.views import inlined

HOSTILE = "</script><!--<script>&amp; ü 🐙 \u2028"


def test_what_is_inlined_is_the_same_json_without_anything_like_markup() -> None:
    text = inlined({"frame": msgspec.Raw(json.dumps([HOSTILE], ensure_ascii=False).encode())})
    assert json.loads(text) == {"frame": [HOSTILE]}
    assert not set("<>&") & set(text)


async def test_the_page_bears_what_is_kept(sticky) -> None:
    await sticky.aset("model_metric:gbt", {"note": HOSTILE})
    page = (await AsyncClient().get("/")).content.decode()
    _, _, rest = page.partition('id="board-state">')
    (metric,) = [s for s in json.loads(rest.partition("</script>")[0])["frame"]["sections"] if s["entries"]]
    assert metric["entries"][0][4] == {"note": HOSTILE}


def test_a_large_state_holds_the_event_loop_up_for_milliseconds_only() -> None:
    state = {"frame": msgspec.Raw(json.dumps("größer " * 100_000, ensure_ascii=False).encode())}

    def took_s() -> float:
        started = time.thread_time()  # of this thread, however busy the machine is
        inlined(state)
        return time.thread_time() - started

    assert min(took_s() for _ in range(5)) < 0.02

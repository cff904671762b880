"""Tags of too many attributes, and the text that only looks like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.html_guard import MOST_ATTRIBUTES, has_hostile_tag, without_hostile_tags

MANY = " ".join(f"a{n}=1" for n in range(MOST_ATTRIBUTES + 1))
FEW = " ".join(f"a{n}='{'x' * 9}'" for n in range(MOST_ATTRIBUTES - 1))


@pytest.mark.parametrize(
    "html",
    [
        f"<script a='<p'{MANY}></script>",
        f"<SCRIPT>'<p '</script><p {MANY}>",
        f"""<script><a b="</script><p x='">' {MANY}>""",
        f"""<!--<a b="--!><p x='">' {MANY}>""",
        f"<p {MANY}>x",
        f"<p {MANY}",
        f"x<A/{MANY}>",
        f"<!--><p {MANY}>-->",
        f"<p a=''{MANY}>",
    ],
)
def test_a_tag_of_many_attributes(html: str) -> None:
    assert has_hostile_tag(html)
    assert not has_hostile_tag(without_hostile_tags(html))
    assert len(without_hostile_tags(html)) < 100


@pytest.mark.parametrize(
    "html",
    [
        f"<p {FEW}>x",
        f'<p title="{MANY}">x',
        f"1 < 2 {MANY}",
        f"<script>'<p {MANY}>'</script>",
        f"<!-- <p {MANY}> -->",
        f"<TITLE><p {MANY}></TITLE>",
        f"<style><p {MANY}",
        f"<!---- <p {MANY} -- >",
    ],
)
def test_what_only_looks_like_one(html: str) -> None:
    assert not has_hostile_tag(html)


def test_an_open_quote_in_a_script_hides_none() -> None:
    for start in ("<script>x = '<a b=\"'</script>", '<!-- <a b=" -->'):
        html = f'{start}<p {MANY}>"'
        assert has_hostile_tag(html)
        assert without_hostile_tags(html) == f'{start}<i>"'


def test_the_text_around_it_stays() -> None:
    assert without_hostile_tags(f"<b>1</b><p {MANY}>2</p>") == "<b>1</b><i>2</p>"
    assert without_hostile_tags(f"<p {FEW}>x") == f"<p {FEW}>x"


@given(
    parts=st.lists(st.sampled_from([f"<p {MANY}", "<!--", "-->", "<script>", "'", '"', "=", ">"]))
)
def test_nothing_hostile_is_left(parts: list[str]) -> None:
    assert not has_hostile_tag(without_hostile_tags("".join(parts)))


@pytest.mark.parametrize("piece", ["<p ", "<!--", "<script", "a=", "='", '="', "</script"])
def test_it_takes_no_time(piece: str) -> None:
    start = time.process_time()
    has_hostile_tag(f"<p {piece * 300_000}")
    without_hostile_tags(f"<p {piece * 300_000}")
    assert time.process_time() - start < 2

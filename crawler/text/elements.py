"""The elements of HTML, grouped by what they mean for the text in and around them.

Source: HTML Living Standard, 15.3 (rendering).
"""

from __future__ import annotations

_REMOVED_INLINE = (
    *("button", "datalist", "input", "meter", "output", "progress", "select", "optgroup", "option"),
    *("script", "style", "template", "textarea", "title", "svg"),
    *("annotation", "annotation-xml", "rp", "rt", "rtc"),
)
_REMOVED_BLOCKS = (
    *("audio", "canvas", "iframe", "map", "object", "video"),
    *("applet", "frameset", "noembed", "noframes", "noscript"),
    *("dialog", "form", "nav"),
)

REMOVED = frozenset((*_REMOVED_INLINE, *_REMOVED_BLOCKS))
DOUBTFUL = frozenset(("dialog", "form", "nav"))
"""Of these the elements that are left out unless they hold most of a text."""
CAPTIONS = frozenset(("figcaption", "caption"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
PREFORMATTED = frozenset(("pre", "listing", "plaintext", "xmp"))
TABLE = frozenset(("table", "tr", "td", "th"))
BLOCKS = frozenset(
    (
        *("html", "head", "body", "main", "article", "section", "aside", "header", "footer"),
        *("div", "p", "hr", "blockquote", "address", "center", "marquee", "hgroup", "search"),
        *("ul", "ol", "menu", "dir", "li", "dl", "dt", "dd", "figure", "details", "summary"),
        *("thead", "tbody", "tfoot", "fieldset", "legend"),
        *_REMOVED_BLOCKS,
        *CAPTIONS,
        *HEADINGS,
        *PREFORMATTED,
        *TABLE,
    )
)
# They have no content in HTML, but libxml2 waits for their end tags: do not skip to those.
NEVER_ENDED = frozenset(("bgsound", "command", "embed", "keygen", "source", "track", "wbr"))

CAPTION_CLASSES = frozenset(
    ("wp-caption-text", "gallery-caption", "wp-element-caption", "tr-caption")
)
EMOJI_IMAGES = frozenset(("wp-smiley", "emoji"))
QUOTED_POSTS = "twitter-tweet"
"""The class of a tweet that is quoted: it stays, whatever the box around it is called."""

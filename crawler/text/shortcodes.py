"""Shortcodes of page builders and membership plugins that nobody is meant to see.

WordPress leaves a shortcode as it is where its plugin is gone, or does not run for the REST API.
Only names that such plugins have made their own are known here: ``[…]``, ``[sic]`` and the
shortcodes of a site itself stay as they are shown.

Source: developer.wordpress.org/apis/shortcode (names, attributes, enclosed content).
"""

from __future__ import annotations

import re

_PREFIXES = (
    # Page builders
    *("et_pb_", "et_bloom_", "et_social_", "divi_"),  # Divi, Extra
    *("vc_", "vcv_", "vcex_", "mpc_", "ultimate_", "bsf-", "rev_slider"),  # WPBakery and add-ons
    *("fusion_", "fusionchart", "avada_"),  # Fusion Builder, Avada
    *("av_", "avia_"),  # Enfold
    *("elementor-", "elementor_", "INSERT_ELEMENTOR", "ha_template"),  # Elementor
    *("fl_builder", "siteorigin_", "themify_", "tb_"),  # Beaver, SiteOrigin, Themify
    *("cs_", "x_", "kc_", "dslc_", "mp_", "ct_", "oxy-", "bricks_", "tatsu_", "brizy_"),
    *("thrive_", "tcb_", "tcb-", "tve_", "op_", "wpb-", "wpv-", "us_", "nectar_"),
    # Themes of news sites and their builders
    *("td_block", "tdb_", "tdc_", "tds_", "tdm_"),  # tagDiv
    *("jnews_", "mvp_", "thb_", "mk_", "qode_", "edgtf_", "eltdf_", "mkdf_", "gdlr_", "dt_", "tm_"),
    # Membership
    *("s2If", "s2Get", "s2File", "s2Key", "s2Stream", "s2MOP", "s2Drip", "s2Member", "s2Eot"),
    *("mepr-", "mepr_", "rcp_", "pmpro_", "wlm_", "memberful", "leaky_paywall", "wpmem_", "arm_"),
    *("ultimatemember", "um_", "armember", "swpm_", "ihc-", "wcm_", "pms-"),
)
_NAMES = (
    "not_logged_in", "wcm_restrict", "content_control",
    "fullwidth", "fullscreen", "one_full", "one_half", "one_third", "two_third", "one_fourth",
    "three_fourth", "one_fifth", "two_fifth", "three_fifth", "four_fifth", "one_sixth",
    "five_sixth", "one_half_last", "one_third_last", "two_third_last", "one_fourth_last",
    "three_fourth_last", "one_fifth_last", "two_fifth_last", "three_fifth_last",
    "four_fifth_last", "one_sixth_last", "five_sixth_last",
)  # fmt: skip
# They are words too: shortcodes only with an attribute, or at the end of what they enclose.
_WORDS = ("restrict", "membership", "member", "oxygen", "section", "row", "column")
_INLINE = (
    *("highlight", "dropcap", "icon", "fontawesome", "tooltip", "popover", "modal_text_link"),
    *("lightbox", "s2get", "s2key", "s2file", "s2eot", "s2stream", "s2mop", "text_link"),
)
# Each alternative ends at the next bracket, so that no text is looked at twice.
_SHORTCODE = re.compile(
    r"\[/?(?P<name>(?:{})[\w-]*|(?:{})(?![\w-]))(?:[\s\0/=][^\[\]]*)?\]"
    r"|\[(?:(?:{words})\s[^\[\]=]*=[^\[\]]*|/(?:{words}))\]".format(
        "|".join(map(re.escape, _PREFIXES)), "|".join(_NAMES), words="|".join(_WORDS)
    )
)
# Markup in base64, which the builder decodes.
_ENCODED = re.compile(
    r"(?<=\])[A-Za-z0-9+/=%\s\0]*"
    r"(?=\[/(?:vc_raw_(?:html|js)|fusion_code|fusion_syntax_highlighter)\])"
)


def without_shortcodes(text: str, paragraph: str) -> str:
    """Return *text* without the shortcodes, with what they enclose.

    A shortcode ends a paragraph, which *paragraph* stands for, but for those within a sentence.
    """
    if "[" not in text or not _SHORTCODE.search(text):
        return text
    if "[/vc_raw_" in text or "[/fusion_" in text:
        text = _ENCODED.sub("", text)
    return _SHORTCODE.sub(lambda found: "" if _is_inline(found["name"] or "") else paragraph, text)


def _is_inline(name: str) -> bool:
    return any(word in name.lower() for word in _INLINE)

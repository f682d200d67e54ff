/* SPDX-License-Identifier: BSD-2-Clause */
/* The style of the page, light and dark, and its one script: a link into something closed opens it. */
#ifndef CONFORM_HTML_STYLE_H
#define CONFORM_HTML_STYLE_H

static const char html_style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1c2128;--dim:#59636e;--line:#d1d9e0;--soft:#f6f8fa;"
    "--ok:#116329;--okbg:#e3f6e8;--no:#a40e26;--nobg:#ffe2e0;--skip:#59636e;--skipbg:#eff2f5;"
    "--known:#7d4e00;--knownbg:#fff3cd;--link:#0550ae;--map:#7fc492;--hole:#d7dde3;--absent:#e8b45a;"
    "--short:#b58ce0;--hash:#8db8ea;--mark:#ffd33d}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#0f1419;--fg:#e0e6ec;--dim:#98a4b0;--line:#343c46;"
    "--soft:#181f27;--ok:#6fd48a;--okbg:#12301d;--no:#ff9492;--nobg:#4a1519;--skip:#98a4b0;"
    "--skipbg:#1e252e;--known:#eac55f;--knownbg:#3a2f0b;--link:#79b8ff;--map:#2f7d46;--hole:#3a434d;"
    "--absent:#a8761c;--short:#7a4fb0;--hash:#2d62a3;--mark:#7a5c00}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;padding:1.2rem 1.6rem 4rem;max-width:1500px;background:var(--bg);"
    "color:var(--fg);font:15px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.25rem;margin:2.2rem 0 .5rem;border-bottom:1px solid var(--line)}"
    "h3{font-size:1.05rem;margin:1.4rem 0 .3rem}p{margin:.4rem 0;max-width:90ch}a{color:var(--link)}"
    "code,pre,.mono{font:13px/1.45 ui-monospace,monospace}.dim{color:var(--dim)}\n"
    ".totals{display:flex;flex-wrap:wrap;gap:.7rem;margin:1rem 0}.totals div{padding:.5rem 1rem;border-radius:8px;"
    "border:1px solid var(--line);background:var(--soft)}.totals b{display:block;font-size:1.4rem}\n"
    ".totals .p{background:var(--okbg);color:var(--ok)}.totals .f{background:var(--nobg);color:var(--no)}"
    ".totals .k{background:var(--knownbg);color:var(--known)}.totals .s{color:var(--skip)}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.2rem .5rem;border:1px solid var(--line);"
    "text-align:left;vertical-align:top}thead th{background:var(--soft);font-weight:600;font-size:.85rem}"
    "tbody th{font-weight:500;white-space:nowrap}\n"
    ".matrix td{text-align:center;font-size:.85rem;line-height:1.3;white-space:nowrap;padding:.2rem .35rem}"
    ".matrix td small{display:block;font-size:.72rem;opacity:.85}.matrix a{color:inherit;text-decoration:underline}"
    ".matrix .who{display:inline-block;width:1.1em;opacity:.7;font-weight:600}.matrix td div+div{border-top:1px dotted var(--line)}\n"
    "td.p{background:var(--okbg);color:var(--ok)}td.f{background:var(--nobg);color:var(--no);font-weight:600}"
    "td.s{background:var(--skipbg);color:var(--skip)}td.k{background:var(--knownbg);color:var(--known)}\n"
    ".matrix td.two{padding:0}.matrix td.two a{display:block}.matrix td.two>div,.matrix td.two>a>div{padding:.15rem .35rem}"
    ".matrix .p{background:var(--okbg);color:var(--ok)}.matrix .f{background:var(--nobg);color:var(--no)}"
    ".matrix .k{background:var(--knownbg);color:var(--known)}.matrix .s{background:var(--skipbg);color:var(--skip)}\n"
    ".key{display:inline-block;width:.8em;height:.8em;border-radius:2px}.key.hash{background:var(--hash)}.key.file{background:var(--map)}"
    ".key.zero{background:var(--hole)}.key.any{background:var(--absent)}\n"
    ".matrix tr.os th{background:var(--soft);font-weight:600}#only:checked~.scroll .matrix tr.good{display:none}\n"
    "details{margin:.35rem 0}summary{cursor:pointer}details.cell{border:1px solid var(--line);border-radius:8px;"
    "padding:.3rem .8rem}details.cell>summary{font-weight:600}details.check{margin-left:.4rem;border-left:3px solid var(--no);"
    "padding-left:.8rem}details.check.known{border-color:var(--known)}details.check>summary{font:13px/1.5 ui-monospace,monospace;"
    "overflow-wrap:anywhere}\n"
    ".no{color:var(--no)}.yes{color:var(--ok)}.miss{margin:.5rem 0 1rem}.head{font:13px/1.45 ui-monospace,monospace;"
    "overflow-wrap:anywhere;max-width:none}.both th{width:6rem}.both td{font:13px/1.45 ui-monospace,monospace;"
    "overflow-wrap:anywhere;white-space:pre-wrap}mark{background:var(--mark);color:inherit;border-radius:2px}\n"
    ".walk{margin:.3rem 0 .3rem}.walk td{font:12.5px/1.4 ui-monospace,monospace}.walk td.l{border-bottom-style:dotted}"
    ".walk td.m{border-top-style:dotted}.walk caption{text-align:left;font-size:.85rem;color:var(--dim);padding:.2rem 0}\n"
    "pre{background:var(--soft);padding:.4rem .6rem;border-radius:6px;overflow-x:auto;margin:.3rem 0}"
    ".names{margin:.3rem 0;padding-left:1.4rem;font:13px/1.5 ui-monospace,monospace}\n"
    "svg.space{width:100%;min-width:900px;height:auto;background:var(--soft);border:1px solid var(--line);border-radius:8px;"
    "margin:.4rem 0}svg text{fill:var(--fg);font:11px ui-monospace,monospace}svg .lane{text-anchor:end;font:12px system-ui,sans-serif}"
    "svg .bad{fill:var(--no)}svg .in{text-anchor:middle}svg .at{fill:var(--dim);font-size:10.5px}svg .tick{stroke:var(--dim)}\n"
    "svg .map{fill:var(--map)}svg .hole{fill:var(--hole)}svg .absent{fill:var(--absent)}svg .short{fill:var(--short)}"
    "svg .hash{fill:var(--hash)}svg .file{fill:var(--map)}svg .zero{fill:var(--hole)}svg .any{fill:var(--absent)}"
    "svg rect.hit{stroke:var(--no);stroke-width:2}svg .to{fill:none;stroke:var(--dim);stroke-opacity:.4}"
    "svg .to.hit{stroke:var(--no);stroke-opacity:1;stroke-width:1.6}svg .mark{fill:var(--no)}\n";

static const char html_script[] =
    "function o(){var e=location.hash&&document.getElementById(location.hash.slice(1));"
    "for(var p=e;p;p=p.parentElement)if(p.tagName=='DETAILS')p.open=true;if(e)e.scrollIntoView()}"
    "addEventListener('hashchange',o);o()";

#endif

"""The page's style: light, dark, phone, A4."""

from __future__ import annotations

from dashboards.palette import DARK, FONT, LIGHT, Palette


def _variables(p: Palette) -> str:
    names = ("ground", "raised", "ink", "muted", "line", "accent", "worse", "better")
    return "".join(f"--{name}:{getattr(p, name)};" for name in names) + f"--band:{p.soft};"


_RULES = """
*{box-sizing:border-box}
body{font:15px/1.65 FONT;background:var(--ground);color:var(--ink);max-width:52rem;margin:0 auto;padding:2rem 1.25rem 3rem;-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
h1{font-size:1.55rem;line-height:1.3;margin:0 0 .2rem}
h2{font-size:1.15rem;margin:2.1rem 0 .5rem;padding-top:.9rem;border-top:1px solid var(--line);break-after:avoid}
h2 small{font-weight:400;font-size:.82rem;color:var(--muted);margin-left:.5rem}
h3{font-size:.95rem;margin:1rem 0 .3rem;break-after:avoid}
p{margin:.35rem 0}
.scope,.muted,.note,figcaption{color:var(--muted)}
.scope,.note,figcaption{font-size:.85rem}
.headline{font-size:1.1rem;line-height:1.6;margin:1rem 0;padding-left:.9rem;border-left:4px solid var(--accent)}
.caveats{border:1px solid var(--worse);border-left-width:4px;border-radius:6px;padding:.1rem 1rem .5rem;margin:1rem 0;break-inside:avoid}
.caveats h2{border:0;padding:0;margin:.6rem 0 .2rem;font-size:1rem;color:var(--worse)}
.worse{color:var(--worse)}.better{color:var(--better)}
.cards{display:grid;grid-template-columns:repeat(4,1fr);gap:.7rem;margin:.8rem 0;padding:0}
.cards>div{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:.6rem .8rem;break-inside:avoid}
.cards dt{font-size:.82rem;color:var(--muted)}
.cards dd{margin:0}
.cards .value{font-size:1.55rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
.cards .change,.cards .note{font-size:.8rem;line-height:1.45}
figure{margin:1rem 0;break-inside:avoid}
figure h3{margin:0 0 .5rem}
.plot{position:relative;padding:0 1rem 1.5rem 2.6rem}
.plot svg{display:block;width:100%;height:190px}
.plot .y{position:absolute;left:0;top:0;width:2.3rem;height:190px}
.plot .y span,.plot .x span{position:absolute;font-size:.75rem;line-height:1;color:var(--muted);font-variant-numeric:tabular-nums}
.plot .y span{right:0;transform:translateY(-50%)}
.plot .x{position:absolute;left:2.6rem;right:1rem;bottom:.3rem;height:.9rem}
.plot .x span{transform:translateX(-50%);white-space:nowrap}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.8rem 0}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:.4rem .45rem;border-bottom:1px solid var(--line);text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}
td{white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
thead th{font-weight:500;font-size:.8rem;color:var(--muted);vertical-align:bottom}
tbody th,tfoot th{font-weight:600}
tfoot td,tfoot th{border-bottom:0}
tr,li,.entry{break-inside:avoid}
thead{display:table-header-group}
ul,ol{margin:.4rem 0;padding-left:1.25rem}
li{margin:.35rem 0}
li::marker{color:var(--muted)}
blockquote{margin:.35rem 0;padding-left:.75rem;border-left:3px solid var(--line);color:var(--muted);font-size:.92rem}
.entries{list-style:none;counter-reset:n;padding:0}
.entry{counter-increment:n;position:relative;border:1px solid var(--line);border-radius:8px;padding:.7rem .9rem .75rem 2.5rem;margin:.7rem 0}
.entry::before{content:counter(n);position:absolute;left:.95rem;top:.7rem;font-weight:650;color:var(--accent)}
.entry h3{margin:0 0 .1rem;font-size:1rem}
.entry .side{float:right;text-align:right;font-size:.75rem;color:var(--muted);line-height:1.2;margin:0 0 .2rem .8rem}
.entry .side svg{display:block;margin-left:auto}
.tags{font-size:.83rem;color:var(--muted)}
.tags span:not(:last-child)::after{content:" · "}
footer{margin-top:2.5rem;padding-top:.8rem;border-top:1px solid var(--line);font-size:.82rem;color:var(--muted)}
footer h2{border:0;margin:0;padding:0;font-size:.9rem}
footer ul{padding-left:1.1rem}footer li{margin:.15rem 0}
@media (max-width:600px){
body{padding:1.1rem 1rem 2rem}
.cards{grid-template-columns:1fr 1fr}
.entry{padding-left:2.1rem}.entry::before{left:.75rem}
.entry{display:flex;flex-direction:column}.entry .side{float:none;order:9;text-align:left;margin:.5rem 0 0}.entry .side svg{margin:0}
table,tbody,tfoot,tr,td,tbody th,tfoot th{display:block;width:100%}
thead{display:none}
tr{display:grid;grid-template-columns:2fr 3fr;gap:0 1rem;padding:.5rem 0;border-bottom:1px solid var(--line)}
tr>*{border:0!important;padding:.1rem 0!important}
tbody th,tfoot th{grid-column:1/-1}
td{display:flex!important;justify-content:space-between;gap:.4rem;font-size:.85rem;white-space:nowrap}
td::before{content:attr(data-label);color:var(--muted);font-size:.75rem;text-align:left}
td.wide{grid-column:1/-1}
}
@media (max-width:350px){tr{grid-template-columns:1fr}}
@media print{
@page{size:A4;margin:14mm 13mm}
:root{VARIABLES}
body{font-size:10.2pt;line-height:1.5;padding:0;max-width:none}
h2{margin-top:1.1rem;padding-top:.5rem}
.headline{margin:.6rem 0}
.plot svg,.plot .y{height:150px}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""


def css() -> str:
    """All rules."""
    light = _variables(LIGHT)
    rules = _RULES.replace("FONT", FONT).replace("VARIABLES", light)
    dark = f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    return f":root{{color-scheme:light dark;{light}}}{dark}{rules}".replace("\n", "")

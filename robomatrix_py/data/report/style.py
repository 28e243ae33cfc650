"""The page's only style sheet and its only script; both are constants, and the page admits no others."""

from __future__ import annotations

from robomatrix_py.data.report.markup import Markup

STYLE = Markup("""
:root{color-scheme:light dark;
--paper:#f7f7f5;--card:#fff;--ink:#1c2126;--quiet:#5e6872;--line:#e1e4e7;--track:#eceef0;
--accent:#2c5d88;--succeeded:#1b7a48;--failed:#b3261e;--undecided:#8f6200;
--tint-succeeded:#e7f3ec;--tint-failed:#fbeceb;--tint-undecided:#faf2de}
@media(prefers-color-scheme:dark){:root{
--paper:#121518;--card:#1a1e22;--ink:#e7eaec;--quiet:#9aa5af;--line:#2d343a;--track:#252b30;
--accent:#86b6e0;--succeeded:#5bc58b;--failed:#ff8d83;--undecided:#e3b552;
--tint-succeeded:#16291f;--tint-failed:#331b1a;--tint-undecided:#2d2513}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,header,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
h1{font-size:clamp(1.5rem,4.2vw,2.15rem);line-height:1.2;letter-spacing:-.015em;margin:.3rem 0 1.25rem;
font-weight:650}
h2{font-size:1.15rem;letter-spacing:-.005em;margin:2.75rem 0 .9rem;font-weight:650}
h3{font-size:1rem;margin:0;font-weight:600}
p{margin:.35rem 0}
a{color:var(--accent)}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
.eyebrow,.quiet,.when,footer{color:var(--quiet);font-size:.875rem}
.eyebrow{letter-spacing:.02em}
.verdict{border-radius:.75rem;padding:1.15rem 1.35rem;border:1px solid var(--line);
border-left:.4rem solid var(--tone);
background:var(--tint)}
.verdict strong{display:block;font-size:clamp(1.6rem,5vw,2.1rem);line-height:1.15;letter-spacing:-.02em;
color:var(--tone)}
.verdict p{max-width:48rem}
.verdict dl{margin:.75rem 0 0;display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;
font-size:.925rem}
.verdict dt{color:var(--quiet)}.verdict dd{margin:0}
.succeeded{--tone:var(--succeeded);--tint:var(--tint-succeeded)}
.failed{--tone:var(--failed);--tint:var(--tint-failed)}
.undecided{--tone:var(--undecided);--tint:var(--tint-undecided)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(11rem,42%),1fr));gap:1rem 1.5rem;
margin:1.5rem 0 0}
.facts dt{font-size:.8rem;color:var(--quiet)}.facts dd{margin:0;font-weight:550}
.note{margin:1.25rem 0 0;padding:.6rem .9rem;border:1px dashed var(--quiet);border-radius:.5rem;
font-size:.925rem}
figure{margin:0}
figcaption{font-size:.8rem;color:var(--quiet);margin-top:.35rem}
video{display:block;width:100%;max-height:88vh;border-radius:.6rem;background:var(--track)}
svg{display:block;overflow:visible}
svg svg{overflow:hidden}
svg text{font-size:12px;fill:var(--quiet)}
svg .row-label{fill:var(--ink);font-weight:550;font-size:12.5px}
.timeline-figure{margin-bottom:1rem}
.timeline{margin-top:1.25rem;cursor:default}
.track{fill:var(--track)}
.grid{stroke:var(--line)}
.bar{fill:var(--tint);stroke:var(--tone);stroke-width:1.5}
.stage{fill:var(--tone);opacity:.14}.stage.odd{opacity:.3}
svg .stage-name{font-size:11px;fill:var(--ink);pointer-events:none}
.attempt,.mark{cursor:pointer}
.bar.unfinished{fill:none;stroke:var(--quiet);stroke-dasharray:4 3}
.playhead{stroke:var(--accent);stroke-width:1.5;opacity:0}
.playing .playhead{opacity:1}
.mark{fill:var(--tone);stroke:var(--card);stroke-width:2}
.drop{stroke:var(--tone);stroke-dasharray:2 3;opacity:.6}
.gate_refusal{--tone:var(--undecided)}.retry{--tone:var(--quiet)}.gate_stop{--tone:var(--failed)}.process_died{--tone:var(--ink)}
.gate_reset{--tone:var(--succeeded)}.replanned{--tone:var(--accent)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.35rem 1.1rem;padding:0;margin:.5rem 0 0;
font-size:.8rem;
color:var(--quiet)}
.swatch{display:inline-block;width:.85rem;height:.7rem;border-radius:.2rem;margin-right:.4rem;
background:var(--tint);
border:1.5px solid var(--tone)}
.swatch.unfinished{border:1.5px dashed var(--quiet)}
.swatch.dot{width:.7rem;border-radius:50%;background:var(--tone);border:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.1rem 1.25rem;
margin:0 0 1rem}
.when{margin-left:auto}
.card>.top{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline;justify-content:space-between}
.chip{display:inline-block;font-size:.8rem;font-weight:600;padding:.1rem .6rem;border-radius:1rem;
color:var(--tone);
background:var(--tint);border:1px solid var(--tone);white-space:nowrap}
.said{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.6rem 0;font-size:.925rem}
.said dt{color:var(--quiet)}.said dd{margin:0}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(16rem,100%),1fr));gap:1rem;
margin:.9rem 0 .4rem}
.pictures img{display:block;width:100%;height:auto;border-radius:.5rem;border:1px solid var(--line)}
.plan.card{padding:.35rem 1.25rem;margin:0;list-style:none;counter-reset:step}
.plan li{counter-increment:step;display:grid;grid-template-columns:2rem 1fr auto;gap:0 .5rem;
padding:.6rem 0;
border-top:1px solid var(--line)}
.plan li:first-child{border-top:0}
.plan li::before{content:counter(step);color:var(--quiet)}
.plan p{margin:0;grid-column:2}
table{border-collapse:collapse;font-size:.875rem;width:100%}
th,td{text-align:left;vertical-align:top;padding:.32rem .9rem .32rem 0;border-bottom:1px solid var(--line)}
th{font-weight:500;color:var(--quiet)}
tr:last-child>*{border-bottom:0}
thead tr:last-child>*{border-bottom:1px solid var(--line)}
.readings{table-layout:fixed}
.readings th[scope=row]{width:42%}
.scroll{overflow-x:auto}
.scroll td,.scroll th{overflow-wrap:normal}
.events td:last-child{min-width:12rem}
details{margin:.75rem 0}
summary{cursor:pointer;color:var(--accent);font-size:.925rem}
pre{overflow-x:auto;background:var(--track);border-radius:.5rem;padding:.9rem 1rem;font-size:.8rem;
line-height:1.5}
.traces{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(17rem,100%),1fr));gap:1.1rem 1.5rem}
.traces figcaption{display:flex;justify-content:space-between;gap:.5rem;margin:0 0 .25rem;color:var(--ink)}
.traces figcaption span:last-child{color:var(--quiet);white-space:nowrap}
.trace{fill:none;stroke:var(--accent);stroke-width:1.6;stroke-linejoin:round;
vector-effect:non-scaling-stroke}
.traces .frame{fill:var(--track)}
footer{border-top:1px solid var(--line);margin-top:3rem;padding-top:1rem;padding-bottom:3rem}
@page{margin:14mm}
@media print{
:root{--paper:#fff;--card:#fff;--ink:#000;--quiet:#444;--line:#ccc;--track:#f0f0f0;--accent:#2c5d88;
--succeeded:#1b7a48;--failed:#b3261e;--undecided:#8f6200;
--tint-succeeded:#eef6f1;--tint-failed:#fcf1f0;--tint-undecided:#fbf6e8}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
header{padding-top:0}main,header,footer{max-width:none;padding-left:0;padding-right:0}
video,.no-print,.playhead{display:none}
.card,figure,tr,.verdict{break-inside:avoid}h2,h3{break-after:avoid}
.pictures{grid-template-columns:1fr 1fr}}
""")

SCRIPT = Markup("""
(()=>{const video=document.querySelector("video");if(!video)return;
const line=document.querySelector("svg.timeline"),span=line?Number(line.dataset.span):0;
const show=()=>{if(!span)return;const at=Math.min(100*video.currentTime/span,100)+"%";
for(const head of document.querySelectorAll(".playhead")){head.setAttribute("x1",at);
head.setAttribute("x2",at)}
document.body.classList.add("playing")};
const seek=time=>{video.currentTime=time;show();video.scrollIntoView({block:"nearest",behavior:"smooth"})};
video.addEventListener("timeupdate",show);
for(const part of document.querySelectorAll("[data-t]"))part.addEventListener("click",event=>{
event.stopPropagation();event.preventDefault();seek(Number(part.dataset.t))});
if(line)line.addEventListener("click",event=>{const box=line.getBoundingClientRect();
seek(span*(event.clientX-box.left)/box.width)})})()
""")

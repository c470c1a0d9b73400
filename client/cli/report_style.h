// The style sheet of the HTML report.
#ifndef AMOOZ_CLIENT_CLI_REPORT_STYLE_H_
#define AMOOZ_CLIENT_CLI_REPORT_STYLE_H_

#include <string_view>

namespace amooz::client {

// Series colours are from Okabe and Ito's palette, which people with any colour vision can tell
// apart, darkened or lightened to a contrast of at least 4.5 against the page; the second and third
// series are dashed too, so that no colour is needed at all.
inline constexpr std::string_view kReportStyle = R"css(
:root{color-scheme:light dark;--page:#fbfaf8;--card:#fff;--ink:#1c1b19;--soft:#5d5a54;--line:#dedad2;
--s1:#00639b;--s2:#b04a00;--s3:#00735a;--good:#00694f;--good-bg:#e2f3ec;--bad:#8f3a00;--bad-bg:#fbeadd;--note-bg:#eef1f5}
@media(prefers-color-scheme:dark){:root{--page:#161615;--card:#1f1e1d;--ink:#edeae4;--soft:#aaa59b;--line:#3a3834;
--s1:#6cb8ee;--s2:#f0a35e;--s3:#45c7a3;--good:#6fd3b0;--good-bg:#16332a;--bad:#f0a878;--bad-bg:#3a2415;--note-bg:#262a30}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);line-height:1.55;
font:16px/1.55 "Vazirmatn","Segoe UI",system-ui,-apple-system,"Noto Sans","Noto Naskh Arabic",Tahoma,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .25rem;letter-spacing:-.015em}
h2{font-size:1.25rem;margin:2.75rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .5rem}figcaption{margin-top:.5rem}
p{margin:.4rem 0}.soft,figcaption{color:var(--soft);font-size:.9rem}
.badge{display:inline-block;padding:.1rem .7rem;border-radius:1rem;font-size:.95rem;font-weight:600;vertical-align:middle;
margin-inline-start:.5rem;background:var(--note-bg)}
.badge.good{color:var(--good);background:var(--good-bg)}.badge.bad{color:var(--bad);background:var(--bad-bg)}
.verdict{font-size:1.15rem;margin:1rem 0 1.5rem;max-width:46rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.9rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:.9rem 1rem}
.card b{display:block;font-size:1.7rem;line-height:1.2;font-weight:650;letter-spacing:-.01em}
.card span{color:var(--soft);font-size:.88rem}
.grid{display:grid;align-items:start;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:1rem}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:start;padding:.38rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:.85rem}th[scope=row]{width:min(13rem,42%)}td.n,th.n{text-align:end;white-space:nowrap}
.wrap{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:.3rem .4rem}
.wrap tr:last-child td,.wrap tr:last-child th{border-bottom:0}
code{font:.86em ui-monospace,SFMono-Regular,Consolas,monospace;overflow-wrap:anywhere}
.sum{font-weight:650}
.plot{display:block;width:100%;height:auto}
.plot text{fill:var(--soft);font-size:15px}
.plot .grid{stroke:var(--line);stroke-width:1}.plot .axis{stroke:var(--soft);stroke-width:1}
path{fill:none;stroke-width:2.2;stroke-linejoin:round}
path.s1{stroke:var(--s1)}path.s2{stroke:var(--s2);stroke-dasharray:7 4}path.s3{stroke:var(--s3);stroke-dasharray:2 4}
circle{stroke:var(--card);stroke-width:1.5}
circle.s1,rect.s1{fill:var(--s1)}circle.s2,rect.s2{fill:var(--s2)}circle.s3,rect.s3{fill:var(--s3)}
.plot circle.marked{fill:var(--card);stroke-width:3}
circle.s1.marked{stroke:var(--s1)}circle.s2.marked{stroke:var(--s2)}circle.s3.marked{stroke:var(--s3)}
circle:hover,rect:hover{opacity:.75}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.88rem;color:var(--soft);margin:.5rem 0}
.meter{display:block;height:.55rem;margin-top:.5rem;border-radius:.3rem;background:var(--s1);min-width:2px}
.pair{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:.7rem 1rem;margin:.6rem 0}
.pair p{margin:.15rem 0;white-space:pre-wrap;overflow-wrap:anywhere}.pair p:first-child{font-weight:600}
footer{margin-top:3rem;color:var(--soft);font-size:.88rem}
@media print{body{background:#fff;font-size:11pt}main{padding:0}figure,.wrap,.card,.pair{break-inside:avoid}}
)css";

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_REPORT_STYLE_H_

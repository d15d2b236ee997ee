"""The report's words in both languages: key -> (Chinese, English). The glossary's words come from `words.yaml`."""

from __future__ import annotations

from typing import Any

from dashboards.words import Words

WORDS: dict[str, tuple[str, str]] = {
    "title.day": ("求助日报", "Daily inquiry report"),
    "title.week": ("求助周报", "Weekly inquiry report"),
    "title.month": ("求助月报", "Monthly inquiry report"),
    "week": ("{year} 年第 {week} 周", "week {week} of {year}"),
    "month": ("{year} 年 {month} 月", "{month} {year}"),
    "colon": ("：", ": "),
    "comma": ("，", ", "),
    "and": ("、", ", "),
    "stop": ("。", "."),
    "semicolon": ("；", "; "),
    "quote": ("“{text}”", "“{text}”"),
    "brackets": ("（{text}）", " ({text})"),
    # Head
    "scope.products": ("只含{products}", "{products} only"),
    "scope.compare": ("与{before}对比", "compared with {before}"),
    "scope.none": ("没有可对比的时段", "nothing to compare with yet"),
    "scope.data": ("按截至 {day} 的数据", "by data up to {day}"),
    "scope.runs": ("本期未结束，数据到 {day}", "still running: data up to {day}"),
    "before.day": ("上周同日（{days}）", "the same day a week before ({days})"),
    "before.other": ("{days}", "{days}"),
    "than.day": ("上周同日", "the same day last week"),
    "than.week": ("前一周", "the week before"),
    "than.month": ("前一期", "the period before"),
    "short.day": ("上周同日", "week before"),
    "short.week": ("前一周", "week before"),
    "short.month": ("前一期", "period before"),
    # Headline
    "head.rated": (
        "{when}共 {n} 条求助，万求率 {rate}（95% 区间 {interval}）",
        "{n} inquiries {when}, {rate} per 10,000 transactions (95% interval {interval})",
    ),
    "head.count": ("{when}共 {n} 条求助", "{n} inquiries {when}"),
    "head.no_data": ("{when}没有任何求助数据", "No inquiry data at all {when}"),
    "head.up": ("比{than}上升 {change}", "up {change} on {than}"),
    "head.down": ("比{than}下降 {change}", "down {change} on {than}"),
    "head.same": ("与{than}相比没有明显变化（{change}，在随机波动内）", "no clear change from {than} ({change}, within chance)"),
    "head.worst": ("影响最大的障碍是「{what}」（近 {days} 天 {n} 条）", "the largest obstacle is “{what}” ({n} in {days} days)"),
    "head.worst_own": ("影响最大的障碍是「{what}」（{n} 条）", "the largest obstacle is “{what}” ({n} inquiries)"),
    "head.above": ("高于通常范围（{low}–{high}）", "above its usual range ({low}–{high})"),
    "head.below": ("低于通常范围（{low}–{high}）", "below its usual range ({low}–{high})"),
    "head.ongoing": ("此前的 {n} 个预警仍在持续", "{n} earlier alerts still going on"),
    "head.ongoing_one": ("此前的 1 个预警仍在持续", "1 earlier alert still going on"),
    "head.alerts": ("新预警 {n} 个", "{n} new alerts"),
    "head.alert": ("新预警 1 个", "1 new alert"),
    "when.day": ("{day}", "on {day}"),
    "when.span": ("{days}", "from {days}"),
    # Caveats
    "caveats": ("先看数据", "About the data first"),
    "caveat.missing_day": ("{days}没有数据：下面的合计不含这些天。补齐文件后运行 voc run。", "No data for {days}: the totals below lack them. Add the files, then voc run."),
    "caveat.missing_only": ("这一天没有数据，下面只有此前几天的情况。补齐文件后运行 voc run。", "There are no data for this day; what follows tells of the days before. Add the files, then voc run."),
    "caveat.source": ("{days}没有收到{source}（平时每天约 {n} 条），求助数和万求率偏低。", "No {source} arrived for {days} (usually about {n} a day), so counts and rates are too low."),
    "caveat.transactions": ("{days}没有交易数：当天没有万求率，含这些天的合计偏高。", "No transactions for {days}: no rate for these days, and rates over longer spans are too high."),
    "caveat.partial": ("{days}数据不全，比率可能偏低。", "Data for {days} are incomplete, so rates may be too low."),
    "caveat.no_rates": ("没有交易数，无法计算万求率，只能看条数。把交易数放进 inbox/transactions/ 再运行 voc run。", "There are no transactions, so no rates, only counts. Put transactions into inbox/transactions/, then voc run."),
    "caveat.held": ("{days}被检查拦下、尚未发布：{reason}。用 voc status 查看。", "{days} held back by a check and not published: {reason}. See voc status."),
    "caveat.failed": ("{days}有 {n} 项检查未通过：{what}。", "Checks that did not pass for {days}: {n} ({what})."),
    "caveat.unmapped": ("{share} 的求助没有归到产品环节（{n} 条），各环节的万求率偏低。", "{share} of the inquiries ({n}) are not mapped to a step, so the steps' rates are too low."),
    "caveat.denominator": ("这些环节有求助却没有交易数，没有万求率：{places}。", "These steps have inquiries but no transactions, so no rate: {places}."),
    "caveat.refused": ("有 {n} 个文件没有读进来：{files}。", "Files that were not read: {n} ({files})."),
    "caveat.no_steps": ("还没有产品和环节：在 journeys.yaml 里写下它们，求助才能归到环节。", "There are no products and steps yet: name them in journeys.yaml, so that inquiries can be mapped."),
    # Overall
    "overall": ("整体与各产品", "Overall and by product"),
    "card.rate": ("万求率", "Per 10,000"),
    "card.rate_note": ("95% 区间 {interval}", "95% interval {interval}"),
    "card.no_rate": ("没有交易数", "no transactions"),
    "card.inquiries": ("求助", "Inquiries"),
    "card.transactions": ("交易 {n}", "{n} transactions"),
    "card.negative": ("负面占比", "Negative share"),
    "card.alerts": ("新预警", "New alerts"),
    "card.ongoing": ("此前的 {n} 个仍在持续", "{n} earlier still going on"),
    "chart": ("每天的万求率", "The rate, day by day"),
    "chart.counts": ("每天的求助数", "Inquiries, day by day"),
    "chart.note": ("浅色带是 95% 区间，虚线是通常范围的上下限，圈出的点在范围之外。", "Band: 95% interval. Dashed: limits of the usual range. Ringed: outside them."),
    "chart.note_plain": ("浅色带是 95% 区间。", "Band: 95% interval."),
    "chart.alt": ("{first}至{last}每天的万求率，最低 {low}，最高 {high}，最后一天 {now}", "Rate of each day from {first} to {last}: lowest {low}, highest {high}, last {now}"),
    "chart.alt_counts": ("{first}至{last}每天的求助数，最低 {low}，最高 {high}，最后一天 {now}", "Inquiries of each day from {first} to {last}: lowest {low}, highest {high}, last {now}"),
    "outside.high": ("当天的万求率高于通常范围（{low}–{high}）", "The day's rate is above its usual range ({low}–{high})"),
    "outside.low": ("当天的万求率低于通常范围（{low}–{high}）", "The day's rate is below its usual range ({low}–{high})"),
    "outside.no": ("当天的万求率在通常范围内（{low}–{high}）", "The day's rate is within its usual range ({low}–{high})"),
    "col.product": ("产品", "Product"),
    "col.inquiries": ("求助", "Inquiries"),
    "col.transactions": ("交易", "Transactions"),
    "col.rate": ("万求率", "Per 10k"),
    "col.interval": ("95% 区间", "95% interval"),
    "col.change": ("较{than}", "vs. {than}"),
    "col.usual": ("通常范围", "Usual range"),
    "col.trend": ("近 {days} 天", "{days} days"),
    "total": ("合计", "Total"),
    "chance": ("波动内", "chance"),
    "unmapped": ("另有 {n} 条（{share}）没有归到环节。", "{n} more ({share}) are not mapped to a step."),
    # What moved
    "why": ("什么变了，为什么", "What moved, and why"),
    "why.lead.up": ("{days}的万求率从 {a} 升到 {b}（{diff}）：", "From {a} to {b} per 10,000 ({diff}), {days}:"),
    "why.lead.down": ("{days}的万求率从 {a} 降到 {b}（{diff}）：", "From {a} to {b} per 10,000 ({diff}), {days}:"),
    "why.lead.same": ("{days}的万求率从 {a} 到 {b}（{diff}），整体变化在随机波动内；各环节有升有降：", "From {a} to {b} per 10,000 ({diff}), {days}: within chance as a whole, though steps moved:"),
    "why.day.more": ("当天比{than}每万笔多 {x} 条，主要来自{list}。", "On the day, {x} more per 10,000 than on {than}, mostly from {list}."),
    "why.day.less": ("当天比{than}每万笔少 {x} 条，主要来自{list}。", "On the day, {x} fewer per 10,000 than on {than}, mostly from {list}."),
    "why.days": ("近 {days} 天", "last {days} days against the {days} before"),
    "why.days_own": ("本期", "this period against the one before"),
    "why.more": ("每万笔多 {x} 条", "{x} more per 10,000"),
    "why.less": ("每万笔少 {x} 条", "{x} fewer per 10,000"),
    "why.rate_up": ("这个环节自己的万求率从 {a} 升到 {b}", "its own rate rose from {a} to {b}"),
    "why.rate_down": ("这个环节自己的万求率从 {a} 降到 {b}", "its own rate fell from {a} to {b}"),
    "why.rate_whole": ("相对整体交易从 {a} 到 {b}", "from {a} to {b} on all transactions"),
    "why.mix_up": ("它在交易中的占比升高了（自己的万求率 {a} → {b}）", "it took a larger share of transactions (own rate {a} → {b})"),
    "why.mix_down": ("它在交易中的占比降低了（自己的万求率 {a} → {b}）", "it took a smaller share of transactions (own rate {a} → {b})"),
    "why.both": ("其中自己的万求率变化 {rate}，交易占比变化 {mix}", "its own rate {rate}, its share of transactions {mix}"),
    "why.counts": ("求助 {a} → {b} 条", "inquiries {a} → {b}"),
    "why.rest": ("其余 {n} 项合计 {x}。", "The other {n} together: {x}."),
    "why.none": ("没有可对比的时段，还说不出变化。", "Nothing to compare with yet."),
    "why.no_rate": ("没有交易数，说不出万求率的变化。", "Without transactions there is no rate to explain."),
    # Obstacles
    "obstacles": ("影响最大的障碍", "Largest obstacles"),
    "obstacles.hint": ("近 {days} 天，按影响排序", "last {days} days, by impact"),
    "obstacles.hint_own": ("本期，按影响排序", "this period, by impact"),
    "obstacles.none": ("这段时间没有归到环节的障碍。", "No obstacle on any step in this time."),
    "obstacle.rate": ("万求率 {rate}（95% 区间 {interval}），{n} 条", "{rate} per 10,000 (95% interval {interval}), {n} inquiries"),
    "obstacle.count": ("{n} 条（没有交易数，无万求率）", "{n} inquiries (no transactions, no rate)"),
    "obstacle.up": ("比{before}上升 {change}", "up {change} on {before}"),
    "obstacle.down": ("比{before}下降 {change}", "down {change} on {before}"),
    "obstacle.same": ("与{before}相比没有明显变化（{change}）", "no clear change from {before} ({change})"),
    "obstacle.new": ("{before}没有", "none in {before}"),
    "obstacle.before": ("前 {days} 天", "the {days} days before"),
    "obstacle.since": ("{day}起是此前的 {ratio} 倍", "{ratio}× its former rate since {day}"),
    "obstacle.negative": ("负面 {share}", "{share} negative"),
    "obstacle.cause": ("原因：{cause}", "cause: {cause}"),
    "obstacle.lever": ("手段：{lever}", "lever: {lever}"),
    "obstacle.no_lever": ("手段：未定", "lever: not known"),
    "obstacle.owner": ("负责人：{owner}", "owner: {owner}"),
    "obstacle.no_owner": ("尚无负责人", "no owner yet"),
    "obstacle.trend": ("近 {days} 天每日求助数", "inquiries a day, {days} days"),
    # Topics
    "topics": ("新主题", "New topics"),
    "topics.hint": ("近 14 天首次出现", "first seen in the last 14 days"),
    "topics.hint_own": ("本期首次出现", "first seen in this period"),
    "topics.item": ("{day}首次出现，近 {days} 天 {n} 条", "first seen {day}, {n} inquiries in {days} days"),
    "topics.item_own": ("{day}首次出现，本期 {n} 条", "first seen {day}, {n} inquiries in this period"),
    "topics.none": ("没有新主题。", "No new topics."),
    "topics.none_learned": ("还没有学到主题：新工作区先积累 28 天数据。", "No topics learned yet: a new workspace gathers 28 days first."),
    # Alerts
    "alerts": ("预警", "Alerts"),
    "alerts.none": ("没有新的预警。", "No new alerts."),
    "alerts.ongoing": ("此前的预警", "Told earlier"),
    "alerts.open": ("{since}起，仍在持续", "since {since}, still going on"),
    "alerts.quiet": ("{since}起，{last}之后回到通常范围", "since {since}, back in the usual range after {last}"),
    "alerts.rise": ("持续上升", "Lasting rise"),
    "alerts.fall": ("持续下降", "Lasting fall"),
    "alerts.told": ("当时：{text}", "as told then: {text}"),
    # Feelings
    "feelings": ("情绪", "Feelings"),
    "feelings.negative": ("负面占比 {share}", "{share} of the inquiries are negative"),
    "feelings.up": ("比{than}上升 {points}", "up {points} on {than}"),
    "feelings.down": ("比{than}下降 {points}", "down {points} on {than}"),
    "feelings.same": ("与{than}相比没有明显变化（{points}）", "no clear change from {than} ({points})"),
    "feelings.emotions": ("比平时（此前 {days} 天）突出的情绪：{list}", "Emotions that stand out against the {days} days before: {list}"),
    "feelings.emotion": ("{emotion} {now}（平时 {usual}）", "{emotion} {now} (usually {usual})"),
    "feelings.usual": ("各种情绪的占比与平时（此前 {days} 天）相近。", "Emotions are much as in the {days} days before."),
    "feelings.worst": ("近 {days} 天负面最多的环节：{list}", "Most negative steps of the last {days} days: {list}"),
    "feelings.worst_own": ("本期负面最多的环节：{list}", "Most negative steps of the period: {list}"),
    "feelings.step": ("{place} {share}（共 {n} 条）", "{place} {share} of {n}"),
    "feelings.none": ("没有情绪数据。", "There are no data on feelings."),
    # Actions
    "actions": ("做过的事，效果如何", "What was done, and what came of it"),
    "actions.changes": ("变更", "Changes"),
    "actions.waiting": ("效果还没有估计：数据不够，或变更没有对应的环节。", "No effect estimated yet: too few data, or no step that belongs to it."),
    "actions.decisions": ("近来的处理决定", "Recent decisions on obstacles"),
    "actions.decision": ("{day} {who}：标为{status}", "{day}, {who}: {status}"),
    "actions.decided_owner": ("负责人 {owner}", "owner {owner}"),
    "actions.now": ("现在万求率 {rate}，{change}", "now {rate} per 10,000, {change}"),
    "actions.quiet": ("近来没有求助", "no inquiries lately"),
    "actions.none": ("近来没有记录到变更或处理决定。把上线、教育、政策等写进 inbox/changes/，就能看到效果。", "No changes or decisions are on record. Put releases, education and policies into inbox/changes/ to see what they did."),
    # Next
    "next": ("建议下一步", "Suggested next"),
    "next.hint": ("由改进手段和障碍推出，供讨论", "derived from lever and obstacle, to be discussed"),
    "next.product_fix": ("请产品和研发排查", "have product and engineering look into it"),
    "next.user_education": ("在这个环节就近说明或改写帮助文案", "explain it where it happens, or rewrite the help text"),
    "next.proactive_service": ("在客户来问之前主动告知进度和结果", "tell customers the progress and outcome before they ask"),
    "next.service_planning": ("调整客服的排班、话术或转接", "adjust staffing, scripts or hand-overs of the service team"),
    "next.product_fix.fault": ("请研发排查异常，先确认影响范围", "have engineering trace the fault and see how far it reaches"),
    "next.product_fix.process": ("请产品看能否减少步骤或少填内容", "have product cut steps or fields"),
    "next.product_fix.policy": ("请产品评估规则能否放宽，至少把被拒的原因讲清楚", "have product weigh the rule, and say at least why it refuses"),
    "next.user_education.comprehension": ("在页面上就近把规则和金额怎么算讲清楚", "explain on the page itself what the rules and amounts mean"),
    "next.user_education.operation": ("在这一步加操作指引，失败时告诉客户怎么办", "guide people through this step, and say what to do when it fails"),
    "next.proactive_service.awareness": ("在客户来问之前主动告知", "tell customers before they ask"),
    "next.proactive_service.trust": ("主动告知资金去向和到账时间，让客户放心", "tell where the money is and when it arrives"),
    "next.fixing": ("已在处理，跟到万求率降下来为止", "being fixed: follow it until the rate falls"),
    "next.unknown": ("原因还没判定：先读 20 条原话再定手段", "the cause is undecided: read 20 conversations first"),
    "next.fixed": ("已标为已修复，但万求率没有明显下降：请复查", "marked as fixed, yet the rate has not clearly fallen: check again"),
    "next.with": ("由{owner}跟进", "with {owner}"),
    "next.gain_one": ("每周约 {n} 条", "about {n} a week"),
    "next.alert": ("核实今天的预警", "Verify the new alert"),
    "next.alert_span": ("核实本期的预警", "Verify this period's alert"),
    "next.data": ("先把缺的数据补齐再下结论", "complete the missing data before concluding"),
    "next.worse": ("变更之后变差：{title}，考虑回退或补救", "worse after a change: {title}; consider undoing or mending it"),
    "next.none": ("没有需要特别安排的事。", "Nothing in particular."),
    # Notes
    "notes": ("数字怎么读，怎么复算", "How to read and recompute the numbers"),
    "notes.rate": ("万求率 = 求助数 ÷ 交易数 × 10,000。多天、多产品先加总再相除，不取平均。", "Rate per 10,000 = inquiries ÷ transactions × 10,000. Days and products are summed first, never averaged."),
    "notes.interval": ("95% 区间是泊松区间，按每日求助数的离散程度放宽；「没有明显变化」「波动内」指差异没有通过 99% 检验，可能只是随机波动。", "The 95% interval is a Poisson interval widened by how much daily counts scatter; “no clear change” and “chance” mean that the difference does not pass a 99% test."),
    "notes.usual": ("通常范围是近 {days} 天的控制限（Laney u′，均值 ± 3 倍标准误）。", "The usual range is the control limits of the last {days} days (Laney u′: mean ± 3 standard errors)."),
    "notes.impact": ("影响 = 每周求助数 ×（1 + 负面占比 + 平均费力度）。", "Impact = inquiries a week × (1 + negative share + mean effort)."),
    "notes.quotes": ("原话已脱敏，可能截短。", "Customers' words are masked and may be cut."),
    "notes.files": ("每张表都在 data/ 里（CSV）；data/queries.sql 里的 SQL 用 voc sql 运行，得到同样的数。", "Every table is in data/ as CSV; the SQL in data/queries.sql, run by voc sql, gives the same numbers."),
    "notes.files_team": ("每张表都在 data/ 里（CSV）；data/queries.sql 是所用的 SQL，只限本报告的产品。", "Every table is in data/ as CSV; data/queries.sql has the SQL, which was run on this report's products alone."),
    "notes.made": ("发布版本 {version}。", "Published version {version}."),
}  # fmt: skip


class ReportWords:
    """The report's words in one language; `glossary` has those that the screens use, too.

    Args:
        language: zh or en.
    """

    def __init__(self, language: str) -> None:
        self.glossary = Words(language)
        self.language = self.glossary.language
        self._place = 1 if self.language == "en" else 0

    def __call__(self, key: str, **values: Any) -> str:
        """The words for a key, with `{name}` filled in.

        Raises:
            KeyError: there are none.
        """
        text = WORDS[key][self._place]
        return text.format(**values) if values else text

    def of(self, group: str, name: str | None) -> str:
        """The word for a value of the glossary."""
        return self.glossary.of(group, name)

    def listed(self, items: list[str]) -> str:
        """Items in one line."""
        return self("and").join(items)

    def clauses(self, parts: list[str]) -> str:
        """Parts as one sentence with its full stop; empty ones are left out."""
        text = self("comma").join(part for part in parts if part)
        if not text:
            return ""
        text = text[0].upper() + text[1:] if self.language == "en" else text
        return text if text.endswith(("。", ".")) else text + self("stop")

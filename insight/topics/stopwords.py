"""Words that name no matter by themselves."""

from __future__ import annotations

# May open or join a phrase but neither end one nor stand alone: 怎么关闭, 提现不到账, card not working.
_JOINING = """
不 没 没有 没法 无法 不能 不会 不了 不到 不上 不是 未 被 怎么 怎样 如何 为什么 为何 多久 不让 别 非 能否 可否 重复 not no never can't cannot
couldn't didn't doesn't don't isn't won't wasn't haven't hasn't without why how when where
"""
_STOP = """
的 了 吗 呢 吧 啊 呀 哦 嗯 哈 哎 嘛 么 啦 呃 额 噢 喂 诶 哪 着 过 地 得 之 其 与 及 或 而 且 但 但是 并 则 即 若 如果 因为 所以 因此 然后 而且 或者 还是
还有 以及 虽然 不过 只是 就是 只 才 再 又 也 都 就 还 很 太 更 最 挺 真 好像 比较 非常 特别 一直 总是 老是 经常 刚 刚刚 刚才 现在 已经 已 正在 一下 一个 一次 一笔
一些 一点 一样 这 那 这个 那个 这样 那样 这么 那么 这种 那种 这里 那里 哪个 哪里 哪儿 什么 啥 咋 咋样 咋办 几 多少 怎么办 怎么样 怎么回事 是不是 有没有 能不能 可不可以
会不会 要不要 我 你 您 他 她 它 我们 你们 他们 咱们 自己 人家 大家 别人 是 在 有 要 想 能 会 可 可以 应该 需要 必须 让 叫 给 把 被 对 对于 从 到 向 往 由 于 用
以 按 比 跟 和 同 等 里 里面 上 下 中 内 外 前 后 上面 下面 之前 之后 以前 以后 时候 时 来 去 说 讲 看 看到 看看 觉得 感觉 知道 告诉 帮 帮忙 帮我 请 请问 问
问一下 麻烦 谢谢 感谢 多谢 你好 您好 好 好的 好吧 行 嗯嗯 哈哈 亲 客服 人工 转人工 在吗 在不在 问题 事 事情 情况 东西 原因 办法 方法 时间 今天 昨天 明天 前天 今年 去年 最近 近期 最新 马上 立刻
个 次 笔 元 块 块钱 天 月 日 年 号 点 分 些 种 样 样子 件 位 名 第 每 各 某 本 该 此 另 另外 其他 其它 所有 全部 为 为了 因 关于 通过 根据 进行 出现 显示 提示
可是 不好意思 抱歉 呗 吖 哟 哇 唉 咯 嘞 喽 一 二 三 两 四 五 六 七 八 九 十 零 百 千 万 们 所 做 弄 搞 变 成 起 起来 出来 过来 过去 下来 a about
above after again all also am an and any are as at be because been before being below between both
but by can could did do does doing down during each few for from further get getting got had has
have having he her here hers him his i i'd i'll i'm i've if in into is it it's its just let like
made make many may me might more most much must my myself need now of off on once one only or other
our out over own please same she should so some still such than that that's the their them then
there these they thing this those through to today too trying try tried under until up us use using
very want wanted was we were what what's which while who will with would yes you your yours hi hello
hey thanks thank okay ok um uh yeah well help know tell going go really actually able looking see
way someone something anything it'd think gonna kind right sure
"""
JOINING = frozenset(_JOINING.split())
STOP = frozenset(_STOP.split())

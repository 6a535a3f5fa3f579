"""Questions and replies for the pictures and checks of the page's states, in both languages."""

from dataclasses import dataclass

MAX_LENGTH = 2000
"""Maximum length of a message on the stage, in characters. The default is 16 times that, and slow to type."""
FORMULA = """$$
W_q = \\frac{\\rho}{\\mu\\,(1 - \\rho)}
$$
"""
ADDRESS = (
    "https://example.org/api/v2/reports/2026/11/05/by-route-and-status-code-and-region?format=ndjson&compressed=true"
)


def _counting(purpose: str) -> str:
    return f"""```python
async def seen(store: Redis, name: str, *, window: float = 60.0) -> int:
    \"\"\"{purpose}\"\"\"
    now = time.time()
    async with store.pipeline(transaction=True) as pipe:
        pipe.zadd("seen", {{name: now}})
        pipe.zremrangebyscore("seen", 0, now - window)
        pipe.zcard("seen")
        *_, count = await pipe.execute()
    return count
```
"""


CODE_EN = f"""A sorted set does this in one round trip. `ZADD` keeps the newest time for each name, and
`ZREMRANGEBYSCORE` drops the old ones:

{_counting("Note that `name` was here, and count who was here lately.")}
Call it on every request; the set never grows beyond the names of one window.
"""
CODE_ZH = f"""用有序集合，一次往返就够了：`ZADD` 记下每个名字最近出现的时间，`ZREMRANGEBYSCORE` 清掉过期的成员。

{_counting("记录 name 来过，并统计最近来过的人数。")}
每次请求时调用即可；集合的大小不会超过一个时间窗口内的人数。
"""
TABLE_EN = """Both are fine; they fail differently.

| | RDB snapshot | Append-only file |
|---|---|---|
| **Loses at most** | minutes | about a second |
| **File size** | small | larger, rewritten now and then |
| **Restart** | fast | slower with a long file |
| **Good for** | backups, caches | data you cannot make again |

1. Turn the append-only file on where the data matters.
2. Take snapshots *as well*, for backups.
   - Keep one off the machine.

> Test the restore. A backup that was never read back is a hope.
"""
TABLE_ZH = """两种都可以，区别在于出故障时丢多少。

| | RDB 快照 | AOF 日志 |
|---|---|---|
| **最多丢失** | 几分钟 | 约一秒 |
| **文件大小** | 小 | 较大，会定期重写 |
| **重启速度** | 快 | 文件长时较慢 |
| **适合** | 备份、缓存 | 无法重新生成的数据 |

1. 重要数据请打开 AOF。
2. 同时保留快照，*用于备份*。
   - 至少有一份放在别的机器上。

> 一定要演练恢复：从没恢复过的备份，只是一种愿望。
"""
MATH_EN = f"""With arrival rate $\\lambda$ and service rate $\\mu$, the load is $\\rho = \\lambda / \\mu$,
and the mean wait is

{FORMULA}
At $\\rho = 0.9$ that is nine service times; at $0.99$ it is ninety-nine.
"""
MATH_ZH = f"""设到达率为 $\\lambda$，服务率为 $\\mu$，负载 $\\rho = \\lambda / \\mu$，平均等待时间是

{FORMULA}
当 $\\rho = 0.9$ 时，要等 9 个服务时间；当 $\\rho = 0.99$ 时，要等 99 个。
"""
DIAGRAM = """```mermaid
flowchart LR
  browser -->|question| api
  api -->|job| queue
  queue --> worker
  worker -->|tokens| log
  log --> api
```
"""


@dataclass(frozen=True)
class Samples:
    """The texts in one language."""

    question: str
    answer: str
    thoughts: str
    code_question: str
    code: str
    table_question: str
    table: str
    math_question: str
    math: str
    diagram_question: str
    diagram: str
    long_text: str
    picture_question: str
    picture_answer: str
    title: str
    titles: tuple[str, ...]
    search: str

    def of_length(self, length: int) -> str:
        """Returns a text of so many characters, made of the long one."""
        part = self.long_text + "\n\n"
        return (part * (length // len(part) + 1))[:length]


EN = Samples(
    question="How does a Redis Stream differ from pub/sub?",
    answer=(
        "Pub/sub is a loudspeaker: whoever listens **now** hears it, and nobody can ask again. A stream is a logbook: "
        "every entry has a number, stays where it is, and can be read from any point.\n\n"
        "- Use **pub/sub** for what is worthless a second later.\n"
        "- Use a **stream** where a reader may be late, and must not miss a word.\n\n"
        "Many systems use both: the loudspeaker for speed, the logbook for the truth."
    ),
    thoughts="The question is about delivery guarantees. I should compare who may miss a message, and give an example.",
    code_question="How do I count the users of the last minute with Redis?",
    code=CODE_EN,
    table_question="RDB or AOF: which one should I use?",
    table=TABLE_EN,
    math_question="Why does a queue get so long when it is nearly full?",
    math=MATH_EN,
    diagram_question="Draw how a question travels.",
    diagram=f"Here is the way of one question:\n\n{DIAGRAM}\nEach arrow may break; the log stays.",
    long_text=(
        "I have a log of requests, one JSON object per line, and I want the slowest ten per route. The file has about "
        "40 GB, so it does not fit into memory. The machine has 8 GB and two cores.\n\nWhat I tried:\n"
        "1. pandas.read_json in chunks: too slow\n2. jq | sort | head: sorts everything\n\n"
        "A very long name that must not break the page: "
        f"{ADDRESS}"
    ),
    picture_question="Which of these views is best for the cover of the report?",
    picture_answer=(
        "The first one: the light is even, and the sky leaves **room for a title**. The evening picture is stronger, "
        "but its dark half would swallow small print."
    ),
    title="Streams and pub/sub",
    titles=(
        "Streams and pub/sub",
        "Counting users of the last minute",
        "A gentle introduction to bird watching around the lakes north of the city",
        "RDB or AOF",
        "Three days in Lisbon",
        "Rewrite the release notes",
        "Why queues get long",
        "Birthday speech for Ada",
        "SQL: rows into columns",
        "Bread that keeps",
    ),
    search="zebra crossing",
)
ZH = Samples(
    question="Redis Stream 和发布订阅有什么区别？",
    answer=(
        "发布订阅像广播：**此刻**在听的人能听到，错过就没有了。Stream 像日志本：每条消息都有编号，"
        "一直留在那里，可以从任意位置读起。\n\n"
        "- 过一秒就没用的消息，用**发布订阅**。\n"
        "- 读者可能来晚、又一个字都不能少的，用 **Stream**。\n\n"
        "很多系统两者并用：广播求快，日志求真。"
    ),
    thoughts="问题问的是投递保证。应该先比较谁可能错过消息，再举一个例子。",
    code_question="怎样用 Redis 统计最近一分钟的活跃用户？",
    code=CODE_ZH,
    table_question="RDB 和 AOF 该选哪个？",
    table=TABLE_ZH,
    math_question="队列快满的时候，为什么会排得那么长？",
    math=MATH_ZH,
    diagram_question="画一下一个问题经过的路径。",
    diagram=f"一个问题的路径如下：\n\n{DIAGRAM}\n任何一段都可能中断，日志始终都在。",
    long_text=(
        "我有一个请求日志，每行一个 JSON 对象，想找出每个接口最慢的十次请求。文件大约 40 GB，放不进内存；"
        "机器只有 8 GB 内存、两个核。\n\n"
        "我试过：\n1. 用 pandas.read_json 分块读：太慢\n2. jq | sort | head：要全部排序\n\n"
        "这里有一个不能撑破页面的长地址："
        f"{ADDRESS}"
    ),
    picture_question="这几张图里，哪一张最适合做报告的封面？",
    picture_answer="第一张：光线均匀，天空正好**留给标题**。傍晚那张更有气氛，但暗部会让小字看不清。",
    title="Stream 与发布订阅",
    titles=(
        "Stream 与发布订阅",
        "统计最近一分钟的活跃用户",
        "给初学者的观鸟入门：城北几个湖边一年四季都能看到哪些鸟",
        "RDB 还是 AOF",
        "里斯本三日游",
        "改写版本说明",
        "队列为什么会变长",
        "给小雨的生日致辞",
        "SQL 行转列",
        "能放一周的面包",
    ),
    search="斑马线",
)
BY_LOCALE = {"en": EN, "zh-CN": ZH}

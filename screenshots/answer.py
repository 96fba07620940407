"""An answer with headings, a table, nested lists, code in three languages and links; and a diff with a rename."""

from screenshots.stage import Stage, app, press, save
from screenshots.story import Told

ANSWER = r"""say: # How the limiter works\n\nEach account has **one bucket**; \
see [the notes](https://wiki.example.org/limits) and \
`src/auth/limits.py`.\n\n## Rates\n\n| Caller | Rate | Burst |\n|:--|:-:|--:|\n| a person | 1 a second | 5 |\n\
| 発表 | `service` | 120 |\n| health check | | 0 |\n\n1. Read the account\n   - from the *session*\n   - or the token\n\
2. Take from its bucket\n7. Log the refusal\n\n```python\ndef login(account):\n    # a bucket for each\n    \
return BUCKETS[account].take(1)\n```\n\n```sql\nSELECT account, count(*) FROM refusals GROUP BY account;\n```\n\n\
```sh\ncurl -s localhost:8000/login | grep -c 429\n```\n\n> The health check has no bucket."""
CHANGES = r"""run: git mv README.md GUIDE.md && echo 'Logins are limited.' >> GUIDE.md
write: src/auth/login.py def login(account, password):\n    return check(account, password, strict=True)\n
run: chmod +x tests/test_login.py; printf 'a\000b' > logo.bin
run: printf 'def parse(text):\n\treturn text.split()\n' > src/parser.py"""
SIZES = {80: 24, 160: 48}


async def take(on: Stage, told: Told) -> None:  # noqa: ARG001 - it has a session of its own
    """Both at 80 and at 160 columns, in both themes."""
    session = on.session("How does the limiter work?", ANSWER.replace("\\\n", ""), CHANGES.replace("\\\n", ""))
    for width, height in SIZES.items():
        for theme, suffix in (("agor-dark", ""), ("agor-light", "-light")):
            async with app(on, (width, height), theme) as pilot:
                pilot.app.screen.cursor.follow(session)  # type: ignore[attr-defined]
                await press(pilot, "enter")
                await pilot.pause(0.3)
                pilot.app.screen.panes.focus("conversation")  # type: ignore[attr-defined]
                await press(pilot, "g", *(["ctrl+d"] if height < 40 else []))
                save(pilot, f"answer-{width}{suffix}")
                pilot.app.screen.panes.focus("timeline")  # type: ignore[attr-defined]
                await press(pilot, "G", "v")
                await pilot.pause(0.5)
                save(pilot, f"renames-{width}{suffix}")

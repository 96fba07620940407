"""What the pictures tell: a shop whose login gets a rate limit, in several ways, and what else goes on beside it."""

from dataclasses import dataclass

from screenshots.stage import Stage

SKETCH = """Sketch the limiter
----
plan: Read the middleware | Add a bucket | Log refusals | Write tests
think: The login is the only way in, so the bucket belongs right before the password is checked.
say: I'll put the bucket beside the session store, so that it **lives as long** as a login does:\\n\\n\
- `limits.py` holds the bucket\\n- `login.py` asks it *before* the password is checked
read: src/auth/login.py
step:
write: src/auth/limits.py import time\\n\\n\\nclass Bucket:\\n    def __init__(self, rate, size):\\n        \
self.rate, self.size = rate, size\\n        self.left, self.at = size, time.monotonic()\\n\\n    \
def take(self):\\n        \
now = time.monotonic()\\n        self.left = min(self.size, self.left + (now - self.at) * self.rate)\\n        \
self.at = now\\n        self.left -= 1\\n        return self.left >= 0\\n
step:
say: The bucket refills at one token a second, and holds five."""

ACCOUNT = """Per account
----
plan: Key the buckets | Ask the bucket | Log refusals | Write tests | Clean the build
write: src/auth/login.py from auth.limits import Bucket\\n\\nBUCKETS = {}\\n\\n\\ndef login(account, password):\\n    \
bucket = BUCKETS.setdefault(account, Bucket(1, 5))\\n    if not bucket.take():\\n        return None\\n    \
return check(account, password)\\n
step:
run: grep -rn Bucket src | wc -l
step:
say: Each account has its own bucket now; `login` answers `None` when it is empty."""

REFUSALS = """Log refusals
----
plan: Log refusals | Write tests | Remove the build folder
append: src/auth/limits.py \\n\\ndef refused(account):\\n    print("refused", account)\\n
step:
write: tests/test_limits.py def test_refusal():\\n    assert True\\n
step:
say: Only the stale build is left to remove.
ask: rm -rf build/
run: rm -rf build/
say: Done."""


@dataclass(frozen=True)
class Told:
    """The sessions that pictures are about."""

    limit: str
    bucket: str
    window: str


def tell(on: Stage) -> Told:
    """Let it all happen."""
    on.daemon.create("boards", {"name": "main"})
    on.daemon.create("boards", {"name": "experiments"})
    clock = on.session("Fix the flaky clock test", "write: tests/test_clock.py def test_clock():\\n    assert True\\n")
    on.daemon.act(clock, "complete", {})
    bump = on.session("Bump dependencies", "write: requirements.txt starlette==1.0\\nhttpx==1.0\\n")
    on.daemon.act(bump, "complete", {})
    on.session("Name the error codes", "write: src/errors.py NOT_FOUND = 404\\nGONE = 410\\n", board="experiments")
    limit = on.session("Rate limit the login", SKETCH, ACCOUNT, board="main")
    bucket = on.fork(limit, 1, "Leaky bucket instead", "write: src/auth/limits.py class Leaky:\\n    rate = 1\\n")
    window = on.fork(
        bucket, 1, "Sliding window", "write: src/auth/window.py WINDOW = 60\nfail: The model is overloaded."
    )
    on.prompt(limit, REFUSALS)
    on.spawn(limit, "Write limiter tests", "plan: Collect cases | Write tests | Run them\nstep:\nsleep: 600")
    on.session("Port the parser to nom", "plan: Read the grammar | Rewriting the lexer | Port the rules | Compare\n"
               "append: src/parser.py \\ndef tokens(text):\\n    return list(text)\\n\nstep:\nsleep: 600",
               board="main")  # fmt: skip
    return Told(limit, bucket, window)

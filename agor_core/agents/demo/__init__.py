"""The demo agent: an agent of the Agent Client Protocol without a model, which runs the script in its prompt.

Run by ``python -m agor_core.agents.demo``; it speaks JSON-RPC 2.0 itself, one message a line, with the standard
library alone, so that it starts in a blink.

**Prompt.** One ``verb: argument`` a line; verbs in any case, leading blanks allowed, blank lines skipped. A line with
no known verb is text that it answers to in a sentence; a prompt without any verb gets an introduction.

==================== ==================================================================================
``plan: A | B | C``  a plan; its first entry is in progress
``step:``            the entry in progress is completed, the next one is in progress
``say:`` ``think:``  a message, a thought, streamed in small pieces
``write: PATH TEXT`` ``append: PATH TEXT`` ``delete: PATH`` ``read: PATH``
                     files inside the session's directory; a path with blanks stands in double quotes
``run: COMMAND``     ``sh -c`` in the session's directory
``ask: QUESTION``    asks permission for the next line; denied: skips it. Nothing else asks, in either mode
``spawn: PROMPT``    a child session, through Agor's command line
``recall:``          says every prompt that it remembers, in order
``sleep: SECONDS``   ``flood: N`` (chunks of text, as fast as they go) ``stderr: BYTES`` ``garbage:`` (not JSON)
``fail: REASON``     a JSON-RPC error; ``exit: CODE`` ends the process; ``hang:`` never ends by itself
==================== ==================================================================================

In ``say think write append spawn`` a ``\\n`` is a line break. ``session/cancel`` ends any of it.

**History** is kept in ``$AGOR_DEMO_HOME`` (else ``$AGOR_HOME/agents/demo``, else ``~/.agor/agents/demo``), one JSON
Lines file a session, written as things happen: the prompt of a turn that was killed is in it. ``session/fork`` takes
``_meta.jetbrains.air.fork = {"version": 1, "messageId": M}``: the fork keeps everything up to and including the turn
that holds the message M (or, if M is the ``messageId`` of a replayed prompt, that prompt's turn).

**A transcript as context.** A text block of a prompt whose ``_meta`` (or ``annotations``, or ``annotations._meta``)
has ``"agor.history"`` is remembered and not executed. With ``true`` each of its lines that begins with ``User: `` is
a prompt; with a list of texts those are the prompts, whatever the text says.
"""

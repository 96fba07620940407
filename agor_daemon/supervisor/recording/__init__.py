"""An agent's messages: from events to drafts in memory to rows in the store, and back as a transcript."""

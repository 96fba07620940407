"""The keys of a prompt and of a form, for their help; the widgets handle them by themselves."""

from agor_tui.app.commands.command import Command

EDITING = (
    Command("write.line", "ctrl+j,shift+enter", "Begin a new line in a prompt", "", "Write"),
    Command("write.word", "ctrl+w", "Delete the word before the cursor", "", "Write"),
    Command("write.start", "ctrl+u", "Delete to the start of the line", "", "Write"),
    Command("write.end", "ctrl+k", "Delete to the end of the line", "", "Write"),
    Command("write.ends", "ctrl+a,end", "To the start, to the end of the line", "", "Write"),
    Command("write.editor", "ctrl+e", "Write in your own editor ($VISUAL, $EDITOR)", "", "Write"),
)
PROMPT = (
    Command("prompt.send", "enter", "Send the prompt; it is queued while a task runs", "", "Prompt"),
    Command("prompt.leave", "escape", "Leave the prompt; what is written stays", "", "Prompt"),
    Command("prompt.up", "up", "The prompt before; on the first line of a text: to the conversation", "", "Prompt"),
    *EDITING,
)
FORM = (
    Command("form.do", "enter", "Do it, with what the form says", "", "Form"),
    Command("form.cancel", "escape", "Leave; a draft is kept", "", "Form"),
    Command("form.next", "tab,down", "Next field", "", "Form"),
    Command("form.previous", "shift+tab,up", "Previous field", "", "Form"),
    Command("form.choose", "left,right", "Choose another, where there is a choice", "", "Form"),
    *EDITING,
)

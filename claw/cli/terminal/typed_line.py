"""The line that is typed: what was pasted into it, what was typed before, and what it comes to when it is sent."""

from __future__ import annotations

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import Completer

from claw.cli.terminal.history import History
from claw.cli.terminal.history_search import HistorySearch
from claw.cli.terminal.pastes import Pastes
from claw.cli.terminal.view import Typed


class TypedLine:
    """`buffer` is what prompt_toolkit edits."""

    def __init__(self, history: History, completer: Completer) -> None:
        self.pastes = Pastes()
        history.whole = self.pastes.whole
        self.search = HistorySearch(history)
        self.buffer = Buffer(
            multiline=True,
            history=history,
            completer=completer,
            complete_while_typing=True,
            enable_history_search=True,
            on_text_changed=self._changed,
        )

    @property
    def is_text(self) -> bool:
        """Whether the line is no command though it may look like one."""
        return self.pastes.is_text(self.buffer.text)

    def paste(self, text: str) -> None:
        """Put it where the cursor is. Raises UsageError for more than a line takes."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        label = self.pastes.label(text)
        if self.buffer.cursor_position == 0:
            self.pastes.at_beginning(label)
        self.buffer.cancel_completion()
        self.buffer.insert_text(label, fire_event=False)

    def take(self) -> tuple[str, Typed] | None:
        """What is shown of the line, and what it comes to; there is another one then. None: it is blank."""
        text = self.buffer.text
        if not text.strip():
            return None
        whole = Typed(self.pastes.whole(text), is_text=self.is_text)
        if not whole.is_text:
            self.buffer.append_to_history()
        self.clear()
        return text, whole

    def clear(self) -> None:
        self.buffer.reset()
        self.pastes.emptied()

    def find(self) -> None:
        """Take what the search has found, if it has."""
        found = self.search.chosen
        self.search.close()
        if found is not None:
            self._become(found)
            self.pastes.emptied()

    def written(self, text: str) -> None:
        """This was made of the line in an editor."""
        if self.is_text:
            self.pastes.at_beginning(text)
        self._become(text)

    def delete_label(self, *, before: bool) -> bool:
        """Whether a label stands there, which is gone as a whole then."""
        document = self.buffer.document
        if before and (label := self.pastes.label_before(document.text_before_cursor)):
            self.buffer.delete_before_cursor(len(label))
        elif not before and (label := self.pastes.label_behind(document.text_after_cursor)):
            self.buffer.delete(len(label))
        else:
            return False
        return True

    def _become(self, text: str) -> None:
        self.buffer.save_to_undo_stack()
        self.buffer.text = text
        self.buffer.cursor_position = len(text)

    def _changed(self, buffer: Buffer) -> None:
        if not buffer.text:
            self.pastes.emptied()

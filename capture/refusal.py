"""How a decoder says that a file cannot be taken, inside its child process."""


class Refused(Exception):
    """The file cannot be taken; `sentence` is one of capture.problems."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

"""What the scan screen asks of its devices beside scanning: a profile, a look beforehand, files set aside. No Qt."""

from collections.abc import Callable, Sequence

from station.core.errors import N_
from station.ui.scan.task_presenter import TaskPresenter
from station.ui.shown import PageShown, RefusedShown

Profiles = tuple[str, Sequence[tuple[str, str]]]


class DevicePresenter(TaskPresenter):
    """Each asks the office off the main thread and hands the answer to the view's question."""

    def choose_source(self, source_id: str) -> None:
        """The scanner or folder to take from, now and at the next start."""
        self._source_id = source_id
        self._run(lambda _task: self._office.choose_source(source_id), lambda _nothing: None, self._complain)

    def profiles(self, show: Callable[[Profiles], None]) -> None:
        self._run(lambda _task: self._office.profiles(), show, self._complain)

    def choose_profile(self, profile_id: str, name: str) -> None:
        def done(_nothing: None) -> None:
            self._say(N_("Scanning goes by the profile {profile} from now on."), profile=name)

        self._run(lambda _task: self._office.choose_profile(profile_id), done, self._complain)

    def preview(self, show: Callable[[bytes], None]) -> None:
        """One quick side, to see how the paper lies; nothing of it is kept."""
        if self._source_id and self._scan is None:
            source_id = self._source_id
            self._say(N_("A quick look at one side …"))
            self._run(lambda _task: self._office.preview(source_id), show, self._complain)

    def refused(self, show: Callable[[Sequence[RefusedShown]], None]) -> None:
        def found(rows: Sequence[RefusedShown]) -> None:
            if rows:
                show(rows)
            else:
                self._say(N_("No file is set aside."))

        self._run(lambda _task: self._office.list_refused(), found, self._complain)

    def retry_refused(self, file: RefusedShown) -> None:
        """Tries a file again; when it is whole by now, its pile comes up."""

        def taken(intake_id: int) -> None:
            self._say(N_("{name} was taken in."), name=file.name)
            self._taken_in(intake_id)

        self._run(lambda _task: self._office.retry_refused(file.refusal_id), taken, self._complain)

    def _taken_in(self, intake_id: int) -> None:
        """Called when pages came in beside a scan."""

    def set_separator(self, page: PageShown, begins: str | None) -> None:
        """Says that a page is a separator sheet after all, or that a separator is none."""
        if self._pile is not None:
            self._change(lambda _task: self._office.set_separator(page.page_id, begins))

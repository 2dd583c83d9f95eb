"""Says at the end of a run which fixed scenarios were not played, and why."""

import pytest

from .scenario_files import fixed_folder, found_in


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    folder = fixed_folder()
    fixed = found_in(folder)
    write = terminalreporter.write_line
    if not fixed:
        write(f"scenarios: no fixed ones in {folder} (NEOVE_SCENARIOS names another folder); only our own were played")
    for found in fixed:
        if found.missing:
            how = "played without" if found.playable else "not played, needs"
            write(f"scenarios: {found.name} {how} {', '.join(sorted(found.missing))}")

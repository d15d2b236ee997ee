"""`voc dashboard`: bound to this machine, silent to the outside, stopped by Ctrl-C."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import click
import pytest
from click.testing import CliRunner

from dags.commands.dashboard import dashboard, options
from dashboards.pages import start
from tests.support import new_workspace
from warehouse.errors import ConfigError

HERE = Path(__file__).parents[2]


def test_settings_keep_everything_on_this_machine():
    chosen = options(8501, browser=False)
    assert chosen["server.address"] == "127.0.0.1"
    assert chosen["server.allowedHosts"] == ["127.0.0.1", "localhost"]
    assert chosen["browser.gatherUsageStats"] is False
    assert chosen["client.showErrorDetails"] == "none"
    assert chosen["client.disableDataExport"] is True
    assert chosen["server.headless"] is True
    assert options(8501, browser=True)["server.headless"] is False


def test_streamlit_knows_every_setting():
    from streamlit import config

    config.get_config_options()
    assert not [name for name in options(8501, browser=False) if name not in config._config_options_template]


def run(home, *arguments):
    return CliRunner().invoke(
        dashboard, arguments, obj={"home": home, "debug": False}, catch_exceptions=False
    )


def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} is in use") as refused:
            run(new_workspace(tmp_path), "--port", str(port))
        assert refused.value.hint == f"voc dashboard --port {port + 1}"


def test_no_workspace_is_named(tmp_path):
    with pytest.raises(ConfigError, match="no workspace here"):
        run(tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    found = run(new_workspace(tmp_path), "--file", str(tmp_path / "none.duckdb"))
    assert found.exit_code == click.UsageError.exit_code
    assert "does not exist" in found.output


def test_the_script_lies_alone():
    """Streamlit puts its folder first on the import path: a module beside it would hide another of that name."""
    assert {path.name for path in Path(start.__path__[0]).iterdir() if path.name != "__pycache__"} == {
        "__init__.py",
        "app.py",
        "icon.svg",
    }


def test_it_starts_says_where_and_stops(tmp_path):
    home = new_workspace(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "import sys; from dags.commands.dashboard import dashboard; dashboard(sys.argv[2:], obj={'home': __import__('pathlib').Path(sys.argv[1])})"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(home), "--port", str(port), "--no-browser"],
        cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for _ in range(150):
            try:
                with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
                    assert answer.status == 200
                    break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("it did not start")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert output.splitlines()[0].startswith(f"dashboards: http://127.0.0.1:{port}")
    assert "nothing was published yet" in errors
    assert "Traceback" not in errors

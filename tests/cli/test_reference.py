"""The reference page is what the commands say of themselves."""

import importlib.util

from running import ROOT


def test_is_up_to_date():
    file = ROOT / "tools" / "generate_cli_reference.py"
    spec = importlib.util.spec_from_file_location("generate_cli_reference", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text() == module.page(), "run `make generate`"

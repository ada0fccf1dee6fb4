"""Each error that the model declares can be provoked, but for those that say why not."""

import botocore.session
import pytest

from lodekey.services.secretsmanager import errors

# Declared by the model for faults of the service itself, or by no documented cause.
UNPROVOKED = {
    "InternalServiceError": "a fault of ours answers InternalFailure",
    "PreconditionNotMetException": "no cause is documented",
}


@pytest.fixture(scope="module")
def declared():
    model = botocore.session.get_session().get_service_model("secretsmanager")
    return {shape.name for shape in model.error_shapes}


def test_every_error_is_declared_by_the_model(declared):
    ours = {name for name, value in vars(errors).items() if isinstance(value, type)} - {"ApiError"}
    assert ours <= declared
    assert declared - ours == {"InternalServiceError"}


def test_the_suite_provokes_each(declared, request):
    """The other files of this directory name every error that they provoke."""
    texts = "".join(path.read_text() for path in request.path.parent.glob("test_*.py"))
    provoked = {
        name for name in declared if f'"{name}"' in texts.replace(request.path.read_text(), "")
    }
    assert declared - set(UNPROVOKED) == provoked

"""Read parameters and secrets through AWS Lambda Powertools, and write one."""

import json

from aws_lambda_powertools.utilities import parameters

store = parameters.SSMProvider()
print(
    json.dumps(
        {
            "plain": parameters.get_parameter("/powertools/plain"),
            "secure": parameters.get_parameter("/powertools/secure", decrypt=True),
            "json": parameters.get_parameter("/powertools/json", transform="json"),
            "version": store.get("/powertools/plain:1", force_fetch=True),
            "several": parameters.get_parameters("/powertools/tree", recursive=True),
            "by name": parameters.get_parameters_by_name(
                {
                    "/powertools/plain": {},
                    "/powertools/secure": {"decrypt": True},
                    "/powertools/none": {},
                },
                raise_on_error=False,
            ),
            "secret": parameters.get_secret("powertools/secret"),
            "written": parameters.set_parameter("/powertools/plain", "w", overwrite=True),
        }
    )
)
